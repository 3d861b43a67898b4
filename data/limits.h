#pragma once

#include <cstdint>

// What a file may at most make this library reserve. Every size that a file
// states is held against these, and against the file's own size, first.
namespace hypergan::data {

inline constexpr int64_t kMaxDatasetBytes = int64_t{8} << 30;
inline constexpr int64_t kMaxRows = int64_t{1} << 26;
inline constexpr int64_t kMaxClasses = int64_t{1} << 16;
inline constexpr int64_t kMaxImageSide = 4096;  // pixels
inline constexpr int64_t kMaxImageFileBytes = int64_t{32} << 20;
inline constexpr int64_t kMaxArchiveBytes = kMaxDatasetBytes;  // unpacked
inline constexpr int64_t kMaxArchiveEntries = int64_t{1} << 22;
inline constexpr int64_t kMaxArchivePathBytes = 1024;
inline constexpr int64_t kMaxLineBytes = int64_t{1} << 20;
// Of an array's file or entry, beside its numbers.
inline constexpr int64_t kMaxArrayHeaderBytes = int64_t{1} << 17;
// Deflate cannot pack tighter: 258 bytes in two bits.
inline constexpr int64_t kMaxDeflateRatio = 1032;
inline constexpr int64_t kMaxCsvColumns = int64_t{1} << 16;

}  // namespace hypergan::data
