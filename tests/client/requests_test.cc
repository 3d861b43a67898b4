#include "client/requests.h"

#include <gtest/gtest.h>

#include <limits>
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
  EXPECT_EQ(RowsPerRequest(model_, RowsOf({1})), 1000);
  Query query = RowsOf({1});
  query.num_networks = 1000;
  EXPECT_EQ(RowsPerRequest(model_, query), 100);
  query.num_networks = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(RowsPerRequest(model_, query), 1);
}

TEST_F(RowsPerRequestTest, KeepsMessagesBounded) {
  EXPECT_EQ(RowsPerRequest(model_, RowsOf({3, 224, 224})), 3);
  EXPECT_EQ(RowsPerRequest(model_, RowsOf({3, 1024, 1024})), 1);
  Query query = RowsOf({1});
  query.network_outputs = true;
  query.num_networks = 1000;
  EXPECT_EQ(RowsPerRequest(model_, query), 51);
}

TEST_F(RowsPerRequestTest, KeepsTheLimitsThatTheServerTells) {
  model_.max_rows = 500;
  EXPECT_EQ(RowsPerRequest(model_, RowsOf({1})), 500);
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
    sent.push_back(requests.Next());
    ASSERT_TRUE(requests.Take(Answer(sent.back())).ok());
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
  EXPECT_NE(Requests(query_, model_).Next().seed(),
            Requests(query_, model_).Next().seed());
}

TEST_F(RequestsTest, CutsNothingWhoseNetworksDependOnTheRows) {
  query_.target_standard_error = 0.1;
  Requests requests(query_, model_);
  EXPECT_EQ(requests.Next().inputs().shape(0), 5);
  EXPECT_FALSE(requests.Next().has_seed());
  EXPECT_FALSE(requests.MakeSmaller(absl::ResourceExhaustedError("x")));
}

TEST_F(RequestsTest, MakesRequestsSmallerOnlyIfThatHelps) {
  Requests requests(query_, std::nullopt);
  EXPECT_EQ(requests.Next().inputs().shape(0), 5);
  EXPECT_FALSE(requests.MakeSmaller(absl::UnavailableError("x")));
  for (const int64_t rows : {3, 2, 1}) {
    EXPECT_TRUE(requests.MakeSmaller(absl::ResourceExhaustedError("x")));
    EXPECT_EQ(requests.Next().inputs().shape(0), rows);
    EXPECT_TRUE(requests.Next().has_seed());
  }
  EXPECT_FALSE(requests.MakeSmaller(absl::ResourceExhaustedError("x")));
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
    ASSERT_TRUE(requests.Take(Answer(requests.Next())).ok());
    v1::PredictResponse other = Answer(requests.Next());
    change(other);
    EXPECT_TRUE(absl::IsInternal(requests.Take(other)));
  }
}

}  // namespace
}  // namespace hypergan::client
