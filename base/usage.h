#pragma once

#include <set>
#include <string>
#include <vector>

#include "absl/flags/commandlineflag.h"
#include "absl/strings/string_view.h"

namespace hypergan {

// The flags that are defined in sources below `folder`, as "trainer/app/", by
// name: those of libraries that are linked into the program are none of its
// own.
std::vector<const absl::CommandLineFlag*> FlagsOf(absl::string_view folder);

// The flag of that name among FlagsOf(folder); null if there is none.
absl::CommandLineFlag* FindFlag(absl::string_view folder,
                                absl::string_view name);

// Does a flag belong to `verb`, one of `verbs` (Program::verbs)?
bool BelongsTo(const absl::CommandLineFlag& flag, absl::string_view verb,
               const std::set<std::string>& verbs);

// Every flag of FlagsOf(folder) whose name or meaning contains `word`, in upper
// or lower case, with its default and its meaning, 80 columns wide. All of them
// for an empty word.
std::string DescribeFlags(absl::string_view folder, absl::string_view word);

// Those of FlagsOf(folder) that belong to `verb`, one of `verbs`
// (Program::verbs): first the ones that `first` names, in its order.
std::string DescribeVerb(absl::string_view folder, absl::string_view verb,
                         const std::set<std::string>& verbs,
                         const std::vector<std::string>& first);

}  // namespace hypergan
