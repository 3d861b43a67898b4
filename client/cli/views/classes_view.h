#pragma once

#include <string>

#include "client/cli/answer.h"
#include "client/cli/views/answer_view.h"

namespace hypergan::client {

// The classification part of RenderAnswer().
std::string RenderClasses(const Answer& answer,
                          const AnswerViewOptions& options);

}  // namespace hypergan::client
