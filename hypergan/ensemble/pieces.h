#pragma once

#include <algorithm>
#include <cstdint>

namespace hypergan {

// How `networks` >= 1 are shared out to workers in pieces of at most `most`: as
// evenly as that allows, so that every worker gets the same number of pieces.
class Pieces {
 public:
  Pieces(int64_t networks, int64_t workers, int64_t most)
      : networks_(networks) {
    workers = std::min(workers, networks);
    const int64_t rounds = DivideUp(networks, workers * most);
    size_ = DivideUp(networks, workers * rounds);
  }

  int64_t count() const { return DivideUp(networks_, size_); }
  int64_t size() const { return size_; }  // of all but the last
  int64_t First(int64_t piece) const { return piece * size_; }
  int64_t Size(int64_t piece) const {
    return std::min(size_, networks_ - First(piece));
  }

 private:
  static int64_t DivideUp(int64_t a, int64_t b) { return (a + b - 1) / b; }

  int64_t networks_;
  int64_t size_ = 1;
};

}  // namespace hypergan
