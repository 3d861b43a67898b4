#include "trainer/report/drawing/markup.h"

#include <limits>
#include <string>

#include "gtest/gtest.h"
#include "trainer/report/statistic.h"

namespace hypergan::trainer::report {
namespace {

TEST(MarkupTest, XmlHasNoMarkupLeft) {
  EXPECT_EQ(EscapeXml("<a href=\"x\">'&"),
            "&lt;a href=&quot;x&quot;&gt;&#39;&amp;");
  EXPECT_EQ(EscapeXml("caf\xc3\xa9"), "caf\xc3\xa9");
}

TEST(MarkupTest, ControlCharactersBecomeSpaces) {
  EXPECT_EQ(EscapeXml(std::string("a\0b\nc\x1b", 6)), "a b c ");
  EXPECT_EQ(EscapeMarkdown("a\n# b"), "a \\# b");
}

TEST(MarkupTest, NoncharactersBecomeWhatCannotBeShown) {
  EXPECT_EQ(EscapeXml("a\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbc"),
            "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbc");
  EXPECT_EQ(EscapeMarkdown("\xef\xbf\xbe"), "\xef\xbf\xbd");
}

TEST(MarkupTest, MarkdownHasNoMarkupLeft) {
  EXPECT_EQ(EscapeMarkdown("a|b*c_d`[e](f) <i>"),
            "a\\|b\\*c\\_d\\`\\[e\\](f) &lt;i&gt;");
  EXPECT_EQ(EscapeMarkdown("it's & \"so\""), "it's &amp; \"so\"");
}

TEST(MarkupTest, SlugIsAFileNameWhateverTheTextIs) {
  EXPECT_EQ(Slug("HyperGAN, paper"), "hypergan-paper");
  EXPECT_EQ(Slug("../../etc/passwd"), "etc-passwd");
  EXPECT_EQ(Slug("\xff///"), "x");
  EXPECT_EQ(Slug(""), "x");
  EXPECT_EQ(Slug(std::string(1000, 'a')).size(), 64u);
}

TEST(StatisticTest, DeviationIsTheSamples) {
  const Spread spread = SpreadOf({1, 2, 3, 4});
  EXPECT_DOUBLE_EQ(spread.mean, 2.5);
  EXPECT_NEAR(spread.deviation, 1.2909944487, 1e-9);  // sqrt(5 / 3)
  EXPECT_EQ(SpreadText(spread, 2), "2.50 ± 1.29");
}

TEST(StatisticTest, OneRunHasNoDeviation) {
  EXPECT_EQ(SpreadText(SpreadOf({0.98765}), 4), "0.9877");
}

TEST(StatisticTest, WhatIsNoNumberIsSaidSo) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(SpreadText(SpreadOf({1, nan}), 2), "no number");
}

}  // namespace
}  // namespace hypergan::trainer::report
