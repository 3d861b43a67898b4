#pragma once

#include <map>
#include <set>
#include <string>

namespace hypergan::trainer::report {

// A slug of its own for each name: names from files may have one slug, and what
// is drawn of them must have ids and file names that differ all the same.
class Slugs {
 public:
  // The same for the same name.
  std::string Of(const std::string& name);

 private:
  std::map<std::string, std::string> by_name_;
  std::set<std::string> taken_;
};

}  // namespace hypergan::trainer::report
