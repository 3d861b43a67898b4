#include "trainer/report/names.h"

#include <array>
#include <cstddef>

#include "trainer/methods/method_table.h"

namespace hypergan::trainer::report {
namespace {

struct Name {
  const char* name;
  const char* title;
};

constexpr Name kExperiments[] = {
    {"mnist", "MNIST"},
    {"mnist-5000", "MNIST, 5,000 training images"},
    {"fashion-mnist", "Fashion-MNIST"},
    {"cifar-5", "CIFAR-5 (the first five classes of CIFAR-10)"},
    {"cifar-10", "CIFAR-10"},
    {"cifar-10-short", "CIFAR-10, in a sixth of the epochs"},
    {"cifar-10-large", "CIFAR-10, the larger network"},
    {"regression-1d", "Regression of y = x³"},
    {"ood-mnist", "MNIST against notMNIST"},
    {"ood-mnist-5000", "5,000 digits against notMNIST and Fashion-MNIST"},
    {"ood-cifar", "Five classes of CIFAR-10 against the other five"},
    {"ood-mnist-6-4", "Six digits against the other four"},
    {"ood-cifar-6-4", "Six classes of CIFAR-10 against the other four"},
    {"adversarial", "Adversarial images"},
    {"adversarial-mnist-5000", "5,000 digits, attacked for longer"},
    {"shift-mnist-5000", "5,000 digits, corrupted and rotated"},
    {"shift-cifar-10", "CIFAR-10, corrupted"},
    {"diversity", "Diversity of the networks"},
};

constexpr Name kVariants[] = {
    {"paper", "the paper's form"},
    {"full", "full"},
    {"no-discriminator", "without D"},
    {"without-discriminator", "without D"},
    {"no-mixer", "without the mixer"},
    {"without-mixer", "without the mixer"},
    {"improved", "improved"},
    {"improved-forked", "improved, forked"},
    {"improved-forked-apart", "improved, forked further apart"},
    {"improved-narrow", "improved, narrow generators"},
    {"improved-of-2", "improved, of 2"},
    {"improved-of-5", "improved, of 5"},
    {"improved-of-15", "improved, of 15"},
    {"improved-with-outliers", "improved, with outliers"},
    {"paper-laplace", "the paper's form, last-layer Laplace"},
    {"improved-laplace", "improved, last-layer Laplace"},
    {"improved-rate-5", "improved, a rate of 0.05"},
    {"improved-rate-10", "improved, a rate of 0.1"},
    {"improved-without-discriminator", "improved, without D"},
    {"improved-without-mixer", "improved, without the mixer"},
    {"improved-without-outliers", "improved, without outliers"},
};

constexpr Name kScores[] = {
    {"predictive_entropy", "predictive entropy"},
    {"mutual_information", "mutual information"},
    {"expected_entropy", "expected entropy"},
    {"total_variance", "total variance"},
    {"max_probability", "maximum probability"},
    {"ood_score", "OOD score"},
};

constexpr Name kAttacks[] = {{"fgsm", "FGSM"}, {"pgd", "PGD"}};

template <size_t n>
int Rank(const Name (&names)[n], absl::string_view name) {
  for (size_t i = 0; i < n; ++i) {
    if (name == names[i].name) return static_cast<int>(i);
  }
  return static_cast<int>(n);
}

template <size_t n>
std::string Title(const Name (&names)[n], absl::string_view name) {
  const auto i = static_cast<size_t>(Rank(names, name));
  return i < n ? names[i].title : std::string(name);
}

}  // namespace

std::string ExperimentTitle(absl::string_view experiment) {
  return Title(kExperiments, experiment);
}
std::string MethodTitle(absl::string_view method) {
  for (const MethodEntry& entry : Methods()) {
    if (entry.name == method) return std::string(entry.title);
  }
  return std::string(method);
}
std::string VariantTitle(absl::string_view variant) {
  return Title(kVariants, variant);
}
std::string ScoreTitle(absl::string_view score) {
  return Title(kScores, score);
}
std::string AttackTitle(absl::string_view attack) {
  return Title(kAttacks, attack);
}

int ExperimentRank(absl::string_view experiment) {
  return Rank(kExperiments, experiment);
}
int MethodRank(absl::string_view method) {
  int rank = 0;
  for (const MethodEntry& entry : Methods()) {
    if (entry.name == method) break;
    ++rank;
  }
  return rank;
}
int VariantRank(absl::string_view variant) { return Rank(kVariants, variant); }
int ScoreRank(absl::string_view score) { return Rank(kScores, score); }

}  // namespace hypergan::trainer::report
