// hypergan-client as its users start it, against a server in this process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/client/fake_server.h"
#include "tests/data/idx_bytes.h"
#include "tests/data/image_files.h"
#include "tests/support/temp_folder.h"

namespace hypergan::client {
namespace {

using ::grpc::health::v1::HealthCheckResponse;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

struct Outcome {
  int code;
  std::string out;
  std::string err;
};

class ProgramTest : public testing::Test {
 protected:
  ProgramTest() {
    server_.on_get_model = [this](const v1::GetModelRequest& request,
                                  v1::Model* model) {
      if (request.model_name() != "digits") {
        return grpc::Status(grpc::StatusCode::NOT_FOUND, "no such model");
      }
      *model = model_;
      return grpc::Status::OK;
    };
    server_.on_list_models = [this](v1::ListModelsResponse* response) {
      *response->add_models() = model_;
      return grpc::Status::OK;
    };
    server_.on_predict = [this](const v1::PredictRequest& request,
                                v1::PredictResponse* response) {
      return AnswerDigits(model_, request, response);
    };
    server_.on_check = [this](const std::string&,
                              HealthCheckResponse* response) {
      response->set_status(health_);
      return grpc::Status::OK;
    };
    images_ = folder_.Write(
        "images",
        data::IdxImages(2, 2, 2, std::string("\xff\0\0\0\0\0\0\0", 8)));
    labels_ = folder_.Write("labels", data::IdxLabels(2, "\x01\x01"));
  }

  Outcome Start(const std::string& arguments) {
    server_.Settle();
    const std::string err = folder_.Path("stderr");
    FILE* pipe =
        popen(absl::StrCat(HYPERGAN_CLIENT, " --server=", server_.address(),
                           " ", arguments, " 2>", err)
                  .c_str(),
              "r");
    std::string out;
    std::array<char, 4096> buffer;
    while (size_t count = fread(buffer.data(), 1, buffer.size(), pipe)) {
      out.append(buffer.data(), count);
    }
    const int status = pclose(pipe);
    server_.Settle();
    std::ifstream errors(err);
    return {WEXITSTATUS(status), out,
            std::string(std::istreambuf_iterator<char>(errors), {})};
  }

  // The line on stderr, all of it, of a run that must fail and print nothing.
  std::string Failure(const std::string& arguments) {
    const Outcome run = Start(arguments);
    EXPECT_EQ(run.code, 1) << arguments;
    EXPECT_THAT(run.out, IsEmpty()) << arguments;
    EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
    return run.err;
  }

  const v1::Model model_ = DigitsModel(2);
  HealthCheckResponse::ServingStatus health_ = HealthCheckResponse::SERVING;
  const TempFolder folder_;
  std::string images_, labels_;
  FakeServer server_;
};

TEST_F(ProgramTest, PredictsWithTruthAndAccuracy) {
  const Outcome run =
      Start("predict --inputs=" + images_ + " --labels=" + labels_);
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.err, IsEmpty());
  EXPECT_THAT(run.out,
              StartsWith("digits version 3, 2 networks from seed 77\n"));
  EXPECT_THAT(run.out, HasSubstr("row 0: digit 1, right"));
  EXPECT_THAT(run.out, HasSubstr("row 1: digit 0, wrong: digit 1"));
  EXPECT_THAT(run.out, HasSubstr("2 rows, accuracy 50.0 %"));
}

TEST_F(ProgramTest, DecodesPicturesAsTheModelTakesThemAndTellsTheirFaults) {
  std::string colour = data::EncodeJpeg(std::vector<uint8_t>(12, 255), 3, 2, 2);
  colour.insert(colour.size() - 2, 18, 'x');
  folder_.Write("pictures/1.jpg", colour);
  folder_.Write("pictures/2.png", data::PlainPng(0, 1, 2));
  const Outcome run = Start("predict --inputs=" + folder_.Path("pictures"));
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.err, StartsWith("note: 1 of 2 images have faults"));
  EXPECT_THAT(run.err, HasSubstr("/pictures/1.jpg: Corrupt JPEG data: "));
  EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
}

TEST_F(ProgramTest, PredictsTheRowsAndNetworksAskedFor) {
  const Outcome run = Start(
      "predict --json --first=1 --rows=5 --networks=3 "
      "--seed=18446744073709551615 --network_outputs "
      "--inputs=" +
      images_);
  ASSERT_EQ(run.code, 0) << run.err;
  const auto json = nlohmann::json::parse(run.out);
  EXPECT_EQ(json["seed"], "18446744073709551615");
  EXPECT_EQ(json["num_networks"], 3);
  ASSERT_EQ(json["rows"].size(), 1);
  EXPECT_EQ(json["rows"][0]["row"], 1);
  EXPECT_EQ(json["rows"][0]["network_outputs"].size(), 3);
}

TEST_F(ProgramTest, ComparesTwoSets) {
  const std::string sets = "--inputs=" + images_ + " --outside=" + images_;
  const Outcome run = Start("compare --json " + sets);
  ASSERT_EQ(run.code, 0) << run.err;
  const auto json = nlohmann::json::parse(run.out);
  EXPECT_EQ(json["scores"]["predictive_entropy"]["auroc"], 0.5);
  EXPECT_THAT(Start("compare " + sets).out, HasSubstr("AUROC"));
}

TEST_F(ProgramTest, ComparesNothingThatIsNotOfTheSameNetworks) {
  const std::string sets = "--inputs=" + images_ + " --outside=" + images_;
  for (const char* flag : {" --target_standard_error=0.1", " --max_networks=9",
                           " --allow_partial", " --stream"}) {
    const Outcome run = Start("compare " + sets + flag);
    EXPECT_NE(run.code, 0) << flag;
    EXPECT_THAT(run.err, HasSubstr("same networks")) << flag;
  }
}

TEST_F(ProgramTest, AsksTheSameNetworksAboutBothSets) {
  std::vector<v1::PredictRequest> requests;
  server_.on_predict = [&](const v1::PredictRequest& request,
                           v1::PredictResponse* response) {
    requests.push_back(request);
    return AnswerDigits(model_, request, response);
  };
  ASSERT_EQ(Start("compare --inputs=" + images_ + " --outside=" + images_).code,
            0);
  ASSERT_EQ(requests.size(), 2);
  EXPECT_FALSE(requests[0].has_seed());
  EXPECT_EQ(requests[1].seed(), 77);
}

TEST_F(ProgramTest, MeasuresAServerUnderLoad) {
  std::vector<v1::PredictRequest> requests;
  server_.on_predict = [&](const v1::PredictRequest& request,
                           v1::PredictResponse* response) {
    requests.push_back(request);
    return AnswerDigits(model_, request, response);
  };
  const std::string closed =
      "bench --concurrency=4 --connections=2 --networks=3 --requests=50 "
      "--warm_up=0s --inputs=" +
      images_;
  const Outcome run = Start(closed + " --json --seed=5 --seeds=2");
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.err, IsEmpty());
  const auto json = nlohmann::json::parse(run.out);
  EXPECT_EQ(json["model"], "digits");
  EXPECT_EQ(json["num_networks"], 3);
  EXPECT_EQ(json["requests"]["succeeded"], 50);
  EXPECT_EQ(json["load"]["concurrency"], 4);
  EXPECT_GT(json["latency_seconds"]["p50"], 0);
  EXPECT_GE(json["latency_seconds"]["max"], json["latency_seconds"]["p99"]);
  EXPECT_NEAR(json["server_p50_seconds"]["sampling"], 1e-3, 1e-9);
  ASSERT_EQ(requests.size(), 50);
  // Two images in turn, by two seeds: neither is always the same.
  std::map<uint64_t, int> seeds;
  std::map<std::string, int> inputs;
  for (const v1::PredictRequest& request : requests) {
    ++seeds[request.seed()];
    ++inputs[request.inputs().raw()];
  }
  EXPECT_EQ(seeds, (std::map<uint64_t, int>{{5, 25}, {6, 25}}));
  EXPECT_EQ(inputs.size(), 2);

  const Outcome text = Start(closed);
  EXPECT_EQ(text.code, 0) << text.err;
  EXPECT_THAT(text.out, HasSubstr("digits version 3: 3 networks x 1 rows"));
  EXPECT_THAT(text.out, HasSubstr("50 requests succeeded, 0 failed"));
}

TEST_F(ProgramTest, MeasuresAServerAtARate) {
  const Outcome run = Start(
      "bench --rate=1000 --requests=40 --warm_up=20ms --json --rows=2 "
      "--inputs=" +
      images_);
  ASSERT_EQ(run.code, 0) << run.err;
  const auto json = nlohmann::json::parse(run.out);
  EXPECT_EQ(json["load"]["mode"], "open");
  EXPECT_EQ(json["requests"]["succeeded"], 40);
  EXPECT_EQ(json["rows"], 2);
}

TEST_F(ProgramTest, HasNoFiguresOfALoadThatFailed) {
  server_.on_predict = [](const v1::PredictRequest&, v1::PredictResponse*) {
    return grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "full");
  };
  const std::string bench = "bench --requests=5 --warm_up=0s --inputs=";
  EXPECT_THAT(Failure(bench + images_),
              HasSubstr("RESOURCE_EXHAUSTED: not one of 5 requests succeeded; "
                        "one said: full"));
  // The first of its Poisson arrivals comes far later.
  EXPECT_THAT(Failure("bench --rate=0.001 --warm_up=0s --duration=1ms "
                      "--inputs=" +
                      images_),
              HasSubstr("--duration: expected longer than a request takes, got "
                        "1ms, in which none began"));
  EXPECT_THAT(Failure(bench + images_ + " --rate=1 --concurrency=1"),
              HasSubstr("expected one of them, got both"));
  EXPECT_THAT(Failure(bench + images_ + " --rows=3"),
              HasSubstr("rows: expected 1 to 2 a request"));
  EXPECT_THAT(Failure(bench + images_ + " --concurrency=-1"),
              HasSubstr("concurrency: expected 1 to 10000, got -1"));
}

TEST_F(ProgramTest, ExplainsARow) {
  const Outcome run =
      Start("explain --row=1 --networks=3 --seed=5 --labels=" + labels_ +
            " --inputs=" + images_);
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out,
              StartsWith("digits version 3, 3 networks from seed 5\n"));
  EXPECT_THAT(run.out, HasSubstr("row 1: digit 0 (truth: digit 1)"));
  EXPECT_THAT(run.out, HasSubstr("digit 0  0.900      0.100      3"));
  EXPECT_THAT(run.out, HasSubstr("of the 100 calibration rows"));
  const auto json =
      nlohmann::json::parse(Start("explain --json --inputs=" + images_).out);
  EXPECT_EQ(json["rows"][0]["votes"], nlohmann::json({0, 2}));
  EXPECT_THAT(Failure("explain --row=2 --inputs=" + images_),
              HasSubstr("--row: expected rows of 0 to 1"));
  server_.on_predict = [this](const v1::PredictRequest& request,
                              v1::PredictResponse* response) {
    const grpc::Status status = AnswerDigits(model_, request, response);
    response->clear_network_outputs();
    return status;
  };
  EXPECT_THAT(Failure("explain --inputs=" + images_),
              HasSubstr("INTERNAL: malformed answer"));
}

TEST_F(ProgramTest, ShowsTheFlagsOfAVerbAlone) {
  const std::string predict = Start("predict --help").out;
  EXPECT_THAT(predict, StartsWith("Flags of hypergan-client predict:\n"));
  EXPECT_THAT(predict, HasSubstr("--networks="));
  EXPECT_THAT(predict, Not(HasSubstr("--concurrency=")));
  EXPECT_EQ(Start("predict --wrong --help").out, predict);
  const std::string health = Start("health --help").out;
  EXPECT_THAT(health, HasSubstr("--service="));
  EXPECT_THAT(health, HasSubstr("--tls="));
  for (const char* other : {"--networks=", "--inputs=", "--json=", "--seed=",
                            "--model=", "--resize=", "--style="}) {
    EXPECT_THAT(health, Not(HasSubstr(other)));
  }
}

// What bash offers for a line that ends where the cursor is. `words` are split
// as bash splits them.
TEST_F(ProgramTest, CompletesInBash) {
  const std::string script = folder_.Path("completion");
  folder_.Write("data/rows.npy", "x");
  ASSERT_EQ(Start("completion bash >" + script).code, 0);
  const auto offers = [&](const std::string& words) {
    FILE* pipe =
        popen(absl::StrCat("cd ", folder_.path(), " && bash -c 'source ",
                           script, "; COMP_WORDS=(hypergan-client ", words,
                           "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); "
                           "_hypergan_client 2>/dev/null; "
                           "echo \"${COMPREPLY[*]}\"'")
                  .c_str(),
              "r");
    std::array<char, 4096> buffer = {};
    const size_t count = fread(buffer.data(), 1, buffer.size(), pipe);
    pclose(pipe);
    return std::string(buffer.data(), count);
  };
  EXPECT_EQ(offers("pre"), "predict\n");
  EXPECT_THAT(offers("\"\""), HasSubstr("explain"));
  EXPECT_EQ(offers("completion \"\""), "bash\n");
  EXPECT_EQ(offers("predict --netw"), "--network_outputs --networks=\n");
  EXPECT_EQ(offers("health --netw"), "\n");
  EXPECT_EQ(offers("predict --style = un"), "unicode\n");
  EXPECT_EQ(offers("predict --json ="), "true false\n");
  EXPECT_EQ(offers("predict --inputs = data/"), "data/rows.npy\n");
}

TEST_F(ProgramTest, SendsTheTokenOfAFile) {
  const std::string token = folder_.Write("token", "secret\n");
  ASSERT_EQ(
      Start("predict --token_file=" + token + " --inputs=" + images_).code, 0);
  EXPECT_THAT(server_.authorizations(), testing::ElementsAre("Bearer secret"));
  EXPECT_THAT(Failure("health --server=models.test:1 --token_file=" + token),
              HasSubstr("expected TLS to 'models.test:1'"));
}

TEST_F(ProgramTest, ListsModels) {
  EXPECT_THAT(Start("models").out, HasSubstr("digits        3"));
  EXPECT_THAT(Start("models --model=digits").out,
              HasSubstr("target network        tiny"));
  const auto json = nlohmann::json::parse(Start("models --json").out);
  EXPECT_EQ(json["models"][0]["name"], "digits");
  EXPECT_EQ(json["models"][0]["manifest"]["task"], "classification");
}

TEST_F(ProgramTest, ExitsWithZeroOnlyWhenServing) {
  EXPECT_EQ(Start("health").out, "SERVING\n");
  EXPECT_EQ(Start("health").code, 0);
  health_ = HealthCheckResponse::NOT_SERVING;
  const Outcome run = Start("health");
  EXPECT_EQ(run.out, "NOT_SERVING\n");
  EXPECT_EQ(run.code, 1);
}

TEST_F(ProgramTest, SaysWhatIsWrongInOneLine) {
  EXPECT_THAT(Failure(""), HasSubstr("expected one verb"));
  EXPECT_THAT(Failure("sing"), HasSubstr("got 'sing'"));
  EXPECT_THAT(Failure("predict health"), HasSubstr("got 2"));
  EXPECT_THAT(Failure("predict --nope"), HasSubstr("nope"));
  EXPECT_THAT(Failure("predict --seed=x"), HasSubstr("seed"));
  EXPECT_THAT(Failure("predict"), HasSubstr("--inputs: expected a path"));
  EXPECT_THAT(Failure("predict --inputs=/no/file"),
              HasSubstr("NOT_FOUND: cannot read /no/file"));
  EXPECT_THAT(Failure("predict --model=x --inputs=" + images_),
              HasSubstr("NOT_FOUND: no such model"));
  EXPECT_THAT(Failure("predict --first=2 --inputs=" + images_),
              HasSubstr("expected rows of 0 to 1"));
  EXPECT_THAT(Failure("predict --labels=" + images_ + " --inputs=" + images_),
              HasSubstr("not an IDX file of labels"));
  EXPECT_THAT(Failure("predict --style=pink --inputs=" + images_),
              HasSubstr("got 'pink'"));
  EXPECT_THAT(Failure("health --deadline=-1s"), HasSubstr("--deadline"));
  EXPECT_THAT(Failure("health --tls_certificate=" + images_),
              HasSubstr("expected both or neither"));
  EXPECT_THAT(Failure("health --tls_root_certificates=/no/file"),
              HasSubstr("NOT_FOUND: "));
  EXPECT_THAT(Failure("health --server="), HasSubstr("server's address"));
  EXPECT_THAT(Failure("health --server=127.0.0.1:99999"),
              HasSubstr("the port is no number of 0 to 65535"));
  EXPECT_THAT(Failure("health --flagfile=/dev/zero"), HasSubstr("a device"));
  const Outcome full = Start("--help >/dev/full");
  EXPECT_EQ(full.code, 1);
  EXPECT_THAT(full.err, HasSubstr("could not be written"));
}

TEST_F(ProgramTest, DescribesItself) {
  const Outcome help = Start("--help");
  EXPECT_EQ(help.code, 0);
  EXPECT_THAT(help.out, HasSubstr("hypergan-client predict --inputs=PATH"));
  EXPECT_THAT(help.out, HasSubstr("\n  --network_outputs=false\n"));
  EXPECT_EQ(Start("--version").code, 0);
  EXPECT_THAT(Start("--version").out, StartsWith("hypergan-client "));
  for (const char* form : {"help", "-h", "--helpfull", "--help --version"}) {
    EXPECT_EQ(Start(form).out, help.out) << form;
    EXPECT_EQ(Start(form).code, 0) << form;
  }
  EXPECT_THAT(Start("--help=tls").out, HasSubstr("--tls_private_key="));
  EXPECT_THAT(Start("--help=tls").out, Not(HasSubstr("--deadline=")));
}

}  // namespace
}  // namespace hypergan::client
