// What of the stored tensors is a parameter: decided by how nodes use them.
#include <algorithm>
#include <cmath>

#include "readers/onnx/interpreter.hpp"

namespace berth::onnx {
namespace {

bool is_packed(int type) {
  return type == kInt8 || type == kUint8 || type == kInt4 || type == kUint4;
}

// Inputs that set up an operator rather than being learned.
bool is_setting(std::string_view op, std::size_t i) {
  if (op == "Clip" || op == "Pad" || op == "Pow" || op == "Dropout" || op == "Range" || op == "Resize" ||
      op == "Upsample" || op == "OneHot" || op == "Trilu" || op == "Mod" || op == "CumSum") {
    return i > 0 || op == "Range" || op == "OneHot";
  }
  return false;
}

// Where a constant that ConstantOfShape makes is a filler, not a weight whose values were left out.
bool takes_fillers(std::string_view op) {
  constexpr std::string_view kOps[] = {"Concat", "Expand", "Tile",  "Where",     "Pad",
                                       "Slice",  "Cast",   "Equal", "ScatterND", "ScatterElements"};
  return std::find(std::begin(kOps), std::end(kOps), op) != std::end(kOps);
}

// Scales and zero points by input place.
bool is_scale(std::string_view op, std::size_t i) {
  if (op == "QuantizeLinear" || op == "DequantizeLinear") return i >= 1;
  if (op == "QLinearConv" || op == "QLinearMatMul") return i != 0 && i != 3 && i != 8;
  if (op == "ConvInteger" || op == "MatMulInteger") return i >= 2;
  if (op == "MatMulNBits" || op == "GatherBlockQuantized")
    return (i >= 2 && i != 5) && !(op == "GatherBlockQuantized" && i == 1);
  if (op == "QMoE") return i == 3 || i == 6 || i == 9 || i > 10;
  return false;
}

// Places where 8-bit and 4-bit integers are weights.
bool takes_quantized_weights(std::string_view op, std::size_t i) {
  return (op == "DequantizeLinear" && i == 0) || ((op == "QLinearConv" || op == "QLinearMatMul") && i == 3) ||
         ((op == "ConvInteger" || op == "MatMulInteger" || op == "MatMulNBits" || op == "MatMulBnb4" ||
           op == "MatMulIntegerToFloat" || op == "DynamicQuantizeMatMul" || op == "QAttention") &&
          i == 1) ||
         (op == "GatherBlockQuantized" && i == 0) || (op == "QGemm" && i == 3) ||
         (op == "QMoE" && (i == 2 || i == 5 || i == 8)) || (op == "DynamicQuantizeLSTM" && (i == 1 || i == 2));
}

}  // namespace

void Interpreter::mark(const Value* value, Role role, double packing) {
  if (value == nullptr) return;
  if (value->generated && role == Role::kParameter) generated_.insert(value);
  if (value->tensor == nullptr) return;
  Stored& stored = roles_[value->tensor];
  if (role > stored.role) stored.role = role;
  stored.packing = std::max(stored.packing, packing);
}

void Interpreter::use_constants(const Call& call) {
  const std::string_view op = call.node->op;
  for (std::size_t i = 0; i < call.in.size(); ++i) {
    const Value* value = call.in[i];
    if (value == nullptr || (value->tensor == nullptr && !value->generated)) continue;
    const int type = value->type;
    const bool is_bias = op == "QLinearConv" && i == 8;
    if (op == "BatchNormalization" && (i == 3 || i == 4)) {
      mark(value, Role::kStatistic);
    } else if (is_scale(op, i)) {
      mark(value, Role::kScale);
    } else if (takes_quantized_weights(op, i) && (is_packed(type) || type == kInt32)) {
      const double bits =
          static_cast<double>(std::max<std::int64_t>(1, call.integer(op == "QMoE" ? "expert_weight_bits" : "bits", 8)));
      const bool below_byte = (op == "MatMulNBits" || op == "QMoE" || op == "GatherBlockQuantized") && type == kUint8;
      mark(value, Role::kParameter, below_byte ? std::max(1.0, 8 / bits) : 1);
    } else if (is_bias) {
      mark(value, Role::kParameter);
    } else if (!is_real(type) || is_setting(op, i) || (value->generated && takes_fillers(op)) || value->rank() == 0) {
      mark(value, Role::kConstant);
    } else {
      mark(value, Role::kParameter);
    }
  }
}

void Interpreter::count_parameters() {
  ParameterCount& count = out_.count;
  const auto add = [&](const Tensor* tensor) {
    count.in_file += tensor->elements;
    if (!tensor->has_data && !tensor->external && tensor->elements > 0) out_.has_stripped = true;
    const auto found = roles_.find(tensor);
    const Stored stored = found == roles_.end() ? Stored() : found->second;
    switch (stored.role) {
      case Role::kUnused:
        (is_real(tensor->type) || is_packed(tensor->type) ? count.unused : count.constants) += tensor->elements;
        break;
      case Role::kConstant: count.constants += tensor->elements; break;
      case Role::kScale: count.scales += tensor->elements; break;
      case Role::kStatistic: count.statistics += tensor->elements; break;
      case Role::kParameter:
        count.parameters += tensor->elements * stored.packing;
        count.unpacked += tensor->elements * (stored.packing - 1);
        count.by_type[stored.packing > 1 ? int{kInt4} : tensor->type] += tensor->elements * stored.packing;
        break;
    }
  };
  const auto add_graph = [&](const Graph& graph) {
    for (const Tensor* tensor : graph.initializers) add(tensor);
    for (const SparseTensor& sparse : graph.sparse) {
      if (sparse.values != nullptr) add(sparse.values);
    }
    for (const Node& node : graph.nodes) {
      if (node.op != "Constant") continue;
      for (const Attribute& a : node.attributes) {
        if (a.tensor != nullptr) add(a.tensor);
        const double listed =
            a.name == "value_ints" ? static_cast<double>(decode_ints(a).value_or(std::vector<std::int64_t>()).size())
            : a.name == "value_floats" ? static_cast<double>(decode_floats(a).value_or(std::vector<double>()).size())
            : a.name == "value_int" || a.name == "value_float" ? 1
                                                               : 0;
        count.in_file += listed;
        count.constants += listed;
      }
    }
  };
  add_graph(file_.graph);
  for (const Graph& graph : file_.subgraphs) add_graph(graph);
  for (const Function& function : file_.functions) add_graph(function.body);
  for (const Value* value : generated_) {
    const double elements = value->elements();
    if (std::isnan(elements)) continue;
    count.generated += elements;
    count.parameters += elements;
    count.by_type[value->type] += elements;
  }
}

}  // namespace berth::onnx
