#include "server/serving/models/model_keeper.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/text_serializer.h"
#include "tests/server/fake_engine.h"

namespace hypergan::server {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

absl::Status GoOn() { return absl::OkStatus(); }

class ModelKeeperTest : public testing::Test {
 protected:
  // What lies at a path: "broken" and "cold" cannot be served.
  void Put(const std::string& name, int64_t version, const std::string& text) {
    files_[{name, version}] = text;
    ++writes_[{name, version}];
  }

  ModelKeeper::Parts Parts() {
    ModelKeeper::Parts parts;
    parts.find = [this]() -> absl::StatusOr<std::vector<ModelFile>> {
      if (!find_.ok()) return find_;
      std::vector<ModelFile> found;
      for (const auto& [key, text] : files_) {
        found.push_back({key.first, key.second, PathOf(key)});
      }
      return found;
    };
    parts.mark = [this](const std::string& path) {
      for (const auto& [key, writes] : writes_) {
        if (PathOf(key) == path) return std::to_string(writes);
      }
      return std::string();
    };
    parts.load = [this](const ModelFile& file,
                        const Interrupt&) -> absl::StatusOr<LoadedModel> {
      const std::string text = files_.at({file.name, file.version});
      loads_.push_back(file.path + " " + text);
      if (on_load_) on_load_();
      if (text == "broken") {
        return absl::DataLossError(file.path + ": damaged");
      }
      if (text == "busy") return absl::ResourceExhaustedError("no memory");
      auto engine = std::make_shared<const FakeEngine>(ClassifierManifest());
      texts_[engine.get()] = text;
      return LoadedModel{engine, "digest of " + text};
    };
    parts.warm_up = [this](const std::shared_ptr<const Engine>& engine,
                           const Interrupt&) -> absl::Status {
      if (texts_.at(engine.get()) == "cold") {
        return absl::InternalError("it broke");
      }
      return absl::OkStatus();
    };
    parts.forget = [this](const std::shared_ptr<const Engine>& engine) {
      forgotten_.push_back(texts_.at(engine.get()));
    };
    parts.released = [this] { ++releases_; };
    return parts;
  }

  static std::string PathOf(const std::pair<std::string, int64_t>& key) {
    return "/repository/" + key.first + "/" + std::to_string(key.second) +
           "/model.pt";
  }

  // "m/1 text" of all that is served.
  std::vector<std::string> Served() const {
    std::vector<std::string> served;
    for (const ServedModel* model : (*models_.Get())->All()) {
      served.push_back(model->name + "/" + std::to_string(model->version) +
                       " " + texts_.at(model->engine.get()));
    }
    return served;
  }
  std::vector<std::string> Failures() const {
    std::vector<std::string> failures;
    for (const FailedModel& failure : (*models_.Get())->failures()) {
      failures.push_back(failure.name + "/" + std::to_string(failure.version) +
                         " " + failure.reason);
    }
    return failures;
  }
  std::string MetricsText() const {
    return prometheus::TextSerializer().Serialize(registry_.Collect());
  }

  void Start() { ASSERT_TRUE(keeper_.Start(false, GoOn).ok()); }
  void Look() { keeper_.Look(/*again=*/false, GoOn); }

  std::map<std::pair<std::string, int64_t>, std::string> files_;
  std::map<std::pair<std::string, int64_t>, int> writes_;
  absl::Status find_;
  std::function<void()> on_load_;
  std::map<const Engine*, std::string> texts_;
  std::vector<std::string> loads_;
  std::vector<std::string> forgotten_;
  int releases_ = 0;
  std::vector<std::string> log_lines_;
  const Log log_ = [this](std::string_view line) {
    log_lines_.emplace_back(line);
  };
  prometheus::Registry registry_;
  Metrics metrics_{registry_};
  CurrentModels models_;
  ModelKeeper keeper_{Parts(), models_, metrics_, log_};
};

TEST_F(ModelKeeperTest, StartsWithAllOrWithNothing) {
  Put("m", 1, "good");
  Put("m", 2, "broken");
  Put("n", 1, "cold");
  const absl::Status status = keeper_.Start(false, GoOn).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(
      std::string(status.message()),
      HasSubstr("--allow_partial_start serves the others: model m version 2: "
                "/repository/m/2/model.pt: damaged; model n version 1: it "
                "broke"));
  EXPECT_FALSE(models_.Get().ok());
}

TEST_F(ModelKeeperTest, StartsWithSomeWhereThatIsAllowed) {
  Put("m", 1, "good");
  Put("m", 2, "broken");
  const auto versions = keeper_.Start(true, GoOn);
  ASSERT_TRUE(versions.ok()) << versions.status();
  EXPECT_EQ(*versions, 1);
  EXPECT_THAT(Served(), ElementsAre("m/1 good"));
  EXPECT_THAT(Failures(), ElementsAre("m/2 model.pt: damaged"));
}

TEST_F(ModelKeeperTest, DoesNotStartWithNothing) {
  EXPECT_EQ(keeper_.Start(true, GoOn).status().code(),
            absl::StatusCode::kFailedPrecondition);
  Put("m", 1, "broken");
  EXPECT_EQ(keeper_.Start(true, GoOn).status().code(),
            absl::StatusCode::kFailedPrecondition);
  find_ = absl::NotFoundError("gone");
  EXPECT_EQ(keeper_.Start(true, GoOn).status(), find_);
}

TEST_F(ModelKeeperTest, ServesANewVersionAndLetsGoOfOneThatHasGone) {
  Put("m", 1, "a");
  Start();
  Put("m", 2, "b");
  Look();
  EXPECT_THAT(Served(), ElementsAre("m/1 a", "m/2 b"));
  files_.erase({"m", 1});
  Look();
  EXPECT_THAT(Served(), ElementsAre("m/2 b"));
  EXPECT_THAT(loads_, ElementsAre("/repository/m/1/model.pt a",
                                  "/repository/m/2/model.pt b"));
  EXPECT_THAT(log_lines_, Contains("released model m version 1"));
}

TEST_F(ModelKeeperTest, LoadsAChangedFileAnewAndServesTheFormerUntilThen) {
  Put("m", 1, "a");
  Start();
  Look();
  EXPECT_EQ(loads_.size(), 1u);
  Put("m", 1, "b");
  on_load_ = [this] { EXPECT_THAT(Served(), ElementsAre("m/1 a")); };
  // As networks that were kept hold it.
  auto engine = (*(*models_.Get())->Find("m", ""))->engine;
  Look();
  EXPECT_THAT(Served(), ElementsAre("m/1 b"));
  EXPECT_THAT(forgotten_, ElementsAre("a"));
  engine.reset();
  EXPECT_FALSE(keeper_.Release());
  EXPECT_THAT(log_lines_,
              Contains("released model m version 1, its former content"));
  EXPECT_THAT(MetricsText(), HasSubstr("hypergan_model_info{digest=\"digest of "
                                       "b\",model=\"m\",version=\"1\"} 1"));
}

TEST_F(ModelKeeperTest, ABadVersionLeavesTheOldOneServing) {
  Put("m", 1, "a");
  Start();
  files_.erase({"m", 1});  // as --model_versions=greatest has it
  Put("m", 2, "broken");
  Look();
  EXPECT_THAT(Served(), ElementsAre("m/1 a"));
  EXPECT_THAT(Failures(), ElementsAre("m/2 model.pt: damaged"));
  EXPECT_THAT(MetricsText(), HasSubstr("hypergan_load_failures_total 1"));
  EXPECT_THAT(log_lines_, Contains("could not load model m version 2: "
                                   "/repository/m/2/model.pt: damaged"));
  Put("m", 2, "b");
  Look();
  EXPECT_THAT(Served(), ElementsAre("m/2 b"));
  EXPECT_THAT(Failures(), IsEmpty());
}

TEST_F(ModelKeeperTest, ABadContentLeavesTheFormerOneServing) {
  Put("m", 1, "a");
  Start();
  for (const char* bad : {"broken", "cold"}) {
    Put("m", 1, bad);
    Look();
    EXPECT_THAT(Served(), ElementsAre("m/1 a"));
    EXPECT_EQ(Failures().size(), 1u);
  }
  EXPECT_THAT(forgotten_, ElementsAre("cold"));
}

TEST_F(ModelKeeperTest, TriesAFailedVersionAgainWhenItChangesOrOnDemand) {
  Put("m", 1, "a");
  Start();
  Put("m", 2, "broken");
  Look();
  Look();
  Look();
  EXPECT_EQ(loads_.size(), 2u);
  keeper_.Look(/*again=*/true, GoOn);
  EXPECT_EQ(loads_.size(), 3u);
  EXPECT_THAT(MetricsText(), HasSubstr("hypergan_load_failures_total 2"));
  files_.erase({"m", 2});
  Look();
  EXPECT_THAT(Failures(), IsEmpty());
}

TEST_F(ModelKeeperTest, TriesAVersionThatWantsMemoryAtEachLookAndSaysItOnce) {
  Put("m", 1, "a");
  Start();
  Put("m", 2, "busy");
  Look();
  Look();
  EXPECT_EQ(loads_.size(), 3u);
  EXPECT_THAT(MetricsText(), HasSubstr("hypergan_load_failures_total 1"));
  files_[{"m", 2}] = "b";  // the same file, in better times
  Look();
  EXPECT_THAT(Served(), ElementsAre("m/1 a", "m/2 b"));
}

TEST_F(ModelKeeperTest, GoesOnWithWhatItHasWhenTheRepositoryCannotBeRead) {
  Put("m", 1, "a");
  Start();
  find_ = absl::NotFoundError("no such folder");
  Look();
  EXPECT_THAT(Served(), ElementsAre("m/1 a"));
  find_ = absl::OkStatus();
  files_.clear();
  Look();
  EXPECT_THAT(Served(), ElementsAre("m/1 a"));
  EXPECT_THAT(log_lines_,
              Contains("could not look for models, goes on with those it has: "
                       "no such folder"));
}

TEST_F(ModelKeeperTest, AVersionGoesWhenItsLastRequestHasEnded) {
  Put("m", 1, "a");
  Put("n", 1, "c");
  Start();
  // A request that has found its model, and a job of it.
  auto table = *models_.Get();
  auto engine = (*table->Find("m", "1"))->engine;
  (*table->Find("m", "1"))->metrics->ObserveBatch(1, 1, 1);
  files_.erase({"m", 1});
  Look();
  EXPECT_THAT(forgotten_, ElementsAre("a"));
  EXPECT_TRUE(keeper_.Release());
  EXPECT_THAT(MetricsText(), HasSubstr("model=\"m\""));
  table.reset();
  EXPECT_TRUE(keeper_.Release());
  EXPECT_EQ(releases_, 0);
  engine.reset();
  EXPECT_FALSE(keeper_.Release());
  EXPECT_EQ(releases_, 1);
  EXPECT_THAT(MetricsText(), Not(HasSubstr("model=\"m\"")));
  EXPECT_THAT(MetricsText(), HasSubstr("model=\"n\""));
}

TEST_F(ModelKeeperTest, AVersionThatComesBackKeepsItsMetrics) {
  Put("m", 1, "a");
  Put("n", 1, "c");
  Start();
  const auto table = *models_.Get();
  files_.erase({"m", 1});
  Look();
  Put("m", 1, "b");
  Look();
  EXPECT_THAT(Served(), ElementsAre("m/1 b", "n/1 c"));
  EXPECT_EQ((*table->Find("m", ""))->metrics,
            (*(*models_.Get())->Find("m", ""))->metrics);
}

TEST_F(ModelKeeperTest, ChangesNothingOnceItIsInterrupted) {
  Put("m", 1, "a");
  Start();
  bool stop = false;
  const Interrupt interrupt = [&stop] {
    return stop ? absl::CancelledError("stop") : absl::OkStatus();
  };
  on_load_ = [&stop] { stop = true; };
  files_.erase({"m", 1});
  Put("m", 2, "b");
  keeper_.Look(false, interrupt);
  EXPECT_THAT(Served(), ElementsAre("m/1 a"));
  EXPECT_THAT(Failures(), IsEmpty());
}

}  // namespace
}  // namespace hypergan::server
