#pragma once

namespace hypergan::data {

// The test rows are for the figures that are reported at the very end.
enum class Split { kTrain, kTest };

}  // namespace hypergan::data
