#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "client/cli/terminal/bar.h"
#include "client/cli/terminal/histogram.h"
#include "client/cli/terminal/picture.h"
#include "client/cli/terminal/progress.h"
#include "client/cli/terminal/style.h"
#include "client/cli/terminal/table.h"
#include "client/cli/terminal/text.h"
#include "client/cli/views/models_view.h"
#include "tests/client/fake_clock.h"

namespace hypergan::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(TextTest, CountsCharactersNotBytes) {
  EXPECT_EQ(DisplayWidth("a±b"), 3);
  EXPECT_EQ(DisplayWidth(""), 0);
}

TEST(TextTest, FillsOrCutsToAWidth) {
  EXPECT_EQ(PadRight("ab", 4), "ab  ");
  EXPECT_EQ(PadLeft("ab", 4), "  ab");
  EXPECT_EQ(PadRight("±±±±", 3), "±±~");
  EXPECT_EQ(PadLeft("abcd", 3), "ab~");
  EXPECT_EQ(PadRight("ab", 0), "");
}

TEST(TextTest, DisarmsWhatCouldSteerATerminal) {
  EXPECT_EQ(Printable("\x1b[2Jboot\n"), "?[2Jboot?");
  EXPECT_EQ(Printable("\xc2\x9b"
                      "2J"),
            "??2J");
  EXPECT_EQ(Printable("Stiefel ±ö"), "Stiefel ±ö");
}

TEST(StyleTest, FollowsTheTerminalUnlessTold) {
  EXPECT_EQ(*ParseStyle("auto", /*is_terminal=*/false), Style::kAscii);
  EXPECT_EQ(*ParseStyle("unicode", false), Style::kUnicode);
  EXPECT_EQ(*ParseStyle("ansi", false), Style::kAnsi);
  EXPECT_EQ(*ParseStyle("ascii", true), Style::kAscii);
  EXPECT_TRUE(absl::IsInvalidArgument(ParseStyle("pink", true).status()));
}

TEST(StyleTest, ColoursOnlyWhereThereAreColours) {
  EXPECT_EQ(Paint("x", {1, 2, 3}, Style::kAnsi), "\x1b[38;2;1;2;3mx\x1b[0m");
  EXPECT_EQ(Paint("x", {1, 2, 3}, Style::kUnicode), "x");
}

TEST(BarTest, ShowsTheMeanBetweenItsDeviations) {
  EXPECT_EQ(Bar(0.5, 0.2, 10, Style::kAscii), "###==--   ");
  EXPECT_EQ(Bar(0.5, 0.2, 10, Style::kUnicode), "███▓▓░░   ");
  EXPECT_EQ(Bar(1, 0, 4, Style::kAscii), "####");
  EXPECT_EQ(Bar(0, 0, 4, Style::kAscii), "    ");
}

TEST(BarTest, StaysWithinItsWidth) {
  EXPECT_EQ(Bar(0.9, 0.5, 10, Style::kAscii), "####=====-");
  EXPECT_EQ(Bar(5, 1, 3, Style::kAscii), "###");
  EXPECT_EQ(Bar(kNaN, kNaN, 3, Style::kAscii), "   ");
}

TEST(WhiskerTest, PlacesAValueOnItsScale) {
  EXPECT_EQ(Whisker(0, 1, -5, 5, 11, Style::kAscii), "    -o-    ");
  EXPECT_EQ(Whisker(5, 1, -5, 5, 11, Style::kAscii), "         -o");
  EXPECT_EQ(Whisker(0, 0, -5, 5, 11, Style::kUnicode), "     ●     ");
  EXPECT_EQ(Whisker(0, 1, 0, 0, 3, Style::kAscii), "   ");
}

TEST(HistogramTest, ScalesToTheFullestBin) {
  EXPECT_EQ(Histogram({0, 0, 0, 0, 0.9, 0.9, 1}, 0, 1, 4, Style::kAscii),
            "@  *");
  EXPECT_EQ(Histogram({0, 1}, 0, 1, 2, Style::kUnicode), "██");
}

TEST(HistogramTest, ShowsEvenOneValueOfMany) {
  std::vector<double> values(1000, 0.0);
  values.push_back(1);
  EXPECT_EQ(Histogram(values, 0, 1, 3, Style::kAscii), "@ .");
}

TEST(HistogramTest, CountsNoNaNAndNothingOfNothing) {
  EXPECT_EQ(Histogram({kNaN}, 0, 1, 3, Style::kAscii), "   ");
  EXPECT_EQ(Histogram({}, 0, 1, 3, Style::kAscii), "   ");
  EXPECT_EQ(Histogram({2, 2}, 2, 2, 3, Style::kAscii), "@  ");
}

TEST(TableTest, AlignsItsColumns) {
  Table table({{"NAME"}, {"N", Align::kRight}});
  table.AddRow({"a", "1"});
  table.AddRow({"longer", "1000"});
  EXPECT_EQ(table.Render(),
            "NAME       N\n"
            "a          1\n"
            "longer  1000\n");
}

TEST(PictureTest, DrawsTwoPixelsInACharacter) {
  // The left column black above white, the right one half grey throughout.
  const std::vector<float> pixels = {0, 0.5, 1, 0.5};
  EXPECT_THAT(DrawPicture(pixels, {1, 2, 2}, Style::kAscii).lines,
              ElementsAre("++"));
  const Picture picture = DrawPicture(pixels, {1, 2, 2}, Style::kAnsi);
  EXPECT_EQ(picture.columns, 2);
  EXPECT_THAT(picture.lines,
              ElementsAre("\x1b[38;2;0;0;0;48;2;255;255;255m▀"
                          "\x1b[38;2;128;128;128;48;2;128;128;128m▀\x1b[0m"));
}

TEST(PictureTest, DrawsColoursFromTheirChannels) {
  const std::vector<float> pixels = {1, 1, 0, 0, 0.2, 0.2};
  EXPECT_THAT(DrawPicture(pixels, {3, 2, 1}, Style::kAnsi).lines,
              ElementsAre("\x1b[38;2;255;0;51;48;2;255;0;51m▀\x1b[0m"));
}

TEST(PictureTest, SpansItsWholeRamp) {
  const std::vector<float> pixels = {0, 0.5, 1};
  EXPECT_THAT(DrawPicture(pixels, {1, 3}, Style::kAscii).lines,
              ElementsAre(" +@"));
  EXPECT_THAT(DrawPicture(pixels, {1, 3}, Style::kUnicode).lines,
              ElementsAre(" ▒█"));
}

TEST(PictureTest, ClampsWhatIsNoPixel) {
  const auto inf = std::numeric_limits<float>::infinity();
  const std::vector<float> pixels = {-3, 9, inf, static_cast<float>(kNaN)};
  EXPECT_THAT(DrawPicture(pixels, {1, 4}, Style::kAscii).lines,
              ElementsAre(" @@ "));
}

TEST(PictureTest, MakesLargeImagesSmaller) {
  const std::vector<float> pixels(3 * 100 * 200, 1.0f);
  const Picture picture = DrawPicture(pixels, {3, 100, 200}, Style::kAscii);
  EXPECT_EQ(picture.columns, kMaxPictureColumns);
  ASSERT_EQ(picture.lines.size(), 8);
  EXPECT_EQ(picture.lines[0], std::string(kMaxPictureColumns, '@'));
}

TEST(PictureTest, DrawsNothingOfWhatIsNoImage) {
  const std::vector<float> values(8, 1.0f);
  for (const std::vector<int64_t>& shape :
       {std::vector<int64_t>{8}, {2, 2, 2}, {1, 3, 3}, {0, 8}, {}}) {
    EXPECT_THAT(DrawPicture(values, shape, Style::kAscii).lines, IsEmpty());
  }
}

TEST(ProgressTest, KeepsSilentAtFirstAndErasesItself) {
  FakeClock clock;
  std::ostringstream out;
  {
    Progress progress(100, out, /*is_terminal=*/true, clock);
    progress.Update(10);
    EXPECT_EQ(out.str(), "");
    clock.Advance(absl::Seconds(5));
    progress.Update(50);
    EXPECT_EQ(out.str(),
              "\r[###############               ] 50/100 rows, "
              "10 a second ");
  }
  EXPECT_TRUE(absl::EndsWith(out.str(), "  \r"));
}

TEST(ProgressTest, SaysNothingWhereThereIsNoTerminal) {
  FakeClock clock;
  std::ostringstream out;
  {
    Progress progress(100, out, /*is_terminal=*/false, clock);
    clock.Advance(absl::Seconds(5));
    progress.Update(50);
  }
  EXPECT_EQ(out.str(), "");
}

Model SmallModel() {
  Model model;
  model.name = "digits";
  model.version = "3";
  model.max_networks = 1000;
  model.max_rows = 64;
  model.manifest.input_shape = {1, 28, 28};
  model.manifest.num_outputs = 10;
  model.manifest.target_network = "mnist";
  model.manifest.calibration =
      Calibration{.primary_score = "predictive_entropy",
                  .rows = 5000,
                  .threshold = 0.95,
                  .quantiles = {0.1}};
  model.manifest.provenance["data_set"] = "mnist";
  model.manifest.validation["accuracy"] = 0.985;
  return model;
}

TEST(ModelsViewTest, ListsAModelInALine) {
  Model plain = SmallModel();
  plain.version = "12";
  plain.manifest.calibration.reset();
  EXPECT_EQ(RenderModels({SmallModel(), plain}),
            "MODEL   VERSION  TASK              INPUT  OUTPUTS  NETWORKS  "
            "CALIBRATED\n"
            "digits        3  classification  1x28x28       10       100   "
            "5000 rows\n"
            "digits       12  classification  1x28x28       10       100       "
            "   no\n");
}

TEST(ModelsViewTest, CutsLongFacts) {
  Model model = SmallModel();
  model.manifest.provenance["row_sample"] = std::string(1024, 'a');
  const std::string text = RenderModel(model);
  EXPECT_NE(text.find(" " + std::string(60, 'a') + "...\n"), text.npos);
}

TEST(ModelsViewTest, TellsAllAboutOne) {
  Model model = SmallModel();
  model.name = "dig\x1bits";
  EXPECT_EQ(RenderModel(model),
            "model                 dig?its\n"
            "version               3\n"
            "task                  classification\n"
            "target network        mnist\n"
            "noise size            0\n"
            "input shape           1x28x28\n"
            "outputs               10\n"
            "networks              100, at most 1000\n"
            "rows                  at most 64\n"
            "calibration           predictive_entropy of 5000 rows, OOD from "
            "0.95, 10 networks or more\n"
            "from: data_set        mnist\n"
            "validation: accuracy  0.985\n");
}

}  // namespace
}  // namespace hypergan::client
