#pragma once

#include <cstdint>
#include <string>
#include <vector>

// The paper's MNIST network and its digits, for code that cannot include
// LibTorch: gRPC's headers and LibTorch's do not go together.
namespace hypergan::bench {

// Writes an untrained checkpoint of the paper's size; ends the program if it
// cannot.
void WritePaperModel(const std::string& path);

// Of [rows, 1, 28, 28], row-major.
std::vector<float> PaperRows(int64_t rows);

}  // namespace hypergan::bench
