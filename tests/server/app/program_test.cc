#include "server/app/program.h"

#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "hypergan/v1/ensemble.grpc.pb.h"
#include "tests/server/app/http_get.h"
#include "tests/server/app/raw_connection.h"
#include "tests/support/child_process.h"
#include "tests/support/temp_folder.h"

namespace hypergan::server {
namespace {

namespace fs = std::filesystem;

// All that end a program by default and ask for nothing.
constexpr int kOtherSignals[] = {SIGHUP,  SIGUSR1,   SIGUSR2, SIGPIPE, SIGXFSZ,
                                 SIGALRM, SIGVTALRM, SIGPROF, SIGIO};

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using testing::AnyOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

class ProgramTest : public testing::Test {
 protected:
  fs::path AddModel(const std::string& name, const std::string& text = "good",
                    int version = 1) {
    const fs::path path =
        folder_ / "models" / name / absl::StrCat(version) / "model.pt";
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path;
  }

  void Run(std::vector<std::string> flags) {
    flags.insert(flags.begin(), FAKE_SERVER);
    program_ = std::make_unique<ChildProcess>(flags);
  }

  // Runs on free ports with the models added so far.
  void RunServer(std::vector<std::string> flags = {}) {
    flags.push_back(
        absl::StrCat("--model_repository=", (folder_ / "models").string()));
    flags.push_back("--listen=127.0.0.1:0");
    flags.push_back("--metrics_listen=127.0.0.1:0");
    Run(flags);
    ReadAddresses(program_->ReadLine());
  }

  // "listening on A, metrics on http://B/metrics"
  void ReadAddresses(const std::string& line) {
    ASSERT_THAT(line, MatchesRegex("listening on 127.0.0.1:[1-9][0-9]*, "
                                   "metrics on http://127.0.0.1:[1-9][0-9]*"
                                   "/metrics"));
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    address_ = words[2].substr(0, words[2].size() - 1);
    const std::vector<std::string> parts = absl::StrSplit(words[5], '/');
    metrics_port_ = std::stoi(parts[2].substr(parts[2].find(':') + 1));
    channel_ =
        grpc::CreateChannel(address_, grpc::InsecureChannelCredentials());
  }

  grpc::Status Predict(int rows, const std::string& model = "m") {
    v1::PredictRequest request;
    request.set_model_name(model);
    for (const int size : {rows, 2, 2}) {
      request.mutable_inputs()->add_shape(size);
    }
    request.mutable_inputs()->mutable_values()->Resize(4 * rows, 0);
    grpc::ClientContext context;
    v1::PredictResponse response;
    return v1::EnsembleService::NewStub(channel_)->Predict(&context, request,
                                                           &response);
  }

  v1::ListModelsResponse ListModels() {
    grpc::ClientContext context;
    v1::ListModelsResponse response;
    EXPECT_TRUE(v1::EnsembleService::NewStub(channel_)
                    ->ListModels(&context, {}, &response)
                    .ok());
    return response;
  }

  void WaitForMetric(const std::string& line) const {
    while (HttpGet(metrics_port_, "/metrics").find(line) == std::string::npos) {
      std::this_thread::yield();
    }
  }

  static void WaitFor(const fs::path& path) {
    while (!fs::exists(path)) std::this_thread::yield();
  }

  // Starts a prediction that goes on until there is a model.pt.go, sends
  // SIGTERM and returns once the drain has begun.
  void DrainUnderLoad(const fs::path& slow, grpc::Status* answer) {
    ASSERT_EQ(program_->ReadLine(), "serving 1 model");
    grpc::ClientContext context;
    auto watch =
        Health::NewStub(channel_)->Watch(&context, HealthCheckRequest());
    HealthCheckResponse health;
    ASSERT_TRUE(watch->Read(&health));
    EXPECT_EQ(health.status(), HealthCheckResponse::SERVING);
    client_ = std::thread([this, answer] { *answer = Predict(2); });
    WaitFor(slow.string() + ".running");
    program_->Signal(SIGTERM);
    ASSERT_TRUE(watch->Read(&health));
    EXPECT_EQ(health.status(), HealthCheckResponse::NOT_SERVING);
    context.TryCancel();
    watch->Finish();
  }

  // Runs to the end and expects code 1 and one line of errors with the words.
  void ExpectFails(const std::vector<std::string>& flags, const char* words) {
    Run(flags);
    EXPECT_EQ(program_->Wait(), 1);
    const std::string& err = program_->err();
    EXPECT_THAT(err, HasSubstr(words));
    EXPECT_EQ(std::count(err.begin(), err.end(), '\n'), 1) << err;
    EXPECT_EQ(program_->out(), "");
  }

  std::string Repository() const {
    return absl::StrCat("--model_repository=", (folder_ / "models").string());
  }

  const TempFolder temp_;
  const fs::path folder_ = temp_.path();
  std::unique_ptr<ChildProcess> program_;
  std::string address_;
  int metrics_port_ = 0;
  std::shared_ptr<grpc::Channel> channel_;
  std::thread client_;  // of DrainUnderLoad; to be joined by the test
};

TEST_F(ProgramTest, HelpListsEveryFlag) {
  Run({"--help"});
  EXPECT_EQ(program_->Wait(), 0);
  for (const char* flag : {"--model_repository=",
                           "--listen=127.0.0.1:8001",
                           "--metrics_listen=127.0.0.1:8002",
                           "--device=auto",
                           "--threads=0",
                           "--execution_form=auto",
                           "--generator_precision=float32",
                           "--reflection=true",
                           "--log_requests=false",
                           "--drain_timeout=30s",
                           "--max_networks=10000",
                           "--max_rows=4096",
                           "--max_row_networks=640000",
                           "--max_request_bytes=16777216",
                           "--max_response_bytes=67108864",
                           "--max_request_time=1m",
                           "--max_queued_requests=64",
                           "--max_queued_bytes=134217728",
                           "--max_queued_row_networks=1280000",
                           "--max_client_share=0.75",
                           "--max_piece_row_networks=2048",
                           "--max_piece_networks=128",
                           "--max_piece_bytes=67108864",
                           "--max_batch_row_networks=16384",
                           "--max_batch_delay=0",
                           "--sampling=fresh",
                           "--reservoir_bytes=67108864",
                           "--reservoir_networks=512",
                           "--pool_networks=256",
                           "--pool_refresh=1m",
                           "--weight_cache_bytes=67108864",
                           "--max_concurrent_streams=128",
                           "--max_rpc_threads=64",
                           "--max_transport_bytes=1073741824",
                           "--max_handshake_time=10s",
                           "--log_format=text",
                           "--open_probes=true",
                           "--allow_plaintext_tokens=false",
                           "--listen_mode=0660",
                           "--tls_certificate",
                           "--tls_key",
                           "--tls_client_ca",
                           "--token_file",
                           "--check_config",
                           "--max_models=64",
                           "--max_versions=8",
                           "--flagfile",
                           "--version"}) {
    EXPECT_THAT(program_->out(), HasSubstr(flag));
  }
  EXPECT_THAT(program_->out(), Not(HasSubstr("options.cc")));
  const std::string help = program_->out();
  for (const char* form : {"help", "-h", "--helpfull", "--help=true"}) {
    Run({"--wrong", form});
    if (std::string(form) == "help") Run({form});
    EXPECT_EQ(program_->Wait(), 0) << form;
    EXPECT_EQ(program_->out(), help) << form;
    EXPECT_EQ(program_->err(), "") << form;
  }
  Run({"--help=metrics"});
  EXPECT_EQ(program_->Wait(), 0);
  EXPECT_THAT(program_->out(), HasSubstr("--metrics_listen="));
  EXPECT_THAT(program_->out(), Not(HasSubstr("--threads=")));
}

TEST_F(ProgramTest, TellsItsVersion) {
  Run({"--version"});
  EXPECT_EQ(program_->Wait(), 0);
  EXPECT_THAT(program_->out(),
              MatchesRegex("hypergan-server [0-9]+.[0-9]+.[0-9]+\n"));
}

TEST_F(ProgramTest, SaysInOneLineWhatIsWrongWithItsFlags) {
  AddModel("m");
  ExpectFails({"--no_such_flag=1"}, "no_such_flag");
  ExpectFails({"--threads=many"}, "many");
  ExpectFails({}, "--model_repository");
  ExpectFails({Repository(), "stray"}, "stray");
  const std::vector<std::pair<std::string, const char*>> bad = {
      {"--listen=8001", "--listen: expected host:port"},
      {"--listen=:8001", "--listen: expected host:port"},
      {"--listen=127.0.0.1:65536", "--listen: expected host:port"},
      {"--metrics_listen=127.0.0.1:x", "--metrics_listen: expected host:port"},
      {"--listen=127.0.0.1:99999", "the port is no number of 0 to 65535"},
      {"--listen=::1:8001", "an IPv6 address goes in brackets"},
      {"--flagfile=/dev/zero", "expected a regular file"},
      {"--threads=-1", "--threads: expected 0..4096, got -1"},
      {"--execution_form=fast",
       "--execution_form: expected auto or module or loop or batched, got "
       "'fast'"},
      {"--generator_precision=int8",
       "--generator_precision: expected float32 or bfloat16, got 'int8'"},
      {"--drain_timeout=-1s", "--drain_timeout: expected 0 to 24h, got -1s"},
      {"--max_networks=0", "--max_networks: expected 1 to"},
      {"--max_request_time=0s", "--max_request_time: expected 1ms to 24h"},
      {"--max_queued_bytes=1000", "--max_queued_bytes: expected 32 MiB to"},
      {"--max_client_share=1.01", "--max_client_share: expected 1e-06 to 1"},
      {"--sampling=stale", "--sampling: expected fresh or pool, got 'stale'"},
      {"--reservoir_bytes=-1", "--reservoir_bytes: expected 0.."},
      {"--reservoir_networks=-1", "--reservoir_networks: expected 0.."},
      {"--pool_networks=0", "--pool_networks: expected 1.."},
      {"--pool_refresh=0", "--pool_refresh: expected 1ms or more, or inf"},
      {"--weight_cache_bytes=-1", "--weight_cache_bytes: expected 0.."},
      {"--max_rpc_threads=1", "--max_rpc_threads: expected 4 to"},
  };
  for (const auto& [flag, words] : bad) {
    ExpectFails({Repository(), flag}, words);
  }
}

TEST_F(ProgramTest, SaysThatTheRepositoryIsMissing) {
  ExpectFails({"--model_repository=/no/such/folder"}, "/no/such/folder: No ");
}

TEST_F(ProgramTest, TakesARepositoryOrAPathWithItsName) {
  const std::string path = "--model_path=" + AddModel("m").string();
  ExpectFails({Repository(), path, "--model_name=m"}, "got both");
  ExpectFails({Repository(), "--model_name=m"}, "got both");
  ExpectFails({path}, "--model_name: expected a name with --model_path");
  ExpectFails({"--model_name=m"}, "--model_path: expected a checkpoint or a");
  ExpectFails({path, "--model_name=../m"}, "the model's name: expected 1 to");
  ExpectFails({"--model_path=/no/such/file", "--model_name=m"},
              "/no/such/file: no such file or folder");
}

TEST_F(ProgramTest, ServesOneModelWithoutARepository) {
  const fs::path file = AddModel("elsewhere");
  for (const fs::path& path :
       {file, file.parent_path(), file.parent_path().parent_path()}) {
    Run({"--model_name=mine", "--model_path=" + path.string(),
         "--listen=127.0.0.1:0", "--metrics_listen=127.0.0.1:0"});
    ReadAddresses(program_->ReadLine());
    EXPECT_EQ(program_->ReadLine(), "serving 1 model");
    const grpc::Status status = Predict(1, "mine");
    EXPECT_TRUE(status.ok()) << path << " " << status.error_message();
  }
}

TEST_F(ProgramTest, SaysThatTheDeviceIsMissing) {
  AddModel("m");
  ExpectFails({Repository(), "--device=cuda"}, "no driver was found");
}

TEST_F(ProgramTest, SaysThatAPortIsInUse) {
  AddModel("m");
  RunServer();
  const auto first = std::move(program_);
  ExpectFails({Repository(), "--metrics_listen=", "--listen=" + address_},
              "the port is in use");
  ExpectFails({Repository(), "--metrics_listen=", "--listen=192.0.2.1:0"},
              "cannot listen on 192.0.2.1:0: not an address of this machine");
  ExpectFails({Repository(), "--listen=127.0.0.1:0",
               absl::StrCat("--metrics_listen=127.0.0.1:", metrics_port_)},
              "the port is in use");
}

TEST_F(ProgramTest, DoesNotStartWithNothingToServe) {
  AddModel("m", "broken");
  RunServer();
  EXPECT_EQ(program_->Wait(), 1);
  EXPECT_THAT(program_->err(), HasSubstr("hypergan-server: no model could be "
                                         "loaded: model m version 1: "));
  EXPECT_THAT(program_->err(), EndsWith("model.pt: not a checkpoint\n"));
}

TEST_F(ProgramTest, ServesPredictsAndStopsOnEitherSignal) {
  AddModel("m");
  AddModel("m", "good", 12);
  AddModel("n", "broken");
  for (const int signal : {SIGTERM, SIGINT}) {
    RunServer({"--allow_partial_start"});
    EXPECT_EQ(program_->ReadLine(), "serving 2 models");
    const grpc::Status status = Predict(1);
    EXPECT_TRUE(status.ok()) << status.error_message();
    program_->Signal(signal);
    EXPECT_EQ(program_->Wait(), 0) << program_->err();
    EXPECT_THAT(program_->err(), HasSubstr("could not load model n version 1"));
    EXPECT_THAT(program_->err(), EndsWith("Z stopped\n"));
  }
}

TEST_F(ProgramTest, AModelThatFailsEndsTheStartUnlessThatIsAllowed) {
  AddModel("m");
  AddModel("n", "broken");
  RunServer();
  EXPECT_EQ(program_->Wait(), 1);
  EXPECT_THAT(program_->err(),
              HasSubstr("hypergan-server: not every model could be loaded; "
                        "--allow_partial_start serves the others: model n "
                        "version 1: "));
}

TEST_F(ProgramTest, ACheckpointThatEndsAProcessEndsAChildAlone) {
  AddModel("m");
  AddModel("crashes", "crashes");
  AddModel("spins", "spins");
  RunServer({"--allow_partial_start", "--max_check_time=1s"});
  EXPECT_EQ(program_->ReadLine(), "serving 1 model");
  EXPECT_TRUE(Predict(1).ok());
  program_->Signal(SIGTERM);
  EXPECT_EQ(program_->Wait(), 0);
  EXPECT_THAT(program_->err(),
              HasSubstr("crashes/1/model.pt: opening it ends the process that "
                        "does, by SIGSEGV"));
  EXPECT_THAT(program_->err(),
              HasSubstr("spins/1/model.pt: opening it took more than "
                        "--max_check_time, 1s"));
}

TEST_F(ProgramTest, AChildThatHangsIsGivenUpAtASignal) {
  AddModel("m", "spins");
  RunServer();
  program_->Signal(SIGTERM);
  EXPECT_EQ(program_->Wait(), 0);
  EXPECT_THAT(program_->err(), Not(HasSubstr("not ended within")));
}

TEST_F(ProgramTest, TheChildsCommandIsNoPersonsCommand) {
  Run({"check-checkpoint", "model.pt", "1", "1"});
  EXPECT_EQ(program_->Wait(), 1);
  EXPECT_THAT(program_->err(), HasSubstr("is the server's own"));
}

TEST_F(ProgramTest, FindsNewVersionsByItself) {
  AddModel("m");
  RunServer({"--model_control=poll", "--poll_interval=100ms"});
  ASSERT_EQ(program_->ReadLine(), "serving 1 model");
  AddModel("m", "crashes", 2);
  WaitForMetric("hypergan_load_failures_total 1");
  EXPECT_TRUE(Predict(1).ok());
  const v1::ListModelsResponse list = ListModels();
  EXPECT_EQ(list.models_size(), 1);
  ASSERT_EQ(list.failures_size(), 1);
  EXPECT_EQ(list.failures(0).name(), "m");
  EXPECT_EQ(list.failures(0).version(), "2");
  EXPECT_EQ(list.failures(0).reason(),
            "model.pt: opening it ends the process that does, by SIGSEGV");
  // Overwritten in place.
  AddModel("m", "good", 2);
  WaitForMetric(
      "hypergan_model_state{model=\"m\",state=\"serving\",version=\"2\"} 1");
  fs::remove_all(folder_ / "models" / "m" / "1");
  while (HttpGet(metrics_port_, "/metrics").find("version=\"1\"") !=
         std::string::npos) {
    std::this_thread::yield();
  }
  EXPECT_TRUE(Predict(1).ok());
}

TEST_F(ProgramTest, LooksAtOnceAtSighup) {
  AddModel("m");
  RunServer({"--model_versions=greatest"});
  ASSERT_EQ(program_->ReadLine(), "serving 1 model");
  AddModel("m", "good", 2);
  program_->Signal(SIGHUP);
  WaitForMetric(
      "hypergan_model_state{model=\"m\",state=\"serving\",version=\"2\"} 1");
  program_->Signal(SIGTERM);
  EXPECT_EQ(program_->Wait(), 0);
  EXPECT_THAT(program_->err(), HasSubstr("loaded model m version 2"));
}

TEST_F(ProgramTest, ComparesTheDigestBesideAModel) {
  const fs::path path = AddModel("m");
  std::ofstream(path.string() + ".sha256")
      << std::string(64, '0') << "  model.pt\n";
  RunServer();
  EXPECT_EQ(program_->Wait(), 1);
  EXPECT_THAT(program_->err(), HasSubstr("expected the digest of "));
}

TEST_F(ProgramTest, RefusesCodeWhereItIsNotAllowed) {
  AddModel("m");
  RunServer({"--allow_torchscript=false"});
  EXPECT_EQ(program_->Wait(), 1);
  EXPECT_THAT(program_->err(), HasSubstr("for --allow_torchscript=false, got a "
                                         "TorchScript archive"));
  const fs::path folder = folder_ / "models" / "m" / "1";
  fs::copy_file(folder / "model.pt", folder / "model.safetensors");
  RunServer({"--allow_torchscript=false"});
  EXPECT_EQ(program_->ReadLine(), "serving 1 model");
}

TEST_F(ProgramTest, ShowsItsMetricsOverHttp) {
  AddModel("m");
  RunServer();
  ASSERT_EQ(program_->ReadLine(), "serving 1 model");
  ASSERT_TRUE(Predict(3).ok());
  const std::string text = HttpGet(metrics_port_, "/metrics");
  EXPECT_THAT(text, StartsWith("HTTP/1.1 200 OK"));
  EXPECT_THAT(text, HasSubstr("text/plain"));
  EXPECT_THAT(text, HasSubstr("# TYPE hypergan_requests_total counter"));
  EXPECT_THAT(text, HasSubstr("hypergan_requests_total{code=\"OK\",model=\"m\","
                              "version=\"1\"} 1"));
  EXPECT_THAT(text, HasSubstr("# TYPE hypergan_ood_score_ratio histogram"));
  EXPECT_THAT(text, HasSubstr("hypergan_rows_total{model=\"m\",version=\"1\"}"
                              " 3"));
  EXPECT_THAT(text, HasSubstr("hypergan_server_ready 1"));
}

TEST_F(ProgramTest, TellsProbesWhetherItIsReady) {
  const fs::path model = AddModel("m", "slow");
  RunServer();
  ASSERT_EQ(program_->ReadLine(), "serving 1 model");
  EXPECT_THAT(HttpGet(metrics_port_, "/healthz"), HasSubstr(" 200 OK"));
  EXPECT_THAT(HttpGet(metrics_port_, "/readyz"), HasSubstr(" 200 OK"));
  client_ = std::thread([this] { Predict(2); });
  WaitFor(model.string() + ".running");
  program_->Signal(SIGTERM);
  while (HttpGet(metrics_port_, "/readyz").find(" 503 ") == std::string::npos) {
    std::this_thread::yield();
  }
  EXPECT_THAT(HttpGet(metrics_port_, "/healthz"), HasSubstr(" 200 OK"));
  std::ofstream(model.string() + ".go") << "1";
  client_.join();
  EXPECT_EQ(program_->Wait(), 0);
}

TEST_F(ProgramTest, ShowsItsMetricsWithHundredsOfConnectionsBeside) {
  AddModel("m");
  RunServer();
  ASSERT_EQ(program_->ReadLine(), "serving 1 model");
  std::deque<RawConnection> others;
  for (int i = 0; i < 600; ++i) others.emplace_back(metrics_port_).Send("G");
  EXPECT_THAT(HttpGet(metrics_port_, "/metrics"), StartsWith("HTTP/1.1 200"));
}

TEST_F(ProgramTest, ListensOnEveryAddressOfEitherKind) {
  AddModel("m");
  Run({Repository(), "--listen=*:0", "--metrics_listen=*:0"});
  EXPECT_THAT(program_->ReadLine(),
              MatchesRegex("listening on [*]:[1-9][0-9]*, "
                           "metrics on http://[*]:[1-9][0-9]*/metrics"));
  EXPECT_EQ(program_->ReadLine(), "serving 1 model");
}

TEST_F(ProgramTest, ServesWithoutMetricsWhenAskedTo) {
  AddModel("m");
  Run({Repository(), "--listen=127.0.0.1:0", "--metrics_listen="});
  EXPECT_THAT(program_->ReadLine(), MatchesRegex("listening on [0-9.:]+"));
}

TEST_F(ProgramTest, ReadsFlagsFromAFile) {
  AddModel("m");
  const std::string path = (folder_ / "flags").string();
  std::ofstream(path) << "--max_rows=2\n" << Repository() << "\n";
  Run({"--flagfile=" + path, "--listen=127.0.0.1:0",
       "--metrics_listen=127.0.0.1:0"});
  ReadAddresses(program_->ReadLine());
  ASSERT_EQ(program_->ReadLine(), "serving 1 model");
  EXPECT_TRUE(Predict(2).ok());
  EXPECT_EQ(Predict(3).error_code(), grpc::RESOURCE_EXHAUSTED);
}

TEST_F(ProgramTest, MayHaveAsManyConnectionsAsTheSystemAllows) {
  AddModel("m");
  rlimit files = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &files), 0);
  const rlimit few = {.rlim_cur = 256, .rlim_max = files.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
  RunServer();
  EXPECT_EQ(program_->FileLimit(), static_cast<int64_t>(files.rlim_max));
}

TEST_F(ProgramTest, DoesNotUnpackACompressedBomb) {
  AddModel("m");
  RunServer();
  ASSERT_EQ(program_->ReadLine(), "serving 1 model");
  ASSERT_TRUE(Predict(1).ok());
  const int64_t before = program_->PeakBytes();
  ASSERT_GT(before, 0);
  // 128 MiB of zeros are some 128 KiB on the wire.
  constexpr int64_t kBombBytes = int64_t{128} << 20;
  v1::PredictRequest bomb;
  bomb.mutable_inputs()->set_raw(std::string(kBombBytes, '\0'));
  grpc::ClientContext context;
  context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  v1::PredictResponse response;
  const grpc::Status status = v1::EnsembleService::NewStub(channel_)->Predict(
      &context, bomb, &response);
  EXPECT_EQ(status.error_code(), grpc::UNIMPLEMENTED);
  EXPECT_TRUE(Predict(1).ok());
  // The first call and the sanitizers take memory as well.
  EXPECT_LT(program_->PeakBytes() - before, kBombBytes * 3 / 4);
}

TEST_F(ProgramTest, FinishesWhatRunsBeforeItStops) {
  const fs::path slow = AddModel("m", "slow");
  RunServer();
  grpc::Status running;
  DrainUnderLoad(slow, &running);
  std::ofstream(slow.string() + ".go") << "1";
  client_.join();
  EXPECT_TRUE(running.ok()) << running.error_message();
  EXPECT_EQ(program_->Wait(), 0);
}

TEST_F(ProgramTest, CancelsWhatOutlivesTheDrainTimeout) {
  const fs::path slow = AddModel("m", "slow");
  RunServer({"--drain_timeout=0s"});
  grpc::Status running;
  DrainUnderLoad(slow, &running);
  client_.join();
  EXPECT_EQ(running.error_code(), grpc::UNAVAILABLE);
  EXPECT_EQ(program_->Wait(), 0);
}

TEST_F(ProgramTest, EndsWhenItsDeviceIsLost) {
  AddModel("m", "lost");
  RunServer();
  ASSERT_EQ(program_->ReadLine(), "serving 1 model");
  EXPECT_TRUE(Predict(1).ok());
  EXPECT_EQ(Predict(2).error_code(), grpc::INTERNAL);
  EXPECT_EQ(program_->Wait(), 1);
  EXPECT_THAT(program_->err(), HasSubstr("the device is lost, start again: "
                                         "device: an illegal access"));
}

TEST_F(ProgramTest, ASecondSignalEndsItAtOnce) {
  const fs::path slow = AddModel("m", "slow");
  RunServer();
  grpc::Status running;
  DrainUnderLoad(slow, &running);
  program_->Signal(SIGTERM);
  client_.join();
  EXPECT_FALSE(running.ok());
  EXPECT_EQ(program_->Wait(), 128 + SIGTERM);
}

TEST_F(ProgramTest, ASignalEndsItWhileAModelLoads) {
  const fs::path model = AddModel("m", "hangs");
  for (const int signal : {SIGTERM, SIGINT, SIGQUIT}) {
    fs::remove(model.string() + ".running");
    RunServer({"--check_in_child=false"});
    WaitFor(model.string() + ".running");
    program_->Signal(signal);
    EXPECT_EQ(program_->Wait(), 0);
    EXPECT_THAT(program_->err(), HasSubstr("not ended within 2s"));
  }
}

TEST_F(ProgramTest, ASecondSignalEndsItAtOnceWhileAModelLoads) {
  const fs::path model = AddModel("m", "hangs");
  RunServer({"--check_in_child=false"});
  WaitFor(model.string() + ".running");
  program_->Signal(SIGTERM);
  program_->Signal(SIGINT);
  // Of two that wait the lesser number is taken first.
  EXPECT_THAT(program_->Wait(), AnyOf(128 + SIGTERM, 128 + SIGINT));
}

TEST_F(ProgramTest, AnswersUnavailableAndGoesOnAfterOtherSignalsWhileItLoads) {
  const fs::path model = AddModel("m", "hangs");
  RunServer({"--check_in_child=false"});
  WaitFor(model.string() + ".running");
  for (const int signal : kOtherSignals) program_->Signal(signal);
  EXPECT_EQ(Predict(1).error_code(), grpc::UNAVAILABLE);
}

TEST_F(ProgramTest, OtherSignalsLoseNoRequest) {
  const fs::path slow = AddModel("m", "slow");
  RunServer();
  ASSERT_EQ(program_->ReadLine(), "serving 1 model");
  grpc::Status running;
  client_ = std::thread([this, &running] { running = Predict(2); });
  WaitFor(slow.string() + ".running");
  for (const int signal : kOtherSignals) program_->Signal(signal);
  std::ofstream(slow.string() + ".go") << "1";
  client_.join();
  EXPECT_TRUE(running.ok()) << running.error_message();
  EXPECT_TRUE(Predict(1).ok());
  program_->Signal(SIGQUIT);
  EXPECT_EQ(program_->Wait(), 0);
  EXPECT_THAT(program_->err(), HasSubstr("Z SIGUSR1: nothing to "));
}

TEST_F(ProgramTest, OtherSignalsLoseNoRequestWhileItDrains) {
  const fs::path slow = AddModel("m", "slow");
  RunServer();
  grpc::Status running;
  DrainUnderLoad(slow, &running);
  for (const int signal : kOtherSignals) program_->Signal(signal);
  std::ofstream(slow.string() + ".go") << "1";
  client_.join();
  EXPECT_TRUE(running.ok()) << running.error_message();
  EXPECT_EQ(program_->Wait(), 0);
}

TEST_F(ProgramTest, EndsThoughWorkNeverComesToAnEnd) {
  const fs::path stuck = AddModel("m", "stuck");
  RunServer({"--drain_timeout=0s"});
  grpc::Status running;
  DrainUnderLoad(stuck, &running);
  client_.join();
  EXPECT_FALSE(running.ok());
  EXPECT_EQ(program_->Wait(), 1);
  EXPECT_THAT(program_->err(), HasSubstr("not ended within 15s"));
}

// Asks the server, over reflection, for its services; the answer's bytes.
std::string ListServices(const std::shared_ptr<grpc::Channel>& channel,
                         grpc::Status* status) {
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  const auto wait = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    return ok;
  };
  auto call = grpc::GenericStub(channel).PrepareCall(
      &context,
      "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
  call->StartCall(nullptr);
  wait();
  // ServerReflectionRequest.list_services = ""
  const grpc::Slice slice(std::string("\x3a\x00", 2));
  call->WriteLast(grpc::ByteBuffer(&slice, 1), {}, nullptr);
  wait();
  grpc::ByteBuffer answer;
  call->Read(&answer, nullptr);
  const bool got = wait();
  call->Finish(status, nullptr);
  wait();
  grpc::Slice bytes;
  if (!got || !answer.DumpToSingleSlice(&bytes).ok()) return "";
  return {reinterpret_cast<const char*>(bytes.begin()), bytes.size()};
}

TEST_F(ProgramTest, TellsItsServicesByReflectionUnlessToldNotTo) {
  AddModel("m");
  RunServer();
  grpc::Status status;
  const std::string services = ListServices(channel_, &status);
  EXPECT_THAT(services, HasSubstr("hypergan.v1.EnsembleService"));
  EXPECT_THAT(services, HasSubstr("inference.GRPCInferenceService"));
  EXPECT_THAT(services, HasSubstr("grpc.health.v1.Health"));

  RunServer({"--noreflection"});
  EXPECT_EQ(ListServices(channel_, &status), "");
  EXPECT_EQ(status.error_code(), grpc::UNIMPLEMENTED);
}

}  // namespace
}  // namespace hypergan::server
