#include "data/input_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "data/limits.h"

namespace hypergan::data {
namespace {

// gzread takes an unsigned int; a piece of this size stays clear of its limit.
constexpr int64_t kPiece = int64_t{1} << 26;

absl::Status SystemError(int error, const std::string& path) {
  return absl::ErrnoToStatus(error, absl::StrCat("cannot read ", path));
}

absl::StatusOr<int64_t> RegularFileSize(const std::string& path) {
  struct stat facts;
  if (stat(path.c_str(), &facts) != 0) return SystemError(errno, path);
  if (!S_ISREG(facts.st_mode)) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": expected a regular file"));
  }
  return facts.st_size;
}

}  // namespace

absl::StatusOr<InputFile> InputFile::Open(const std::string& path) {
  HG_ASSIGN_OR_RETURN(int64_t size, RegularFileSize(path));
  errno = 0;
  gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) return SystemError(errno == 0 ? ENOMEM : errno, path);
  gzbuffer(file, 1 << 17);
  return InputFile(path, size, file);
}

InputFile::InputFile(std::string path, int64_t size, gzFile file)
    : path_(std::move(path)), size_(size), file_(file) {}

absl::Status InputFile::ReadError(int64_t expected, int64_t got) const {
  int code = Z_OK;
  const char* reason = gzerror(file_.get(), &code);
  if (code != Z_OK && code != Z_BUF_ERROR) {
    return absl::DataLossError(absl::StrCat(path_, ": damaged: ", reason));
  }
  return absl::DataLossError(absl::StrCat(path_, ": ended early: expected ",
                                          expected, " more bytes, got ", got));
}

absl::Status InputFile::Read(absl::Span<uint8_t> out) {
  const int64_t expected = static_cast<int64_t>(out.size());
  int64_t got = 0;
  while (got < expected) {
    const int64_t piece = std::min(kPiece, expected - got);
    const int count =
        gzread(file_.get(), out.data() + got, static_cast<unsigned>(piece));
    if (count > 0) got += count;
    if (count < piece) return ReadError(expected, got);
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> InputFile::ReadSome(absl::Span<uint8_t> out) {
  const int64_t piece = std::min(kPiece, static_cast<int64_t>(out.size()));
  const int count =
      gzread(file_.get(), out.data(), static_cast<unsigned>(piece));
  int code = Z_OK;
  gzerror(file_.get(), &code);
  if (count < 0 || code != Z_OK) return ReadError(piece, std::max(count, 0));
  return count;
}

absl::StatusOr<bool> InputFile::ReadLine(std::string* line) {
  line->clear();
  int byte;
  while ((byte = gzgetc(file_.get())) != -1) {
    if (byte == '\n') break;
    if (byte == '\r') {
      const int next = gzgetc(file_.get());
      if (next != '\n' && next != -1) gzungetc(next, file_.get());
      break;
    }
    if (static_cast<int64_t>(line->size()) == kMaxLineBytes) {
      return absl::InvalidArgumentError(
          absl::StrCat(path_, ": expected lines of at most ", kMaxLineBytes,
                       " bytes, got a longer one"));
    }
    line->push_back(static_cast<char>(byte));
  }
  int code = Z_OK;
  gzerror(file_.get(), &code);
  if (code != Z_OK) return ReadError(1, 0);
  if (byte == -1 && line->empty()) return false;
  return true;
}

absl::Status InputFile::ExpectRemaining(int64_t bytes) const {
  if (bytes > kMaxDatasetBytes) {
    return absl::InvalidArgumentError(absl::StrCat(
        path_, ": states ", bytes, " bytes, the limit is ", kMaxDatasetBytes));
  }
  const int64_t stated = gztell(file_.get()) + bytes;
  const bool plain = gzdirect(file_.get()) != 0;
  if (plain ? stated == size_ : stated / kMaxDeflateRatio <= size_) {
    return absl::OkStatus();
  }
  return absl::DataLossError(absl::StrCat(
      path_, ": expected ", stated, " bytes by its header, got ",
      plain ? "" : "at most ", plain ? size_ : size_ * kMaxDeflateRatio));
}

absl::Status InputFile::ExpectEnd() {
  const int64_t end = gztell(file_.get());
  if (gzgetc(file_.get()) != -1) {
    return absl::DataLossError(
        absl::StrCat(path_, ": expected ", end, " bytes, got more"));
  }
  // Only reading past the end makes zlib check the sum behind the data.
  int code = Z_OK;
  gzerror(file_.get(), &code);
  return code == Z_OK ? absl::OkStatus() : ReadError(0, 0);
}

absl::StatusOr<std::string> ReadWholeFile(const std::string& path,
                                          int64_t max_bytes) {
  HG_ASSIGN_OR_RETURN(int64_t size, RegularFileSize(path));
  if (size > max_bytes) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, ": expected at most ", max_bytes, " bytes, got ", size));
  }
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return SystemError(errno, path);
  std::string bytes(static_cast<size_t>(size), '\0');
  stream.read(bytes.data(), size);
  if (stream.gcount() != size) {
    return absl::DataLossError(absl::StrCat(path, ": ended early: expected ",
                                            size, " bytes, got ",
                                            stream.gcount()));
  }
  return bytes;
}

}  // namespace hypergan::data
