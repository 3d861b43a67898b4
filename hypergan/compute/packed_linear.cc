#include "hypergan/compute/packed_linear.h"

#include <ATen/ATen.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>
#include <torch/csrc/jit/passes/inliner.h>
#include <torch/csrc/jit/runtime/custom_operator.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hypergan/compute/sparse_rows.h"

namespace hypergan {
namespace {

// Matrices beyond this many bytes do not stay in a core's cache between two
// uses.
constexpr int64_t kCachedBytes = int64_t{1} << 18;

// Zeros are skipped where at most this share of the rows' numbers is not zero.
constexpr double kSparseShare = 0.75;

const c10::Symbol& PackedLinearSymbol() {
  static const auto symbol =
      c10::Symbol::fromQualString("hypergan::packed_linear");
  return symbol;
}

void Multiply(const Kernel& kernel, const Product& product, bool skips_zeros) {
  const int64_t numbers = product.rows * product.length;
  if (!skips_zeros || CountNonzeros(product.input, numbers) >
                          kSparseShare * static_cast<double>(numbers)) {
    return kernel.multiply(product);
  }
  const SparseRows rows(product.input, product.rows, product.length,
                        kernel.sparse_block);
  kernel.multiply_sparse(rows.Of(product));
}

// y [..., outputs] = x [..., inputs] W^T + b. The kernel is passed as an index
// into Kernels().
at::Tensor PackedLinear(const at::Tensor& x, const at::Tensor& weights,
                        const std::optional<at::Tensor>& bias, int64_t outputs,
                        int64_t kernel, bool skips_zeros) {
  const at::Tensor rows = x.contiguous();
  const int64_t inputs = x.size(-1);
  std::vector<int64_t> shape = x.sizes().vec();
  shape.back() = outputs;
  const at::Tensor y = at::empty(shape);
  const int64_t count = inputs == 0 ? 0 : rows.numel() / inputs;
  TORCH_CHECK(
      rows.scalar_type() == at::kFloat && rows.is_cpu() &&
          Kernels()[kernel]->PackedSize(outputs, inputs) == weights.numel(),
      "packed linear layer: the input has another type or size");
  std::vector<int64_t> offsets(static_cast<size_t>(count));
  for (int64_t r = 0; r < count; ++r) offsets[r] = r * inputs;
  Product product;
  product.input = rows.const_data_ptr<float>();
  product.offsets = offsets.data();
  product.rows = count;
  product.length = inputs;
  if (weights.scalar_type() == at::kBFloat16) {
    product.half_weights = static_cast<const uint16_t*>(weights.data_ptr());
  } else {
    product.weights = weights.const_data_ptr<float>();
  }
  product.streams_weights =
      static_cast<int64_t>(weights.nbytes()) > kCachedBytes;
  if (bias) product.biases = bias->const_data_ptr<float>();
  product.outputs = outputs;
  product.output = y.data_ptr<float>();
  product.output_stride = outputs;
  Multiply(*Kernels()[kernel], product, skips_zeros);
  return y;
}

void CallPackedLinear(torch::jit::Stack& stack) {
  const bool skips_zeros = torch::jit::pop(stack).toBool();
  const int64_t kernel = torch::jit::pop(stack).toInt();
  const int64_t outputs = torch::jit::pop(stack).toInt();
  const auto bias = torch::jit::pop(stack).toOptional<at::Tensor>();
  const at::Tensor weights = torch::jit::pop(stack).toTensor();
  const at::Tensor x = torch::jit::pop(stack).toTensor();
  torch::jit::push(
      stack, PackedLinear(x, weights, bias, outputs, kernel, skips_zeros));
}

// Lives in this process only: no checkpoint is ever written with it.
const torch::jit::RegisterOperators kOperators({torch::jit::Operator(
    "hypergan::packed_linear(Tensor x, Tensor weights, Tensor? bias, "
    "int outputs, int kernel, bool skips_zeros) -> Tensor",
    CallPackedLinear, c10::AliasAnalysisKind::FROM_SCHEMA)});

void ForEachNode(torch::jit::Block* block,
                 const std::function<void(torch::jit::Node*)>& visit) {
  for (torch::jit::Node* node : block->nodes()) {
    visit(node);
    for (torch::jit::Block* inner : node->blocks()) ForEachNode(inner, visit);
  }
}

// "a.b.c" of a value that is attribute c of attribute b of attribute a of the
// graph's first input; empty for any other.
std::string PathOf(const torch::jit::Value* value,
                   const torch::jit::Graph& graph) {
  std::string path;
  while (value->node()->kind() == c10::prim::GetAttr) {
    const std::string& name = value->node()->s(c10::attr::name);
    path = path.empty() ? name : absl::StrCat(name, ".", path);
    value = value->node()->input(0);
  }
  return value == graph.inputs()[0] ? path : "";
}

c10::IValue AttributeAt(const torch::jit::Module& module,
                        const std::string& path) {
  c10::IValue value = module._ivalue();
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('.', begin), path.size());
    value = value.toObject()->getAttr(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return value;
}

// The tensor that a value always is, if it is an attribute of the module.
std::optional<at::Tensor> ConstantOf(const torch::jit::Module& module,
                                     const torch::jit::Value* value,
                                     const torch::jit::Graph& graph) {
  const std::string path = PathOf(value, graph);
  if (path.empty()) return std::nullopt;
  const c10::IValue attribute = AttributeAt(module, path);
  if (!attribute.isTensor()) return std::nullopt;
  const at::Tensor tensor = attribute.toTensor().detach();
  if (!tensor.is_cpu() || tensor.scalar_type() != at::kFloat) {
    return std::nullopt;
  }
  return tensor;
}

at::Tensor Packed(const at::Tensor& weight, const Kernel& kernel,
                  WeightPrecision precision) {
  const at::Tensor w = weight.contiguous();
  const at::Tensor packed =
      at::empty({kernel.PackedSize(w.size(0), w.size(1))});
  kernel.pack(w.const_data_ptr<float>(), w.size(0), w.size(1),
              packed.data_ptr<float>());
  return precision == WeightPrecision::kBfloat16 ? packed.to(at::kBFloat16)
                                                 : packed;
}

// In one pass without a copy. (A sum of finite numbers that overflows only
// costs the skipping of zeros.)
bool IsFinite(const at::Tensor& tensor) {
  return std::isfinite(tensor.sum().item<float>());
}

int64_t IndexOf(const Kernel& kernel) {
  const auto found = std::find(Kernels().begin(), Kernels().end(), &kernel);
  return found - Kernels().begin();
}

// Replaces `node`, an aten::linear; false if its weights are not constant.
bool Replace(torch::jit::Node* node, const torch::jit::Module& module,
             const Kernel& kernel, WeightPrecision precision) {
  torch::jit::Graph& graph = *node->owningGraph();
  const auto weight = ConstantOf(module, node->input(1), graph);
  if (!weight || weight->dim() != 2 || weight->numel() == 0) return false;
  torch::jit::Value* bias = node->input(2);
  if (bias->type()->kind() != c10::TypeKind::NoneType) {
    // aten::linear would stretch a bias of one number over all outputs.
    const auto numbers = ConstantOf(module, bias, graph);
    if (!numbers || !numbers->is_contiguous() ||
        numbers->sizes() != at::IntArrayRef({weight->size(0)})) {
      return false;
    }
  }
  torch::jit::WithInsertPoint insert(node);
  torch::jit::Node* packed = graph.create(
      PackedLinearSymbol(),
      {node->input(0), graph.insertConstant(Packed(*weight, kernel, precision)),
       bias, graph.insertConstant(weight->size(0)),
       graph.insertConstant(IndexOf(kernel)),
       graph.insertConstant(IsFinite(*weight))});
  packed->output()->setType(node->output()->type());
  graph.insertNode(packed);
  node->output()->replaceAllUsesWith(packed->output());
  return true;
}

std::shared_ptr<torch::jit::Graph> InlinedGraph(
    const torch::jit::Module& module, const std::string& method) {
  std::shared_ptr<torch::jit::Graph> graph =
      module.get_method(method).graph()->copy();
  torch::jit::Inline(*graph);
  return graph;
}

std::vector<std::string> AttributesIn(torch::jit::Graph& graph) {
  std::set<std::string> paths;
  ForEachNode(graph.block(), [&](torch::jit::Node* node) {
    if (node->kind() != c10::prim::GetAttr) return;
    paths.insert(PathOf(node->output(), graph));
  });
  return {paths.begin(), paths.end()};
}

}  // namespace

PackedMethod PackLinearLayers(const torch::jit::Module& module,
                              const std::string& method, const Kernel& kernel,
                              WeightPrecision precision) {
  PackedMethod result = {InlinedGraph(module, method), {}};
  std::vector<torch::jit::Node*> linear;
  bool assigns = false;
  ForEachNode(result.graph->block(), [&](torch::jit::Node* node) {
    if (node->kind() == c10::aten::linear) linear.push_back(node);
    if (node->kind() == c10::prim::SetAttr) assigns = true;
  });
  if (assigns) return result;
  std::set<std::string> packed;
  for (torch::jit::Node* node : linear) {
    const std::string path = PathOf(node->input(1), *result.graph);
    if (!Replace(node, module, kernel, precision)) continue;
    node->destroy();
    packed.insert(path);
  }
  torch::jit::EliminateDeadCode(result.graph);
  for (const std::string& path : AttributesIn(*result.graph)) {
    packed.erase(path);
  }
  result.packed = {packed.begin(), packed.end()};
  return result;
}

std::vector<std::string> AttributesRead(const torch::jit::Module& module,
                                        const std::string& method) {
  return AttributesIn(*InlinedGraph(module, method));
}

}  // namespace hypergan
