#include "base/cores.h"

#include <sched.h>

#include <optional>
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/temp_folder.h"

namespace hypergan {
namespace {

using ::testing::HasSubstr;

TEST(CoresOfQuotaTest, IsTheQuotaOverItsPeriod) {
  EXPECT_EQ(CoresOfQuota("200000 100000"), 2);
  EXPECT_EQ(CoresOfQuota("150000 100000\n"), 1.5);
  EXPECT_EQ(CoresOfQuota("25000 50000"), 0.5);
}

TEST(CoresOfQuotaTest, IsNoneWithoutAQuota) {
  for (const char* text : {"max 100000", "-1 100000", "", " ", "max", "200000",
                           "0 100000", "100000 0", "2 x", "nan 100000"}) {
    EXPECT_FALSE(CoresOfQuota(text).has_value()) << text;
  }
}

// A machine's files of control groups, in a folder.
class ControlGroupsTest : public testing::Test {
 protected:
  void Write(const std::string& path, const std::string& text) {
    folder_.Write(path, text);
  }
  std::optional<double> Cores() const {
    return CoresOfControlGroups(folder_.path());
  }

  const TempFolder folder_;
};

TEST_F(ControlGroupsTest, AreNoneWhereThereAreNoFiles) {
  EXPECT_EQ(Cores(), std::nullopt);
}

TEST_F(ControlGroupsTest, OfVersion2CountTheGroupsAroundAsWell) {
  Write("proc/self/cgroup", "0::/pods/pod/container\n");
  Write("sys/fs/cgroup/pods/pod/container/cpu.max", "max 100000\n");
  EXPECT_EQ(Cores(), std::nullopt);
  Write("sys/fs/cgroup/pods/cpu.max", "400000 100000\n");
  EXPECT_EQ(Cores(), 4);
  Write("sys/fs/cgroup/pods/pod/cpu.max", "150000 100000\n");
  EXPECT_EQ(Cores(), 1.5);
  Write("sys/fs/cgroup/pods/pod/container/cpu.max", "300000 100000\n");
  EXPECT_EQ(Cores(), 1.5);
}

TEST_F(ControlGroupsTest, AContainerSeesItsOwnGroupAsTheRoot) {
  Write("proc/self/cgroup", "0::/\n");
  Write("sys/fs/cgroup/cpu.max", "250000 100000\n");
  EXPECT_EQ(Cores(), 2.5);
  // With the path on the machine, which is not there in the container.
  Write("proc/self/cgroup", "0::/system.slice/docker-1.scope\n");
  EXPECT_EQ(Cores(), 2.5);
  // With a path out of the root of the name space.
  Write("proc/self/cgroup", "0::/../../other\n");
  EXPECT_EQ(Cores(), 2.5);
}

TEST_F(ControlGroupsTest, OfVersion1AreThoseOfTheCpuController) {
  Write("proc/self/cgroup",
        "5:cpuset:/a\n4:memory:/a\n3:cpu,cpuacct:/a/b\n0::/\n");
  Write("sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "200000\n");
  Write("sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us", "100000\n");
  Write("sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_quota_us", "-1\n");
  Write("sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(Cores(), 2);
  Write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "50000\n");
  Write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(Cores(), 0.5);
}

// Restores the affinity of this thread.
class AffinityTest : public testing::Test {
 protected:
  AffinityTest() { sched_getaffinity(0, sizeof(before_), &before_); }
  ~AffinityTest() override { sched_setaffinity(0, sizeof(before_), &before_); }

  cpu_set_t before_;
};

TEST_F(AffinityTest, BoundsTheCores) {
  EXPECT_EQ(CoresOfAffinity(), CPU_COUNT(&before_));
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &before_)) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    ASSERT_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
    break;
  }
  EXPECT_EQ(CoresOfAffinity(), 1);
  EXPECT_EQ(AvailableCores(), 1);
}

TEST(AvailableCoresTest, AreOneAtLeastAndNoMoreThanTheMachines) {
  EXPECT_GE(AvailableCores(), 1);
  EXPECT_LE(AvailableCores(),
            static_cast<int>(std::thread::hardware_concurrency()));
}

TEST(ThreadsWarningTest, IsForMoreThreadsThanCores) {
  EXPECT_EQ(ThreadsWarning(0, 2), "");
  EXPECT_EQ(ThreadsWarning(2, 2), "");
  EXPECT_THAT(ThreadsWarning(64, 2),
              HasSubstr("--threads=64: this process may use 2 cores"));
}

}  // namespace
}  // namespace hypergan
