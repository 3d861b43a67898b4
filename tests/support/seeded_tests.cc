#include <torch/utils.h>

#include "gtest/gtest.h"

namespace hypergan {
namespace {

// Every test draws the same numbers each time: LibTorch begins with others.
class SeedEachTest : public ::testing::EmptyTestEventListener {
  void OnTestStart(const ::testing::TestInfo&) override {
    torch::manual_seed(1);
  }
};

const bool kSeeded = [] {
  ::testing::UnitTest::GetInstance()->listeners().Append(new SeedEachTest);
  return true;
}();

}  // namespace
}  // namespace hypergan
