#include "hypergan/target/slot_generator.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "hypergan/target/architecture.h"

namespace hypergan {
namespace {

// The paper's: a multilayer perceptron with one output a weight.
class DenseGenerator final : public SlotGenerator {
 public:
  absl::string_view name() const override { return "dense"; }

  std::vector<DenseLayer> Layers(const GeneratorSizes& sizes,
                                 const ParameterSlot& slot) const override {
    return DenseChain(absl::StrCat("generator", slot.index), sizes.code,
                      sizes.generator_hidden, slot.NumParameters());
  }

  // The first N codes alone go through the last layer, which is where the work
  // is.
  std::string Source(const GeneratorSizes& sizes,
                     const ParameterSlot& slot) const override {
    return DenseChainSource(Layers(sizes, slot), "h = h[:noise.size(0)]");
  }
};

}  // namespace

absl::Span<const SlotGenerator* const> SlotGenerators() {
  static const DenseGenerator dense;
  static const std::array<const SlotGenerator*, 1> generators = {&dense};
  return generators;
}

const SlotGenerator& GeneratorOf(Generator generator) {
  return *SlotGenerators()[static_cast<size_t>(generator)];
}

}  // namespace hypergan
