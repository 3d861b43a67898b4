#pragma once

namespace hypergan::server {

// gRPC 1.51 stops listening for good once accept4 fails for anything but EAGAIN
// and EINTR, as when no descriptor is free. So this program has an accept4 of
// its own, which fails otherwise only where its arguments are wrong.
//
// A connection for which no descriptor is free is closed at once, so that its
// client can go elsewhere, instead of waiting for an answer that never comes.

// Takes the descriptor by which connections can be closed when no other is
// free. To be called before anything listens. Thread-safe.
void KeepAccepting();

}  // namespace hypergan::server
