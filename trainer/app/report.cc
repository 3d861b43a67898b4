#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "absl/flags/flag.h"
#include "base/durable_file.h"
#include "base/named_error.h"
#include "base/regular_file.h"
#include "base/status_macros.h"
#include "trainer/app/flags.h"
#include "trainer/app/verbs.h"
#include "trainer/report/find_results.h"
#include "trainer/report/markdown.h"
#include "trainer/report/page.h"
#include "trainer/report/sections/sections.h"

namespace hypergan::trainer {
namespace {

namespace fs = std::filesystem;

// A Markdown file larger than this is none of ours.
constexpr size_t kMaxMarkdownBytes = size_t{1} << 24;

// The file's text; empty if there is none, or a device or a pipe.
absl::StatusOr<std::string> Existing(const std::string& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return std::string();
  return ReadRegularFile(path, kMaxMarkdownBytes);
}

absl::Status WriteMarkdown(const report::Document& document,
                           const std::string& path) {
  const fs::path file = fs::absolute(path).lexically_normal();
  std::string pictures = absl::GetFlag(FLAGS_pictures);
  if (pictures.empty()) pictures = (file.parent_path() / file.stem()).string();
  const fs::path folder = fs::absolute(pictures).lexically_normal();
  const fs::path link = folder.lexically_relative(file.parent_path());
  const report::Markdown markdown =
      report::ToMarkdown(document, link.generic_string());
  HG_ASSIGN_OR_RETURN(const std::string existing, Existing(path));
  HG_ASSIGN_OR_RETURN(const std::string text,
                      Named(path, report::WithReport(existing, markdown.text)));
  for (const auto& [name, svg] : markdown.pictures) {
    HG_RETURN_IF_ERROR(WriteDurably((folder / name).string(), svg));
  }
  HG_RETURN_IF_ERROR(WriteDurably(path, text));
  std::printf("wrote %s and %zu pictures in %s\n", path.c_str(),
              markdown.pictures.size(), pictures.c_str());
  return absl::OkStatus();
}

}  // namespace

absl::Status RunReport(const std::vector<std::string>& paths) {
  const std::string page = absl::GetFlag(FLAGS_output);
  const std::string markdown = absl::GetFlag(FLAGS_markdown);
  if (paths.empty()) {
    return absl::InvalidArgumentError(
        "expected folders with results: report DIR...");
  }
  if (page.empty() && markdown.empty()) {
    return absl::InvalidArgumentError("--output or --markdown is missing");
  }
  HG_ASSIGN_OR_RETURN(std::vector<ExperimentResult> results,
                      report::FindResults(paths));
  HG_ASSIGN_OR_RETURN(const report::Collection collection,
                      report::Collect(std::move(results)));
  const report::Document document = report::ReportDocument(collection);
  if (!markdown.empty()) HG_RETURN_IF_ERROR(WriteMarkdown(document, markdown));
  if (page.empty()) return absl::OkStatus();
  HG_RETURN_IF_ERROR(WriteDurably(page, report::HtmlPage(document)));
  std::printf("wrote %s\n", page.c_str());
  return absl::OkStatus();
}

}  // namespace hypergan::trainer
