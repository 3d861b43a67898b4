#pragma once

#include <string>

#include "client/cli/answer.h"
#include "client/cli/terminal/style.h"

namespace hypergan::client {

struct AnswerViewOptions {
  Style style = Style::kAscii;
  bool all_classes = false;  // else the most probable few
};

// Which networks answered, and the server's warnings, a line each.
std::string AnswerHeading(const Answer& answer);
std::string AnswerWarnings(const Answer& answer);

// For people, at most 80 columns wide: a line on which networks answered; then
// for classification a picture of each row beside its classes, each with a bar
// of its mean and deviation, and its scores; for regression a table of inputs,
// mean and deviation; then a summary.
std::string RenderAnswer(const Answer& answer,
                         const AnswerViewOptions& options);

}  // namespace hypergan::client
