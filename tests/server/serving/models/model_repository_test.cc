#include "server/serving/models/model_repository.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/temp_folder.h"

namespace hypergan::server {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ModelRepositoryTest : public testing::Test {
 protected:
  void AddModel(const std::string& name, const std::string& version) {
    fs::create_directories(root_ / name / version);
    std::ofstream(root_ / name / version / "model.pt") << "x";
  }

  void AddDescribed(const std::string& name, const std::string& version) {
    fs::create_directories(root_ / name / version);
    std::ofstream(root_ / name / version / "model.safetensors") << "x";
  }

  // "name:version" of everything found.
  std::vector<std::string> Scan() {
    const auto files = ScanRepository(
        root_, limits_,
        [this](std::string_view line) { log_.emplace_back(line); }, rules_);
    EXPECT_TRUE(files.ok()) << files.status();
    std::vector<std::string> found;
    for (const ModelFile& file : *files) {
      found.push_back(absl::StrCat(file.name, ":", file.version,
                                   file.problem.ok() ? "" : " unreadable"));
      if (file.problem.ok()) {
        EXPECT_TRUE(fs::exists(file.path));
      } else {
        problems_.emplace_back(file.problem.message());
      }
    }
    return found;
  }

  const TempFolder temp_;
  const fs::path root_ = temp_.path();
  Limits limits_;
  RepositoryRules rules_;
  std::vector<std::string> log_;
  std::vector<std::string> problems_;
};

TEST_F(ModelRepositoryTest, FindsVersionsInTheOrderOfNumbers) {
  AddModel("b", "1");
  AddModel("a", "10");
  AddModel("a", "9");
  EXPECT_THAT(Scan(), ElementsAre("a:9", "a:10", "b:1"));
  EXPECT_THAT(log_, IsEmpty());
}

TEST_F(ModelRepositoryTest, SkipsWhatIsNoVersionAndSaysSo) {
  AddModel("a", "1");
  for (const char* version :
       {"0", "-1", "01", "1.0", "latest", "9999999999999999999", "1 "}) {
    AddModel("a", version);
  }
  EXPECT_THAT(Scan(), ElementsAre("a:1"));
  EXPECT_EQ(log_.size(), 7u);
  EXPECT_THAT(log_, Contains(HasSubstr("'latest'")));
}

TEST_F(ModelRepositoryTest, SkipsAVersionWithoutItsCheckpoint) {
  AddModel("a", "1");
  fs::create_directories(root_ / "a" / "2");
  std::ofstream(root_ / "a" / "2" / "model.pt.tmp") << "half";
  EXPECT_THAT(Scan(), ElementsAre("a:1"));
  EXPECT_THAT(log_, ElementsAre(HasSubstr("version 2, which has no model.pt")));
}

TEST_F(ModelRepositoryTest, NamesTheFirstOfManyStraysAndCountsTheRest) {
  AddModel("a", "1");
  for (int i = 100; i < 400; ++i) {
    std::ofstream(root_ / absl::StrCat("stray ", i)) << "x";
    fs::create_directories(root_ / "a" / absl::StrCat(i));
  }
  EXPECT_THAT(Scan(), ElementsAre("a:1"));
  EXPECT_EQ(log_.size(), 18u);
  EXPECT_THAT(log_, Contains("model a: skipped 292 more"));
  EXPECT_THAT(log_, Contains("the repository: skipped 292 more"));
}

TEST_F(ModelRepositoryTest, FindsCheckpointsWithoutCode) {
  AddModel("a", "1");
  AddDescribed("a", "1");
  AddDescribed("a", "2");
  EXPECT_THAT(Scan(), ElementsAre("a:1", "a:2"));
  EXPECT_THAT(log_, ElementsAre("model a version 1: has model.pt and "
                                "model.safetensors, serves model.pt"));
}

TEST_F(ModelRepositoryTest, TakesNoCodeWhereThatIsNotAllowed) {
  rules_.allow_torchscript = false;
  AddModel("a", "1");
  AddDescribed("a", "1");
  AddModel("a", "2");
  AddDescribed("a", "3");
  EXPECT_THAT(Scan(), ElementsAre("a:1", "a:2 unreadable", "a:3"));
  EXPECT_THAT(problems_,
              ElementsAre(HasSubstr("a/2/model.pt: expected a checkpoint "
                                    "without code, model.safetensors")));
  EXPECT_THAT(log_, ElementsAre(HasSubstr("serves model.safetensors")));
}

TEST_F(ModelRepositoryTest, KeepsTheVersionsThatArePolicy) {
  for (const char* version : {"1", "2", "3"}) AddModel("a", version);
  AddModel("b", "2");
  rules_.versions = *ParseVersionPolicy("1,3");
  EXPECT_THAT(Scan(), ElementsAre("a:1", "a:3"));
  EXPECT_THAT(log_, ElementsAre("model b: skipped, it has no version that is "
                                "to be served"));
  rules_.versions = *ParseVersionPolicy("greatest");
  EXPECT_THAT(Scan(), ElementsAre("a:3", "b:2"));
}

TEST_F(ModelRepositoryTest, TellsWhatCannotBeReadFromWhatIsNotThere) {
  AddModel("a", "1");
  fs::create_directories(root_ / "a" / "2");
  fs::create_symlink(root_ / "gone", root_ / "a" / "2" / "model.pt");
  fs::create_directory_symlink(root_ / "gone", root_ / "a" / "3");
  fs::create_directory_symlink(root_ / "a" / "4", root_ / "a" / "4");
  std::ofstream(root_ / "a" / "5") << "a file";
  fs::create_directory_symlink(root_ / "gone", root_ / "b");
  EXPECT_THAT(Scan(), ElementsAre("a:1", "a:2 unreadable", "a:3 unreadable",
                                  "a:4 unreadable", "a:5 unreadable",
                                  "b:0 unreadable"));
  EXPECT_THAT(problems_, ElementsAre(HasSubstr("a/2/model.pt: No such file"),
                                     HasSubstr("a/3: No such file"),
                                     HasSubstr("a/4: Too many levels of"),
                                     HasSubstr("a/5/model.pt: Not a directory"),
                                     HasSubstr("b: No such file")));
  EXPECT_THAT(log_, IsEmpty());
}

// Root may read everything, so the child takes the rights of nobody, and ends
// before a sanitizer wants rights that it has no longer.
TEST_F(ModelRepositoryTest, SaysThatPermissionIsDenied) {
  AddModel("a", "1");
  AddModel("a", "2");
  AddModel("b", "1");
  fs::permissions(root_, fs::perms::all);
  fs::permissions(root_ / "a" / "2", fs::perms::none);
  fs::permissions(root_ / "b", fs::perms::none);
  const auto check = [this] {
    if (geteuid() == 0 && seteuid(65534) != 0) _exit(2);
    const auto found = Scan();
    const bool expected =
        found == std::vector<std::string>{"a:1", "a:2 unreadable",
                                          "b:0 unreadable"} &&
        problems_[0].find("model.pt: Permission denied") != std::string::npos &&
        problems_[1].find("b: Permission denied") != std::string::npos;
    _exit(expected ? 0 : 1);
  };
  EXPECT_EXIT(check(), testing::ExitedWithCode(0), "");
  fs::permissions(root_ / "a" / "2", fs::perms::all);
  fs::permissions(root_ / "b", fs::perms::all);
}

TEST_F(ModelRepositoryTest, SkipsNamesThatNoModelMayHave) {
  AddModel("good-Name_1.0", "1");
  AddModel(std::string(128, 'n'), "1");
  AddModel(std::string(129, 'n'), "1");
  AddModel("with space", "1");
  AddModel("new\nline", "1");
  AddModel(".hidden", "1");
  std::ofstream(root_ / "README") << "x";
  EXPECT_THAT(Scan(), ElementsAre("good-Name_1.0:1",
                                  absl::StrCat(std::string(128, 'n'), ":1")));
  EXPECT_THAT(log_, Contains(HasSubstr("new\\nline")));
  EXPECT_EQ(log_.size(), 4u);  // the hidden one needs no word
}

TEST_F(ModelRepositoryTest, FollowsLinks) {
  AddModel("a", "1");
  fs::create_directory_symlink(root_ / "a", root_ / "b");
  fs::create_directory_symlink(root_ / "nowhere", root_ / "c");
  EXPECT_THAT(Scan(), ElementsAre("a:1", "b:1", "c:0 unreadable"));
}

TEST_F(ModelRepositoryTest, KeepsTheGreatestVersions) {
  limits_.max_versions = 2;
  for (const char* version : {"1", "2", "3", "11"}) AddModel("a", version);
  EXPECT_THAT(Scan(), ElementsAre("a:3", "a:11"));
  EXPECT_THAT(log_, Contains(HasSubstr("2 smallest")));
}

TEST_F(ModelRepositoryTest, RefusesMoreModelsThanTheLimit) {
  limits_.max_models = 2;
  for (const char* name : {"a", "b", "c"}) AddModel(name, "1");
  const auto files = ScanRepository(root_, limits_, [](std::string_view) {});
  EXPECT_EQ(files.status().code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(ModelRepositoryTest, SaysThatAFolderIsMissing) {
  const auto files =
      ScanRepository(root_ / "nowhere", limits_, [](std::string_view) {});
  EXPECT_EQ(files.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(files.status().message()),
              HasSubstr("No such file or directory"));
}

TEST_F(ModelRepositoryTest, FindsOneModelThatLiesByItself) {
  AddModel("m", "3");
  AddModel("m", "12");
  const auto find = [this](const fs::path& path) {
    std::vector<std::string> found;
    const auto files =
        FindModel("mine", path, limits_, [](std::string_view) {});
    EXPECT_TRUE(files.ok()) << files.status();
    for (const ModelFile& file : *files) {
      EXPECT_TRUE(fs::exists(file.path));
      found.push_back(absl::StrCat(file.name, ":", file.version));
    }
    return found;
  };
  EXPECT_THAT(find(root_ / "m" / "3" / "model.pt"), ElementsAre("mine:1"));
  EXPECT_THAT(find(root_ / "m" / "3"), ElementsAre("mine:1"));
  EXPECT_THAT(find(root_ / "m"), ElementsAre("mine:3", "mine:12"));
  limits_.max_versions = 1;
  EXPECT_THAT(find(root_ / "m"), ElementsAre("mine:12"));
}

TEST_F(ModelRepositoryTest, FindsNoModelWithoutANameOrACheckpoint) {
  AddModel("m", "3");
  const auto quiet = [](std::string_view) {};
  for (const char* name : {"", ".m", "a/b", "a b"}) {
    EXPECT_EQ(FindModel(name, root_ / "m", limits_, quiet).status().code(),
              absl::StatusCode::kInvalidArgument)
        << name;
  }
  const auto nowhere = FindModel("m", root_ / "nowhere", limits_, quiet);
  EXPECT_EQ(nowhere.status().code(), absl::StatusCode::kNotFound);
  const auto empty = FindModel("m", root_, limits_, quiet);
  EXPECT_EQ(empty.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(empty.status().message()),
              HasSubstr("expected model.pt or <version>/model.pt"));
}

}  // namespace
}  // namespace hypergan::server
