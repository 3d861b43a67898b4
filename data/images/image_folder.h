#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "data/dataset.h"
#include "data/images/image_options.h"

// JPEG, PNG and WebP files, all of one size unless `options` resize them.
// Entries whose names begin with a dot are passed over everywhere; in folders
// so are files that are no images and are not named as one, with a note of how
// many. Errors name the file, and ImageRows::Finish notes the files with
// warnings.
namespace hypergan::data {

// The names in a folder, sorted: sub-folders, or everything else.
// NOT_FOUND or PERMISSION_DENIED if it, or a link in it, cannot be read.
absl::StatusOr<std::vector<std::string>> ListFolders(const std::string& folder);
absl::StatusOr<std::vector<std::string>> ListFiles(const std::string& folder);

// The files in the order given, without labels. INVALID_ARGUMENT for more than
// kMaxImageFileBytes; else the errors of ImageRows::Append.
absl::StatusOr<Dataset> ReadImages(absl::Span<const std::string> paths,
                                   const ImageOptions& options = {});

// Is this a regular file that begins as an image?
bool StartsAsImage(const std::string& path);

// The files in the folder itself, sorted by name, without labels. Else as
// ReadImages.
absl::StatusOr<Dataset> ReadImagesIn(const std::string& folder,
                                     const ImageOptions& options = {});

// Reads ROOT/<class>/<file>, sorted by class and file name. A class's label is
// its place in `class_names`: INVALID_ARGUMENT for a folder that is not named
// there.
absl::StatusOr<Dataset> ReadImageFolder(
    const std::string& root, absl::Span<const std::string> class_names,
    const ImageOptions& options = {});

}  // namespace hypergan::data
