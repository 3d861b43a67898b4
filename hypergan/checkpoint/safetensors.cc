#include "hypergan/checkpoint/safetensors.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/json_field.h"
#include "base/named_error.h"
#include "base/quoted.h"
#include "base/status_macros.h"
#include "nlohmann/json.hpp"

namespace hypergan {
namespace {

static_assert(std::endian::native == std::endian::little,
              "the format's numbers are little-endian");

constexpr int64_t kSizeBytes = 8;  // of the header's size
constexpr int64_t kMaxHeaderBytes = int64_t{4} << 20;
constexpr int64_t kMaxFileBytes = int64_t{4} << 30;
constexpr size_t kMaxTensors = 10'000;
constexpr size_t kMaxNameBytes = 256;
constexpr size_t kMaxRank = 8;
constexpr int64_t kNumberBytes = sizeof(float);
constexpr char kMetadata[] = "__metadata__";
constexpr char kFloat32[] = "F32";

template <typename... Parts>
absl::Status NotTaken(const Parts&... parts) {
  return absl::InvalidArgumentError(absl::StrCat(parts...));
}

absl::Status CannotOpen() {
  const std::string reason = std::generic_category().message(errno);
  return errno == ENOENT ? absl::NotFoundError("no such file")
                         : absl::FailedPreconditionError(
                               absl::StrCat("cannot be read: ", reason));
}

bool IsName(absl::string_view name) {
  return !name.empty() && name.size() <= kMaxNameBytes && name != kMetadata &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '_' || c == '.';
         });
}

// The header, in which no object has a field twice: readers differ in which of
// the two counts.
absl::StatusOr<nlohmann::json> ParseHeader(absl::string_view text) {
  if (NestsTooDeep(text)) return NotTaken("the header nests too deep");
  std::vector<std::set<std::string>> fields;  // of the objects that are open
  std::string twice;
  bool is_twice = false;
  const auto note = [&](int, nlohmann::json::parse_event_t event,
                        nlohmann::json& value) {
    if (event == nlohmann::json::parse_event_t::object_start) {
      fields.emplace_back();
    } else if (event == nlohmann::json::parse_event_t::object_end) {
      fields.pop_back();
    } else if (event == nlohmann::json::parse_event_t::key) {
      const auto& key = value.get_ref<const std::string&>();
      if (!fields.back().insert(key).second && !is_twice) {
        is_twice = true;
        twice = key;
      }
    }
    return true;
  };
  nlohmann::json json =
      nlohmann::json::parse(text.begin(), text.end(), note, false);
  if (!json.is_object()) return NotTaken("the header is not a JSON object");
  if (is_twice) {
    return NotTaken("the header has ", Quoted(twice, 100), " twice");
  }
  return json;
}

absl::StatusOr<std::map<std::string, std::string>> ParseMetadata(
    const nlohmann::json& header) {
  using Texts = std::map<std::string, std::string>;
  return JsonField<Texts>(header, kMetadata, Texts());
}

// The product of the shape; both stay far from the bounds of int64_t.
absl::StatusOr<int64_t> CountNumbers(const std::vector<int64_t>& shape) {
  constexpr int64_t kMost = kMaxFileBytes / kNumberBytes;
  if (shape.size() > kMaxRank) {
    return NotTaken("expected at most ", kMaxRank, " dimensions, got ",
                    shape.size());
  }
  int64_t numbers = 1;
  for (const int64_t size : shape) {
    if (size < 1 || size > kMost || numbers * size > kMost) {
      return NotTaken("expected a shape of 1 to ", kMost, " numbers, got [",
                      absl::StrJoin(shape, ", "), "]");
    }
    numbers *= size;
  }
  return numbers;
}

// Its offset counts from the end of the header.
absl::StatusOr<SafetensorsTensor> ParseTensor(const std::string& name,
                                              const nlohmann::json& json) {
  if (!IsName(name)) {
    return NotTaken("expected a name of 1 to ", kMaxNameBytes,
                    " letters, digits, '_' or '.'");
  }
  if (json.is_object() && json.size() > 3) {
    return NotTaken("expected dtype, shape and data_offsets alone");
  }
  SafetensorsTensor tensor = {.name = name, .shape = {}};
  HG_ASSIGN_OR_RETURN(const auto type, JsonField<std::string>(json, "dtype"));
  if (type != kFloat32) {
    return NotTaken("expected numbers of type ", kFloat32, ", got ",
                    Quoted(type, 20));
  }
  HG_ASSIGN_OR_RETURN(tensor.shape,
                      JsonField<std::vector<int64_t>>(json, "shape"));
  HG_ASSIGN_OR_RETURN(tensor.numbers, CountNumbers(tensor.shape));
  HG_ASSIGN_OR_RETURN(const auto range,
                      JsonField<std::vector<int64_t>>(json, "data_offsets"));
  if (range.size() != 2 || range[0] < 0 || range[0] > kMaxFileBytes ||
      range[1] != range[0] + tensor.numbers * kNumberBytes) {
    return NotTaken(
        "expected two data_offsets, ", tensor.numbers * kNumberBytes,
        " bytes apart, got [",
        absl::StrJoin(range.begin(),
                      range.begin() + static_cast<std::ptrdiff_t>(
                                          std::min(range.size(), size_t{4})),
                      ", "),
        "]");
  }
  tensor.offset = range[0];
  return tensor;
}

// That the tensors fill `bytes` from end to end; where they end.
absl::Status CheckLayout(const std::map<std::string, SafetensorsTensor>& all,
                         int64_t bytes) {
  std::vector<const SafetensorsTensor*> tensors;
  tensors.reserve(all.size());
  for (const auto& [name, tensor] : all) tensors.push_back(&tensor);
  std::sort(tensors.begin(), tensors.end(),
            [](const auto* a, const auto* b) { return a->offset < b->offset; });
  int64_t end = 0;
  for (const SafetensorsTensor* tensor : tensors) {
    if (tensor->offset != end) {
      return NotTaken(Quoted(tensor->name, 100), ": expected to begin at ", end,
                      ", where the one before ends, got ", tensor->offset);
    }
    end += tensor->numbers * kNumberBytes;
  }
  if (end == bytes) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("damaged checkpoint: expected ", end,
                                          " bytes after the header, got ",
                                          bytes));
}

}  // namespace

absl::StatusOr<SafetensorsFile> SafetensorsFile::Open(const std::string& path) {
  const auto open_it = [&]() -> absl::StatusOr<SafetensorsFile> {
    // A pipe that nobody writes to would keep a plain open() waiting.
    OwnedFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file.is_open()) return CannotOpen();
    SafetensorsFile opened(path, std::move(file));
    HG_RETURN_IF_ERROR(opened.ReadHeader());
    return opened;
  };
  return Named(path, open_it());
}

absl::Status SafetensorsFile::ReadHeader() {
  struct stat status = {};
  if (fstat(file_.get(), &status) != 0) return CannotOpen();
  if (!S_ISREG(status.st_mode)) return NotTaken("not a regular file");
  const int64_t file_bytes = status.st_size;
  if (file_bytes > kMaxFileBytes) {
    return NotTaken("expected at most ", kMaxFileBytes, " bytes, got ",
                    file_bytes);
  }
  uint64_t size = 0;
  if (file_bytes < kSizeBytes) {
    return NotTaken("not a safetensors file: it has ", file_bytes, " bytes");
  }
  HG_RETURN_IF_ERROR(
      ReadBytes(0, reinterpret_cast<char*>(&size), sizeof(size)));
  if (size < 2 || size > uint64_t{kMaxHeaderBytes}) {
    return NotTaken("not a safetensors file: expected a header of 2 to ",
                    kMaxHeaderBytes, " bytes, got ", size);
  }
  const int64_t begin = kSizeBytes + static_cast<int64_t>(size);
  if (begin > file_bytes) {
    return absl::DataLossError(
        absl::StrCat("damaged checkpoint: expected a header of ", size,
                     " bytes, got ", file_bytes - kSizeBytes));
  }
  std::string text(size, '\0');
  HG_RETURN_IF_ERROR(ReadBytes(kSizeBytes, text.data(), text.size()));
  if (text[0] != '{') {
    return NotTaken(
        "not a safetensors file: expected a header that begins "
        "with '{'");
  }
  HG_ASSIGN_OR_RETURN(const nlohmann::json header, ParseHeader(text));
  HG_ASSIGN_OR_RETURN(metadata_, ParseMetadata(header));
  if (header.size() > kMaxTensors) {
    return NotTaken("expected at most ", kMaxTensors, " tensors, got ",
                    header.size());
  }
  for (const auto& [name, json] : header.items()) {
    if (name == kMetadata) continue;
    auto tensor = ParseTensor(name, json);
    if (!tensor.ok()) {
      return NotTaken("tensor ", Quoted(name, 100), ": ",
                      tensor.status().message());
    }
    tensors_[name] = *std::move(tensor);
  }
  HG_RETURN_IF_ERROR(CheckLayout(tensors_, file_bytes - begin));
  for (auto& [name, tensor] : tensors_) tensor.offset += begin;
  return absl::OkStatus();
}

absl::Status SafetensorsFile::Read(const SafetensorsTensor& tensor,
                                   absl::Span<float> numbers) const {
  if (std::ssize(numbers) != tensor.numbers) {
    return absl::InternalError("the tensor's room has another size");
  }
  return Named(path_,
               ReadBytes(tensor.offset, reinterpret_cast<char*>(numbers.data()),
                         numbers.size() * sizeof(float)));
}

absl::Status SafetensorsFile::ReadBytes(int64_t offset, char* bytes,
                                        size_t size) const {
  while (size > 0) {
    const ssize_t got = pread(file_.get(), bytes, size, offset);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return CannotOpen();
    if (got == 0) {
      return absl::DataLossError("damaged checkpoint: it ends too early");
    }
    bytes += got;
    size -= static_cast<size_t>(got);
    offset += got;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> WriteSafetensors(
    const std::map<std::string, std::string>& metadata,
    absl::Span<const SafetensorsContents> tensors) {
  nlohmann::ordered_json header;
  header[kMetadata] = metadata;
  int64_t end = 0;
  for (const SafetensorsContents& tensor : tensors) {
    HG_ASSIGN_OR_RETURN(const int64_t numbers, CountNumbers(tensor.shape));
    if (!IsName(tensor.name) || header.contains(tensor.name) ||
        numbers != std::ssize(tensor.numbers)) {
      return NotTaken("tensor ", Quoted(tensor.name, 100),
                      ": expected a name of its own and ", numbers,
                      " numbers, got ", tensor.numbers.size());
    }
    const int64_t begin = end;
    end += numbers * kNumberBytes;
    header[tensor.name] = {{"dtype", kFloat32},
                           {"shape", tensor.shape},
                           {"data_offsets", {begin, end}}};
  }
  std::string text = header.dump(
      -1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  text.resize((text.size() + 7) / 8 * 8, ' ');  // numbers begin aligned
  const int64_t bytes = kSizeBytes + static_cast<int64_t>(text.size()) + end;
  if (std::ssize(text) > kMaxHeaderBytes || tensors.size() >= kMaxTensors ||
      bytes > kMaxFileBytes) {
    return NotTaken("expected at most ", kMaxHeaderBytes,
                    " bytes of header and ", kMaxFileBytes, " in all, got ",
                    text.size(), " and ", bytes);
  }
  std::string file(sizeof(uint64_t), '\0');
  const uint64_t size = text.size();
  std::memcpy(file.data(), &size, sizeof(size));
  file.reserve(static_cast<size_t>(bytes));
  file += text;
  for (const SafetensorsContents& tensor : tensors) {
    file.append(reinterpret_cast<const char*>(tensor.numbers.data()),
                tensor.numbers.size() * sizeof(float));
  }
  return file;
}

}  // namespace hypergan
