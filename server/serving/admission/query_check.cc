#include "server/serving/admission/query_check.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hypergan/checkpoint/predictive.h"
#include "server/serving/admission/refusal.h"

namespace hypergan::server {
namespace {

// A row's scores and class on the wire, tags included, generously.
constexpr int64_t kRowOverheadBytes = 160;
constexpr int64_t kMessageOverheadBytes = 1024;
constexpr size_t kShownDimensions = 8;
// Fewer networks may agree by chance, and end a request with a target too soon.
constexpr int64_t kLeast = 16;

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
  return Refuse(Refusal::kShape,
                absl::InvalidArgumentError(absl::StrCat(
                    "inputs.shape: expected ", ExpectedShapeText(manifest),
                    " with B >= 1, got ", ShapeText(shape))));
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

absl::Status CheckTarget(const QueryClaim& claim) {
  if (!claim.target_standard_error) {
    if (!claim.max_networks) return absl::OkStatus();
    return absl::InvalidArgumentError(
        "max_networks: expected together with target_standard_error alone, got "
        "no target");
  }
  const double target = *claim.target_standard_error;
  if (std::isfinite(target) && target > 0) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "target_standard_error: expected a number above 0, got ", target));
}

absl::Status CheckClaimedCoverage(const QueryClaim& claim,
                                  const Manifest& manifest) {
  if (!claim.coverage) return absl::OkStatus();
  if (auto status = CheckCoverage(*claim.coverage); !status.ok()) {
    return status;
  }
  if (manifest.task == Task::kClassification) {
    return LeastProbability(manifest, *claim.coverage).status();
  }
  if (!manifest.noise_deviation.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "coverage: this checkpoint does not know the noise of its targets; train "
      "it with validation or calibration rows for intervals");
}

// The most networks of a claim with a target about so many rows.
absl::StatusOr<int64_t> MostNetworks(const QueryClaim& claim, int64_t rows,
                                     const Limits& limits) {
  if (!claim.max_networks) {
    const int64_t most = std::clamp<int64_t>(limits.max_row_networks / rows, 1,
                                             limits.max_networks);
    // More than that is left for CheckCost to refuse.
    return std::max(most, claim.num_networks);
  }
  const int64_t most = *claim.max_networks;
  if (most < 1 || most > limits.max_networks) {
    return absl::InvalidArgumentError(absl::StrCat(
        "max_networks: expected 1..", limits.max_networks, ", got ", most));
  }
  if (claim.num_networks <= most) return most;
  return absl::InvalidArgumentError(
      absl::StrCat("num_networks: expected at most max_networks, ", most,
                   ", got ", claim.num_networks));
}

absl::Status TooLarge(const char* what, int64_t limit, int64_t got) {
  return absl::ResourceExhaustedError(
      absl::StrCat(what, ": at most ", limit, " allowed, got ", got));
}

int64_t Most(const QuerySize& size) {
  return size.target ? size.target->max_networks : size.num_networks;
}

// Bytes of the whole answer; none if that overflows.
std::optional<int64_t> ResponseBytes(const QuerySize& size,
                                     const Manifest& manifest,
                                     const QueryClaim& claim) {
  // Mean and variance, of a regression with the noise two more, with a coverage
  // an interval's ends (or sets, at most as large), and one more for each
  // network that is to be told.
  const int64_t tensors = 2 + (manifest.noise_deviation.empty() ? 0 : 2) +
                          (claim.coverage ? 2 : 0) +
                          (claim.network_outputs ? Most(size) : 0);
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

// Sets the bytes of the response.
absl::Status CheckCost(const Manifest& manifest, const QueryClaim& claim,
                       const Limits& limits, QuerySize& size) {
  constexpr int64_t kOverflow = std::numeric_limits<int64_t>::max();
  const int64_t work = Product({size.rows, Most(size)}).value_or(kOverflow);
  if (work > limits.max_row_networks) {
    return TooLarge("rows x networks", limits.max_row_networks, work);
  }
  size.response_bytes =
      ResponseBytes(size, manifest, claim).value_or(kOverflow);
  if (size.response_bytes > limits.max_response_bytes) {
    return TooLarge("bytes of the response", limits.max_response_bytes,
                    size.response_bytes);
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
  if (auto status = CheckTarget(claim); !status.ok()) return status;
  if (auto status = CheckClaimedCoverage(claim, manifest); !status.ok()) {
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
  QuerySize size;
  size.rows = rows;
  size.num_networks = *networks;
  size.values = *values;
  if (claim.target_standard_error) {
    const auto most = MostNetworks(claim, rows, limits);
    if (!most.ok()) return most.status();
    size.target = Target{*claim.target_standard_error, *most};
    if (claim.num_networks == 0) size.num_networks = std::min(*most, kLeast);
  }
  if (auto status = CheckCost(manifest, claim, limits, size); !status.ok()) {
    return status;
  }
  return size;
}

absl::Status CheckFinite(absl::Span<const float> values) {
  const auto bad = std::find_if_not(values.begin(), values.end(),
                                    [](float x) { return std::isfinite(x); });
  if (bad == values.end()) return absl::OkStatus();
  return Refuse(Refusal::kNotFinite,
                absl::InvalidArgumentError(
                    absl::StrCat("inputs: expected finite values, got ", *bad,
                                 " at position ", bad - values.begin())));
}

absl::Status CheckFinite(const EnsemblePrediction& prediction) {
  const size_t rows = prediction.scores.size();
  const auto is_finite = [](float x) { return std::isfinite(x); };
  for (size_t row = 0; row < rows; ++row) {
    const auto all_finite = [&](const std::vector<float>& values) {
      const size_t outputs = values.size() / rows;
      const auto first =
          values.begin() + static_cast<std::ptrdiff_t>(row * outputs);
      return std::all_of(first, first + static_cast<std::ptrdiff_t>(outputs),
                         is_finite);
    };
    // A NaN is a score without a meaning.
    if (all_finite(prediction.mean) && all_finite(prediction.variance) &&
        !std::isinf(prediction.scores[row].total_variance)) {
      continue;
    }
    return Refuse(
        Refusal::kNotFinite,
        absl::InvalidArgumentError(absl::StrCat(
            "inputs: expected values whose outputs have a mean and a variance "
            "that float32 holds, got row ",
            row, ", where they are too large")));
  }
  return absl::OkStatus();
}

absl::Status CheckPrediction(const EnsemblePrediction& prediction, int64_t rows,
                             int64_t num_networks, bool network_outputs,
                             const Manifest& manifest) {
  const auto moments = static_cast<size_t>(rows * manifest.num_outputs);
  const size_t outputs = network_outputs ? moments * num_networks : 0;
  if (prediction.mean.size() == moments &&
      prediction.variance.size() == moments &&
      prediction.scores.size() == static_cast<size_t>(rows) &&
      prediction.network_outputs.size() == outputs) {
    return absl::OkStatus();
  }
  return absl::InternalError(absl::StrCat(
      "the prediction has wrong sizes: expected ", moments, " means, ", moments,
      " variances, ", rows, " scores and ", outputs, " outputs, got ",
      prediction.mean.size(), ", ", prediction.variance.size(), ", ",
      prediction.scores.size(), " and ", prediction.network_outputs.size()));
}

}  // namespace hypergan::server
