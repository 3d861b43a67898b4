#include "base/command_line.h"

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/reflection.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/temp_folder.h"

ABSL_FLAG(std::string, word, "none", "a word about fish");
ABSL_FLAG(std::vector<std::string>, list, {}, "words");
ABSL_FLAG(int, count, 3, "a count");
ABSL_FLAG(uint64_t, number, 1, "a number");
ABSL_FLAG(std::optional<uint64_t>, seed, std::nullopt, "a seed");
ABSL_FLAG(bool, loud, false, "true or false");
ABSL_FLAG(absl::Duration, pause, absl::ZeroDuration(), "a time");
ABSL_FLAG(int64_t, version, 0, "a version of something");
ABSL_FLAG(int, depth, 0, "swim: how deep");
ABSL_FLAG(int, height, 0, "fly: how high");
ABSL_FLAG(int, speed, 0, "fly, swim --fast: how fast");

namespace hypergan {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

class CommandLineTest : public testing::Test {
 protected:
  absl::StatusOr<CommandLine> Parse(std::vector<std::string> words) const {
    words.insert(words.begin(), "/bin/program");
    std::vector<const char*> argv;
    for (const std::string& word : words) argv.push_back(word.c_str());
    return ParseCommandLine(program_, static_cast<int>(argv.size()),
                            argv.data());
  }

  std::string Answer(const std::vector<std::string>& words) const {
    const auto line = Parse(words);
    EXPECT_TRUE(line.ok()) << line.status();
    return line.ok() ? line->answer.value_or("") : "";
  }

  void ExpectRefused(const std::vector<std::string>& words,
                     const std::string& message) const {
    const auto line = Parse(words);
    EXPECT_TRUE(absl::IsInvalidArgument(line.status())) << line.status();
    EXPECT_THAT(line.status().message(), HasSubstr(message));
  }

  void ExpectRefusedFile(const std::string& path,
                         const std::string& message) const {
    ExpectRefused({absl::StrCat("--flagfile=", path)}, message);
  }

  Program program_ = {.name = "program",
                      .version = "1.2.3",
                      .usage = "program: does things.",
                      .flags_folder = "tests/base/"};
  const TempFolder folder_;
  const absl::FlagSaver saver_;
};

TEST_F(CommandLineTest, TakesOldNamesOfFlagsWithOneWarningEach) {
  program_.renamed_flags = {{"wort", "word"}};
  const auto line = Parse({"--count", "4", "--wort", "a", "--wort=b"});
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(absl::GetFlag(FLAGS_word), "b");
  EXPECT_THAT(line->given, UnorderedElementsAre("count", "word"));
  EXPECT_THAT(line->warnings,
              ElementsAre("--wort is the old name of --word, use that"));
  // An old name is no value of the flag before it.
  ExpectRefused({"--count", "--wort=a"}, "--count: expected a value");
}

TEST_F(CommandLineTest, TakesSecondsAndBytesWithoutAndWithTheirUnits) {
  ASSERT_TRUE(Parse({"--pause=30", "--version=16MiB"}).ok());
  EXPECT_EQ(absl::GetFlag(FLAGS_pause), absl::Seconds(30));
  EXPECT_EQ(absl::GetFlag(FLAGS_version), int64_t{16} << 20);
  ASSERT_TRUE(Parse({"--pause=1.5", "--version=2GiB"}).ok());
  EXPECT_EQ(absl::GetFlag(FLAGS_pause), absl::Milliseconds(1500));
  EXPECT_EQ(absl::GetFlag(FLAGS_version), int64_t{2} << 30);
  ExpectRefused({"--version=9000000000GiB"}, "as 1000 or 16MiB, got");
  ExpectRefused({"--version=MiB"}, "as 1000 or 16MiB, got");
  ExpectRefused({"--version=-1MiB"}, "as 1000 or 16MiB, got");
  ExpectRefused({"--pause=inf s"}, "a time, as 30, 500ms or 1m");
}

TEST_F(CommandLineTest, ShowsTheFlagsOfAVerbTheMainOnesFirst) {
  program_.verbs = {{"swim", {"number", "word"}}, {"fly", {}}};
  const std::string swim = Answer({"swim", "--help"});
  EXPECT_THAT(swim, StartsWith("Flags of program swim:\n  --number="));
  EXPECT_LT(swim.find("--word="), swim.find("More flags:"));
  EXPECT_GT(swim.find("--depth="), swim.find("More flags:"));
  EXPECT_THAT(swim, HasSubstr("--loud="));
  EXPECT_THAT(swim, Not(HasSubstr("--height=")));
  const std::string fly = Answer({"fly", "-h"});
  EXPECT_THAT(fly, HasSubstr("--height="));
  EXPECT_THAT(fly, HasSubstr("--speed="));
  EXPECT_THAT(fly, Not(HasSubstr("--depth=")));
  EXPECT_THAT(Answer({"crawl", "--help"}), StartsWith("program: does things."));
}

TEST_F(CommandLineTest, TellsFlagsFromArguments) {
  const auto line =
      Parse({"go", "--word=a=b", "-count", "5", "--list=x,y", "-", "--loud",
             "--pause=2s", "--seed=9", "there", "--", "--count=7"});
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->answer, std::nullopt);
  EXPECT_THAT(line->arguments, ElementsAre("go", "-", "there", "--count=7"));
  EXPECT_EQ(absl::GetFlag(FLAGS_word), "a=b");
  EXPECT_EQ(absl::GetFlag(FLAGS_count), 5);
  EXPECT_THAT(absl::GetFlag(FLAGS_list), ElementsAre("x", "y"));
  EXPECT_TRUE(absl::GetFlag(FLAGS_loud));
  EXPECT_EQ(absl::GetFlag(FLAGS_pause), absl::Seconds(2));
  EXPECT_EQ(absl::GetFlag(FLAGS_seed), 9u);
}

TEST_F(CommandLineTest, FlagsOfTwoValuesHaveShortForms) {
  ASSERT_TRUE(Parse({"--loud", "--noloud"}).ok());
  EXPECT_FALSE(absl::GetFlag(FLAGS_loud));
  // The word after one is no value of it.
  EXPECT_THAT(Parse({"--loud", "false"})->arguments, ElementsAre("false"));
  EXPECT_TRUE(absl::GetFlag(FLAGS_loud));
  ASSERT_TRUE(Parse({"--loud=false"}).ok());
  EXPECT_FALSE(absl::GetFlag(FLAGS_loud));
}

TEST_F(CommandLineTest, SaysWhatWasExpectedAndWhatCame) {
  ExpectRefused({"--colour=red"}, "expected a flag of program, got '--colour'");
  ExpectRefused({"--nocount"}, "got '--nocount'");
  ExpectRefused({"--noloud=true"}, "got '--noloud'");
  ExpectRefused({"--count=many"},
                "--count: expected a whole number of 32 bits, got 'many'");
  ExpectRefused({"--count="}, "got ''");
  ExpectRefused({"--count=99999999999"}, "got '99999999999'");
  ExpectRefused({"--number=-1"}, "that is not negative, got '-1'");
  ExpectRefused({"--loud=maybe"}, "expected true or false, got 'maybe'");
  ExpectRefused({"--pause=5x"},
                "expected a time, as 30, 500ms or 1m, got '5x'");
  ExpectRefused({"--word"}, "--word: expected a value, as --word=VALUE");
  ExpectRefused({"--word", "--count=1"}, "--word: expected a value");
  ExpectRefused({"--count=\n\x1b[1m"}, "got '\\n\\x1b[1m'");
}

TEST_F(CommandLineTest, FlagsOfLibrariesAreNone) {
  program_.flags_folder = "elsewhere/";
  ExpectRefused({"--word=x"}, "expected a flag of program, got '--word'");
  EXPECT_THAT(Answer({"--help"}), Not(HasSubstr("--word")));
}

TEST_F(CommandLineTest, AnswersHelpInEveryFormWhateverElseIsThere) {
  const std::string help = Answer({"--help"});
  EXPECT_THAT(help, StartsWith("program: does things.\n\nFlags:\n"));
  EXPECT_THAT(help, HasSubstr("  --count=3\n      a count\n"));
  EXPECT_THAT(help, HasSubstr("  --flagfile=FILE\n"));
  EXPECT_THAT(help, Not(HasSubstr("command_line_test")));
  const std::vector<std::vector<std::string>> all = {
      {"help"},
      {"help", "go"},
      {"--loud", "help"},
      {"-h"},
      {"-help"},
      {"--helpfull"},
      {"--helpshort"},
      {"go", "--help"},
      {"--help=true"},
      {"--colour", "--help"},
      {"--count=x", "-h"},
      {"--version", "--help"},
      {"--flagfile=/nowhere", "--help"}};
  for (const auto& words : all) EXPECT_EQ(Answer(words), help) << words.back();
}

TEST_F(CommandLineTest, AnswersHelpAboutAWord) {
  const std::string help = Answer({"--help=FISH"});
  EXPECT_THAT(help, HasSubstr("  --word=none\n"));
  EXPECT_THAT(help, Not(HasSubstr("--count")));
  EXPECT_THAT(Answer({"--help=co\nws"}),
              HasSubstr("No flag of program is about 'co\\nws'"));
}

TEST_F(CommandLineTest, HelpThatIsDeclinedIsNone) {
  EXPECT_EQ(Parse({"--help=false"})->answer, std::nullopt);
  EXPECT_THAT(Parse({"--", "--help"})->arguments, ElementsAre("--help"));
}

TEST_F(CommandLineTest, TellsTheVersionUnlessAFlagOfThatNameIsSet) {
  EXPECT_EQ(Answer({"--version"}), "program 1.2.3\n");
  EXPECT_EQ(Answer({"go", "-version", "--count=4"}), "program 1.2.3\n");
  EXPECT_EQ(Parse({"--version=7"})->answer, std::nullopt);
  EXPECT_EQ(absl::GetFlag(FLAGS_version), 7);
  EXPECT_THAT(Parse({"--version", "8"})->arguments, IsEmpty());
  EXPECT_EQ(absl::GetFlag(FLAGS_version), 8);
}

TEST_F(CommandLineTest, ReadsFlagsFromFilesThatNameFiles) {
  const std::string inner = folder_.Write("inner", "--count=8\n");
  const std::string outer = folder_.Write(
      "outer", absl::StrCat("# a remark\n\n  --word=a b  \r\n--loud\n",
                            "--flagfile=", inner, "\n-number=2"));
  const auto line = Parse({"--count=1", "--flagfile", outer, "go"});
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_THAT(line->arguments, ElementsAre("go"));
  EXPECT_EQ(absl::GetFlag(FLAGS_word), "a b");
  EXPECT_EQ(absl::GetFlag(FLAGS_count), 8);
  EXPECT_EQ(absl::GetFlag(FLAGS_number), 2u);
  EXPECT_TRUE(absl::GetFlag(FLAGS_loud));
  // What comes later wins.
  ASSERT_TRUE(
      Parse({absl::StrCat("--flagfile=", outer, ",", inner), "--count=9"})
          .ok());
  EXPECT_EQ(absl::GetFlag(FLAGS_count), 9);
}

TEST_F(CommandLineTest, AnswersHelpAndVersionFromAFile) {
  EXPECT_EQ(Answer({"--flagfile=" + folder_.Write("help", "--help\n")}),
            Answer({"--help"}));
  EXPECT_EQ(Answer({"--flagfile=" + folder_.Write("version", "--version\n")}),
            "program 1.2.3\n");
}

TEST_F(CommandLineTest, NamesTheLineOfAFileThatIsWrong) {
  ExpectRefusedFile(folder_.Write("a", "--count=1\n\ncount=2\n"),
                    "/a:3: expected a flag, as --name=value, got 'count=2'");
  ExpectRefusedFile(folder_.Write("b", "--count=x\n"), "/b:1: --count: ");
  ExpectRefusedFile(folder_.Write("c", "--colour=x\n"),
                    "/c:1: expected a flag");
  ExpectRefusedFile(folder_.Write("d", "--word\n--count=1\n"),
                    "/d:1: --word: expected a value");
  ExpectRefusedFile(folder_.Write("e", "--\n"), "/e:1: expected a flag");
  ExpectRefusedFile(folder_.Write("f", std::string("\0\xff", 2)),
                    "/f:1: expected a flag, as --name=value, got "
                    "'\\x00\\xff'");
}

TEST_F(CommandLineTest, FilesOfFlagsAreBounded) {
  ExpectRefusedFile("/dev/zero", "a device");
  ExpectRefusedFile(folder_.path(), "a folder");
  ExpectRefusedFile(folder_.Write("large", std::string(1'048'577, '#')),
                    "at most 1048576 bytes, got more");
  const std::string pipe = folder_.Path("pipe");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  ExpectRefusedFile(pipe, "a pipe");
  EXPECT_TRUE(absl::IsNotFound(Parse({"--flagfile=/nowhere"}).status()));
  const std::string self = folder_.Path("self");
  folder_.Write("self", absl::StrCat("--flagfile=", self, "\n"));
  ExpectRefusedFile(self, "does one name itself?");
  std::string many;
  const std::string empty = folder_.Write("empty", "");
  for (int i = 0; i < 64; ++i) {
    absl::StrAppend(&many, "--flagfile=", empty, "\n");
  }
  ExpectRefusedFile(folder_.Write("many", many), "at most 64 files");
}

}  // namespace
}  // namespace hypergan
