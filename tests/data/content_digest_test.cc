#include "data/content_digest.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

namespace hypergan::data {
namespace {

Dataset Labelled() {
  Dataset dataset;
  dataset.row_shape = {2};
  dataset.rows = 2;
  dataset.values = {1, 2, 3, 4};
  dataset.labels = {0, 1};
  return dataset;
}

TEST(ContentDigestTest, DependsOnAllThatNetworksLearnFrom) {
  const std::vector<std::function<void(Dataset&)>> changes = {
      [](Dataset&) {},
      [](Dataset& d) { d.values[3] += 1e-12; },
      [](Dataset& d) { std::swap(d.labels[0], d.labels[1]); },
      [](Dataset& d) { std::swap(d.values[0], d.values[2]); },
      [](Dataset& d) {
        d.row_shape = {1, 2};
      },
      [](Dataset& d) { d.values.swap(d.targets); },
      [](Dataset& d) {
        d.pixels = {1, 2};
      }};
  std::set<std::string> digests;
  for (const auto& change : changes) {
    Dataset dataset = Labelled();
    change(dataset);
    EXPECT_TRUE(digests.insert(ContentDigest(dataset)).second);
  }
}

TEST(ContentDigestTest, DoesNotDependOnNames) {
  Dataset named = Labelled();
  named.class_names = {"cat", "dog"};
  named.column_names = {"a", "b"};
  EXPECT_EQ(ContentDigest(named), ContentDigest(Labelled()));
}

}  // namespace
}  // namespace hypergan::data
