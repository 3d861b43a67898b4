// The report's sections, and their two forms.
#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"
#include "trainer/report/markdown.h"
#include "trainer/report/page.h"
#include "trainer/report/sections/sections.h"

namespace hypergan::trainer::report {
namespace {

using ::testing::_;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

ExperimentResult ARun(const std::string& method, uint64_t seed) {
  ExperimentResult run;
  run.experiment = "mnist";
  run.method = method;
  run.seed = seed;
  run.date = "2026-11-25";
  run.networks = 100;
  run.training_seconds = 1234;
  return run;
}

ExperimentResult AccurateRun(const std::string& method, uint64_t seed,
                             double accuracy) {
  ExperimentResult run = ARun(method, seed);
  run.figures = {{"accuracy_1", accuracy},
                 {"accuracy_5", accuracy + 0.001},
                 {"nll", 1 - accuracy}};
  return run;
}

Picture Dot() {
  Picture picture;
  picture.height = picture.width = 1;
  picture.pixels = {7};
  picture.caption = "a dot";
  return picture;
}

// All that a result can hold.
ExperimentResult FullRun() {
  ExperimentResult run = AccurateRun("hypergan", 1, 0.98);
  run.command = "hypergan-trainer experiment mnist --seed=1";
  run.figures["rmse"] = 18.25;
  run.epochs = {{1, {{"loss", 1}, {"diversity", 0.1}}, {}},
                {2, {{"loss", 0.5}, {"diversity", 0.2}}, {}}};
  run.reliability = {{0.5, 0.25, 0.5}, {0.875, 0.75, 0.5}};
  run.figures["member_disagreement"] = 0.125;
  run.figures["aurc"] = 0.002;
  run.row_right = {1, 0, 1, 1};
  run.row_losses = {0.25F, 2, 0.125F, 0.5F};
  run.shifts = {{"noise", {{0, {{"accuracy", 1}}}, {0.1, {{"accuracy", 0}}}}}};
  run.outside = {
      {"notmnist",
       100,
       50,
       {{"predictive_entropy",
         {0.9375, 0.875, 0.75, 0.25, {0, 1}, {0.5, 1}, {0, 1}, {1, 2}}}}}};
  run.attacks = {
      {"fgsm", "network", {{0, 1, 1, {}, {}, {}}, {1, 0, 0, {}, {}, {}}}}};
  run.bands = {{10, {0, 1}, {0, 1}, {0, 1}, {1, 1}}};
  run.most_uncertain = run.least_uncertain = {Dot()};
  run.filters = {{Dot()}};
  return run;
}

Document DocumentOf(std::vector<ExperimentResult> runs) {
  auto collection = Collect(std::move(runs));
  EXPECT_TRUE(collection.ok()) << collection.status();
  return ReportDocument(*collection);
}

std::vector<std::string> Ids(const Document& document) {
  std::vector<std::string> ids;
  for (const Section& section : document.sections) ids.push_back(section.id);
  return ids;
}

const Section& SectionOf(const Document& document, const std::string& id) {
  for (const Section& section : document.sections) {
    if (section.id == id) return section;
  }
  ADD_FAILURE() << "no section " << id;
  return document.sections.front();
}

// The first table of a section, a text a row with cells between bars.
std::vector<std::string> TableOf(const Section& section) {
  for (const Block& block : section.blocks) {
    const auto* table = std::get_if<Table>(&block);
    if (table == nullptr) continue;
    std::vector<std::string> rows;
    for (const TableRow& row : table->rows) {
      std::string text;
      for (const Cell& cell : row.cells) {
        text += (cell.strong ? "!" : "") + cell.text + "|";
      }
      rows.push_back(text);
    }
    return rows;
  }
  return {};
}

// Texts of the captions of a section's tables.
std::vector<std::string> CaptionsOf(const Section& section) {
  std::vector<std::string> captions;
  for (const Block& block : section.blocks) {
    const auto* table = std::get_if<Table>(&block);
    if (table != nullptr) captions.push_back(table->caption);
  }
  return captions;
}

TEST(DocumentTest, AttacksHaveATableWhereNetworksWereDrawnAfterThem) {
  ExperimentResult run = ARun("hypergan", 1);
  run.experiment = "adversarial";
  run.variant = "paper";
  run.attacks = {{"pgd",
                  "ensemble",
                  {{0, 1, 0.99, 0.985, {}, {}},
                   {0.1, 0, 0.5, 0.625, {{"mutual_information", 0.75}}, {}}},
                  1000,
                  10,
                  100,
                  40,
                  3}};
  ExperimentResult old = run;
  old.method = "deep-ensemble";
  for (AttackPoint& point : old.attacks[0].points) {
    point.accuracy_fresh.reset();
  }
  const Document document = DocumentOf({run, old});
  const Section& section = SectionOf(document, "attacks");
  EXPECT_THAT(TableOf(section),
              ElementsAre("HyperGAN, the paper's form|99.0|50.0|62.5|0.750|"));
  EXPECT_THAT(CaptionsOf(section),
              ElementsAre(HasSubstr("On 1000 rows. The attacked ensemble has "
                                    "10 networks. PGD has 40 steps and 3 "
                                    "random starts.")));
}

// The first seed was not attacked, and a record lacks the restarts.
TEST(DocumentTest, AttacksNeedNotBeInEverySeed) {
  ExperimentResult first = ARun("hypergan", 1);
  first.experiment = "adversarial";
  first.variant = "paper";
  ExperimentResult second = first;
  second.seed = 2;
  second.figures["ece"] = 0.25;
  second.attacks = {
      {"pgd",
       "ensemble",
       {{0, 1, 0.99, 0.985, {}, {}}, {0.1, 0, 0.5, 0.625, {}, {}}},
       1000,
       10,
       100,
       40,
       {}}};
  const Document document = DocumentOf({first, second});
  const Section& section = SectionOf(document, "attacks");
  EXPECT_THAT(CaptionsOf(section), ElementsAre(HasSubstr("has 10 networks.")));
}

TEST(DocumentTest, ARegressionStandsBesideItsReference) {
  ExperimentResult run = ARun("hypergan", 1);
  run.experiment = "regression-1d";
  run.variant = "paper";
  run.figures["rmse"] = 1;
  run.bands = {{10, {0, 5}, {0, 125}, {0, 100}, {1, 2}}};
  const auto captions = [&](const std::vector<ExperimentResult>& runs) {
    return CaptionsOf(SectionOf(DocumentOf(runs), "regression"));
  };
  EXPECT_THAT(captions({run}),
              ElementsAre(_, HasSubstr("with the noise of the data, 3")));
  ExperimentResult reference = run;
  reference.method = "hmc";
  reference.bands[0].mean = {0, 104};
  reference.bands[0].deviation = {1, 8};
  const std::vector<std::string> both = captions({run, reference});
  ASSERT_EQ(both.size(), 3u);
  EXPECT_THAT(both[2], HasSubstr("Beside Hamiltonian Monte Carlo"));
  std::vector<std::string> rows;
  const Document document = DocumentOf({run, reference});
  for (const Block& block : SectionOf(document, "regression").blocks) {
    const auto* table = std::get_if<Table>(&block);
    if (table == nullptr || table->caption != both[2]) continue;
    for (const Cell& cell : table->rows[0].cells) rows.push_back(cell.text);
  }
  EXPECT_THAT(rows, ElementsAre("HyperGAN, the paper's form", "0.00", "1.00",
                                "4.00", "0.25"));
}

TEST(DocumentTest, HasEverySectionThatThereAreResultsFor) {
  EXPECT_THAT(Ids(DocumentOf({FullRun()})),
              ElementsAre("accuracy", "differences", "ensemble-size", "members",
                          "outside", "selective", "shift", "calibration",
                          "regression", "attacks", "diversity", "training",
                          "images", "filters", "runs"));
}

TEST(DocumentTest, LeavesOutWhatThereIsNothingFor) {
  EXPECT_THAT(Ids(DocumentOf({ARun("hypergan", 1)})), ElementsAre("runs"));
}

// Of 400 rows the first ones are right, at a loss of `loss` a row.
ExperimentResult RunByRow(const std::string& method, size_t right, float loss) {
  ExperimentResult run = ARun(method, 1);
  run.variant = "improved";
  run.row_right.assign(400, 0);
  std::fill_n(run.row_right.begin(), right, uint8_t{1});
  run.row_losses.assign(400, loss);
  return run;
}

TEST(DocumentTest, SaysWhatCannotBeToldApart) {
  const Document document = DocumentOf({RunByRow("deep-ensemble", 360, 0.25F),
                                        RunByRow("hypergan", 360, 0.125F),
                                        RunByRow("mc-dropout", 320, 0.5F)});
  std::vector<std::string> rows;
  const Section& section = SectionOf(document, "differences");
  for (const Block& block : section.blocks) {
    const auto* table = std::get_if<Table>(&block);
    if (table == nullptr || table->head[0].empty()) continue;
    EXPECT_EQ(table->head[0], "against: Deep ensemble, improved");
    for (const TableRow& row : table->rows) {
      rows.push_back(row.cells[0].text + ": " + row.cells[2].text + ", " +
                     row.cells[4].text);
    }
  }
  EXPECT_THAT(rows,
              ElementsAre("HyperGAN, improved: cannot be told apart, better",
                          "MC Dropout, improved: worse, worse"));
}

TEST(DocumentTest, GivesNoVerdictOnADifferenceThatIsNoNumber) {
  ExperimentResult broken = RunByRow("hypergan", 360, 0.125F);
  broken.row_losses[7] = std::numeric_limits<float>::quiet_NaN();
  const Document document =
      DocumentOf({RunByRow("deep-ensemble", 360, 0.25F), broken});
  int tables = 0;
  for (const Block& block : SectionOf(document, "differences").blocks) {
    const auto* table = std::get_if<Table>(&block);
    if (table == nullptr || table->head[0].empty()) continue;
    EXPECT_EQ(table->rows[0].cells[2].text, "cannot be told apart");
    EXPECT_EQ(table->rows[0].cells[4].text, "no number");
    ++tables;
  }
  EXPECT_EQ(tables, 1);
}

// Most runs have 400 rows; the first one has not.
TEST(DocumentTest, NamesRunsOfOtherRowsInsteadOfComparingThem) {
  ExperimentResult short_one = RunByRow("deep-ensemble", 10, 0.25F);
  short_one.row_right.resize(20);
  short_one.row_losses.resize(20);
  short_one.figures["ece"] = 0.5;
  ExperimentResult second = RunByRow("deep-ensemble", 360, 0.25F);
  second.seed = 2;
  second.figures["ece"] = 0.25;
  const Section section = SectionOf(
      DocumentOf({short_one, second, RunByRow("hypergan", 360, 0.125F)}),
      "differences");
  std::string said;
  std::vector<std::string> seeds;
  for (const Block& block : section.blocks) {
    if (const auto* paragraph = std::get_if<Paragraph>(&block)) {
      said = paragraph->text;
    }
    const auto* table = std::get_if<Table>(&block);
    if (table == nullptr || !table->head[0].empty()) continue;
    for (const TableRow& row : table->rows) {
      seeds.push_back(absl::StrCat(row.cells[3].text, "; ", row.cells[4].text));
    }
  }
  EXPECT_EQ(said,
            "Left out are runs whose record has other rows than 400, or none: "
            "Deep ensemble, improved, seed 1 (20).");
  EXPECT_THAT(seeds, ElementsAre("; 1", "0.2500; 1"));
}

TEST(DocumentTest, SetsHyperGansBesideEnsemblesThatAreLikeThem) {
  std::vector<ExperimentResult> runs = {RunByRow("deep-ensemble", 360, 0.25F),
                                        RunByRow("hypergan", 360, 0.25F)};
  for (const std::string variant : {"improved-of-2", "improved-with-outliers",
                                    "improved-laplace", "improved-rate-5"}) {
    runs.push_back(RunByRow("deep-ensemble", 320, 0.5F));
    runs.back().variant = variant;
  }
  std::vector<std::string> tables;
  const Document document = DocumentOf(runs);
  for (const Block& block : SectionOf(document, "differences").blocks) {
    const auto* table = std::get_if<Table>(&block);
    if (table == nullptr || table->head[0].empty()) continue;
    tables.push_back(absl::StrCat(table->head[0], ", ", table->rows.size()));
    if (tables.size() > 1) {
      EXPECT_EQ(table->rows[0].cells[0].text, "HyperGAN, improved");
      EXPECT_EQ(table->rows[0].cells[2].text, "better");
    }
  }
  EXPECT_THAT(tables,
              ElementsAre("against: Deep ensemble, improved, 5",
                          "against: Deep ensemble, improved, of 2, 1",
                          HasSubstr("against: Deep ensemble, improved, with")));
}

// The baseline's NLL falls from 0.4 with two members to 0.2 with ten.
TEST(DocumentTest, MembersAreWorthADeepEnsembleOfSomeSize) {
  ExperimentResult ensemble = RunByRow("deep-ensemble", 360, 0.2F);
  ensemble.figures = {{"member_disagreement", 0.25},
                      {"nll", 0.2},
                      {"nll_2", 0.4},
                      {"nll_5", 0.3},
                      {"nll_10", 0.2}};
  std::vector<ExperimentResult> runs = {ensemble};
  for (const auto& [variant, nll] :
       {std::pair{"a", 0.5}, {"b", 0.35}, {"c", 0.26}, {"d", 0.1}}) {
    runs.push_back(RunByRow("hypergan", 360, 0.2F));
    runs.back().variant = variant;
    runs.back().figures = {{"nll", nll}};
  }
  EXPECT_THAT(
      TableOf(SectionOf(DocumentOf(runs), "members")),
      UnorderedElementsAre(HasSubstr("a||||below 2|"), HasSubstr("b||||3.5|"),
                           HasSubstr("c||||7.0|"), HasSubstr("d||||above 10|"),
                           HasSubstr("improved|25.00|||10.0|")));
}

TEST(DocumentTest, SumsUpRunsAndDates) {
  ExperimentResult later = ARun("hypergan", 2);
  later.date = "2026-11-27";
  EXPECT_THAT(DocumentOf({ARun("hypergan", 1), later}).summary,
              HasSubstr("2 runs of 1 experiment, of 2026-11-25 to 2026-11-27"));
}

TEST(DocumentTest, AccuracyStandsBesideThePublishedFigures) {
  const Document document = DocumentOf({AccurateRun("hypergan", 1, 0.98),
                                        AccurateRun("hypergan", 2, 0.99),
                                        AccurateRun("mc-dropout", 1, 0.97)});
  EXPECT_THAT(
      TableOf(document.sections[0]),
      ElementsAre("HyperGAN|!98.50 ± 0.71|!98.60 ± 0.71|||2|",
                  "MC Dropout|97.00|97.10|||1|",
                  "Published: HyperGAN|98.64 ± 0.30|98.75 ± 0.30|99.22 ± "
                  "0.09|99.31 ± 0.02||",
                  "Published: APD||||98.61||", "Published: MNF||||99.30||",
                  "Published: MC Dropout||||98.73||",
                  "Published: Random Start (size not stated)||||99.14||"));
}

TEST(DocumentTest, OutsideTableHasEveryScoreOfEveryMethod) {
  ExperimentResult other = FullRun();
  other.method = "deep-ensemble";
  other.outside[0].scores["zeal"] = {0.5, 0.5, 0.5, 1, {}, {}, {}, {}};
  const Document document = DocumentOf({FullRun(), other});
  EXPECT_THAT(
      TableOf(SectionOf(document, "outside")),
      ElementsAre("HyperGAN: predictive entropy|!0.9375|!0.8750|!0.7500|!"
                  "0.2500|",
                  "Deep ensemble: predictive entropy|!0.9375|!0.8750|!0.7500|!"
                  "0.2500|",
                  "Deep ensemble: zeal|0.5000|0.5000|0.5000|1.0000|"));
}

TEST(DocumentTest, FiguresThatNoTableHasAreShownWithTheRuns) {
  ExperimentResult run = AccurateRun("hypergan", 1, 0.98);
  run.figures["brier"] = 0.0125;
  const Document document = DocumentOf({run});
  const auto* table = std::get_if<Table>(&document.sections.back().blocks[2]);
  ASSERT_NE(table, nullptr);
  ASSERT_THAT(table->rows, SizeIs(1));
  EXPECT_EQ(table->rows[0].cells[0].text, "brier: HyperGAN");
  EXPECT_EQ(table->rows[0].cells[1].text, "0.012500");
}

TEST(DocumentTest, EveryDrawingHasANameOfItsOwn) {
  ExperimentResult other = FullRun();
  other.experiment = "cifar-10";
  std::vector<std::string> names;
  for (const Section& section : DocumentOf({FullRun(), other}).sections) {
    for (const Block& block : section.blocks) {
      const auto* drawings = std::get_if<Drawings>(&block);
      if (drawings == nullptr) continue;
      for (const Drawing& d : drawings->drawings) names.push_back(d.name);
    }
  }
  const size_t count = names.size();
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  EXPECT_GT(count, 20u);
  EXPECT_THAT(names, SizeIs(count));
}

TEST(DocumentTest, NamesOfOneSlugHaveDrawingsOfTheirOwn) {
  ExperimentResult run = FullRun();
  run.outside.push_back(run.outside[0]);
  run.outside.back().outside = "NotMNIST!";
  run.attacks.push_back(run.attacks[0]);
  run.attacks.back().attack = "FGSM";
  std::set<std::string> names;
  const Document document = DocumentOf({run});
  for (const Section& section : document.sections) {
    for (const Block& block : section.blocks) {
      const auto* drawings = std::get_if<Drawings>(&block);
      if (drawings == nullptr) continue;
      for (const Drawing& drawing : drawings->drawings) {
        EXPECT_TRUE(names.insert(drawing.name).second) << drawing.name;
      }
    }
  }
  EXPECT_EQ(names.count("roc-mnist-notmnist-predictive-entropy"), 1u);
  EXPECT_EQ(names.count("roc-mnist-notmnist-2-predictive-entropy"), 1u);
}

TEST(PageTest, StandsByItself) {
  const std::string html = HtmlPage(DocumentOf({FullRun()}));
  EXPECT_THAT(html, HasSubstr("default-src 'none'"));
  for (const char* outside : {"src=\"http", "href=\"http", "url(http",
                              "@import", "<script", "<link"}) {
    EXPECT_THAT(html, Not(HasSubstr(outside)));
  }
}

// Every text of a result, with markup for a value.
ExperimentResult HostileRun() {
  const std::string evil = "<script>alert(1)</script>\"'`|<!-- report ends -->";
  ExperimentResult run = FullRun();
  for (std::string* text :
       {&run.experiment, &run.method, &run.variant, &run.date, &run.command,
        &run.program_version, &run.outside[0].outside, &run.attacks[0].attack,
        &run.attacks[0].attacked}) {
    *text = evil;
  }
  run.outside[0].scores[evil] = run.outside[0].scores.begin()->second;
  run.attacks[0].points[0].auroc[evil] = 1;
  run.epochs[0].figures[evil] = 1;
  run.most_uncertain[0].caption = evil;
  return run;
}

TEST(PageTest, TextFromFilesIsText) {
  const std::string html = HtmlPage(DocumentOf({HostileRun()}));
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html, Not(HasSubstr("<!--")));
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;"));
}

TEST(MarkdownTest, TextFromFilesIsText) {
  const Markdown markdown = ToMarkdown(DocumentOf({HostileRun()}), "pictures");
  EXPECT_THAT(markdown.text, Not(HasSubstr(kReportEnds)));
  const size_t fence = markdown.text.find("```sh");
  ASSERT_NE(fence, std::string::npos);  // inside, markup is not markup
  EXPECT_THAT(markdown.text.substr(0, fence), Not(HasSubstr("<script")));
  for (const auto& [name, svg] : markdown.pictures) {
    EXPECT_THAT(name, Not(HasSubstr("/")));
    EXPECT_THAT(svg, Not(HasSubstr("<script")));
  }
}

TEST(MarkdownTest, HasTablesAndLinksToItsPictures) {
  const Markdown markdown =
      ToMarkdown(DocumentOf({FullRun()}), "some pictures");
  EXPECT_THAT(markdown.text,
              HasSubstr("| accuracy, % | 1 network | 5 | 10 | 100 | seeds |\n"
                        "|---|---:|---:|---:|---:|---:|\n"
                        "| HyperGAN | 98.00 | 98.10 |  |  | 1 |\n"));
  EXPECT_THAT(markdown.text,
              HasSubstr("<img src=\"some%20pictures/size-mnist.svg\""));
  ASSERT_TRUE(markdown.pictures.contains("size-mnist.svg"));
  EXPECT_THAT(markdown.pictures.at("size-mnist.svg"), HasSubstr("<style>"));
  EXPECT_THAT(markdown.text,
              HasSubstr("```sh\nhypergan-trainer experiment mnist --seed=1\n"
                        "```"));
}

TEST(MarkdownTest, ReplacesWhatIsBetweenTheMarkersAndNothingElse) {
  const auto text = WithReport(
      "# Mine\n<!-- report begins -->\nold\n<!-- report ends -->\nmine too\n",
      "new\n");
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_EQ(*text,
            "# Mine\n<!-- report begins -->\n\nnew\n\n<!-- report ends -->\n"
            "mine too\n");
  EXPECT_EQ(*WithReport(*text, "new\n"), *text);
}

TEST(MarkdownTest, BeginsAFileThatIsNotThere) {
  const auto text = WithReport("", "new\n");
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_EQ(*WithReport(*text, "new\n"), *text);
}

TEST(MarkdownTest, RefusesAFileWithoutItsMarkers) {
  const std::string begins = kReportBegins, ends = kReportEnds;
  for (const std::string& file :
       {std::string("mine"), begins, ends, ends + begins,
        absl::StrCat(begins, begins, ends), absl::StrCat(begins, ends, ends)}) {
    EXPECT_THAT(WithReport(file, "new"),
                FailsWith(absl::StatusCode::kInvalidArgument,
                          "to put the report between"));
  }
}

}  // namespace
}  // namespace hypergan::trainer::report
