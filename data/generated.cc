#include "data/generated.h"

#include <cmath>
#include <random>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace hypergan::data {
namespace {

constexpr int64_t kTestRows = 241;
constexpr double kTau = 6.283185307179586;

class Random {
 public:
  explicit Random(uint64_t seed) : bits_(seed) {}

  // In [0, 1), from the upper 53 bits.
  double Uniform() { return static_cast<double>(bits_() >> 11) * 0x1p-53; }

  double Uniform(double low, double high) {
    return low + (high - low) * Uniform();
  }

  double Normal() {
    const double radius = std::sqrt(-2 * std::log(1 - Uniform()));
    return radius * std::cos(kTau * Uniform());
  }

 private:
  std::mt19937_64 bits_;
};

void Append(double x, double y, Dataset& dataset) {
  // In float32, as these sets always were.
  dataset.values.push_back(static_cast<float>(x));
  dataset.targets.push_back(static_cast<float>(y));
  ++dataset.rows;
}

double Cube(double x) { return x * x * x; }

double Sine(double x) { return std::sin(2 * x); }

void CubicRows(Random& random, Dataset& dataset) {
  for (int i = 0; i < 20; ++i) {
    const double x = i < 18 ? random.Uniform(-4, 4) : i == 18 ? -4 : 4;
    Append(x, Cube(x) + 3 * random.Normal(), dataset);
  }
}

void SineRows(Random& random, Dataset& dataset) {
  for (int i = 0; i < 80; ++i) {
    const double x = random.Uniform(1, 3) * (i % 2 == 0 ? 1 : -1);
    Append(x, Sine(x) + 0.1 * random.Normal(), dataset);
  }
}

struct Curve {
  absl::string_view name;
  double (*truth)(double x);
  double reach;  // tested on [-reach, reach]
  void (*training_rows)(Random& random, Dataset& dataset);
};

constexpr Curve kCurves[] = {
    {"cubic", Cube, 6, CubicRows},
    {"sine", Sine, 5, SineRows},
};

void TestRows(const Curve& curve, Dataset& dataset) {
  for (int64_t i = 0; i < kTestRows; ++i) {
    const double share = static_cast<double>(i) / (kTestRows - 1);
    const double x = curve.reach * (2.0 * share - 1);
    Append(x, curve.truth(x), dataset);
  }
}

}  // namespace

absl::StatusOr<Dataset> Generate(absl::string_view name, Split split,
                                 uint64_t seed) {
  for (const Curve& curve : kCurves) {
    if (curve.name != name) continue;
    Dataset dataset;
    dataset.row_shape = {1};
    dataset.target_size = 1;
    Random random(seed);
    if (split == Split::kTrain) {
      curve.training_rows(random, dataset);
    } else {
      TestRows(curve, dataset);
      dataset.notes.push_back(absl::StrCat(
          "generated:", name, ": the test rows are ", kTestRows,
          " evenly spaced x from -", curve.reach, " to ", curve.reach,
          ", beyond the training rows, with y free of noise"));
    }
    return dataset;
  }
  return absl::NotFoundError(absl::StrCat("no generated data set '", name,
                                          "': expected cubic or sine"));
}

}  // namespace hypergan::data
