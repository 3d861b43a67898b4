#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "hypergan/target/dense_chain.h"
#include "hypergan/target/operations.h"

namespace hypergan {

struct GeneratorSizes;

// How a slot's code becomes its weights and biases: one of these for each value
// of Generator. A new kind of generator is a class here and a row of the table.
class SlotGenerator {
 public:
  virtual ~SlotGenerator() = default;

  // In a description.
  virtual absl::string_view name() const = 0;

  // The layers that have its parameters, the last of which writes what
  // networks start from: `outputs` numbers in the order of the slot.
  virtual std::vector<DenseLayer> Layers(const GeneratorSizes& sizes,
                                         const ParameterSlot& slot) const = 0;

  // Lines of TorchScript, h [M, code] to h [N, weights + biases]: all M codes
  // count for statistics, the first N (of `noise`) become networks.
  virtual std::string Source(const GeneratorSizes& sizes,
                             const ParameterSlot& slot) const = 0;
};

const SlotGenerator& GeneratorOf(Generator generator);

// Those there are, in the order of the enumeration.
absl::Span<const SlotGenerator* const> SlotGenerators();

}  // namespace hypergan
