#include "trainer/experiments/experiment.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace hypergan::trainer {
namespace {

// What is asked on the test split alone.
std::vector<Experiment> OfTheTestSplit() {
  return {
      {"mnist", "mnist", "classification, the 31,594-parameter convnet"},
      {"mnist-5000", "mnist-5000", "the same from a fixed 5,000 images"},
      {"fashion-mnist", "fashion-mnist", "clothes, MNIST's convnet"},
      {"cifar-5", "cifar-5", "the first five classes of CIFAR-10"},
      {"cifar-10", "cifar-10", "all ten, the paper's convnet"},
      {"cifar-10-short", "cifar-10-short", "the same in a sixth of the epochs"},
      {"cifar-10-large", "cifar-10-large",
       "all ten, the larger convnet of the later code"},
      {"regression-1d", "regression-1d", "y = x^3 + N(0, 3^2), 20 points"},
  };
}

// Told apart from rows of elsewhere.
std::vector<Experiment> OfTheOutside() {
  return {
      {"ood-mnist",
       "mnist",
       "trained on MNIST, notMNIST is outside",
       {"notmnist"}},
      {"ood-mnist-5000",
       "mnist-5000",
       "trained on 5,000 digits, notMNIST and Fashion-MNIST are outside",
       {"notmnist", "fashion-mnist"}},
      {"ood-cifar",
       "cifar-5",
       "trained on five classes of CIFAR-10, the other five are outside",
       {"cifar10-jpeg#classes=5-9"}},
      {"ood-mnist-6-4",
       "mnist-6",
       "trained on 5,000 digits 0 to 5, the digits 6 to 9 are outside",
       {"mnist#classes=6-9"}},
      {"ood-cifar-6-4",
       "cifar-6",
       "trained on six classes of CIFAR-10, the other four are outside",
       {"cifar10-jpeg#classes=6-9"}},
  };
}

// Attacked, or changed.
std::vector<Experiment> OfChangedRows() {
  return {
      {.name = "adversarial",
       .recipe = "mnist",
       .summary = "FGSM and PGD on MNIST's networks",
       // Each epsilon costs PGD ten passes forwards and backwards.
       .attacks =
           AttackPlan{.rows = 300,
                      .networks = 100,
                      .epsilons = {0.01, 0.03, 0.08, 0.1, 0.3, 0.5, 1.0}}},
      {.name = "adversarial-mnist-5000",
       .recipe = "mnist-5000",
       .summary = "long PGD on ten networks, asked of a hundred drawn after it",
       .attacks = AttackPlan{.rows = 1000,
                             .networks = 10,
                             .epsilons = {0.1},
                             .steps = 40,
                             .restarts = 3}},
      {.name = "shift-mnist-5000",
       .recipe = "mnist-5000",
       .summary = "corrupted and rotated digits",
       .shifts = {Corruption::kNoise, Corruption::kBlur, Corruption::kContrast,
                  Corruption::kBrightness, Corruption::kJpeg,
                  Corruption::kRotation}},
      {.name = "shift-cifar-10",
       .recipe = "cifar-10",
       .summary = "corrupted images of CIFAR-10",
       .shifts = {Corruption::kNoise, Corruption::kBlur, Corruption::kContrast,
                  Corruption::kBrightness, Corruption::kJpeg}},
  };
}

}  // namespace

const std::vector<Experiment>& Experiments() {
  static const auto* const kAll = [] {
    auto* const all = new std::vector<Experiment>;
    for (const std::vector<Experiment>& some :
         {OfTheTestSplit(), OfTheOutside(), OfChangedRows()}) {
      all->insert(all->end(), some.begin(), some.end());
    }
    all->push_back(
        {"diversity", "diversity",
         "relative deviation of the weights' norm by epoch, on CIFAR-10"});
    return all;
  }();
  return *kAll;
}

absl::StatusOr<Experiment> FindExperiment(const std::string& name) {
  for (const Experiment& experiment : Experiments()) {
    if (experiment.name == name) return experiment;
  }
  return absl::NotFoundError(
      absl::StrCat("no experiment '", name, "'; there are ",
                   absl::StrJoin(Experiments(), ", ",
                                 [](std::string* out, const Experiment& each) {
                                   absl::StrAppend(out, each.name);
                                 })));
}

}  // namespace hypergan::trainer
