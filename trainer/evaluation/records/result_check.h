#pragma once

#include "absl/status/status.h"
#include "trainer/evaluation/records/result.h"

namespace hypergan::trainer {

// Do the parts of a result fit together: lists of one length where they are
// paired, pictures of as many bytes as their sizes say, and a name for the
// experiment and the method? INVALID_ARGUMENT, naming the field, if not.
absl::Status CheckResult(const ExperimentResult& result);

}  // namespace hypergan::trainer
