#include "base/named_error.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"

namespace hypergan {
namespace {

TEST(NamedTest, PutsTheNameBeforeTheMessageAndKeepsTheCode) {
  EXPECT_EQ(Named("rows.csv", absl::DataLossError("the file is empty")),
            absl::DataLossError("rows.csv: the file is empty"));
}

TEST(NamedTest, LeavesSuccessAlone) {
  EXPECT_EQ(Named("rows.csv", absl::OkStatus()), absl::OkStatus());
  EXPECT_EQ(*Named("rows.csv", absl::StatusOr<int>(3)), 3);
}

TEST(NamedTest, NamesTheErrorInPlaceOfAResult) {
  const absl::StatusOr<int> none = absl::DataLossError("the file is empty");
  EXPECT_EQ(Named("rows.csv", none).status(),
            absl::DataLossError("rows.csv: the file is empty"));
}

}  // namespace
}  // namespace hypergan
