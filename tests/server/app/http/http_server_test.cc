#include "server/app/http/http_server.h"

#include <atomic>
#include <deque>
#include <future>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/app/raw_connection.h"

namespace hypergan::server {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

constexpr size_t kLargeBytes = size_t{8} << 20;

std::string Request(const std::string& target,
                    const std::string& method = "GET") {
  return absl::StrCat(method, " ", target, " HTTP/1.1\r\nHost: a\r\n\r\n");
}

class HttpServerTest : public testing::Test {
 protected:
  // Nobody waits for these in a test that passes.
  HttpServerTest() {
    limits_.request_time = absl::Seconds(60);
    limits_.answer_time = absl::Seconds(60);
  }
  ~HttpServerTest() override { Open(); }

  void Start(const std::string& address = "127.0.0.1:0") {
    auto server = HttpServer::Start(
        address,
        {{"/text", [] { return HttpAnswer{.body = "some text\n"}; }},
         {"/large",
          [] { return HttpAnswer{.body = std::string(kLargeBytes, 'x')}; }},
         {"/large_at_once",
          [] { return HttpAnswer{.body = std::string(kLargeBytes, 'x')}; },
          true},
         {"/gated",
          [this] {
            ++gated_;
            gate_.get_future().wait();
            gate_ = {};
            return HttpAnswer{.body = "open\n"};
          }},
         {"/quick", [] { return HttpAnswer{.body = "quick\n"}; }, true},
         {"/throws", []() -> HttpAnswer { throw std::bad_alloc(); }}},
        limits_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  // Lets the answer go that waits at /gated, if one does.
  void Open() {
    try {
      gate_.set_value();
    } catch (const std::future_error&) {
    }
  }

  // The whole answer to one request on a connection of its own.
  std::string Ask(const std::string& request) {
    RawConnection connection(server_->port());
    connection.Send(request);
    return connection.ReadAnswer(request.starts_with("HEAD"));
  }

  // Many connections that have sent `text` and say no more.
  void Occupy(int count, const std::string& text) {
    for (int i = 0; i < count; ++i) {
      others_.emplace_back(server_->port());
      others_.back().Send(text);
    }
  }

  HttpLimits limits_;
  std::promise<void> gate_;
  std::atomic<int> gated_ = 0;
  std::unique_ptr<HttpServer> server_;
  std::deque<RawConnection> others_;
};

TEST_F(HttpServerTest, AnswersGet) {
  Start();
  const std::string answer = Ask(Request("/text"));
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Type: text/plain; charset=utf-8\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Length: 10\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\nsome text\n"));
}

TEST_F(HttpServerTest, AnswersHeadAsGetWithoutTheBody) {
  Start();
  RawConnection connection(server_->port());
  connection.Send(Request("/text", "HEAD") + Request("/quick"));
  const std::string answer = connection.ReadAnswer(/*head=*/true);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Length: 10\r\n"));
  EXPECT_THAT(connection.ReadAnswer(), EndsWith("\r\n\r\nquick\n"));
}

TEST_F(HttpServerTest, RefusesOtherMethodsAndNamesThoseThereAre) {
  Start();
  for (const char* method :
       {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "CONNECT", "X"}) {
    const std::string answer = Ask(Request("/text", method));
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 405 ")) << method;
    EXPECT_THAT(answer, HasSubstr("Allow: GET, HEAD\r\n"));
  }
}

TEST_F(HttpServerTest, AnswersThoughABodyIsOnItsWay) {
  Start();
  const std::string body(100'000, 'x');
  for (const char* method : {"POST", "GET"}) {
    RawConnection connection(server_->port());
    connection.Send(absl::StrCat(method, " /text HTTP/1.1\r\nContent-Length: ",
                                 body.size(), "\r\n\r\n", body));
    EXPECT_THAT(connection.ReadAnswer(), StartsWith("HTTP/1.1 "));
    EXPECT_THAT(connection.ReadToEnd(), IsEmpty());
  }
  EXPECT_THAT(Ask("POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n"),
              StartsWith("HTTP/1.1 405 "));
}

TEST_F(HttpServerTest, KnowsItsPathsAlone) {
  Start();
  for (const char* target : {"/", "/texts", "/text/", "/../text", "*", "/TEXT",
                             "/%74ext", "http://a"}) {
    EXPECT_THAT(Ask(Request(target)), StartsWith("HTTP/1.1 404 ")) << target;
  }
  for (const char* target : {"/text?name=value", "http://a:1/text", "/text?"}) {
    EXPECT_THAT(Ask(Request(target)), StartsWith("HTTP/1.1 200 ")) << target;
  }
}

TEST_F(HttpServerTest, RefusesWhatIsNotHttp) {
  Start();
  for (const std::string& text :
       {std::string("nonsense\r\n\r\n"), std::string("GET /text\r\n\r\n"),
        std::string("GET /text HTTP/9.9\r\n\r\n"),
        std::string("GET /text HTTP/1.1\r\nno colon\r\n\r\n"),
        std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) +
            std::string(600, '\0')}) {
    EXPECT_THAT(Ask(text), StartsWith("HTTP/1.1 400 ")) << text;
  }
}

TEST_F(HttpServerTest, RefusesLongHeaders) {
  Start();
  const std::string one = "A: " + std::string(100, 'a') + "\r\n";
  std::string many;
  for (int i = 0; i < 1000; ++i) many += one;
  EXPECT_THAT(Ask("GET /text HTTP/1.1\r\n" + many + "\r\n"),
              StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(Ask(Request("/" + std::string(100'000, 'a'))),
              StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(Ask(Request("/text")), StartsWith("HTTP/1.1 200 "));
}

TEST_F(HttpServerTest, AnswersRequestsOneAfterTheOther) {
  Start();
  RawConnection connection(server_->port());
  connection.Send(Request("/text") + Request("/nowhere") + Request("/quick"));
  EXPECT_THAT(connection.ReadAnswer(), EndsWith("some text\n"));
  EXPECT_THAT(connection.ReadAnswer(), HasSubstr(" 404 "));
  EXPECT_THAT(connection.ReadAnswer(), EndsWith("quick\n"));
  connection.Send("GET /text HTTP/1.0\r\n\r\n");
  EXPECT_THAT(connection.ReadToEnd(), EndsWith("some text\n"));
}

TEST_F(HttpServerTest, ClosesAfterAnAnswerWhenAsked) {
  Start();
  RawConnection connection(server_->port());
  connection.Send("GET /text HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(connection.ReadToEnd(), HasSubstr("Connection: close\r\n"));
}

TEST_F(HttpServerTest, AnswersWithIdleAndHalfSentRequestsBeside) {
  limits_.connections = 64;
  Start();
  Occupy(300, "");
  EXPECT_THAT(Ask(Request("/text")), EndsWith("some text\n"));
  Occupy(300, "GET /text HT");
  EXPECT_THAT(Ask(Request("/text")), EndsWith("some text\n"));
  // The oldest have gone, the newest have not.
  EXPECT_TRUE(others_.front().IsClosedWithin(10'000));
  EXPECT_FALSE(others_.back().IsClosedWithin(0));
}

TEST_F(HttpServerTest, ClosesWhoNeverFinishesARequestHoweverBusy) {
  limits_.request_time = absl::Milliseconds(200);
  Start();
  RawConnection idle(server_->port());
  RawConnection slow(server_->port());
  slow.Send("GET /text HTTP/1.1\r\n");
  int sent = 0;
  while (!slow.IsClosedWithin(20)) {
    slow.Send(sent++ % 8 == 0 ? "A: " : (sent % 8 == 0 ? "\r\n" : "b"));
    ASSERT_LT(sent, 1000) << "it may go on for ever";
  }
  EXPECT_TRUE(idle.IsClosedWithin(10'000));
}

TEST_F(HttpServerTest, AnswersWhileOthersDoNotReadTheirs) {
  limits_.connections = 64;
  limits_.answer_bytes = size_t{1} << 40;
  Start();
  for (int i = 0; i < 100; ++i) {
    others_.emplace_back(server_->port(), false, 4096);
    others_.back().Send(Request("/large"));
  }
  EXPECT_THAT(Ask(Request("/text")), EndsWith("some text\n"));
}

// Those whose answers are begun later are not newer than one who came after
// them and still waits.
TEST_F(HttpServerTest, ClosesWhoCameFirstWhoeverIsAnsweredFirst) {
  limits_.connections = 64;  // half of them at most are answered at a time
  limits_.answer_bytes = size_t{1} << 40;
  Start();
  Occupy(1, Request("/gated"));
  while (gated_ == 0) std::this_thread::yield();
  for (int i = 0; i < 20; ++i) {
    others_.emplace_back(server_->port(), false, 4096);
    others_.back().Send(Request("/large"));
  }
  Occupy(1, Request("/gated"));
  ASSERT_THAT(Ask(Request("/quick")), EndsWith("quick\n"));  // all are read
  Open();
  while (gated_ == 1) std::this_thread::yield();
  RawConnection last(server_->port());
  last.Send(Request("/gated"));
  ASSERT_THAT(Ask(Request("/quick")), EndsWith("quick\n"));
  Open();
  while (gated_ == 2) std::this_thread::yield();  // the large ones are begun
  Occupy(15, Request("/text"));
  ASSERT_THAT(Ask(Request("/quick")), EndsWith("quick\n"));
  Open();
  EXPECT_THAT(last.ReadAnswer(), EndsWith("open\n"));
}

TEST_F(HttpServerTest, ClosesWhoDoesNotReadItsAnswerInTime) {
  limits_.answer_time = absl::Milliseconds(100);
  Start();
  RawConnection slow(server_->port(), false, 4096);
  slow.Send(Request("/large"));
  // Once the other is answered, the slow one's time runs.
  EXPECT_THAT(Ask(Request("/text")), EndsWith("some text\n"));
  RawConnection probe(server_->port());
  probe.Send(Request("/gated"));
  while (gated_ == 0) std::this_thread::yield();
  EXPECT_FALSE(probe.IsClosedWithin(1000));  // its answer is not begun
  Open();
  EXPECT_THAT(probe.ReadAnswer(), EndsWith("open\n"));
  EXPECT_LT(slow.ReadToEnd().size(), kLargeBytes);
}

TEST_F(HttpServerTest, BoundsTheBytesOfAnswersThatNobodyReads) {
  limits_.answer_bytes = 2 * kLargeBytes + kLargeBytes / 2;
  Start();
  for (int i = 0; i < 6; ++i) {
    others_.emplace_back(server_->port(), false, 4096);
    others_.back().Send(Request("/large"));
    ASSERT_THAT(Ask(Request("/text")), EndsWith("some text\n"));
  }
  EXPECT_LT(others_.front().ReadToEnd().size(), kLargeBytes);
  EXPECT_GT(others_.back().ReadAnswer().size(), kLargeBytes);
}

TEST_F(HttpServerTest, LetsThoseWaitWhoHoldNoBytes) {
  limits_.answer_bytes = 2 * kLargeBytes + kLargeBytes / 2;
  Start();
  RawConnection waiting(server_->port());
  waiting.Send(Request("/gated"));
  while (gated_ == 0) std::this_thread::yield();
  for (int i = 0; i < 6; ++i) {
    others_.emplace_back(server_->port(), false, 4096);
    others_.back().Send(Request("/large_at_once"));
  }
  ASSERT_THAT(Ask(Request("/quick")), EndsWith("quick\n"));
  EXPECT_LT(others_.front().ReadToEnd().size(), kLargeBytes);
  Open();
  EXPECT_THAT(waiting.ReadAnswer(), EndsWith("open\n"));
}

TEST_F(HttpServerTest, AnswersProbesWhileAScrapeIsMade) {
  Start();
  Occupy(1, Request("/gated"));
  while (gated_ == 0) std::this_thread::yield();
  EXPECT_THAT(Ask(Request("/quick")), EndsWith("quick\n"));
  EXPECT_THAT(Ask(Request("/nowhere")), HasSubstr(" 404 "));
  Open();
  EXPECT_THAT(others_.front().ReadAnswer(), EndsWith("open\n"));
}

TEST_F(HttpServerTest, MakesOneAnswerForAllWhoWaitForIt) {
  Start();
  Occupy(1, Request("/gated"));
  while (gated_ == 0) std::this_thread::yield();
  Occupy(50, Request("/gated"));
  // Has been read after those.
  EXPECT_THAT(Ask(Request("/quick")), EndsWith("quick\n"));
  Open();
  EXPECT_THAT(others_.front().ReadAnswer(), EndsWith("open\n"));
  while (gated_ == 1) std::this_thread::yield();
  Open();
  for (size_t i = 1; i < others_.size(); ++i) {
    EXPECT_THAT(others_[i].ReadAnswer(), EndsWith("open\n"));
  }
  EXPECT_EQ(gated_, 2);
}

TEST_F(HttpServerTest, SurvivesAnAnswerThatCannotBeMade) {
  Start();
  EXPECT_THAT(Ask(Request("/throws")), StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(Ask(Request("/text")), EndsWith("some text\n"));
}

TEST_F(HttpServerTest, StopsWithConnectionsInEveryState) {
  Start();
  Occupy(10, "");
  Occupy(10, "GET /te");
  Occupy(10, Request("/large"));
  Occupy(1, Request("/gated"));
  while (gated_ == 0) std::this_thread::yield();
  Occupy(10, Request("/text"));
  Open();
  server_.reset();
  EXPECT_TRUE(others_.front().IsClosedWithin(10'000));
}

TEST_F(HttpServerTest, ListensOnEveryKindOfAddress) {
  const bool has_ipv6 = HttpServer::Start("[::1]:0", {}).ok();
  struct Case {
    const char* address;
    bool ipv4;
    bool ipv6;
  };
  for (const auto& [address, ipv4, ipv6] :
       std::vector<Case>{{"127.0.0.1:0", true, false},
                         {"0.0.0.0:0", true, false},
                         {"[::1]:0", false, true},
                         {"[::]:0", true, true},
                         {"*:0", true, true}}) {
    if (!ipv4 && !has_ipv6) continue;
    Start(address);
    EXPECT_EQ(RawConnection(server_->port()).connected(), ipv4) << address;
    EXPECT_EQ(RawConnection(server_->port(), true).connected(),
              ipv6 && has_ipv6)
        << address;
  }
  Start("localhost:0");
  EXPECT_TRUE(RawConnection(server_->port()).connected());
}

TEST_F(HttpServerTest, SaysWhyItCannotListen) {
  const auto problem = [](const std::string& address) {
    return std::string(HttpServer::Start(address, {}).status().message());
  };
  Start();
  const int port = server_->port();
  for (const char* host : {"127.0.0.1:", "0.0.0.0:", "[::]:", "*:"}) {
    EXPECT_THAT(problem(absl::StrCat(host, port)), EndsWith("port is in use"));
  }
  EXPECT_THAT(problem("192.0.2.1:0"),
              EndsWith("not an address of this machine"));
  EXPECT_THAT(problem("[2001:db8::1]:0"),
              EndsWith("not an address of this machine"));
  for (const char* address :
       {"", ":1", "a", "a:", "a:b", "a:-1", "a:65536", "a:1 ", "::1:80", "[]:1",
        "[a]:1", "[::1]", "a:+1", "a:0x1"}) {
    EXPECT_THAT(problem(address), HasSubstr("expected host:port")) << address;
  }
}

}  // namespace
}  // namespace hypergan::server
