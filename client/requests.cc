#include "client/requests.h"

#include <algorithm>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "client/far_rows.h"
#include "client/wire.h"

namespace hypergan::client {
namespace {

// Above any number of inputs that fits a message.
constexpr int64_t kMaxInputs = int64_t{1} << 40;
// Half of gRPC's customary limit on a message, so that its rest has room.
constexpr int64_t kMaxTensorBytes = int64_t{2} << 20;
// Rows times networks: a second or two of one core for a network of the MNIST
// kind, so that progress shows, and deadlines are met by the last of those that
// are under way together.
constexpr int64_t kMaxWork = 50'000;
// Of a row's scores and class in an answer.
constexpr int64_t kRowOverheadBytes = 512;
// Fresh seeds are below it: readers of JSON keep all their digits.
constexpr uint64_t kSeeds = uint64_t{1} << 53;

// The limit that a server tells, less a little for the rest of the message.
int64_t TensorBytes(int64_t told) {
  return told > 0 ? std::min(kMaxTensorBytes, told / 16 * 15) : kMaxTensorBytes;
}

template <typename T>
void Append(std::vector<T>& more, std::vector<T>& all) {
  all.insert(all.end(), std::make_move_iterator(more.begin()),
             std::make_move_iterator(more.end()));
}

// [N, b, K] of each answer become [N, B, K].
std::vector<float> JoinNetworks(const std::vector<Prediction>& answers) {
  std::vector<float> joined;
  for (int64_t n = 0; n < answers.front().num_networks; ++n) {
    for (const Prediction& answer : answers) {
      const int64_t size = answer.rows * answer.num_outputs;
      if (answer.network_outputs.empty()) return {};
      const auto first = answer.network_outputs.begin() + n * size;
      joined.insert(joined.end(), first, first + size);
    }
  }
  return joined;
}

absl::Status CheckSame(const char* what, const std::string& before,
                       const std::string& now) {
  if (before == now) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(
      "malformed answer: ", what, " of the rows that follow: ", "expected ",
      before, ", got ", now));
}

std::string SeedText(const Prediction& answer) {
  return answer.seed ? absl::StrCat(*answer.seed) : "none";
}

// What `answer` holds, of each row.
std::string Contents(const Prediction& answer) {
  return absl::StrCat(
      answer.num_outputs, " outputs, ", answer.mean.size() / answer.rows, " ",
      answer.variance.size() / answer.rows, " ",
      answer.scores.size() / answer.rows, " ",
      answer.classes.size() / answer.rows, " ",
      answer.noise_variance.size() / answer.rows, " ",
      answer.predictive_variance.size() / answer.rows, " ",
      answer.interval_low.size() / answer.rows, " ",
      answer.prediction_sets.size() / answer.rows, " ",
      answer.network_outputs.size() / answer.rows, " numbers of each kind");
}

absl::Status CheckSameNetworks(const Prediction& first,
                               const Prediction& more) {
  HG_RETURN_IF_ERROR(
      CheckSame("model_version", first.model_version, more.model_version));
  HG_RETURN_IF_ERROR(CheckSame("num_networks", absl::StrCat(first.num_networks),
                               absl::StrCat(more.num_networks)));
  HG_RETURN_IF_ERROR(CheckSame("seed", SeedText(first), SeedText(more)));
  return CheckSame("contents", Contents(first), Contents(more));
}

}  // namespace

absl::Status CheckInputs(const Query& query) {
  int64_t expected = query.input_shape.empty() ? 0 : 1;
  for (int64_t dimension : query.input_shape) {
    if (dimension < 1 || dimension > kMaxInputs / expected) {
      expected = 0;
      break;
    }
    expected *= dimension;
  }
  const int64_t got = static_cast<int64_t>(query.inputs.size());
  if (expected > 0 && expected == got) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("inputs: expected as many numbers as the shape [",
                   absl::StrJoin(query.input_shape, ", "),
                   "] holds, at least one, got ", got));
}

bool MayBeCut(const Query& query) {
  return query.input_shape.front() > 1 && !query.target_standard_error &&
         !query.allow_partial;
}

int64_t RowsPerRequest(const Model& model, const Query& query) {
  const Manifest& manifest = model.manifest;
  const int64_t networks = std::clamp<int64_t>(
      query.num_networks > 0 ? query.num_networks
                             : manifest.default_num_networks,
      1, kMaxInputs);
  const int64_t outputs = std::max<int64_t>(1, manifest.num_outputs);
  const int64_t tensors = 2 + (manifest.noise_deviation.empty() ? 0 : 2) +
                          (query.coverage ? 2 : 0) +
                          (query.network_outputs ? networks : 0);
  // None overflows: divisions where products could.
  const int64_t numbers = kMaxTensorBytes / 4 / outputs;
  const int64_t asked =
      static_cast<int64_t>(query.inputs.size()) / query.input_shape.front();
  int64_t rows = std::min(
      {TensorBytes(model.max_request_bytes) / 4 / asked,
       tensors > numbers ? 1
                         : TensorBytes(model.max_response_bytes) /
                               (4 * tensors * outputs + kRowOverheadBytes),
       kMaxWork / networks});
  if (model.max_row_networks > 0) {
    rows = std::min(rows, model.max_row_networks / networks);
  }
  if (model.max_rows > 0) rows = std::min(rows, model.max_rows);
  return std::max<int64_t>(rows, 1);
}

Requests::Requests(Query query, const std::optional<Model>& model)
    : query_(std::move(query)),
      rows_(query_.input_shape.front()),
      piece_rows_(model && MayBeCut(query_)
                      ? std::min(rows_, RowsPerRequest(*model, query_))
                      : rows_) {
  ChooseSeed();
}

void Requests::ChooseSeed() {
  if (piece_rows_ == rows_ || query_.seed) return;
  absl::BitGen random;
  query_.seed = absl::Uniform<uint64_t>(random, 0, kSeeds);
}

std::optional<Piece> Requests::Next() {
  if (under_way_ == (answers_.empty() ? 1 : kMaxUnderWay)) return std::nullopt;
  Piece next;
  if (!halves_.empty()) {
    next = halves_.back();
    halves_.pop_back();
  } else if (next_row_ < rows_) {
    next = {next_row_, std::min(piece_rows_, rows_ - next_row_)};
    next_row_ += next.rows;
  } else {
    return std::nullopt;
  }
  ++under_way_;
  return next;
}

v1::PredictRequest Requests::RequestOf(const Piece& piece) const {
  return ToRequest(query_, piece.first, piece.rows);
}

absl::Status Requests::Take(const Piece& piece,
                            const v1::PredictResponse& response) {
  HG_ASSIGN_OR_RETURN(Prediction answer, FromResponse(response, piece.rows));
  if (!answers_.empty()) {
    HG_RETURN_IF_ERROR(CheckSameNetworks(answers_.begin()->second, answer));
  }
  // Not the defaults again, which another replica may have otherwise.
  query_.model_version = answer.model_version;
  query_.num_networks = answer.num_networks;
  --under_way_;
  answered_ += answer.rows;
  answers_.emplace(piece.first, std::move(answer));
  return absl::OkStatus();
}

bool Requests::MakeSmaller(const Piece& piece, const absl::Status& error) {
  if (!absl::IsResourceExhausted(error) || !MayBeCut(query_) ||
      piece.rows == 1) {
    return false;
  }
  const int64_t half = (piece.rows + 1) / 2;
  --under_way_;
  halves_.push_back({piece.first + half, piece.rows - half});
  halves_.push_back({piece.first, half});
  piece_rows_ = std::min(piece_rows_, half);
  ChooseSeed();
  return true;
}

Prediction Requests::Result() {
  std::vector<Prediction> answers;
  std::vector<RequestWarnings> warnings;
  for (auto& [first_row, answer] : answers_) {
    warnings.push_back({first_row, answer.rows, answer.warnings});
    answers.push_back(std::move(answer));
  }
  std::vector<float> network_outputs;
  if (answers.size() > 1) network_outputs = JoinNetworks(answers);
  Prediction all = std::move(answers.front());
  for (size_t i = 1; i < answers.size(); ++i) {
    Prediction& more = answers[i];
    Append(more.mean, all.mean);
    Append(more.variance, all.variance);
    Append(more.scores, all.scores);
    Append(more.classes, all.classes);
    Append(more.noise_variance, all.noise_variance);
    Append(more.predictive_variance, all.predictive_variance);
    Append(more.interval_low, all.interval_low);
    Append(more.interval_high, all.interval_high);
    Append(more.prediction_sets, all.prediction_sets);
    all.largest_standard_error =
        std::max(all.largest_standard_error, more.largest_standard_error);
    all.rows += more.rows;
    all.queue += more.queue;
    all.sampling += more.sampling;
    all.prediction += more.prediction;
  }
  if (answers.size() > 1) all.network_outputs = std::move(network_outputs);
  all.warnings = JoinWarnings(warnings);
  return all;
}

}  // namespace hypergan::client
