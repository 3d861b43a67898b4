#include "tests/data/image_files.h"

#include <png.h>
#include <webp/encode.h>
#include <zlib.h>

#include <cstdio>
#include <cstdlib>
// libjpeg's header uses FILE without including it.
#include <jpeglib.h>

#include "absl/strings/str_cat.h"

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
                       int height, int width, bool progressive) {
  jpeg_compress_struct encoder = {};
  jpeg_error_mgr errors;
  encoder.err = jpeg_std_error(&errors);  // ends the process
  jpeg_create_compress(&encoder);
  unsigned char* data = nullptr;
  unsigned long size = 0;  // NOLINT(google-runtime-int): the library's type
  jpeg_mem_dest(&encoder, &data, &size);
  encoder.image_width = static_cast<JDIMENSION>(width);
  encoder.image_height = static_cast<JDIMENSION>(height);
  encoder.input_components = channels;
  encoder.in_color_space = channels == 1   ? JCS_GRAYSCALE
                           : channels == 3 ? JCS_RGB
                                           : JCS_CMYK;
  jpeg_set_defaults(&encoder);
  jpeg_set_quality(&encoder, 100, TRUE);
  encoder.comp_info[0].h_samp_factor = 1;  // no chroma is left out
  encoder.comp_info[0].v_samp_factor = 1;
  if (progressive) jpeg_simple_progression(&encoder);
  jpeg_start_compress(&encoder, TRUE);
  while (encoder.next_scanline < encoder.image_height) {
    std::vector<uint8_t> row(
        pixels.begin() + encoder.next_scanline * width * channels,
        pixels.begin() + (encoder.next_scanline + 1) * width * channels);
    JSAMPROW begin = row.data();
    jpeg_write_scanlines(&encoder, &begin, 1);
  }
  jpeg_finish_compress(&encoder);
  std::string bytes(reinterpret_cast<char*>(data), size);
  jpeg_destroy_compress(&encoder);
  std::free(data);
  return bytes;
}

std::string PlainPng(uint8_t level, int channels, int side) {
  return EncodePng(std::vector<uint8_t>(channels * side * side, level),
                   channels, side, side);
}

namespace {

std::string BigEndian(uint32_t number) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<char>(number >> shift));
  }
  return bytes;
}

}  // namespace

std::string PngChunk(absl::string_view type, absl::string_view data) {
  const std::string checked = absl::StrCat(type, data);
  const uLong sum = crc32(0, reinterpret_cast<const Bytef*>(checked.data()),
                          static_cast<uInt>(checked.size()));
  return absl::StrCat(BigEndian(static_cast<uint32_t>(data.size())), checked,
                      BigEndian(static_cast<uint32_t>(sum)));
}

std::string PngBytes(const PngFacts& facts, absl::string_view rows,
                     absl::string_view chunks) {
  std::string header = BigEndian(facts.width) + BigEndian(facts.height);
  header.push_back(static_cast<char>(facts.depth));
  header.push_back(static_cast<char>(facts.colour_type));
  header += std::string(3, '\0');  // deflate, usual filters, not interlaced
  uLongf size = compressBound(rows.size());
  std::string packed(size, '\0');
  compress(reinterpret_cast<Bytef*>(packed.data()), &size,
           reinterpret_cast<const Bytef*>(rows.data()), rows.size());
  packed.resize(size);
  return absl::StrCat("\x89PNG\r\n\x1a\n", PngChunk("IHDR", header), chunks,
                      PngChunk("IDAT", packed), PngChunk("IEND", ""));
}

std::string EncodeWebp(const std::vector<uint8_t>& pixels, int channels,
                       int height, int width) {
  uint8_t* out = nullptr;
  const size_t size = channels == 4
                          ? WebPEncodeLosslessRGBA(pixels.data(), width, height,
                                                   4 * width, &out)
                          : WebPEncodeLosslessRGB(pixels.data(), width, height,
                                                  3 * width, &out);
  std::string bytes(reinterpret_cast<const char*>(out), size);
  WebPFree(out);
  return bytes;
}

}  // namespace hypergan::data
