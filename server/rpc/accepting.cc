#include "server/rpc/accepting.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>

namespace hypergan::server {
namespace {

using Accept4 = int (*)(int, sockaddr*, socklen_t*, int);

int OpenReserve() { return open("/dev/null", O_RDONLY | O_CLOEXEC); }

// A descriptor that is held to be given up. Lives as long as the process, for
// gRPC's threads may accept until its end.
class Reserve {
 public:
  static Reserve& Get() {
    static Reserve& reserve = *new Reserve;
    return reserve;
  }

  // Takes the next connection with the held descriptor and closes it. False,
  // with errno, if there is none.
  bool Refuse(Accept4 accept, int listener) {
    const std::lock_guard lock(mutex_);
    if (descriptor_ >= 0) close(descriptor_);
    const int connection = accept(listener, nullptr, nullptr, SOCK_CLOEXEC);
    const int error = errno;
    if (connection >= 0) close(connection);
    descriptor_ = OpenReserve();
    errno = error;
    return connection >= 0;
  }

 private:
  Reserve() : descriptor_(OpenReserve()) {}

  std::mutex mutex_;  // guards descriptor_
  int descriptor_;    // -1: another thread of the process took its place
};

bool LacksDescriptors(int error) { return error == EMFILE || error == ENFILE; }

// What is wrong with the connection, or with the machine for the moment, and
// not with the arguments.
bool IsPassing(int error) {
  switch (error) {
    case ECONNABORTED:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENETDOWN:
    case ENETUNREACH:
    case ENOBUFS:
    case ENOMEM:
    case ENONET:
    case ENOPROTOOPT:
    case EPERM:
    case EPROTO:
      return true;
    default:
      return LacksDescriptors(error);
  }
}

int Accept(int listener, sockaddr* address, socklen_t* size, int flags) {
  static const auto accept =
      reinterpret_cast<Accept4>(dlsym(RTLD_NEXT, "accept4"));
  for (;;) {
    const int connection = accept(listener, address, size, flags);
    if (connection >= 0) return connection;
    if (LacksDescriptors(errno) && Reserve::Get().Refuse(accept, listener)) {
      continue;
    }
    // gRPC asks again at the next connection.
    if (IsPassing(errno)) errno = EAGAIN;
    return -1;
  }
}

}  // namespace

void KeepAccepting() { Reserve::Get(); }

}  // namespace hypergan::server

extern "C" int accept4(int listener, sockaddr* address, socklen_t* size,
                       int flags) {
  return hypergan::server::Accept(listener, address, size, flags);
}
