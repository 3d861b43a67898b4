// Telling rows from elsewhere: tables, CDFs, histograms and ROC curves.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "trainer/report/drawing/column.h"
#include "trainer/report/drawing/distribution.h"
#include "trainer/report/drawing/markup.h"
#include "trainer/report/drawing/plot.h"
#include "trainer/report/names.h"
#include "trainer/report/sections/sections.h"
#include "trainer/report/slugs.h"

namespace hypergan::trainer::report {
namespace {

constexpr int kHistogramBins = 30;
// CDFs, histograms and ROC are drawn of these; the table has every score.
constexpr const char* kDrawnScores[] = {"predictive_entropy",
                                        "mutual_information"};

const Separation* Find(const ExperimentResult& run, const std::string& outside,
                       const std::string& score) {
  for (const OutsideResult& result : run.outside) {
    if (result.outside != outside) continue;
    const auto found = result.scores.find(score);
    if (found != result.scores.end()) return &found->second;
  }
  return nullptr;
}

// One data set from elsewhere, asked about in one experiment.
struct Outside {
  const Experiment& experiment;
  std::string name;
  std::string slug;
  std::vector<std::string> scores;  // in the order of the contract

  std::string PlotName(const std::string& what,
                       const std::string& score) const {
    return absl::StrCat(what, "-", experiment.slug, "-", slug, "-",
                        Slug(score));
  }
};

std::vector<Outside> OutsidesOf(const Experiment& experiment) {
  std::map<std::string, std::set<std::pair<int, std::string>>> scores;
  for (const Group& group : experiment.groups) {
    for (const ExperimentResult& run : group.runs) {
      for (const OutsideResult& outside : run.outside) {
        for (const auto& [score, separation] : outside.scores) {
          scores[outside.outside].insert({ScoreRank(score), score});
        }
      }
    }
  }
  std::vector<Outside> outsides;
  Slugs slugs;
  for (const auto& [name, ranked] : scores) {
    outsides.push_back({experiment, name, slugs.Of(name), {}});
    for (const auto& [rank, score] : ranked) {
      outsides.back().scores.push_back(score);
    }
  }
  return outsides;
}

// A figure of the separation over a group's runs.
std::optional<Spread> Over(const Group& group, const Outside& outside,
                           const std::string& score,
                           double Separation::*figure) {
  std::vector<double> figures;
  for (const ExperimentResult& run : group.runs) {
    if (const auto* separation = Find(run, outside.name, score)) {
      figures.push_back(separation->*figure);
    }
  }
  if (figures.empty()) return std::nullopt;
  return SpreadOf(figures);
}

std::string RowCounts(const Outside& outside) {
  for (const Group& group : outside.experiment.groups) {
    for (const OutsideResult& result : group.first().outside) {
      if (result.outside != outside.name) continue;
      return absl::StrCat(result.inside_rows, " inside and ",
                          result.outside_rows, " outside rows");
    }
  }
  return "";
}

Table SeparationTable(const Outside& outside) {
  Table table;
  table.head = {"", "AUROC", "AUPR, outside", "AUPR, inside", "FPR95"};
  std::vector<std::pair<const Group*, std::string>> keys;
  for (const Group& group : outside.experiment.groups) {
    for (const std::string& score : outside.scores) {
      if (!Over(group, outside, score, &Separation::auroc)) continue;
      keys.emplace_back(&group, score);
      table.rows.push_back(
          {{{absl::StrCat(group.label, ": ", ScoreTitle(score))}}});
    }
  }
  for (const auto& [figure, best] :
       {std::pair(&Separation::auroc, Best::kGreatest),
        std::pair(&Separation::aupr_out, Best::kGreatest),
        std::pair(&Separation::aupr_in, Best::kGreatest),
        std::pair(&Separation::fpr95, Best::kLeast)}) {
    Column column;
    column.best = best;
    for (const auto& [group, score] : keys) {
      column.figures.push_back(Over(*group, outside, score, figure));
    }
    AppendColumn(column, table.rows);
  }
  table.caption = absl::StrCat(
      "Outside: ", outside.name, "; ", RowCounts(outside),
      " (first seed). AUROC and AUPR: 1 is perfect; AUROC 0.5 is a coin. "
      "FPR95: the share of inside rows flagged where 95 % of the outside rows "
      "are; 0 is perfect. Mean ± deviation over seeds. Strong: the best of a "
      "column.");
  return table;
}

// One line a method, made of its first seed's separation.
template <typename Points>
std::vector<Line> Lines(const Outside& outside, const std::string& score,
                        Points points) {
  std::vector<Line> lines;
  for (const Group& group : outside.experiment.groups) {
    const Separation* separation = Find(group.first(), outside.name, score);
    if (separation == nullptr) continue;
    Line line{.name = group.label, .style = group.style};
    line.points = points(*separation);
    if (!line.points.empty()) lines.push_back(std::move(line));
  }
  return lines;
}

void Append(const Plot& plot, Drawings& drawings) {
  if (plot.lines.empty()) return;
  drawings.drawings.push_back({plot.name, PlotSvg(plot), plot.title});
}

std::vector<Point> RocPoints(const Separation& separation) {
  std::vector<Point> points;
  for (size_t i = 0; i < separation.roc_fpr.size(); ++i) {
    points.push_back({separation.roc_fpr[i], separation.roc_tpr[i]});
  }
  return points;
}

// The largest score of either side over all methods, so that plots compare.
double MostOf(const Outside& outside, const std::string& score) {
  double most = 0;
  for (const Group& group : outside.experiment.groups) {
    const Separation* s = Find(group.first(), outside.name, score);
    if (s == nullptr) continue;
    for (const auto* quantiles :
         {&s->inside_quantiles, &s->outside_quantiles}) {
      if (quantiles->empty() || !std::isfinite(quantiles->back())) continue;
      most = std::max(most, quantiles->back());
    }
  }
  return most;
}

std::string ScoreLabel(const std::string& score) {
  const bool nats = score != "total_variance" && score != "max_probability";
  return absl::StrCat(ScoreTitle(score), nats ? ", nats" : "");
}

Drawings Curves(const Outside& outside, const std::string& score) {
  Drawings drawings;
  const double most = MostOf(outside, score);
  for (const bool inside : {true, false}) {
    Plot plot;
    plot.name = outside.PlotName(inside ? "cdf-in" : "cdf-out", score);
    plot.title = inside ? "CDF, inside rows" : "CDF, outside rows";
    plot.x = {.label = ScoreLabel(score), .least = 0};
    if (most > 0) plot.x.most = most;
    plot.y = {.label = "share of rows at or below", .least = 0, .most = 1};
    plot.lines = Lines(outside, score, [&](const Separation& s) {
      return CdfPoints(inside ? s.inside_quantiles : s.outside_quantiles);
    });
    Append(plot, drawings);
  }
  Plot roc;
  roc.name = outside.PlotName("roc", score);
  roc.title = absl::StrCat("ROC by ", ScoreTitle(score));
  roc.x = {.label = "inside rows flagged, share", .least = 0, .most = 1};
  roc.y = {.label = "outside rows flagged, share", .least = 0, .most = 1};
  roc.diagonal = true;
  roc.lines = Lines(outside, score, RocPoints);
  Append(roc, drawings);
  drawings.caption =
      "First seed. What to look for: inside rows' CDF should leap up at the "
      "left (sure), outside rows' should stay down until the right (unsure); a "
      "ROC curve should hug the upper left corner.";
  return drawings;
}

Drawings Histograms(const Outside& outside, const std::string& score) {
  Drawings drawings;
  const double most = MostOf(outside, score);
  for (const Group& group : outside.experiment.groups) {
    const Separation* s = Find(group.first(), outside.name, score);
    if (s == nullptr) continue;
    Plot plot;
    plot.name =
        absl::StrCat(outside.PlotName("histogram", score), "-", group.slug);
    plot.title = group.label;
    plot.x = {.label = ScoreLabel(score), .least = 0};
    plot.y = {.label = "rows, %", .least = 0};
    for (const bool inside : {true, false}) {
      Line line{.name = inside ? "inside" : "outside",
                .style = inside ? 0 : 1,
                .filled = true};
      line.points =
          HistogramOutline(inside ? s->inside_quantiles : s->outside_quantiles,
                           most, kHistogramBins);
      if (!line.points.empty()) plot.lines.push_back(std::move(line));
    }
    Append(plot, drawings);
  }
  drawings.caption = absl::StrCat(
      "Histograms of ", ScoreTitle(score),
      ", first seed. What to look for: how little the two overlap.");
  return drawings;
}

}  // namespace

Section OutsideSection(const Collection& collection) {
  Section section{"outside", "Rows from elsewhere", {}};
  for (const Experiment& experiment : collection.experiments) {
    for (const Outside& outside : OutsidesOf(experiment)) {
      section.blocks.emplace_back(Heading{
          absl::StrCat(experiment.title, " (outside: ", outside.name, ")")});
      section.blocks.emplace_back(SeparationTable(outside));
      for (const char* score : kDrawnScores) {
        Drawings curves = Curves(outside, score);
        if (curves.drawings.empty()) continue;
        section.blocks.emplace_back(std::move(curves));
        Drawings histograms = Histograms(outside, score);
        if (histograms.drawings.empty()) continue;
        section.blocks.emplace_back(std::move(histograms));
      }
    }
  }
  return section;
}

}  // namespace hypergan::trainer::report
