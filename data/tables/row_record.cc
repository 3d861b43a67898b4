#include "data/tables/row_record.h"

#include <algorithm>
#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "base/quoted.h"
#include "base/status_macros.h"
#include "data/row_keys.h"

namespace hypergan::data {
namespace {

constexpr char kSeed[] = "split_seed";
constexpr char kRows[] = "rows";
constexpr char kTestRows[] = "test_rows";
constexpr char kLastTestKey[] = "last_test_key";
constexpr char kTwins[] = "twin_share";
constexpr char kSample[] = "row_sample";
constexpr char kDigest[] = "data_digest";
constexpr char kTraining[] = "training_rows";
constexpr char kValidation[] = "validation_rows";
constexpr char kCalibration[] = "calibration_rows";
constexpr size_t kDigits = 16;  // of a key
constexpr size_t kDigestDigits = 64;

std::string KeyText(uint64_t key) { return absl::StrFormat("%016x", key); }

bool ParseKey(absl::string_view text, uint64_t* key) {
  return text.size() == kDigits && absl::SimpleHexAtoi(text, key);
}

absl::Status WrongField(const char* name, const std::string& value) {
  return absl::InvalidArgumentError(
      absl::StrCat("provenance: ", name, ": expected a record of rows, got ",
                   Quoted(value)));
}

void WriteCount(const char* name, std::optional<int64_t> count,
                Provenance* provenance) {
  if (count) (*provenance)[name] = absl::StrCat(*count);
}

absl::Status ReadCount(const Provenance& provenance, const char* name,
                       std::optional<int64_t>* count) {
  const auto found = provenance.find(name);
  if (found == provenance.end()) return absl::OkStatus();
  int64_t number = 0;
  if (!absl::SimpleAtoi(found->second, &number) || number < 0) {
    return WrongField(name, found->second);
  }
  *count = number;
  return absl::OkStatus();
}

bool ParseSample(absl::string_view text, std::vector<uint64_t>* sample) {
  if (text.size() % kDigits != 0 ||
      text.size() / kDigits > static_cast<size_t>(kMaxSampledKeys)) {
    return false;
  }
  for (; !text.empty(); text.remove_prefix(kDigits)) {
    if (!ParseKey(text.substr(0, kDigits), &sample->emplace_back())) {
      return false;
    }
  }
  return std::is_sorted(sample->begin(), sample->end());
}

}  // namespace

SampledOverlap OverlapWith(const RowRecord& record,
                           const std::vector<uint64_t>& keys) {
  SampledOverlap overlap;
  if (record.sample.empty()) return overlap;
  // A sample that holds all rows can tell of any key.
  const bool is_whole = static_cast<int64_t>(record.sample.size()) ==
                        record.rows - record.test_rows;
  for (const uint64_t key : keys) {
    if (record.IsTestKey(key)) continue;
    if (!is_whole && key > record.sample.back()) continue;
    ++overlap.rows;
    if (std::binary_search(record.sample.begin(), record.sample.end(), key)) {
      ++overlap.known;
    }
  }
  return overlap;
}

int64_t PercentTrainedOn(const RowRecord& record,
                         const std::vector<uint64_t>& keys) {
  const SampledOverlap overlap = OverlapWith(record, keys);
  if (!IsMoreThanChance(overlap.known, overlap.rows, record.twins)) return 0;
  const auto others =
      std::count_if(keys.begin(), keys.end(),
                    [&](uint64_t key) { return !record.IsTestKey(key); });
  const double share =
      static_cast<double>(overlap.known) / static_cast<double>(overlap.rows) *
      static_cast<double>(others) / static_cast<double>(keys.size());
  return std::max<int64_t>(1, std::lround(100 * share));
}

void WriteRowRecord(const RowRecord& record, Provenance* provenance) {
  std::string sample;
  for (const uint64_t key : record.sample) {
    absl::StrAppend(&sample, KeyText(key));
  }
  (*provenance)[kSeed] = absl::StrCat(record.seed);
  (*provenance)[kRows] = absl::StrCat(record.rows);
  (*provenance)[kTestRows] = absl::StrCat(record.test_rows);
  (*provenance)[kLastTestKey] = KeyText(record.last_test_key);
  (*provenance)[kTwins] = absl::StrFormat("%.4g", record.twins);
  (*provenance)[kSample] = sample;
  if (!record.digest.empty()) (*provenance)[kDigest] = record.digest;
  WriteCount(kTraining, record.training, provenance);
  WriteCount(kValidation, record.validation, provenance);
  WriteCount(kCalibration, record.calibration, provenance);
}

absl::StatusOr<std::optional<RowRecord>> ReadRowRecord(
    const Provenance& provenance) {
  const auto text = [&](const char* name) -> const std::string& {
    static const std::string none;
    const auto found = provenance.find(name);
    return found == provenance.end() ? none : found->second;
  };
  if (provenance.count(kSample) == 0) return std::nullopt;
  RowRecord record;
  if (!absl::SimpleAtoi(text(kSeed), &record.seed)) {
    return WrongField(kSeed, text(kSeed));
  }
  if (!absl::SimpleAtoi(text(kRows), &record.rows) || record.rows < 0) {
    return WrongField(kRows, text(kRows));
  }
  if (!absl::SimpleAtoi(text(kTestRows), &record.test_rows) ||
      record.test_rows < 0 || record.test_rows > record.rows) {
    return WrongField(kTestRows, text(kTestRows));
  }
  if (!ParseKey(text(kLastTestKey), &record.last_test_key)) {
    return WrongField(kLastTestKey, text(kLastTestKey));
  }
  if (!absl::SimpleAtod(text(kTwins), &record.twins) ||
      !(record.twins >= 0 && record.twins <= 1)) {
    return WrongField(kTwins, text(kTwins));
  }
  if (!ParseSample(text(kSample), &record.sample)) {
    return WrongField(kSample, text(kSample));
  }
  record.digest = text(kDigest);
  if (!record.digest.empty() && record.digest.size() != kDigestDigits) {
    return WrongField(kDigest, record.digest);
  }
  HG_RETURN_IF_ERROR(ReadCount(provenance, kTraining, &record.training));
  HG_RETURN_IF_ERROR(ReadCount(provenance, kValidation, &record.validation));
  HG_RETURN_IF_ERROR(ReadCount(provenance, kCalibration, &record.calibration));
  return record;
}

}  // namespace hypergan::data
