#pragma once

#include <vector>

#include "absl/strings/string_view.h"

// The published figures that ours stand beside, all that the report has of its
// own: Ratzlaff and Fuxin, HyperGAN: A Generative Model for Diverse, Performant
// Neural Networks, ICML 2019.
namespace hypergan::trainer::report {

// A row of Table 2: test accuracy in percent; the paper does not say what its
// deviations are taken over.
struct PublishedRow {
  const char* method;
  int networks;      // of the ensemble; 0: the paper does not say
  double accuracy;   // in percent
  double deviation;  // negative: none is given
};

// The rows of a data set, by the experiment's name; none for another.
std::vector<PublishedRow> PublishedAccuracy(absl::string_view experiment);

// Fig. 7 as far as it can be read by eye, in words.
extern const char kPublishedDiversity[];

}  // namespace hypergan::trainer::report
