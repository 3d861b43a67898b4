#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hypergan::data {

// Files in memory of `pixels`, [height, width, channels] with 1 or 3 channels.
std::string EncodePng(const std::vector<uint8_t>& pixels, int channels,
                      int height, int width);
std::string EncodeJpeg(const std::vector<uint8_t>& pixels, int channels,
                       int height, int width);

// A PNG file whose every pixel is the same.
std::string PlainPng(uint8_t level, int channels, int side);

}  // namespace hypergan::data
