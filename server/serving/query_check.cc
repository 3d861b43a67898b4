#include "server/serving/query_check.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace hypergan::server {
namespace {

// A row's scores and class on the wire, tags included, generously.
constexpr int64_t kRowOverheadBytes = 160;
constexpr int64_t kMessageOverheadBytes = 1024;
constexpr size_t kShownDimensions = 8;

std::string ShapeText(absl::Span<const int64_t> shape) {
  const auto shown = shape.subspan(0, kShownDimensions);
  return absl::StrCat("[", absl::StrJoin(shown, ", "),
                      shown.size() < shape.size() ? ", ...]" : "]");
}

std::string ExpectedShapeText(const Manifest& manifest) {
  const char* comma = manifest.input_shape.empty() ? "" : ", ";
  return absl::StrCat("[B", comma, absl::StrJoin(manifest.input_shape, ", "),
                      "]");
}

// The product of factors that are not negative; none if it overflows.
std::optional<int64_t> Product(absl::Span<const int64_t> factors) {
  int64_t product = 1;
  for (const int64_t factor : factors) {
    if (__builtin_mul_overflow(product, factor, &product)) return std::nullopt;
  }
  return product;
}

absl::Status CheckShape(absl::Span<const int64_t> shape,
                        const Manifest& manifest) {
  const bool fits =
      shape.size() == manifest.input_shape.size() + 1 &&
      std::equal(shape.begin() + 1, shape.end(), manifest.input_shape.begin());
  if (fits && shape[0] >= 1) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("inputs.shape: expected ", ExpectedShapeText(manifest),
                   " with B >= 1, got ", ShapeText(shape)));
}

absl::StatusOr<int64_t> CheckNetworks(int64_t asked, const Manifest& manifest,
                                      const Limits& limits) {
  if (asked == 0) {
    return std::clamp<int64_t>(manifest.default_num_networks, 1,
                               limits.max_networks);
  }
  if (asked >= 1 && asked <= limits.max_networks) return asked;
  return absl::InvalidArgumentError(
      absl::StrCat("num_networks: expected 1..", limits.max_networks,
                   ", or 0 for the model's default, got ", asked));
}

absl::Status TooLarge(const char* what, int64_t limit, int64_t got) {
  return absl::ResourceExhaustedError(
      absl::StrCat(what, ": at most ", limit, " allowed, got ", got));
}

// Bytes of the whole answer; none if that overflows.
std::optional<int64_t> ResponseBytes(const QuerySize& size,
                                     const Manifest& manifest,
                                     bool network_outputs) {
  // Mean and variance, and one more for each network that is to be told.
  const int64_t tensors = 2 + (network_outputs ? size.num_networks : 0);
  const auto numbers = Product({tensors, size.rows, manifest.num_outputs, 4});
  size_t name_bytes = 0;
  for (const std::string& name : manifest.class_names) {
    name_bytes = std::max(name_bytes, name.size());
  }
  const auto row_bytes = static_cast<int64_t>(name_bytes) + kRowOverheadBytes;
  const auto rows = Product({size.rows, row_bytes});
  int64_t total = kMessageOverheadBytes;
  if (!numbers || !rows || __builtin_add_overflow(total, *numbers, &total) ||
      __builtin_add_overflow(total, *rows, &total)) {
    return std::nullopt;
  }
  return total;
}

absl::Status CheckCost(const QuerySize& size, const Manifest& manifest,
                       const QueryClaim& claim, const Limits& limits) {
  constexpr int64_t kOverflow = std::numeric_limits<int64_t>::max();
  const int64_t work =
      Product({size.rows, size.num_networks}).value_or(kOverflow);
  if (work > limits.max_row_networks) {
    return TooLarge("rows x networks", limits.max_row_networks, work);
  }
  const int64_t bytes =
      ResponseBytes(size, manifest, claim.network_outputs).value_or(kOverflow);
  if (bytes > limits.max_response_bytes) {
    return TooLarge("bytes of the response", limits.max_response_bytes, bytes);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<QuerySize> CheckQuery(const QueryClaim& claim,
                                     const Manifest& manifest,
                                     const Limits& limits) {
  if (auto status = CheckShape(claim.shape, manifest); !status.ok()) {
    return status;
  }
  const auto networks = CheckNetworks(claim.num_networks, manifest, limits);
  if (!networks.ok()) return networks.status();
  const int64_t rows = claim.shape[0];
  if (rows > limits.max_rows) {
    return TooLarge("rows of inputs", limits.max_rows, rows);
  }
  const auto values = Product(claim.shape);
  if (!values || *values > limits.max_request_bytes / 4) {
    return TooLarge("numbers in inputs", limits.max_request_bytes / 4,
                    values.value_or(std::numeric_limits<int64_t>::max()));
  }
  const QuerySize size{rows, *networks, *values};
  if (auto status = CheckCost(size, manifest, claim, limits); !status.ok()) {
    return status;
  }
  return size;
}

absl::Status CheckFinite(absl::Span<const float> values) {
  const auto bad = std::find_if_not(values.begin(), values.end(),
                                    [](float x) { return std::isfinite(x); });
  if (bad == values.end()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("inputs: expected finite values, got ", *bad,
                   " at position ", bad - values.begin()));
}

absl::Status CheckPrediction(const EnsemblePrediction& prediction,
                             const EnsembleQuery& query,
                             const Manifest& manifest) {
  const auto moments = static_cast<size_t>(query.rows * manifest.num_outputs);
  const size_t outputs =
      query.network_outputs ? moments * query.num_networks : 0;
  if (prediction.mean.size() == moments &&
      prediction.variance.size() == moments &&
      prediction.scores.size() == static_cast<size_t>(query.rows) &&
      prediction.network_outputs.size() == outputs) {
    return absl::OkStatus();
  }
  return absl::InternalError(absl::StrCat(
      "the prediction has wrong sizes: expected ", moments, " means, ", moments,
      " variances, ", query.rows, " scores and ", outputs, " outputs, got ",
      prediction.mean.size(), ", ", prediction.variance.size(), ", ",
      prediction.scores.size(), " and ", prediction.network_outputs.size()));
}

}  // namespace hypergan::server
