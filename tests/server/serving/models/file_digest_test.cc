#include "server/serving/models/file_digest.h"

#include "gtest/gtest.h"
#include "tests/support/temp_folder.h"

namespace hypergan::server {
namespace {

TEST(FileDigestTest, IsWhatSha256sumPrints) {
  const TempFolder folder;
  const auto digest = FileDigest(folder.Write("file", "abc"));
  ASSERT_TRUE(digest.ok()) << digest.status();
  // FIPS 180-2, appendix B.1.
  EXPECT_EQ(*digest,
            "ba7816bf8f01cfea414140de5dae2223"
            "b00361a396177a9cb410ff61f20015ad");
}

TEST(FileDigestTest, TellsOfAFileThatIsNotThere) {
  EXPECT_FALSE(FileDigest("/nowhere/at/all").ok());
}

}  // namespace
}  // namespace hypergan::server
