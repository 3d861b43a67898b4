#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/owned_fd.h"

namespace hypergan {

// A tensor of a safetensors file: float32, row-major.
struct SafetensorsTensor {
  std::string name;
  std::vector<int64_t> shape;
  int64_t numbers = 0;  // the product of `shape`
  int64_t offset = 0;   // in the file, in bytes
};

// A safetensors file (https://github.com/huggingface/safetensors): the header's
// size in 8 bytes, the header as JSON, and the tensors' numbers one after the
// other. Nothing in it is executed. For one thread.
//
// Taken is what this project writes, and no more: tensors of float32 that fill
// the file to its end without gaps and overlaps, names of 1 to 256 of
// [A-Za-z0-9_.], no name twice, in a header of at most 4 MiB; at most 10,000
// tensors of 8 dimensions and 4 GiB in all.
class SafetensorsFile {
 public:
  // Reads and checks the header; errors name the path.
  //   NOT_FOUND            no such file
  //   FAILED_PRECONDITION  it cannot be read, as for want of permission
  //   INVALID_ARGUMENT     not a regular file, or none of this format, or past
  //                        the bounds
  //   DATA_LOSS            shorter or longer than its header says
  static absl::StatusOr<SafetensorsFile> Open(const std::string& path);

  // The header's texts by name, without the tensors.
  const std::map<std::string, std::string>& metadata() const {
    return metadata_;
  }
  // In the order of their names.
  const std::map<std::string, SafetensorsTensor>& tensors() const {
    return tensors_;
  }

  // The numbers of one of them into `numbers`, which has room for all.
  // DATA_LOSS if the file has become shorter.
  absl::Status Read(const SafetensorsTensor& tensor,
                    absl::Span<float> numbers) const;

 private:
  SafetensorsFile(std::string path, OwnedFd file)
      : path_(std::move(path)), file_(std::move(file)) {}

  absl::Status ReadHeader();
  absl::Status ReadBytes(int64_t offset, char* bytes, size_t size) const;

  std::string path_;
  OwnedFd file_;
  std::map<std::string, std::string> metadata_;
  std::map<std::string, SafetensorsTensor> tensors_;
};

// A tensor to be written; the numbers are borrowed.
struct SafetensorsContents {
  std::string name;
  std::vector<int64_t> shape;
  absl::Span<const float> numbers;
};

// Such a file's bytes. INVALID_ARGUMENT for what SafetensorsFile would refuse.
absl::StatusOr<std::string> WriteSafetensors(
    const std::map<std::string, std::string>& metadata,
    absl::Span<const SafetensorsContents> tensors);

}  // namespace hypergan
