#include "base/named_error.h"

#include "absl/status/status.h"
#include "gtest/gtest.h"

namespace hypergan {
namespace {

TEST(NamedTest, PutsTheNameBeforeTheMessageAndKeepsTheCode) {
  EXPECT_EQ(Named("rows.csv", absl::DataLossError("the file is empty")),
            absl::DataLossError("rows.csv: the file is empty"));
}

TEST(NamedTest, LeavesSuccessAlone) {
  EXPECT_EQ(Named("rows.csv", absl::OkStatus()), absl::OkStatus());
}

}  // namespace
}  // namespace hypergan
