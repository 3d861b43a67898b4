#include "server/rpc/v1/tensor_codec.h"

#include <cmath>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hypergan::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string Bytes(std::initializer_list<int> bytes) {
  return {bytes.begin(), bytes.end()};
}

TEST(TensorCodecTest, ReadsLittleEndianBytes) {
  v1::Tensor tensor;
  tensor.set_raw(Bytes({0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc1}));
  EXPECT_THAT(*DecodeTensor(tensor, 2), ElementsAre(1.0f, -10.0f));
}

TEST(TensorCodecTest, ReadsRepeatedNumbers) {
  v1::Tensor tensor;
  tensor.add_values(1.5f);
  tensor.add_values(-2);
  EXPECT_THAT(*DecodeTensor(tensor, 2), ElementsAre(1.5f, -2.0f));
}

TEST(TensorCodecTest, RefusesBothFormsAndNeither) {
  v1::Tensor tensor;
  EXPECT_THAT(std::string(DecodeTensor(tensor, 1).status().message()),
              HasSubstr("got neither"));
  tensor.set_raw(std::string(4, '\0'));
  tensor.add_values(1);
  EXPECT_THAT(std::string(DecodeTensor(tensor, 1).status().message()),
              HasSubstr("got both"));
}

TEST(TensorCodecTest, RefusesEveryWrongLength) {
  for (const size_t bytes : {1, 3, 4, 7, 9, 11, 12, 800}) {
    v1::Tensor tensor;
    tensor.set_raw(std::string(bytes, '\0'));
    const auto status = DecodeTensor(tensor, 2).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << bytes;
    EXPECT_THAT(std::string(status.message()), HasSubstr("expected 8"));
  }
  for (const int count : {1, 3}) {
    v1::Tensor tensor;
    tensor.mutable_values()->Resize(count, 0);
    EXPECT_EQ(DecodeTensor(tensor, 2).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
}

TEST(TensorCodecTest, WritesWhatItReads) {
  const std::vector<float> values = {0.f, -0.f, 1e-45f, 3e38f, -7.25f, 1.f};
  v1::Tensor tensor;
  EncodeTensor({2, 3}, values, &tensor);
  EXPECT_THAT(tensor.shape(), ElementsAre(2, 3));
  EXPECT_EQ(tensor.raw().size(), 24u);
  EXPECT_EQ(tensor.raw().substr(20), Bytes({0, 0, 0x80, 0x3f}));
  const auto decoded = *DecodeTensor(tensor, 6);
  EXPECT_EQ(decoded, values);
  EXPECT_TRUE(std::signbit(decoded[1]));
}

TEST(TensorCodecTest, TurnsEveryTensorOfAnAnswerIntoNumbers) {
  const std::vector<float> values = {0.f, -0.f, 1e-45f, 3e38f, -7.25f, 1.f};
  v1::PredictResponse response;
  EncodeTensor({2, 3}, values, response.mutable_mean());
  EncodeTensor({3, 2}, values, response.mutable_interval_high());
  TurnRawIntoValues(&response);
  for (const v1::Tensor* tensor :
       {&response.mean(), &response.interval_high()}) {
    EXPECT_TRUE(tensor->raw().empty());
    EXPECT_EQ(*DecodeTensor(*tensor, 6), values);
  }
  EXPECT_THAT(response.mean().shape(), ElementsAre(2, 3));
  EXPECT_FALSE(response.has_variance());
}

}  // namespace
}  // namespace hypergan::server
