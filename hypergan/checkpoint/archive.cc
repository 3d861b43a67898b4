#include "hypergan/checkpoint/archive.h"

#include <fcntl.h>
#include <unistd.h>
#include <zip.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/named_error.h"
#include "base/quoted.h"
#include "base/status_macros.h"
#include "hypergan/checkpoint/pickle_check.h"
#include "hypergan/checkpoint/script_check.h"

namespace hypergan {
namespace {

constexpr int64_t kMaxBytes = int64_t{4} << 30;
constexpr zip_int64_t kMaxEntries = 100'000;
constexpr int64_t kMaxTextBytes = int64_t{16} << 20;  // of one entry
constexpr int64_t kMaxAllTextBytes = int64_t{64} << 20;

struct CloseArchive {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct CloseEntry {
  void operator()(zip_file_t* entry) const { zip_fclose(entry); }
};
using ZipPointer = std::unique_ptr<zip_t, CloseArchive>;

absl::Status Damaged(absl::string_view reason) {
  return absl::DataLossError(
      absl::StrCat("damaged checkpoint: ", OneLine(std::string(reason), 200)));
}

template <typename... Parts>
absl::Status Refused(const Parts&... parts) {
  return absl::InvalidArgumentError(absl::StrCat(parts...));
}

absl::Status CannotRead(const std::error_code& error) {
  return error == std::errc::no_such_file_or_directory
             ? absl::NotFoundError("no such file")
             : absl::FailedPreconditionError(
                   absl::StrCat("cannot be read: ", error.message()));
}

absl::Status CheckFile(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (error) return CannotRead(error);
  if (!std::filesystem::is_regular_file(status)) {
    return Refused("not a regular file");
  }
  const uintmax_t size = std::filesystem::file_size(path, error);
  if (error) return CannotRead(error);
  if (size > uintmax_t{kMaxBytes}) {
    return Refused("expected at most ", kMaxBytes, " bytes, got ", size);
  }
  return absl::OkStatus();
}

absl::StatusOr<ZipPointer> Open(const std::string& path) {
  // Opened here, for the reason: the library calls everything damage.
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return CannotRead(std::error_code(errno, std::generic_category()));
  }
  int code = 0;
  ZipPointer archive(zip_fdopen(file, ZIP_CHECKCONS, &code));
  if (archive != nullptr) return archive;
  close(file);
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  const absl::Status status = Damaged(zip_error_strerror(&error));
  zip_error_fini(&error);
  return status;
}

// What LibTorch reads by recursion, or believes.
bool IsPickle(absl::string_view name) {
  return absl::EndsWithIgnoreCase(name, ".pkl") ||
         absl::EndsWithIgnoreCase(name, ".debug_pkl");
}
bool IsScript(absl::string_view name) {
  return absl::EndsWithIgnoreCase(name, ".py");
}

class Verification {
 public:
  explicit Verification(zip_t* archive) : archive_(archive) {}

  absl::Status Run() {
    const zip_int64_t entries = zip_get_num_entries(archive_, 0);
    if (entries < 1 || entries > kMaxEntries) {
      return Refused("expected 1..", kMaxEntries, " archive entries, got ",
                     entries);
    }
    for (zip_int64_t i = 0; i < entries; ++i) {
      HG_RETURN_IF_ERROR(ReadEntry(static_cast<zip_uint64_t>(i)));
    }
    for (const auto& [name, text] : texts_) {
      HG_RETURN_IF_ERROR(
          Named(Quoted(name, 200),
                IsScript(name) ? CheckScript(text) : CheckRecords(name, text)));
    }
    return absl::OkStatus();
  }

 private:
  absl::Status ReadEntry(zip_uint64_t index) {
    zip_stat_t stat;
    if (zip_stat_index(archive_, index, ZIP_FL_ENC_RAW, &stat) != 0 ||
        (stat.valid & ZIP_STAT_NAME) == 0 ||
        (stat.valid & ZIP_STAT_SIZE) == 0) {
      return Damaged(zip_strerror(archive_));
    }
    // LibTorch finds an entry whatever the case of its letters.
    const std::string name = absl::AsciiStrToLower(stat.name);
    if (sizes_.count(name) > 0) {
      return Refused("two archive entries are called ", Quoted(name, 200));
    }
    if (absl::EndsWith(name, "/model.json")) {
      return Refused("an archive of before LibTorch 1.4; save it anew");
    }
    std::string* text = nullptr;
    if (IsPickle(name) || IsScript(name)) {
      text = &texts_[name];
      text_budget_ -= static_cast<int64_t>(
          std::min<zip_uint64_t>(stat.size, kMaxAllTextBytes + 1));
      if (stat.size > zip_uint64_t{kMaxTextBytes} || text_budget_ < 0) {
        return Refused(Quoted(name, 200), ": expected at most ", kMaxTextBytes,
                       " bytes, and ", kMaxAllTextBytes,
                       " of all pickles and sources");
      }
    }
    HG_ASSIGN_OR_RETURN(const int64_t size, ReadToEnd(index, text));
    if (static_cast<zip_uint64_t>(size) != stat.size) {
      return Damaged("an entry is not as long as it says");
    }
    sizes_[name] = size;
    return absl::OkStatus();
  }

  // Reading to the end is what makes the library compare the checksum.
  absl::StatusOr<int64_t> ReadToEnd(zip_uint64_t index, std::string* text) {
    const std::unique_ptr<zip_file_t, CloseEntry> entry(
        zip_fopen_index(archive_, index, 0));
    if (entry == nullptr) return Damaged(zip_strerror(archive_));
    std::array<char, 1 << 16> buffer;
    int64_t size = 0;
    for (;;) {
      const zip_int64_t read =
          zip_fread(entry.get(), buffer.data(), buffer.size());
      if (read < 0) return Damaged(zip_file_strerror(entry.get()));
      if (read == 0) return size;
      size += read;
      // A compressed archive may unfold to more than it has.
      byte_budget_ -= read;
      if (byte_budget_ < 0 || (text != nullptr && size > kMaxTextBytes)) {
        return Refused("unfolds to more than ", kMaxBytes, " bytes");
      }
      if (text != nullptr) {
        text->append(buffer.data(), static_cast<size_t>(read));
      }
    }
  }

  // A pickle's tensors lie in the folder that has its name.
  absl::Status CheckRecords(const std::string& name, const std::string& text) {
    const std::string folder =
        absl::StrCat(name.substr(0, name.rfind('.')), "/");
    records_.size = [this,
                     &folder](absl::string_view key) -> std::optional<int64_t> {
      const auto record =
          sizes_.find(absl::AsciiStrToLower(absl::StrCat(folder, key)));
      if (record == sizes_.end()) return std::nullopt;
      return record->second;
    };
    return CheckPickle(text, records_);
  }

  zip_t* const archive_;
  // By name, in lower case.
  std::map<std::string, int64_t> sizes_;
  std::map<std::string, std::string> texts_;
  int64_t byte_budget_ = kMaxBytes;
  int64_t text_budget_ = kMaxAllTextBytes;
  PickleRecords records_ = {.size = {}, .budget = kMaxBytes};
};

absl::Status Verify(const std::string& path) {
  HG_RETURN_IF_ERROR(CheckFile(path));
  HG_ASSIGN_OR_RETURN(const ZipPointer archive, Open(path));
  return Verification(archive.get()).Run();
}

}  // namespace

absl::Status VerifyArchive(const std::string& path) {
  return Named(path, Verify(path));
}

}  // namespace hypergan
