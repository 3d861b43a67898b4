#include "tests/data/image_files.h"

#include <png.h>
#include <turbojpeg.h>

#include <cstdlib>

namespace hypergan::data {

std::string EncodePng(const std::vector<uint8_t>& pixels, int channels,
                      int height, int width) {
  png_image image = {};
  image.version = PNG_IMAGE_VERSION;
  image.height = static_cast<png_uint_32>(height);
  image.width = static_cast<png_uint_32>(width);
  image.format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::string bytes(size, '\0');
  if (!png_image_write_to_memory(&image, bytes.data(), &size, 0, pixels.data(),
                                 0, nullptr)) {
    std::abort();
  }
  bytes.resize(size);
  return bytes;
}

std::string EncodeJpeg(const std::vector<uint8_t>& pixels, int channels,
                       int height, int width) {
  const tjhandle encoder = tjInitCompress();
  unsigned char* data = nullptr;
  unsigned long size = 0;  // NOLINT(google-runtime-int): the library's type
  if (tjCompress2(encoder, pixels.data(), width, 0, height,
                  channels == 1 ? TJPF_GRAY : TJPF_RGB, &data, &size,
                  channels == 1 ? TJSAMP_GRAY : TJSAMP_444, /*quality=*/100,
                  TJFLAG_ACCURATEDCT) != 0) {
    std::abort();
  }
  std::string bytes(reinterpret_cast<char*>(data), size);
  tjFree(data);
  tjDestroy(encoder);
  return bytes;
}

std::string PlainPng(uint8_t level, int channels, int side) {
  return EncodePng(std::vector<uint8_t>(channels * side * side, level),
                   channels, side, side);
}

}  // namespace hypergan::data
