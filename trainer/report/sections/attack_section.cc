// Curves of adversarial attacks.
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "trainer/report/drawing/column.h"
#include "trainer/report/drawing/markup.h"
#include "trainer/report/drawing/plot.h"
#include "trainer/report/names.h"
#include "trainer/report/sections/sections.h"
#include "trainer/report/slugs.h"

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

// Of the first seed that has it; null where none has.
const AttackResult* FindFirst(const Group& group, const Key& key) {
  for (const ExperimentResult& run : group.runs) {
    if (const AttackResult* attack = Find(run, key)) return attack;
  }
  return nullptr;
}

std::set<Key> KeysOf(const Experiment& experiment) {
  std::set<Key> keys;
  for (const Group& group : experiment.groups) {
    for (const ExperimentResult& run : group.runs) {
      for (const AttackResult& attack : run.attacks) {
        keys.insert({attack.attack, attack.attacked});
      }
    }
  }
  return keys;
}

// An attack in one experiment.
struct Attacked {
  const Experiment& experiment;
  Key key;
  std::string slug;
};

// One curve a method, of its first seed that was attacked.
void Append(const Attacked& attacked, const std::string& what,
            const std::string& title, const Axis& y, const FigureOf& figure,
            Drawings& drawings) {
  const auto& [experiment, key, slug] = attacked;
  Plot plot;
  plot.name =
      absl::StrCat("attack-", experiment.slug, "-", slug, "-", Slug(what));
  plot.title = title;
  plot.x = {"largest change of a pixel, of 1 (square-root scale)",
            Scale::kRoot};
  plot.y = y;
  std::set<double> epsilons;
  for (const Group& group : experiment.groups) {
    const AttackResult* attack = FindFirst(group, key);
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

Drawings DrawingsOf(const Attacked& attacked) {
  Drawings drawings;
  Append(
      attacked, "single", "Accuracy of one network",
      {.label = "accuracy, %", .least = 0, .most = 100},
      [](const AttackPoint& p) { return 100 * p.accuracy_single; }, drawings);
  Append(
      attacked, "ensemble", "Accuracy of the ensemble",
      {.label = "accuracy, %", .least = 0, .most = 100},
      [](const AttackPoint& p) { return 100 * p.accuracy_ensemble; }, drawings);
  for (const std::string score : {"predictive_entropy", "mutual_information"}) {
    Append(attacked, absl::StrCat("auroc-", score),
           absl::StrCat("Attacked told from clean by ", ScoreTitle(score)),
           {.label = "AUROC", .least = 0, .most = 1},
           InMap(&AttackPoint::auroc, score), drawings);
    Append(attacked, absl::StrCat("mean-", score),
           absl::StrCat("Mean ", ScoreTitle(score)),
           {.label = "nats", .least = 0},
           InMap(&AttackPoint::mean_score, score), drawings);
  }
  drawings.caption = absl::StrCat(
      AttackTitle(attacked.key.first), " against the ", attacked.key.second,
      ", first seed. What to look for: where accuracy falls, the mean score "
      "should rise and the AUROC leave 0.5; an AUROC below 0.5 says that the "
      "attacked rows look surer than clean ones.");
  return drawings;
}

// The amount that the table is of.
constexpr double kTableEpsilon = 0.1;

const AttackPoint* At(const AttackResult& attack, double epsilon) {
  for (const AttackPoint& point : attack.points) {
    if (point.epsilon == epsilon) return &point;
  }
  return nullptr;
}

// The figure of each seed that has it.
std::optional<Spread> Over(const Group& group, const Key& key, double epsilon,
                           const FigureOf& figure) {
  std::vector<double> values;
  for (const ExperimentResult& run : group.runs) {
    const AttackResult* attack = Find(run, key);
    const AttackPoint* point =
        attack == nullptr ? nullptr : At(*attack, epsilon);
    if (point == nullptr) continue;
    const std::optional<double> value = figure(*point);
    if (value) values.push_back(*value);
  }
  if (values.empty()) return std::nullopt;
  return SpreadOf(values);
}

std::string Passes(const AttackResult& attack) {
  std::string text;
  if (attack.rows) absl::StrAppend(&text, " On ", *attack.rows, " rows.");
  if (attack.networks) {
    absl::StrAppend(&text, " The attacked ensemble has ", *attack.networks,
                    " networks.");
  }
  if (attack.steps && attack.restarts) {
    absl::StrAppend(&text, " PGD has ", *attack.steps, " steps and ",
                    *attack.restarts, " random starts.");
  }
  return text;
}

// What networks say that were drawn after the attack; none where no run asked.
std::optional<Table> FreshTable(const Experiment& experiment, const Key& key) {
  const auto fresh = [](const AttackPoint& point) -> std::optional<double> {
    if (!point.accuracy_fresh) return std::nullopt;
    return 100 * *point.accuracy_fresh;
  };
  Table table;
  table.head = {"", "clean", "attacked", "attacked, networks drawn after",
                "AUROC"};
  std::vector<const Group*> groups;
  for (const Group& group : experiment.groups) {
    if (!Over(group, key, kTableEpsilon, fresh)) continue;
    groups.push_back(&group);
    table.rows.push_back({{{group.label}}});
    if (table.caption.empty()) table.caption = Passes(*FindFirst(group, key));
  }
  if (groups.empty()) return std::nullopt;
  const auto append = [&](double epsilon, int decimals, Best best,
                          const FigureOf& figure) {
    Column column{{}, decimals, best};
    for (const Group* group : groups) {
      column.figures.push_back(Over(*group, key, epsilon, figure));
    }
    AppendColumn(column, table.rows);
  };
  const FigureOf ensemble = [](const AttackPoint& point) {
    return 100 * point.accuracy_ensemble;
  };
  append(0, 1, Best::kGreatest, ensemble);
  append(kTableEpsilon, 1, Best::kGreatest, ensemble);
  append(kTableEpsilon, 1, Best::kGreatest, fresh);
  append(kTableEpsilon, 3, Best::kGreatest,
         InMap(&AttackPoint::auroc, "mutual_information"));
  table.caption = absl::StrCat(
      "Accuracy in per cent where each pixel changes by at most ",
      kTableEpsilon,
      " of 1: of the ensemble, and of networks drawn with another seed after "
      "the attack. A deep ensemble's are the same members again. AUROC: "
      "attacked rows told from clean ones by mutual information.",
      table.caption);
  return table;
}

}  // namespace

Section AttackSection(const Collection& collection) {
  Section section{"attacks", "Adversarial attacks", {}};
  for (const Experiment& experiment : collection.experiments) {
    Slugs slugs;
    for (const Key& key : KeysOf(experiment)) {
      Drawings drawings =
          DrawingsOf({experiment, key,
                      slugs.Of(absl::StrCat(key.first, "\n", key.second))});
      if (drawings.drawings.empty()) continue;
      section.blocks.emplace_back(
          Heading{absl::StrCat(experiment.title, ": ", AttackTitle(key.first),
                               " against the ", key.second)});
      if (std::optional<Table> table = FreshTable(experiment, key)) {
        section.blocks.emplace_back(*std::move(table));
      }
      section.blocks.emplace_back(std::move(drawings));
    }
  }
  return section;
}

}  // namespace hypergan::trainer::report
