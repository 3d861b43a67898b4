#pragma once

#include <map>
#include <string>

#include "hypergan/checkpoint/manifest.h"
#include "trainer/evaluation/diversity.h"
#include "trainer/evaluation/evaluation.h"
#include "trainer/methods/posterior.h"

namespace hypergan::trainer {

// Means of the steps' reports over one epoch, by name.
class EpochReport {
 public:
  void Add(const StepReport& step);
  // 0 before the first step.
  double Mean(const std::string& name) const;
  std::map<std::string, double> Means() const;

  // As text, for the state of a run that is interrupted within an epoch: what
  // FromText makes of it goes on exactly. Of other text it makes an empty one.
  std::string ToText() const;
  static EpochReport FromText(const std::string& text);

 private:
  std::map<std::string, double> sums_;
  double steps_ = 0;
};

// What the columns of EpochLine are, to be read once: some lines, each with an
// end.
std::string EpochLegend(Task task);

// One plain line about an epoch: its loss, and the figures of the validation
// rows.
std::string EpochLine(Task task, const Figures& figures,
                      const EpochReport& report, const Diversity& diversity);

}  // namespace hypergan::trainer
