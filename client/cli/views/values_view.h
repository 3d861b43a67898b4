#pragma once

#include <string>

#include "client/cli/answer.h"
#include "client/cli/views/answer_view.h"

namespace hypergan::client {

// The regression part of RenderAnswer().
std::string RenderValues(const Answer& answer,
                         const AnswerViewOptions& options);

}  // namespace hypergan::client
