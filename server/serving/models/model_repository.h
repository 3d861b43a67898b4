#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/serving/limits.h"
#include "server/serving/log.h"
#include "server/serving/models/version_policy.h"

namespace hypergan::server {

// Where one version of one model lies.
struct ModelFile {
  std::string name;
  int64_t version = 0;  // >= 1; 0: of a model whose folder cannot be read
  std::string path;     // of its checkpoint
  absl::Status problem =
      {};  // why it cannot be read, known before it is opened
};

// What of a repository is wanted.
struct RepositoryRules {
  bool allow_torchscript = true;  // which is code
  VersionPolicy versions;
};

// Finds REPOSITORY/<model>/<version>/model.pt, or model.safetensors, by name,
// then by version, ascending. Links are followed. Of a folder with both the
// former is taken, with a line in `log`, unless the rules do not allow it.
//
// Names are 1 to 128 of [A-Za-z0-9._-], not starting with a dot; versions are
// positive integers without leading zeros. Anything else, and a version without
// its checkpoint (a training that has not finished), is skipped with a line in
// `log` (of many, the first few and their number), as are the smallest versions
// beyond limits.max_versions. Versions that the rules do not choose are skipped
// silently. What is not allowed is among the results, with its problem. Entries
// that start with a dot are skipped silently. What is there and cannot be read
// is among the results, with its problem.
//   NOT_FOUND            no such folder, or it cannot be read
//   RESOURCE_EXHAUSTED   more models than limits.max_models, or more entries in
//                        one folder than anyone would want
absl::StatusOr<std::vector<ModelFile>> ScanRepository(
    const std::string& repository, const Limits& limits, const Log& log,
    const RepositoryRules& rules = {});

// The versions of one model that lies outside a repository. `path` is a
// checkpoint or a folder with one, which is version 1, or else a folder
// with versions, as a repository has for a model; of these as ScanRepository.
//   INVALID_ARGUMENT     a name that no model of a repository may have
//   NOT_FOUND            nothing there, or it cannot be read
//   RESOURCE_EXHAUSTED   more entries than anyone would want
absl::StatusOr<std::vector<ModelFile>> FindModel(
    const std::string& name, const std::string& path, const Limits& limits,
    const Log& log, const RepositoryRules& rules = {});

}  // namespace hypergan::server
