// What an answer says about the truth: noise, intervals, prediction sets, and
// warnings of inputs out of range.
#include <cmath>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/rpc/rpc_fixture.h"

namespace hypergan::server {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class PredictiveTest : public RpcFixture {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(Start());
    auto table = std::make_shared<ModelTable>();
    Manifest noisy = RegressionManifest();
    noisy.noise_deviation = {3};
    noisy.input_range = {{-1}, {1}};
    Add(*table, "noisy", 1, noisy);
    Add(*table, "plain", 1, RegressionManifest());
    Manifest calibrated = ClassifierManifest();
    // Of 19 rows the labels had 0.05, 0.1 ... 0.95 less than certainty.
    LabelCalibration labels{19, {}};
    for (int i = 1; i <= 19; ++i) labels.quantiles.push_back(0.05 * i);
    calibrated.label_calibration = labels;
    Add(*table, "calibrated", 1, calibrated);
    Add(*table, "classifier", 2, ClassifierManifest());
    models_.Serve(table);
    server_->SetServing(true);
  }

  static v1::PredictRequest Ask(const std::string& model, float value) {
    v1::PredictRequest request;
    request.set_model_name(model);
    request.mutable_inputs()->add_shape(1);
    request.mutable_inputs()->add_shape(1);
    request.mutable_inputs()->add_values(value);
    request.set_seed(1);
    return request;
  }

  static float NumberOf(const v1::Tensor& tensor) {
    EXPECT_EQ(tensor.values_size(), 1);
    return tensor.values().empty() ? 0 : tensor.values(0);
  }
};

TEST_F(PredictiveTest, ARegressionTellsItsNoise) {
  v1::PredictResponse response;
  ASSERT_TRUE(Predict(Ask("noisy", 0.5f), &response).ok());
  EXPECT_EQ(NumberOf(response.noise_variance()), 9);
  EXPECT_FLOAT_EQ(NumberOf(response.predictive_variance()),
                  9 + NumberOf(response.variance()));
  EXPECT_FALSE(response.has_interval_low());
  EXPECT_THAT(response.warnings(), IsEmpty());
}

TEST_F(PredictiveTest, AnIntervalIsOfThePredictiveDistribution) {
  v1::PredictRequest request = Ask("noisy", 0.5f);
  request.set_coverage(0.95);
  v1::PredictResponse response;
  ASSERT_TRUE(Predict(request, &response).ok());
  const float mean = NumberOf(response.mean());
  const float reach = 1.959964f * std::sqrt(9 + NumberOf(response.variance()));
  EXPECT_NEAR(NumberOf(response.interval_low()), mean - reach, 1e-4);
  EXPECT_NEAR(NumberOf(response.interval_high()), mean + reach, 1e-4);
  EXPECT_THAT(response.interval_low().shape(), ElementsAre(1, 1));
}

TEST_F(PredictiveTest, IntervalsNeedTheNoise) {
  v1::PredictRequest request = Ask("plain", 0.5f);
  v1::PredictResponse response;
  ASSERT_TRUE(Predict(request, &response).ok());
  EXPECT_FALSE(response.has_noise_variance());
  request.set_coverage(0.9);
  const grpc::Status status = Predict(request);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), HasSubstr("does not know the noise"));
}

TEST_F(PredictiveTest, AClassifierGivesASetForEachRow) {
  v1::PredictRequest request = GoodRequest();
  request.set_model_name("calibrated");
  v1::PredictResponse response;
  ASSERT_TRUE(Predict(request, &response).ok());
  EXPECT_THAT(response.prediction_sets(), IsEmpty());
  request.set_coverage(0.95);  // rank 19 of 19: classes of 0.05 or more
  ASSERT_TRUE(Predict(request, &response).ok());
  ASSERT_EQ(response.prediction_sets_size(), 2);
  const float* mean = response.mean().values().data();
  for (int row = 0; row < 2; ++row) {
    const auto& classes = response.prediction_sets(row).classes();
    ASSERT_FALSE(classes.empty());
    EXPECT_EQ(classes[0], response.classes(row).index());
    for (int i = 1; i < classes.size(); ++i) {
      EXPECT_GE(mean[3 * row + classes[i]], 0.05f - 1e-6f);
    }
  }
}

TEST_F(PredictiveTest, SetsNeedEnoughCalibrationRows) {
  v1::PredictRequest request = GoodRequest();
  request.set_model_name("calibrated");
  request.set_coverage(0.99);
  grpc::Status status = Predict(request);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), HasSubstr("takes 99 calibration rows"));
  request.set_model_name("classifier");
  status = Predict(request);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), HasSubstr("no calibration of labels"));
}

TEST_F(PredictiveTest, RefusesACoverageThatIsNone) {
  for (const double wrong : {0.0, 1.0, -1.0, 95.0, std::nan("")}) {
    v1::PredictRequest request = Ask("noisy", 0);
    request.set_coverage(wrong);
    EXPECT_EQ(Predict(request).error_code(), grpc::StatusCode::INVALID_ARGUMENT)
        << wrong;
  }
}

TEST_F(PredictiveTest, WarnsOfInputsFarOutOfRangeAndCountsThem) {
  v1::PredictResponse response;
  ASSERT_TRUE(Predict(Ask("noisy", 255), &response).ok());
  EXPECT_THAT(response.warnings(),
              ElementsAre(HasSubstr("row 0 has 255 where those have -1 to 1")));
  EXPECT_THAT(MetricsText(),
              HasSubstr("hypergan_out_of_range_rows_total{model=\"noisy\","
                        "version=\"1\"} 1"));
}

class RefusingTest : public PredictiveTest {
 protected:
  RefusingTest() {
    input_range_ = InputRangePolicy::kRefuse;
    log_requests_ = true;
  }
};

TEST_F(RefusingTest, RefusesInputsFarOutOfRange) {
  EXPECT_TRUE(Predict(Ask("noisy", 2)).ok());
  const grpc::Status status = Predict(Ask("noisy", 255));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(),
              HasSubstr("expected rows like the training rows"));
}

TEST_F(RefusingTest, LogsNoNumberOfTheInputs) {
  EXPECT_THAT(Predict(Ask("noisy", 254)).error_message(), HasSubstr("254"));
  EXPECT_THAT(LogLines(), ElementsAre(EndsWith("got others\"")));
}

}  // namespace
}  // namespace hypergan::server
