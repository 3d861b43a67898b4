#include "client/requests.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <optional>
#include <vector>

#include "tests/client/fake_server.h"

namespace hypergan::client {
namespace {

Query RowsOf(std::vector<int64_t> row_shape, int64_t rows = 2) {
  Query query;
  int64_t size = rows;
  for (const int64_t dimension : row_shape) size *= dimension;
  query.inputs.resize(size);
  query.input_shape = std::move(row_shape);
  query.input_shape.insert(query.input_shape.begin(), rows);
  return query;
}

class RowsPerRequestTest : public testing::Test {
 protected:
  RowsPerRequestTest() {
    model_.manifest.num_outputs = 10;
    model_.manifest.default_num_networks = 100;
  }
  Model model_;
};

TEST_F(RowsPerRequestTest, KeepsTheWorkOfARequestBounded) {
  EXPECT_EQ(RowsPerRequest(model_, RowsOf({1})), 500);
  Query query = RowsOf({1});
  query.num_networks = 1000;
  EXPECT_EQ(RowsPerRequest(model_, query), 50);
  query.num_networks = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(RowsPerRequest(model_, query), 1);
}

TEST_F(RowsPerRequestTest, KeepsMessagesBounded) {
  EXPECT_EQ(RowsPerRequest(model_, RowsOf({3, 224, 224})), 3);
  EXPECT_EQ(RowsPerRequest(model_, RowsOf({3, 1024, 1024})), 1);
  Query query = RowsOf({1});
  query.network_outputs = true;
  query.num_networks = 1000;
  model_.manifest.num_outputs = 20;
  EXPECT_EQ(RowsPerRequest(model_, query), 25);
}

TEST_F(RowsPerRequestTest, KeepsTheLimitsThatTheServerTells) {
  model_.max_rows = 400;
  EXPECT_EQ(RowsPerRequest(model_, RowsOf({1})), 400);
  model_.max_row_networks = 1000;
  EXPECT_EQ(RowsPerRequest(model_, RowsOf({1})), 10);
  model_.max_request_bytes = 160;
  EXPECT_EQ(RowsPerRequest(model_, RowsOf({6})), 6);
  model_.max_response_bytes = 1024;
  EXPECT_EQ(RowsPerRequest(model_, RowsOf({6})), 1);
}

TEST_F(RowsPerRequestTest, NeverFailsWhateverAServerSays) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  for (const int64_t value : {kMost, -kMost, int64_t{1}, int64_t{-1}}) {
    model_.manifest.num_outputs = value;
    model_.manifest.default_num_networks = value;
    model_.max_rows = value;
    model_.max_row_networks = value;
    model_.max_request_bytes = value;
    model_.max_response_bytes = value;
    Query query = RowsOf({6});
    query.network_outputs = true;
    EXPECT_GE(RowsPerRequest(model_, query), 1);
  }
}

class RequestsTest : public testing::Test {
 protected:
  RequestsTest() {
    query_ = RowsOf({1, 2, 2}, 5);
    query_.model = "digits";
    model_.manifest.num_outputs = 3;
    model_.manifest.default_num_networks = 2;
    model_.max_rows = 2;
  }

  // What goes to the server next; there is something.
  static v1::PredictRequest Send(Requests& requests, Piece& piece) {
    const std::optional<Piece> next = requests.Next();
    EXPECT_TRUE(next.has_value());
    piece = next.value_or(Piece{0, 1});
    return requests.RequestOf(piece);
  }

  v1::PredictResponse Answer(const v1::PredictRequest& request) const {
    v1::PredictResponse response;
    AnswerDigits(DigitsModel(3), request, &response);
    return response;
  }

  Query query_;
  Model model_;
};

TEST_F(RequestsTest, PutsAllRowsToTheSameNetworks) {
  Requests requests(query_, model_);
  std::vector<v1::PredictRequest> sent;
  while (!requests.done()) {
    Piece piece;
    sent.push_back(Send(requests, piece));
    ASSERT_TRUE(requests.Take(piece, Answer(sent.back())).ok());
  }
  ASSERT_EQ(sent.size(), 3u);
  EXPECT_TRUE(sent[0].has_seed());
  EXPECT_LT(sent[0].seed(), uint64_t{1} << 53);
  EXPECT_EQ(sent[0].num_networks(), 0);
  for (size_t i = 1; i < sent.size(); ++i) {
    EXPECT_EQ(sent[i].seed(), sent[0].seed());
    EXPECT_EQ(sent[i].num_networks(), 2);
    EXPECT_EQ(sent[i].model_version(), "3");
  }
  const Prediction all = requests.Result();
  EXPECT_EQ(all.rows, 5);
  EXPECT_EQ(all.seed, sent[0].seed());
  EXPECT_EQ(all.mean.size(), 15u);
}

TEST_F(RequestsTest, DrawsAnotherSeedEachTime) {
  Piece piece;
  Requests some(query_, model_);
  Requests others(query_, model_);
  EXPECT_NE(Send(some, piece).seed(), Send(others, piece).seed());
}

TEST_F(RequestsTest, HasFourUnderWayAtMostAndTheFirstAlone) {
  query_ = RowsOf({1, 2, 2}, 20);
  Requests requests(query_, model_);
  Piece first;
  const v1::PredictRequest request = Send(requests, first);
  EXPECT_FALSE(requests.Next().has_value());
  ASSERT_TRUE(requests.Take(first, Answer(request)).ok());
  std::vector<Piece> under_way(4);
  for (Piece& piece : under_way) Send(requests, piece);
  EXPECT_FALSE(requests.Next().has_value());
  ASSERT_TRUE(requests.Take(under_way[2], Answer(request)).ok());
  EXPECT_EQ(requests.Next()->first, 10);
  EXPECT_FALSE(requests.Next().has_value());
}

TEST_F(RequestsTest, PutsAnswersOfAnyOrderInThatOfTheRows) {
  for (int64_t row = 0; row < 5; ++row) {
    query_.inputs[row * 4] = static_cast<float>(row % 3);
  }
  query_.network_outputs = true;
  Requests requests(query_, model_);
  std::vector<Piece> pieces(3);
  const v1::PredictRequest first = Send(requests, pieces[0]);
  ASSERT_TRUE(requests.Take(pieces[0], Answer(first)).ok());
  const v1::PredictRequest second = Send(requests, pieces[1]);
  const v1::PredictRequest third = Send(requests, pieces[2]);
  ASSERT_TRUE(requests.Take(pieces[2], Answer(third)).ok());
  EXPECT_EQ(requests.answered(), 3);
  EXPECT_FALSE(requests.done());
  ASSERT_TRUE(requests.Take(pieces[1], Answer(second)).ok());
  ASSERT_TRUE(requests.done());
  const Prediction all = requests.Result();
  ASSERT_EQ(all.classes.size(), 5u);
  ASSERT_EQ(all.network_outputs.size(), 2u * 5 * 3);
  for (int64_t row = 0; row < 5; ++row) {
    EXPECT_EQ(all.classes[row].index, row % 3);
    for (const int64_t network : {0, 1}) {
      EXPECT_GT(all.network_outputs[(network * 5 + row) * 3 + row % 3], 0.5);
    }
  }
}

TEST_F(RequestsTest, CutsNothingWhoseNetworksDependOnTheRows) {
  query_.target_standard_error = 0.1;
  Requests requests(query_, model_);
  Piece piece;
  const v1::PredictRequest request = Send(requests, piece);
  EXPECT_EQ(request.inputs().shape(0), 5);
  EXPECT_FALSE(request.has_seed());
  EXPECT_FALSE(requests.MakeSmaller(piece, absl::ResourceExhaustedError("x")));
}

TEST_F(RequestsTest, MakesRequestsSmallerOnlyIfThatHelps) {
  Requests requests(query_, std::nullopt);
  Piece piece;
  EXPECT_EQ(Send(requests, piece).inputs().shape(0), 5);
  EXPECT_FALSE(requests.MakeSmaller(piece, absl::UnavailableError("x")));
  for (const int64_t rows : {3, 2, 1}) {
    EXPECT_TRUE(requests.MakeSmaller(piece, absl::ResourceExhaustedError("x")));
    const v1::PredictRequest request = Send(requests, piece);
    EXPECT_EQ(request.inputs().shape(0), rows);
    EXPECT_TRUE(request.has_seed());
  }
  EXPECT_FALSE(requests.MakeSmaller(piece, absl::ResourceExhaustedError("x")));
}

// The rows before and after it are asked about once.
TEST_F(RequestsTest, CutsARequestInTheMiddle) {
  query_ = RowsOf({1, 2, 2}, 12);
  model_.max_rows = 4;
  Requests requests(query_, model_);
  std::vector<int64_t> first_rows;
  Piece piece;
  const v1::PredictRequest first = Send(requests, piece);
  ASSERT_TRUE(requests.Take(piece, Answer(first)).ok());
  Piece middle;
  Send(requests, middle);
  ASSERT_TRUE(requests.MakeSmaller(middle, absl::ResourceExhaustedError("x")));
  while (!requests.done()) {
    const v1::PredictRequest request = Send(requests, piece);
    first_rows.push_back(piece.first);
    EXPECT_EQ(piece.rows, 2);
    ASSERT_TRUE(requests.Take(piece, Answer(request)).ok());
  }
  EXPECT_EQ(first_rows, (std::vector<int64_t>{4, 6, 8, 10}));
  EXPECT_EQ(requests.Result().rows, 12);
}

// As where two replicas hold different checkpoints under one version.
TEST_F(RequestsTest, RefusesAnswersOfOtherNetworks) {
  query_.network_outputs = true;
  const std::vector<std::function<void(v1::PredictResponse&)>> changes = {
      [](auto& answer) { answer.set_seed(answer.seed() + 1); },
      [](auto& answer) { answer.clear_seed(); },
      [](auto& answer) { answer.set_model_version("4"); },
      [](auto& answer) { answer.clear_variance(); },
      [](auto& answer) { answer.clear_network_outputs(); },
  };
  for (const auto& change : changes) {
    Requests requests(query_, model_);
    Piece piece;
    v1::PredictRequest request = Send(requests, piece);
    ASSERT_TRUE(requests.Take(piece, Answer(request)).ok());
    request = Send(requests, piece);
    v1::PredictResponse other = Answer(request);
    change(other);
    EXPECT_TRUE(absl::IsInternal(requests.Take(piece, other)));
  }
}

}  // namespace
}  // namespace hypergan::client
