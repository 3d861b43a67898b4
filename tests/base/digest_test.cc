#include "base/digest.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hypergan {
namespace {

using ::testing::HasSubstr;

// FIPS 180-4's own example.
constexpr char kOfAbc[] =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(DigestTest, IsThatOfTheStandard) {
  EXPECT_EQ(Sha256("abc"), kOfAbc);
  EXPECT_EQ(Sha256(""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(DigestTest, ReadsItsLineAndThoseOfSha256sum) {
  const std::string path = "models/m/1/model.pt";
  EXPECT_EQ(DigestPath(path), "models/m/1/model.pt.sha256");
  const std::string line = DigestLine(kOfAbc, path);
  EXPECT_EQ(line, std::string(kOfAbc) + "  model.pt\n");
  EXPECT_EQ(*ParseDigestLine(line, path), kOfAbc);
  EXPECT_EQ(*ParseDigestLine(std::string(kOfAbc) + " *model.pt", path), kOfAbc);
}

TEST(DigestTest, RefusesOtherTexts) {
  const std::string digest = kOfAbc;
  for (const std::string& text :
       {std::string(), digest, digest + "  model.safetensors\n",
        digest.substr(1) + "  model.pt\n", digest + "\tmodel.pt\n",
        digest + "  model.pt\n" + digest + "  model.pt\n",
        "g" + digest.substr(1) + "  model.pt\n"}) {
    const auto parsed = ParseDigestLine(text, "1/model.pt");
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_THAT(std::string(parsed.status().message()),
                HasSubstr("1/model.pt.sha256: expected the line of sha256sum"));
  }
}

}  // namespace
}  // namespace hypergan
