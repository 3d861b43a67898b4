#include "hypergan/archive.h"

#include <zip.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "hypergan/status_macros.h"

namespace hypergan {
namespace {

constexpr uintmax_t kMaxBytes = uintmax_t{4} << 30;
constexpr zip_int64_t kMaxEntries = 100'000;

struct CloseArchive {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct CloseEntry {
  void operator()(zip_file_t* entry) const { zip_fclose(entry); }
};

absl::Status Damaged(const std::string& path, const char* reason) {
  return absl::DataLossError(
      absl::StrCat(path, ": damaged checkpoint: ", reason));
}

absl::Status CheckFile(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) {
    return absl::NotFoundError(absl::StrCat(path, ": no such file"));
  }
  if (!std::filesystem::is_regular_file(status)) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": not a regular file"));
  }
  const uintmax_t size = std::filesystem::file_size(path, error);
  if (error || size > kMaxBytes) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, ": expected at most ", kMaxBytes, " bytes, got ", size));
  }
  return absl::OkStatus();
}

// Reading to the end is what makes the library compare the checksum. `budget`
// bounds what a compressed archive may unfold to.
absl::Status ReadEntry(zip_t* archive, zip_uint64_t index,
                       const std::string& path, uintmax_t* budget) {
  const std::unique_ptr<zip_file_t, CloseEntry> entry(
      zip_fopen_index(archive, index, 0));
  if (entry == nullptr) return Damaged(path, zip_strerror(archive));
  std::array<char, 1 << 16> buffer;
  for (;;) {
    const zip_int64_t read =
        zip_fread(entry.get(), buffer.data(), buffer.size());
    if (read < 0) return Damaged(path, zip_file_strerror(entry.get()));
    if (read == 0) return absl::OkStatus();
    if (static_cast<uintmax_t>(read) > *budget) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": unfolds to more than ", kMaxBytes, " bytes"));
    }
    *budget -= static_cast<uintmax_t>(read);
  }
}

}  // namespace

absl::Status VerifyArchive(const std::string& path) {
  HG_RETURN_IF_ERROR(CheckFile(path));
  int code = 0;
  const std::unique_ptr<zip_t, CloseArchive> archive(
      zip_open(path.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &code));
  if (archive == nullptr) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    const absl::Status status = Damaged(path, zip_error_strerror(&error));
    zip_error_fini(&error);
    return status;
  }
  const zip_int64_t entries = zip_get_num_entries(archive.get(), 0);
  if (entries < 1 || entries > kMaxEntries) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": expected 1..", kMaxEntries,
                     " archive entries, got ", entries));
  }
  uintmax_t budget = kMaxBytes;
  for (zip_int64_t i = 0; i < entries; ++i) {
    HG_RETURN_IF_ERROR(
        ReadEntry(archive.get(), static_cast<zip_uint64_t>(i), path, &budget));
  }
  return absl::OkStatus();
}

}  // namespace hypergan
