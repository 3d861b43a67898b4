#include "server/app/http/http_server.h"

#include <algorithm>
#include <array>
#include <deque>
#include <exception>
#include <limits>
#include <list>
#include <memory>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/steady_timer.hpp"
#include "boost/asio/thread_pool.hpp"
#include "boost/beast/core/bind_handler.hpp"
#include "boost/beast/core/flat_buffer.hpp"
#include "boost/beast/core/tcp_stream.hpp"
#include "boost/beast/http/empty_body.hpp"
#include "boost/beast/http/error.hpp"
#include "boost/beast/http/parser.hpp"
#include "boost/beast/http/read.hpp"
#include "boost/beast/http/serializer.hpp"
#include "boost/beast/http/span_body.hpp"
#include "boost/beast/http/write.hpp"
#include "server/app/listening.h"

namespace hypergan::server {
namespace {

namespace net = boost::asio;
namespace http = boost::beast::http;
using boost::beast::bind_front_handler;
using boost::system::error_code;
using net::ip::tcp;

// What a peer has still in flight is read and dropped before its connection is
// closed: a reset would take the answer from it.
constexpr absl::Duration kLingerTime = absl::Seconds(1);
constexpr size_t kLingerBytes = size_t{1} << 20;
// After a connection could not be accepted, for want of files or memory.
constexpr absl::Duration kAcceptAgain = absl::Milliseconds(100);

// For browsers: nothing but this server's own files, and in no frame.
constexpr char kContentSecurityPolicy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'";

// The path of a request's target, with or without "http://host".
std::string_view PathOf(std::string_view target) {
  target = target.substr(0, target.find('?'));
  if (!target.starts_with("http://")) return target;
  target.remove_prefix(std::min(target.find('/', 7), target.size()));
  return target.empty() ? "/" : target;
}

bool IsNotHttp(const error_code& error) {
  const error_code example = http::error::bad_method;
  return error.category() == example.category() &&
         error != http::error::partial_message;
}

HttpAnswer AnswerOf(const HttpRoute& route) {
  try {
    return route.answer();
  } catch (const std::exception&) {  // memory
    return {.status = 500, .body = "could not be answered\n"};
  }
}

// An answer on its way to one connection or more. Its bytes count in `total`
// while a connection takes it that was not closed.
class HeldAnswer {
 public:
  HeldAnswer(HttpAnswer answer, size_t& total)
      : answer_(std::move(answer)), total_(total) {}
  HeldAnswer(const HeldAnswer&) = delete;
  HeldAnswer& operator=(const HeldAnswer&) = delete;

  const HttpAnswer& operator*() const { return answer_; }

  void Take() {
    if (takers_++ == 0) total_ += answer_.body.size();
  }
  void Leave() {
    if (--takers_ == 0) total_ -= answer_.body.size();
  }

 private:
  const HttpAnswer answer_;
  size_t& total_;
  int takers_ = 0;
};
using SharedAnswer = std::shared_ptr<HeldAnswer>;

class Connection;
using Connections = std::list<Connection*>;

// What a connection asks of its server.
class Host {
 public:
  virtual ~Host() = default;
  virtual const HttpLimits& limits() const = 0;
  // Calls Write, now or later.
  virtual void Answer(std::string_view path,
                      std::shared_ptr<Connection> connection) = 0;
  virtual SharedAnswer Hold(HttpAnswer answer) = 0;
  // Where connections stand, the one that has been there for the longest first.
  virtual Connections& reading() = 0;
  virtual Connections& answering() = 0;
  // Closes what is beyond the limits.
  virtual void MakeRoom() = 0;
};

// One peer: a request, its answer, and the next. Of the I/O thread alone; alive
// as long as a handler of it waits.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(tcp::socket socket, Host& host)
      : host_(host),
        stream_(std::move(socket)),
        buffer_(2 * host.limits().header_bytes) {}
  ~Connection() {
    Leave();
    LeaveAnswer();
  }

  void Read() {
    Enter(host_.reading());
    parser_.emplace();
    parser_->header_limit(static_cast<uint32_t>(host_.limits().header_bytes));
    parser_->body_limit(std::numeric_limits<uint64_t>::max());
    stream_.expires_after(
        absl::ToChronoNanoseconds(host_.limits().request_time));
    http::async_read_header(
        stream_, buffer_, *parser_,
        bind_front_handler(&Connection::OnRead, shared_from_this()));
  }

  void Write(SharedAnswer answer) {
    if (!stream_.socket().is_open()) return;  // closed while it waited
    answer_ = std::move(answer);
    answer_->Take();
    takes_answer_ = true;
    Enter(host_.answering());
    const HttpAnswer& said = **answer_;
    response_.emplace(static_cast<http::status>(said.status), version_);
    response_->set(http::field::content_type, said.content_type);
    response_->set(http::field::cache_control, "no-store");
    response_->set("Content-Security-Policy", kContentSecurityPolicy);
    response_->set("X-Content-Type-Options", "nosniff");
    response_->set("Referrer-Policy", "no-referrer");
    if (said.status == 405) response_->set(http::field::allow, "GET, HEAD");
    response_->keep_alive(keep_alive_);
    response_->content_length(said.body.size());
    response_->body() = {said.body.data(), said.body.size()};
    serializer_.emplace(*response_);
    stream_.expires_after(
        absl::ToChronoNanoseconds(host_.limits().answer_time));
    auto then = bind_front_handler(&Connection::OnWrite, shared_from_this());
    if (head_) {
      http::async_write_header(stream_, *serializer_, std::move(then));
    } else {
      http::async_write(stream_, *serializer_, std::move(then));
    }
  }

  // Its handlers are called with an error, and it ends.
  void Close() {
    Leave();
    LeaveAnswer();
    stream_.close();
  }

  bool takes_answer() const { return takes_answer_; }

 private:
  void OnRead(error_code error, size_t) {
    if (error == http::error::header_limit ||
        error == http::error::buffer_overflow) {
      return Refuse(431, "the headers are too long\n");
    }
    if (error == http::error::end_of_stream) return Linger();
    if (IsNotHttp(error)) return Refuse(400, "not a request of HTTP/1.1\n");
    if (error) return;
    const auto& request = parser_->get();
    version_ = request.version();
    head_ = request.method() == http::verb::head;
    const bool has_body =
        parser_->chunked() || parser_->content_length().value_or(0) > 0;
    keep_alive_ = request.keep_alive() && !has_body;
    if (!head_ && request.method() != http::verb::get) {
      return Refuse(405, "GET and HEAD alone\n");
    }
    Enter(host_.answering());
    host_.Answer(PathOf({request.target().data(), request.target().size()}),
                 shared_from_this());
  }

  void Refuse(int status, const char* why) {
    keep_alive_ = false;
    Write(host_.Hold({.status = status, .body = why}));
  }

  void OnWrite(error_code error, size_t) {
    if (error) return;
    LeaveAnswer();
    answer_.reset();
    if (keep_alive_) return Read();
    Linger();
  }

  void Linger() {
    Enter(host_.reading());
    error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    stream_.expires_after(absl::ToChronoNanoseconds(kLingerTime));
    Drop(ignored, 0);
  }

  void Drop(error_code error, size_t bytes) {
    dropped_ += bytes;
    if (error || dropped_ > kLingerBytes) return;
    stream_.async_read_some(
        net::buffer(scrap_),
        bind_front_handler(&Connection::Drop, shared_from_this()));
  }

  // Keeps its place in a list that it is in.
  void Enter(Connections& list) {
    if (list_ != &list) {
      Leave();
      list_ = &list;
      place_ = list.insert(list.end(), this);
    }
    host_.MakeRoom();
  }

  void Leave() {
    if (list_ != nullptr) list_->erase(place_);
    list_ = nullptr;
  }

  // The bytes stay where they are, for a handler may still read them.
  void LeaveAnswer() {
    if (std::exchange(takes_answer_, false)) answer_->Leave();
  }

  Host& host_;
  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::empty_body>> parser_;
  unsigned version_ = 11;
  bool head_ = false;
  bool keep_alive_ = false;
  SharedAnswer answer_;
  bool takes_answer_ = false;
  std::optional<http::response<http::span_body<const char>>> response_;
  std::optional<http::response_serializer<http::span_body<const char>>>
      serializer_;
  std::array<char, 1024> scrap_;
  size_t dropped_ = 0;
  Connections* list_ = nullptr;
  Connections::iterator place_;
};

}  // namespace

class HttpServer::Impl : public Host {
 public:
  Impl(std::vector<HttpRoute> routes, const HttpLimits& limits,
       std::vector<ListeningSocket> sockets)
      : limits_(limits) {
    for (HttpRoute& route : routes) routes_.push_back({std::move(route)});
    for (ListeningSocket& socket : sockets) {
      const tcp protocol = socket.is_ipv6() ? tcp::v6() : tcp::v4();
      Door& door = doors_.emplace_back(io_);
      door.acceptor.assign(protocol, socket.Release());
      Accept(door);
    }
    thread_ = std::thread([this] { Run(); });
  }

  ~Impl() override {
    io_.stop();
    thread_.join();
    answers_.stop();
    answers_.join();
    for (Path& path : routes_) path.waiting.clear();  // before io_ goes
  }

  int port() const { return doors_.front().acceptor.local_endpoint().port(); }

  const HttpLimits& limits() const override { return limits_; }
  Connections& reading() override { return reading_; }
  Connections& answering() override { return answering_; }

  SharedAnswer Hold(HttpAnswer answer) override {
    return std::make_shared<HeldAnswer>(std::move(answer), held_bytes_);
  }

  void Answer(std::string_view path,
              std::shared_ptr<Connection> connection) override {
    for (Path& known : routes_) {
      if (known.route.path != path) continue;
      if (known.route.quick)
        return connection->Write(Hold(AnswerOf(known.route)));
      known.waiting.push_back(std::move(connection));
      if (!known.busy) Work(known);
      return;
    }
    connection->Write(Hold({.status = 404, .body = "no such page\n"}));
  }

  // Each half of the connections by itself: those who never finish a request
  // cannot close those who are answered, nor the other way round.
  void MakeRoom() override {
    for (Connections* list : {&reading_, &answering_}) {
      while (list->size() > limits_.connections / 2) list->front()->Close();
    }
    CloseForBytes();
  }

 private:
  struct Door {
    explicit Door(net::io_context& io) : acceptor(io), again(io) {}
    tcp::acceptor acceptor;
    net::steady_timer again;
    bool waits = false;
  };
  struct Path {
    HttpRoute route;
    std::vector<std::shared_ptr<Connection>> waiting = {};
    bool busy = false;
  };

  // The oldest who takes an answer first; never the newest.
  void CloseForBytes() {
    const auto taker = [&](Connections::iterator from) {
      return std::find_if(from, answering_.end(), [](const Connection* one) {
        return one->takes_answer();
      });
    };
    auto oldest = taker(answering_.begin());
    while (oldest != answering_.end() && held_bytes_ > limits_.answer_bytes) {
      const auto next = taker(std::next(oldest));
      if (next == answering_.end()) return;
      (*oldest)->Close();
      oldest = next;
    }
  }

  // Memory that runs out ends what was being done, and no more.
  void Run() {
    for (;;) {
      try {
        for (Door& door : doors_) AcceptLater(door);
        io_.run();
        return;
      } catch (const std::exception&) {
        absl::SleepFor(kAcceptAgain);
      }
    }
  }

  void Accept(Door& door) {
    door.acceptor.async_accept(
        io_, [this, &door](error_code error, tcp::socket socket) {
          door.waits = false;
          OnAccept(door, error, std::move(socket));
        });
    door.waits = true;
  }

  void OnAccept(Door& door, error_code error, tcp::socket socket) {
    if (error) {
      if (!reading_.empty()) reading_.front()->Close();
      return AcceptLater(door);
    }
    Accept(door);
    std::make_shared<Connection>(std::move(socket), *this)->Read();
  }

  void AcceptLater(Door& door) {
    if (door.waits) return;
    door.again.expires_after(absl::ToChronoNanoseconds(kAcceptAgain));
    door.again.async_wait([this, &door](error_code error) {
      if (!error && !door.waits) Accept(door);
    });
  }

  // One answer for all who wait when it is begun.
  void Work(Path& path) {
    net::post(answers_, [this, &path,
                         served = std::exchange(path.waiting, {})]() mutable {
      net::post(io_, [this, &path, served = std::move(served),
                      said = AnswerOf(path.route)]() mutable {
        Deliver(path, served, std::move(said));
      });
    });
    path.busy = true;
  }

  void Deliver(Path& path,
               const std::vector<std::shared_ptr<Connection>>& served,
               HttpAnswer said) {
    path.busy = false;
    if (!path.waiting.empty()) Work(path);
    const SharedAnswer answer = Hold(std::move(said));
    for (const auto& connection : served) connection->Write(answer);
  }

  const HttpLimits limits_;
  std::deque<Path> routes_;
  Connections reading_;
  Connections answering_;
  size_t held_bytes_ = 0;
  net::io_context io_{1};
  std::deque<Door> doors_;
  net::thread_pool answers_{1};
  std::thread thread_;
};

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(
    const std::string& address, std::vector<HttpRoute> routes,
    const HttpLimits& limits) {
  HG_ASSIGN_OR_RETURN(std::vector<ListeningSocket> sockets, Listen(address));
  return std::unique_ptr<HttpServer>(new HttpServer(
      std::make_unique<Impl>(std::move(routes), limits, std::move(sockets))));
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpServer::~HttpServer() = default;

int HttpServer::port() const { return impl_->port(); }

}  // namespace hypergan::server
