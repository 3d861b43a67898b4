#include "server/app/socket_path.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "base/owned_fd.h"
#include "base/quoted.h"

namespace hypergan::server {
namespace {

constexpr std::string_view kScheme = "unix:";
constexpr size_t kMaxPathBytes = sizeof(sockaddr_un::sun_path) - 1;

absl::Status CannotListen(std::string_view address, const std::string& why) {
  return absl::UnavailableError(
      absl::StrCat("cannot listen on ", OneLine(address, 255), ": ", why));
}

// 0, or the errno that says why nothing answers there.
int ConnectTo(const std::string& path) {
  const OwnedFd file(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un place = {};
  place.sun_family = AF_UNIX;
  std::copy_n(path.begin(), std::min(path.size(), kMaxPathBytes),
              place.sun_path);
  const auto* any = reinterpret_cast<const sockaddr*>(&place);
  return connect(file.get(), any, sizeof(place)) == 0 ? 0 : errno;
}

}  // namespace

bool IsSocketPath(std::string_view address) {
  return address.substr(0, kScheme.size()) == kScheme;
}

absl::Status CheckSocketPath(std::string_view address) {
  const std::string_view path = address.substr(kScheme.size());
  if (path.size() > 1 && path.size() <= kMaxPathBytes && path[0] == '/' &&
      path.find('\0') == std::string_view::npos) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("expected unix:/PATH of at most ", kMaxPathBytes,
                   " bytes, got ", Quoted(address)));
}

absl::Status CheckSocketIsFree(std::string_view address) {
  const std::string path(address.substr(kScheme.size()));
  struct stat status = {};
  if (lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return absl::OkStatus();  // its folder may be missing
    return CannotListen(address, std::strerror(errno));
  }
  if (!S_ISSOCK(status.st_mode)) {
    return CannotListen(address,
                        "expected nothing there or a socket, got "
                        "something else; remove it");
  }
  const int error = ConnectTo(path);
  if (error == ECONNREFUSED) return absl::OkStatus();
  return CannotListen(address, error == 0 ? "another program listens there"
                                          : std::strerror(error));
}

absl::Status CannotBind(std::string_view address) {
  const std::string path(address.substr(kScheme.size()));
  const std::string folder =
      path.substr(0, std::max<size_t>(1, path.rfind('/')));
  const bool may_write = access(folder.c_str(), W_OK | X_OK) == 0;
  return CannotListen(
      address, may_write ? "the system does not let us"
                         : absl::StrCat(folder, ": ", std::strerror(errno)));
}

}  // namespace hypergan::server
