#include "tests/server/serving/metrics/metrics_page.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "server/serving/metrics/metric_table.h"

namespace hypergan::server {
namespace {

constexpr char kHead[] = R"(# Metrics

`build/dev/bin/metrics-page` writes this page from the server's table of metrics
(`server/serving/metrics/metric_table.cc`); a test compares the two. What the figures
mean and how they are counted is in [operations.md](operations.md#metrics), what to do
when one of them is bad in [runbook.md](runbook.md).

Labels come from the model repository and from fixed lists, never from a client. `code` is
a status code's name. `reason` is one of `shape`, `not_finite`, `out_of_range`, `limit`,
`queue_full` and `argument`; `limit` is also for memory that ran out and for answers that
nobody has read. `state` is `loading`, `serving` or `failed`. `class` is the index of a
class, `other` beyond the first hundred. `outcome` is `written`, `dropped` or `failed`.
`files` is `tokens` or `certificates`, and `result` is `taken` or `refused`. `version`
is `0` of a model whose folder could not be read. Requests that name no model that is
served have empty `model` and `version`.

| metric | type | unit | labels | meaning |
|---|---|---|---|---|
)";

constexpr char kBuckets[] = R"(
## Buckets

Upper bounds; a value on a bound belongs to its bucket.

| histogram | bounds |
|---|---|
)";

}  // namespace

std::string MetricsPage() {
  std::string page = kHead;
  std::string buckets = kBuckets;
  for (const MetricSpec& spec : MetricTable()) {
    absl::StrAppend(&page, "| `", std::string(spec.name), "` | ",
                    std::string(TypeName(spec.type)), " | ",
                    std::string(spec.unit), " | ", std::string(spec.labels),
                    " | ", std::string(spec.help), " |\n");
    if (spec.type == MetricType::kHistogram) {
      absl::StrAppend(&buckets, "| `", std::string(spec.name), "` | ",
                      absl::StrJoin(spec.buckets, ", "), " |\n");
    }
  }
  const std::string whole = absl::StrCat(page, buckets);
  return absl::StrReplaceAll(whole, {{"|  |", "| |"}});
}

}  // namespace hypergan::server
