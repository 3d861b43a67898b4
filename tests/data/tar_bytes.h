#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace hypergan::data {

// The blocks of one entry of a tar file (POSIX ustar): its header, and
// `contents` filled up with zeros. `type` as in the format: '0' a file, '1' and
// '2' links to `target`, '5' a folder, '6' a pipe.
std::string TarEntryBytes(absl::string_view path, absl::string_view contents,
                          char type = '0', absl::string_view target = "");

// The header alone, of a file that states `size` bytes.
std::string TarHeader(absl::string_view path, size_t size, char type = '0',
                      absl::string_view target = "");

// An entry of GNU's sparse format: a file of `size` bytes that begins with
// `contents` and is a hole from there on.
std::string TarSparseBytes(absl::string_view path, absl::string_view contents,
                           size_t size);

// The two blocks that end every archive.
std::string TarEnd();

}  // namespace hypergan::data
