#include "data/images/tar_file.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/status_macros.h"
#include "data/input_file.h"

namespace hypergan::data {
namespace {

constexpr int64_t kPieceBytes = int64_t{1} << 16;
// POSIX: two blocks of zeros end an archive.
constexpr int64_t kEndBytes = 1024;

struct FreeArchive {
  void operator()(archive* reader) const { archive_read_free(reader); }
};

// `path` as TarEntry has it.
absl::StatusOr<std::string> RelativePath(absl::string_view path) {
  if (static_cast<int64_t>(path.size()) > kMaxArchivePathBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("expected paths of at most ", kMaxArchivePathBytes,
                     " bytes, got one of ", path.size()));
  }
  std::vector<absl::string_view> parts;
  for (absl::string_view part : absl::StrSplit(path, '/')) {
    if (part == ".." || absl::StartsWith(path, "/")) {
      return absl::InvalidArgumentError(
          absl::StrCat("expected paths within the archive, got '", path, "'"));
    }
    if (!part.empty() && part != ".") parts.push_back(part);
  }
  return absl::StrJoin(parts, "/");
}

}  // namespace

// Lives where it is: libarchive keeps a pointer to it.
struct TarFile::State {
  State(InputFile file, const ArchiveLimits& most)
      : input(std::move(file)), limits(most), piece(kPieceBytes) {}

  absl::Status Start();
  // Counts and bounds what it reads.
  absl::StatusOr<int64_t> ReadPiece();
  static la_ssize_t GivePiece(archive* reader, void* state, const void** out);
  absl::Status ExpectEnd();
  // Says where: in the entry that was begun last, or behind it.
  absl::Status Failure() const;
  absl::Status Refuse(absl::string_view why) const {
    return absl::InvalidArgumentError(absl::StrCat(input.path(), ": ", why));
  }

  InputFile input;
  ArchiveLimits limits;
  std::vector<uint8_t> piece;
  std::unique_ptr<archive, FreeArchive> reader;
  absl::Status input_status;  // of ReadPiece, which libarchive calls
  int64_t bytes = 0;
  int64_t entries = 0;
  int64_t zeros = 0;  // bytes read since the last that was not 0
  std::string path;   // of the entry that is being read, as in TarEntry
  int64_t size = 0;   // of the same
};

absl::Status TarFile::State::Start() {
  reader.reset(archive_read_new());
  if (reader == nullptr) return absl::ResourceExhaustedError("out of memory");
  archive_read_support_filter_none(reader.get());
  archive_read_support_format_tar(reader.get());
  const int code =
      archive_read_open(reader.get(), this, nullptr, &GivePiece, nullptr);
  return code == ARCHIVE_OK ? absl::OkStatus() : Failure();
}

absl::StatusOr<int64_t> TarFile::State::ReadPiece() {
  HG_ASSIGN_OR_RETURN(const int64_t count,
                      input.ReadSome(absl::MakeSpan(piece)));
  bytes += count;
  if (bytes > limits.bytes) {
    return Refuse(absl::StrCat("expected at most ", limits.bytes,
                               " bytes, unpacked, got more"));
  }
  const auto end = piece.begin() + count;
  const auto last = std::find_if(std::make_reverse_iterator(end), piece.rend(),
                                 [](uint8_t b) { return b; });
  const int64_t trailing = last - std::make_reverse_iterator(end);
  zeros = trailing == count ? zeros + count : trailing;
  return count;
}

// Only pieces that InputFile has unpacked reach libarchive, whose own gzip
// filter ignores check sums.
la_ssize_t TarFile::State::GivePiece(archive* reader, void* state,
                                     const void** out) {
  auto& self = *static_cast<State*>(state);
  const absl::StatusOr<int64_t> count = self.ReadPiece();
  if (!count.ok()) {
    self.input_status = count.status();
    archive_set_error(reader, EIO, "cannot be read");
    return ARCHIVE_FATAL;
  }
  *out = self.piece.data();
  return *count;
}

absl::Status TarFile::State::ExpectEnd() {
  int64_t count = 1;
  while (count > 0) {
    HG_ASSIGN_OR_RETURN(count, ReadPiece());
  }
  if (zeros >= kEndBytes) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat(input.path(), ": ended early: expected ", kEndBytes,
                   " zero bytes at the end of the archive, got ", zeros));
}

absl::Status TarFile::State::Failure() const {
  const std::string where =
      path.empty() ? "" : absl::StrCat(" (in or after '", path, "')");
  if (!input_status.ok()) {
    return absl::Status(input_status.code(),
                        absl::StrCat(input_status.message(), where));
  }
  const char* reason = archive_error_string(reader.get());
  return absl::DataLossError(absl::StrCat(
      input.path(),
      ": damaged: ", reason == nullptr ? "no tar archive" : reason, where));
}

TarFile::TarFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
TarFile::TarFile(TarFile&&) noexcept = default;
TarFile& TarFile::operator=(TarFile&&) noexcept = default;
TarFile::~TarFile() = default;

absl::StatusOr<TarFile> TarFile::Open(const std::string& path,
                                      const ArchiveLimits& limits) {
  HG_ASSIGN_OR_RETURN(InputFile input, InputFile::Open(path));
  auto state = std::make_unique<State>(std::move(input), limits);
  HG_RETURN_IF_ERROR(state->Start());
  return TarFile(std::move(state));
}

absl::StatusOr<bool> TarFile::Next(TarEntry* entry) {
  State& state = *state_;
  archive_entry* header = nullptr;
  while (true) {
    const int code = archive_read_next_header(state.reader.get(), &header);
    if (code == ARCHIVE_EOF) break;
    // A warning says that a name is in no known encoding: its bytes will do.
    if (code != ARCHIVE_OK && code != ARCHIVE_WARN) return state.Failure();
    if (++state.entries > state.limits.entries) {
      return state.Refuse(absl::StrCat(
          "expected at most ", state.limits.entries, " entries, got more"));
    }
    const char* name = archive_entry_pathname(header);
    if (name == nullptr) name = archive_entry_pathname_utf8(header);
    if (name == nullptr) return state.Failure();
    absl::StatusOr<std::string> path = RelativePath(name);
    if (!path.ok()) return state.Refuse(path.status().message());
    const auto type = archive_entry_filetype(header);
    if (archive_entry_hardlink(header) != nullptr ||
        (type != AE_IFDIR && type != AE_IFREG)) {
      continue;
    }
    if (path->empty() && type != AE_IFDIR) {
      return state.Refuse("expected a name for each file, got one without");
    }
    if (archive_entry_sparse_count(header) > 0) {
      return state.Refuse(
          absl::StrCat("expected files without holes, got '", *path, "'"));
    }
    state.path = *std::move(path);
    state.size = archive_entry_size(header);
    *entry = {state.path, type == AE_IFDIR, state.size};
    return true;
  }
  HG_RETURN_IF_ERROR(state.ExpectEnd());
  return false;
}

absl::StatusOr<std::string> TarFile::ReadContents(int64_t max_bytes) {
  State& state = *state_;
  if (state.size < 0 || state.size > max_bytes) {
    return state.Refuse(absl::StrCat(state.path, ": expected at most ",
                                     max_bytes, " bytes, got ", state.size));
  }
  std::string contents(static_cast<size_t>(state.size), '\0');
  const la_ssize_t count =
      archive_read_data(state.reader.get(), contents.data(), contents.size());
  if (count < 0) return state.Failure();
  if (count != state.size) {
    return absl::DataLossError(absl::StrCat(state.input.path(), ": ",
                                            state.path, ": damaged: expected ",
                                            state.size, " bytes, got ", count));
  }
  return contents;
}

}  // namespace hypergan::data
