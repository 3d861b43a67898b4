#include "data/cifar.h"

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/status_macros.h"
#include "data/class_names.h"
#include "data/input_file.h"

namespace hypergan::data {
namespace {

constexpr int64_t kPixels = 3 * 32 * 32;
constexpr int64_t kRecord = 1 + kPixels;
constexpr int64_t kClasses = 10;
// Ten times an official batch of 10,000 records.
constexpr int64_t kMaxBatchBytes = 100'000 * kRecord;

absl::Status AppendRecords(const std::string& path, absl::string_view bytes,
                           Dataset& dataset) {
  for (; !bytes.empty(); bytes.remove_prefix(kRecord)) {
    const int64_t label = static_cast<uint8_t>(bytes.front());
    if (label >= kClasses) {
      return absl::InvalidArgumentError(absl::StrCat(
          path, ": expected labels 0 to ", kClasses - 1, ", got ", label));
    }
    dataset.labels.push_back(label);
    dataset.pixels.insert(dataset.pixels.end(), bytes.begin() + 1,
                          bytes.begin() + kRecord);
    ++dataset.rows;
  }
  return absl::OkStatus();
}

absl::Status AppendBatch(const std::string& path, Dataset& dataset) {
  HG_ASSIGN_OR_RETURN(std::string bytes, ReadWholeFile(path, kMaxBatchBytes));
  if (bytes.empty() || bytes.size() % kRecord != 0) {
    return absl::DataLossError(absl::StrCat(path, ": expected records of ",
                                            kRecord, " bytes, got ",
                                            bytes.size(), " bytes"));
  }
  return AppendRecords(path, bytes, dataset);
}

std::vector<std::string> BatchNames(Split split) {
  if (split == Split::kTest) return {"test_batch.bin"};
  std::vector<std::string> names;
  for (int i = 1; i <= 5; ++i) {
    names.push_back(absl::StrCat("data_batch_", i, ".bin"));
  }
  return names;
}

}  // namespace

absl::StatusOr<Dataset> ReadCifar(const std::string& folder, Split split) {
  Dataset dataset;
  dataset.row_shape = {3, 32, 32};
  for (const std::string& name : BatchNames(split)) {
    HG_RETURN_IF_ERROR(AppendBatch(absl::StrCat(folder, "/", name), dataset));
  }
  HG_ASSIGN_OR_RETURN(dataset.class_names,
                      ReadClassNames(absl::StrCat(folder, "/batches.meta.txt"),
                                     /*at_least=*/kClasses));
  return dataset;
}

}  // namespace hypergan::data
