// Curves of adversarial attacks.
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "trainer/report/drawing/markup.h"
#include "trainer/report/drawing/plot.h"
#include "trainer/report/names.h"
#include "trainer/report/sections/sections.h"

namespace hypergan::trainer::report {
namespace {

// The attack and what it was made against.
using Key = std::pair<std::string, std::string>;
using FigureOf = std::function<std::optional<double>(const AttackPoint&)>;

const AttackResult* Find(const ExperimentResult& run, const Key& key) {
  for (const AttackResult& attack : run.attacks) {
    if (Key(attack.attack, attack.attacked) == key) return &attack;
  }
  return nullptr;
}

std::set<Key> KeysOf(const Experiment& experiment) {
  std::set<Key> keys;
  for (const Group& group : experiment.groups) {
    for (const AttackResult& attack : group.first().attacks) {
      keys.insert({attack.attack, attack.attacked});
    }
  }
  return keys;
}

// One curve a method, of its first seed.
void Append(const Experiment& experiment, const Key& key,
            const std::string& what, const std::string& title, const Axis& y,
            const FigureOf& figure, Drawings& drawings) {
  Plot plot;
  plot.name = absl::StrCat("attack-", experiment.slug, "-", Slug(key.first),
                           "-", Slug(key.second), "-", Slug(what));
  plot.title = title;
  plot.x = {"largest change of a pixel, of 1 (square-root scale)",
            Scale::kRoot};
  plot.y = y;
  std::set<double> epsilons;
  for (const Group& group : experiment.groups) {
    const AttackResult* attack = Find(group.first(), key);
    if (attack == nullptr) continue;
    Line line{.name = group.label, .style = group.style, .dots = true};
    for (const AttackPoint& point : attack->points) {
      const std::optional<double> value = figure(point);
      if (!value) continue;
      line.points.push_back({point.epsilon, *value});
      epsilons.insert(point.epsilon);
    }
    if (!line.points.empty()) plot.lines.push_back(std::move(line));
  }
  if (plot.lines.empty()) return;
  plot.x.ticks.assign(epsilons.begin(), epsilons.end());
  drawings.drawings.push_back({plot.name, PlotSvg(plot), plot.title});
}

FigureOf InMap(std::map<std::string, double> AttackPoint::*map,
               const std::string& name) {
  return [map, name](const AttackPoint& point) -> std::optional<double> {
    const auto found = (point.*map).find(name);
    if (found == (point.*map).end()) return std::nullopt;
    return found->second;
  };
}

Drawings DrawingsOf(const Experiment& experiment, const Key& key) {
  Drawings drawings;
  Append(
      experiment, key, "single", "Accuracy of one network",
      {.label = "accuracy, %", .least = 0, .most = 100},
      [](const AttackPoint& p) { return 100 * p.accuracy_single; }, drawings);
  Append(
      experiment, key, "ensemble", "Accuracy of the ensemble",
      {.label = "accuracy, %", .least = 0, .most = 100},
      [](const AttackPoint& p) { return 100 * p.accuracy_ensemble; }, drawings);
  for (const std::string score : {"predictive_entropy", "mutual_information"}) {
    Append(experiment, key, absl::StrCat("auroc-", score),
           absl::StrCat("Attacked told from clean by ", ScoreTitle(score)),
           {.label = "AUROC", .least = 0, .most = 1},
           InMap(&AttackPoint::auroc, score), drawings);
    Append(experiment, key, absl::StrCat("mean-", score),
           absl::StrCat("Mean ", ScoreTitle(score)),
           {.label = "nats", .least = 0},
           InMap(&AttackPoint::mean_score, score), drawings);
  }
  drawings.caption = absl::StrCat(
      AttackTitle(key.first), " against the ", key.second,
      ", first seed. What to look for: where accuracy falls, the mean score "
      "should rise and the AUROC leave 0.5; an AUROC below 0.5 says that the "
      "attacked rows look surer than clean ones.");
  return drawings;
}

}  // namespace

Section AttackSection(const Collection& collection) {
  Section section{"attacks", "Adversarial attacks", {}};
  for (const Experiment& experiment : collection.experiments) {
    for (const Key& key : KeysOf(experiment)) {
      Drawings drawings = DrawingsOf(experiment, key);
      if (drawings.drawings.empty()) continue;
      section.blocks.emplace_back(
          Heading{absl::StrCat(experiment.title, ": ", AttackTitle(key.first),
                               " against the ", key.second)});
      section.blocks.emplace_back(std::move(drawings));
    }
  }
  return section;
}

}  // namespace hypergan::trainer::report
