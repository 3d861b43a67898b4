#include "hypergan/cores.h"

#include <thread>

#include "gtest/gtest.h"

namespace hypergan {
namespace {

TEST(CoresOfQuotaTest, IsTheQuotaOverItsPeriod) {
  EXPECT_EQ(CoresOfQuota("200000 100000"), 2);
  EXPECT_EQ(CoresOfQuota("150000 100000\n"), 1.5);
  EXPECT_EQ(CoresOfQuota("25000 50000"), 0.5);
}

TEST(CoresOfQuotaTest, IsNoneWithoutAQuota) {
  for (const char* text : {"max 100000", "-1 100000", "", " ", "max", "200000",
                           "0 100000", "100000 0", "2 x"}) {
    EXPECT_FALSE(CoresOfQuota(text).has_value()) << text;
  }
}

TEST(AvailableCoresTest, AreOneAtLeastAndNoMoreThanTheMachines) {
  EXPECT_GE(AvailableCores(), 1);
  EXPECT_LE(AvailableCores(),
            static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace
}  // namespace hypergan
