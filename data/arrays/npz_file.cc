#include "data/arrays/npz_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "data/limits.h"

namespace hypergan::data {
namespace {

constexpr absl::string_view kEnding = ".npy";
constexpr zip_int64_t kMaxEntries = 1024;

struct CloseEntry {
  void operator()(zip_file_t* entry) const { zip_fclose(entry); }
};

absl::Status Damaged(absl::string_view name, absl::string_view reason) {
  return absl::DataLossError(absl::StrCat(name, ": damaged: ", reason));
}

}  // namespace

void NpzFile::Discard::operator()(zip* archive) const { zip_discard(archive); }

absl::StatusOr<NpzFile> NpzFile::Open(const std::string& path) {
  // Not a pipe, which opening would wait for.
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot read ", path));
  }
  struct stat facts;
  if (fstat(file, &facts) != 0 || !S_ISREG(facts.st_mode)) {
    close(file);
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": expected a regular file"));
  }
  int code = 0;
  std::unique_ptr<zip, Discard> archive(zip_fdopen(file, ZIP_CHECKCONS, &code));
  if (archive == nullptr) {
    close(file);
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    const absl::Status status = Damaged(path, zip_error_strerror(&error));
    zip_error_fini(&error);
    return status;
  }
  NpzFile npz(path, std::move(archive));
  HG_RETURN_IF_ERROR(npz.ListNames());
  return npz;
}

absl::Status NpzFile::ListNames() {
  const zip_int64_t entries = zip_get_num_entries(archive_.get(), 0);
  if (entries > kMaxEntries) {
    return absl::InvalidArgumentError(absl::StrCat(
        path_, ": expected at most ", kMaxEntries, " arrays, got ", entries));
  }
  for (zip_int64_t i = 0; i < entries; ++i) {
    const char* name = zip_get_name(archive_.get(), i, ZIP_FL_ENC_RAW);
    if (name == nullptr) {
      return Damaged(path_, zip_strerror(archive_.get()));
    }
    names_.emplace_back(absl::StripSuffix(name, kEnding));
  }
  return absl::OkStatus();
}

bool NpzFile::Has(const std::string& name) const {
  return std::find(names_.begin(), names_.end(), name) != names_.end();
}

absl::StatusOr<std::string> NpzFile::ReadBytes(const std::string& name) const {
  const std::string where = absl::StrCat(path_, ": ", name);
  const auto place = std::find(names_.begin(), names_.end(), name);
  if (place == names_.end()) {
    return absl::NotFoundError(absl::StrCat(where, ": no such array"));
  }
  const zip_uint64_t index = place - names_.begin();
  zip_stat_t facts;
  if (zip_stat_index(archive_.get(), index, 0, &facts) != 0) {
    return Damaged(where, zip_strerror(archive_.get()));
  }
  // Both are checked before memory is reserved.
  if (facts.size > uint64_t{kMaxDatasetBytes + kMaxArrayHeaderBytes}) {
    return absl::InvalidArgumentError(
        absl::StrCat(where, ": states ", facts.size, " bytes, the limit is ",
                     kMaxDatasetBytes));
  }
  if (facts.size / uint64_t{kMaxDeflateRatio} > facts.comp_size) {
    return Damaged(where, absl::StrCat("states ", facts.size, " bytes in ",
                                       facts.comp_size, " compressed ones"));
  }
  const std::unique_ptr<zip_file_t, CloseEntry> entry(
      zip_fopen_index(archive_.get(), index, 0));
  if (entry == nullptr) {
    const int code = zip_error_code_zip(zip_get_error(archive_.get()));
    const std::string reason = zip_strerror(archive_.get());
    if (code == ZIP_ER_NOPASSWD || code == ZIP_ER_ENCRNOTSUPP ||
        code == ZIP_ER_COMPNOTSUPP) {
      return absl::InvalidArgumentError(absl::StrCat(where, ": ", reason));
    }
    return Damaged(where, reason);
  }
  std::string bytes(facts.size, '\0');
  const zip_int64_t count = zip_fread(entry.get(), bytes.data(), bytes.size());
  // Only reading past the end compares the check sum.
  char more;
  if (count < 0 || zip_fread(entry.get(), &more, 1) != 0) {
    return Damaged(where, zip_file_strerror(entry.get()));
  }
  if (static_cast<uint64_t>(count) != facts.size) {
    return Damaged(
        where, absl::StrCat("expected ", facts.size, " bytes, got ", count));
  }
  return bytes;
}

absl::StatusOr<Array> NpzFile::Read(const std::string& name) const {
  HG_ASSIGN_OR_RETURN(const std::string bytes, ReadBytes(name));
  return ParseNpy(absl::StrCat(path_, ": ", name), bytes);
}

}  // namespace hypergan::data
