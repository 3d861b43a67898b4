#include "trainer/data/open_dataset.h"

#include <cstdio>

#include "data/images/image.h"
#include "data/open.h"

namespace hypergan::trainer {
namespace {

absl::StatusOr<data::Dataset> WithNotesPrinted(
    absl::StatusOr<data::Dataset> dataset) {
  if (dataset.ok()) PrintNotes(dataset->notes);
  return dataset;
}

}  // namespace

absl::StatusOr<data::Dataset> OpenDataset(const std::string& spec,
                                          data::Split split,
                                          absl::Span<const int64_t> input_shape,
                                          const data::CsvOptions& csv,
                                          data::ImageOptions images) {
  images.channels = data::ImageChannels(input_shape);
  return WithNotesPrinted(data::Open(spec, split, csv, images));
}

absl::StatusOr<data::Dataset> OpenDatasetToAsk(
    const std::string& spec, absl::Span<const int64_t> input_shape,
    const data::CsvOptions& csv, data::ImageOptions images) {
  images.channels = data::ImageChannels(input_shape);
  return WithNotesPrinted(data::OpenToAsk(spec, csv, images));
}

void PrintNotes(const std::vector<std::string>& notes) {
  for (const std::string& note : notes) {
    std::fprintf(stderr, "note: %s\n", note.c_str());
  }
}

}  // namespace hypergan::trainer
