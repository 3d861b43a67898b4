#pragma once

#include <string>
#include <vector>

#include "client/model.h"

namespace hypergan::client {

// For people: a line for each model version.
std::string RenderModels(const std::vector<Model>& models);

// For people: all that one model version says of itself.
std::string RenderModel(const Model& model);

}  // namespace hypergan::client
