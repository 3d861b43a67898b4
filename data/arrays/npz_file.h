#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "data/arrays/npy.h"

struct zip;

namespace hypergan::data {

// A zip archive of arrays, as numpy.savez writes it. Every error names it.
// Movable; for one thread at a time.
class NpzFile {
 public:
  // NOT_FOUND for a missing file, INVALID_ARGUMENT for anything but a regular
  // file and for more than 1024 entries, DATA_LOSS for a damaged archive.
  static absl::StatusOr<NpzFile> Open(const std::string& path);

  // The arrays' names, without .npy, in the archive's order.
  const std::vector<std::string>& names() const { return names_; }
  bool Has(const std::string& name) const;

  // NOT_FOUND if there is none of this name; DATA_LOSS if it is damaged, by its
  // check sum; else the errors of ParseNpy, and INVALID_ARGUMENT for more bytes
  // than kMaxDatasetBytes or an encrypted entry.
  absl::StatusOr<Array> Read(const std::string& name) const;

 private:
  struct Discard {
    void operator()(zip* archive) const;
  };
  NpzFile(std::string path, std::unique_ptr<zip, Discard> archive)
      : path_(std::move(path)), archive_(std::move(archive)) {}
  absl::Status ListNames();
  absl::StatusOr<std::string> ReadBytes(const std::string& name) const;

  std::string path_;
  std::unique_ptr<zip, Discard> archive_;
  std::vector<std::string> names_;
};

}  // namespace hypergan::data
