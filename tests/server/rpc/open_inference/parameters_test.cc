#include "server/rpc/open_inference/parameters.h"

#include <cmath>
#include <functional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hypergan::server::open_inference {
namespace {

using inference::InferParameter;
using testing::HasSubstr;

InferParameter Int64(int64_t value) {
  InferParameter parameter;
  parameter.set_int64_param(value);
  return parameter;
}
InferParameter Uint64(uint64_t value) {
  InferParameter parameter;
  parameter.set_uint64_param(value);
  return parameter;
}
InferParameter Double(double value) {
  InferParameter parameter;
  parameter.set_double_param(value);
  return parameter;
}
InferParameter String(const std::string& value) {
  InferParameter parameter;
  parameter.set_string_param(value);
  return parameter;
}
InferParameter Bool(bool value) {
  InferParameter parameter;
  parameter.set_bool_param(value);
  return parameter;
}

absl::StatusOr<Query> Read(const std::string& name,
                           const InferParameter& value) {
  Parameters parameters;
  parameters[name] = value;
  Query query;
  if (auto status = ReadParameters(parameters, query); !status.ok()) {
    return status;
  }
  return query;
}

void ExpectRefused(const std::string& name, const InferParameter& value,
                   const std::string& reason) {
  const absl::Status status = Read(name, value).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument)
      << name << " " << value.ShortDebugString();
  EXPECT_THAT(std::string(status.message()), HasSubstr(reason));
}

TEST(ParametersTest, LeaveEverythingToTheModelIfThereAreNone) {
  Query query;
  ASSERT_TRUE(ReadParameters({}, query).ok());
  EXPECT_EQ(query.claim.num_networks, 0);
  EXPECT_FALSE(query.seed);
  EXPECT_FALSE(query.claim.target_standard_error);
  EXPECT_FALSE(query.claim.max_networks);
  EXPECT_FALSE(query.allow_partial);
}

TEST(ParametersTest, TakeAnIntegerInEveryFormOfANumber) {
  for (const InferParameter& value :
       {Int64(7), Uint64(7), Double(7), String("7")}) {
    EXPECT_EQ(Read("num_networks", value)->claim.num_networks, 7);
    EXPECT_EQ(Read("seed", value)->seed, 7u);
    EXPECT_EQ(Read("max_networks", value)->claim.max_networks, 7);
    EXPECT_EQ(Read("target_standard_error", value)->claim.target_standard_error,
              7.0);
  }
}

TEST(ParametersTest, TakeATargetAsANumberOrAsText) {
  for (const InferParameter& value : {Double(0.125), String("0.125")}) {
    EXPECT_EQ(Read("target_standard_error", value)->claim.target_standard_error,
              0.125);
  }
}

TEST(ParametersTest, TakeTruthInBothForms) {
  EXPECT_TRUE(Read("allow_partial", Bool(true))->allow_partial);
  EXPECT_TRUE(Read("allow_partial", String("true"))->allow_partial);
  EXPECT_FALSE(Read("allow_partial", Bool(false))->allow_partial);
  EXPECT_FALSE(Read("allow_partial", String("false"))->allow_partial);
  ExpectRefused("allow_partial", Int64(1), "expected true or false, got 1");
  ExpectRefused("allow_partial", String("perhaps"), "got 'perhaps'");
}

TEST(ParametersTest, TakeEverySeed) {
  EXPECT_EQ(Read("seed", Int64(0))->seed, 0u);
  EXPECT_EQ(Read("seed", Uint64(UINT64_MAX))->seed, UINT64_MAX);
  EXPECT_EQ(Read("seed", String("18446744073709551615"))->seed, UINT64_MAX);
  ExpectRefused("seed", Int64(-1), "got -1");
  ExpectRefused("seed", String("18446744073709551616"), "got '1844");
}

TEST(ParametersTest, RefuseWhatIsNoInteger) {
  for (const InferParameter& value :
       {Double(1.5), Double(std::nan("")), Double(HUGE_VAL), Double(1e17),
        String("1.5"), String("many"), String(""), String("7x"), Bool(true),
        InferParameter(), Uint64(UINT64_MAX)}) {
    ExpectRefused("num_networks", value, "num_networks: expected an integer");
    ExpectRefused("max_networks", value, "max_networks: expected an integer");
  }
  ExpectRefused("seed", Double(-1), "seed: expected an integer");
  ExpectRefused("seed", InferParameter(), "got no value");
}

TEST(ParametersTest, RefuseNoNetworks) {
  for (const InferParameter& value : {Int64(0), String("0"), Int64(-3)}) {
    ExpectRefused("num_networks", value, "expected an integer of 1 or more");
  }
}

TEST(ParametersTest, RefuseATargetThatIsNoNumber) {
  ExpectRefused("target_standard_error", String("small"), "got 'small'");
  ExpectRefused("target_standard_error", Bool(true), "got true");
}

TEST(ParametersTest, RefuseWhatNobodyKnows) {
  ExpectRefused("num_network", Int64(5),
                "expected some of num_networks, seed, target_standard_error, "
                "max_networks, allow_partial, got 'num_network'");
  ExpectRefused(std::string(100'000, 'x'), Int64(5), "xxx...'");
}

TEST(ParametersTest, PassOverWhatIsSaidOfHttpAndStreamsAlone) {
  EXPECT_TRUE(Read("binary_data_output", Bool(true)).ok());
  EXPECT_TRUE(Read("triton_enable_empty_final_response", Bool(true)).ok());
  ExpectRefused("triton_anything", Bool(true), "got 'triton_anything'");
}

TEST(ParametersTest, TellWhereTheNetworksCameFromAndWhyTheyEnded) {
  Answer answer;
  answer.num_networks = 12;
  answer.sampling = Sampling::kPool;
  answer.stop = StopReason::kTargetReached;
  Parameters parameters;
  WriteParameters(answer, parameters);
  EXPECT_EQ(parameters.at("num_networks").int64_param(), 12);
  EXPECT_EQ(parameters.at("sampling").string_param(), "POOL");
  EXPECT_EQ(parameters.at("stop_reason").string_param(), "TARGET_REACHED");
  EXPECT_EQ(parameters.count("seed"), 0);
}

}  // namespace
}  // namespace hypergan::server::open_inference
