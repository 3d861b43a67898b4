#pragma once

#include <string>
#include <vector>

#include "client/cli/answer.h"
#include "client/cli/views/comparison.h"
#include "client/model.h"

// What --json prints: one object, with the words of the protocol. Numbers that
// are not finite are null; what is absent is left out. Each ends in a new line.
namespace hypergan::client {

std::string AnswerJson(const Answer& answer);

// Of its first row; the answer has network outputs.
std::string ExplanationJson(const Answer& answer);

std::string ModelsJson(const std::vector<Model>& models);

// `inside` and `outside` name where the rows came from.
std::string ComparisonJson(const std::vector<ScoreComparison>& comparisons,
                           const Prediction& prediction,
                           const std::string& inside,
                           const std::string& outside);

}  // namespace hypergan::client
