#pragma once

#include <string>

#include "client/cli/answer.h"
#include "client/cli/views/answer_view.h"

namespace hypergan::client {

// All that the ensemble says about its first row, for people, at most 80
// columns wide. The answer has network outputs. Of a classification: each
// class with mean, deviation and votes, and how much of the entropy is
// aleatoric and how much epistemic. Of a regression: mean, deviations and band
// of each output. Of both: where the row stands among the calibration rows.
std::string RenderExplanation(const Answer& answer,
                              const AnswerViewOptions& options);

}  // namespace hypergan::client
