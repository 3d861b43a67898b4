#pragma once

#include <string>
#include <utility>

namespace hypergan::server {

// Is it a described model, model.safetensors, which runs no code? The name
// decides; what has this name and is none is refused.
inline bool IsDescribed(const std::string& path) {
  return path.ends_with(".safetensors");
}

// A checkpoint to be opened.
struct CheckpointFile {
  explicit CheckpointFile(std::string name)
      : path(std::move(name)), bytes_path(path) {}

  std::string path;        // as people know it
  std::string bytes_path;  // where its bytes are: a copy that nobody changes
};

}  // namespace hypergan::server
