#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "data/dataset.h"
#include "data/images/image_options.h"
#include "data/images/tar_file.h"

// What data/images/image_folder.h would read of a tar archive's folder ROOT if
// it were unpacked, in the same order whatever the archive's:
// ROOT/<class>/<file>. Names that begin with a dot, links, and what lies
// outside ROOT or deeper are passed over. Errors name the archive: those of
// TarFile, and those below.
namespace hypergan::data {

// The names of the folders in ROOT, sorted. INVALID_ARGUMENT for more than
// kMaxClasses.
absl::StatusOr<std::vector<std::string>> ListArchiveFolders(
    const std::string& path, absl::string_view root,
    const ArchiveLimits& limits = {});

// The images, sorted by class and file name. A class's label is its place in
// `class_names`.
// INVALID_ARGUMENT for a folder that is not named there, a file that is there
// twice or holds more than kMaxImageFileBytes, and for no image at all; else
// the errors of ImageRows::Append.
absl::StatusOr<Dataset> ReadImageArchive(
    const std::string& path, absl::string_view root,
    absl::Span<const std::string> class_names, const ImageOptions& options = {},
    const ArchiveLimits& limits = {});

}  // namespace hypergan::data
