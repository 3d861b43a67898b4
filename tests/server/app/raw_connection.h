#pragma once

#include <string>

namespace hypergan::server {

// A connection to a port of the loopback that sends and receives just what it
// is told to.
class RawConnection {
 public:
  // `receive_bytes`: of the system's buffer, if not 0.
  explicit RawConnection(int port, bool ipv6 = false, int receive_bytes = 0);
  ~RawConnection();
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  bool connected() const { return connected_; }
  // False if the other side has closed it.
  bool Send(const std::string& text) const;
  // One answer with its headers; for one to HEAD, without a body.
  std::string ReadAnswer(bool head = false);
  // What comes until the other side closes it.
  std::string ReadToEnd();
  // Whether the other side closes it within so many milliseconds.
  bool IsClosedWithin(int milliseconds);

 private:
  bool ReadMore();

  int socket_ = -1;
  bool connected_ = false;
  std::string read_;
};

}  // namespace hypergan::server
