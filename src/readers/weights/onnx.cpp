// Where an ONNX model keeps the matrices that it multiplies with. How a matrix lies and how it is scaled
// follows from the node that uses it.
#include <filesystem>
#include <map>
#include <optional>
#include <set>

#include "readers/mapped_file.hpp"
#include "readers/onnx/file.hpp"
#include "readers/stored_sizes.hpp"
#include "readers/weights/tables.hpp"

namespace berth {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostScales = 1'000'000;

// Storage names of TensorProto.DataType; empty: nothing that is multiplied with.
std::string_view storage_of(int type) {
  switch (type) {
    case onnx::kFloat: return "F32";
    case onnx::kDouble: return "F64";
    case onnx::kFloat16: return "F16";
    case onnx::kBfloat16: return "BF16";
    case onnx::kInt8: return "I8";
    case onnx::kUint8: return "U8";
    case onnx::kInt4: return "I4";
    case onnx::kUint4: return "U4";
    case 17: return "F8_E4M3";
    case 19: return "F8_E5M2";
    default: return {};
  }
}

// A constant as a node sees it: maybe transposed or dequantised on the way.
struct Weight {
  const onnx::Tensor* tensor = nullptr;
  const onnx::Tensor* scale = nullptr;
  const onnx::Tensor* zero_point = nullptr;
  std::int64_t axis = 1;  // of the scales, in the tensor's own shape
  bool transposed = false;
};
using Names = std::map<std::string_view, Weight>;

// The place of a weight in a node's inputs, of its scale and zero point (-1: none), and whether it lies [in, out].
struct Place {
  std::string_view op;
  int weight = 1;
  int scale = -1;
  int zero_point = -1;
  bool transposed = false;
};
// Shapes by the operators' definitions: onnx/docs/Operators.md, onnxruntime/docs/ContribOperators.md.
constexpr Place kPlaces[] = {
    {"MatMul", 1, -1, -1, true},
    {"Gemm", 1, -1, -1, true},  // unless transB
    {"Conv", 1},
    {"ConvTranspose", 1, -1, -1, true},
    {"FusedConv", 1},
    {"FusedMatMul", 1, -1, -1, true},
    {"LSTM", 1},
    {"LSTM", 2},
    {"GRU", 1},
    {"GRU", 2},
    {"RNN", 1},
    {"RNN", 2},
    {"Attention", 1, -1, -1, true},
    {"QAttention", 1, 4, 7, true},
    {"QLinearConv", 3, 4, 5},
    {"QLinearMatMul", 3, 4, 5, true},
    {"QGemm", 3, 4, 5, true},  // unless transB
    {"DynamicQuantizeMatMul", 1, 2, 3, true},
    {"MatMulIntegerToFloat", 1, 3, 5, true},
};

class Finder {
 public:
  Finder(const onnx::File& file, const std::string& path) : file_(file), folder_(fs::path(path).parent_path()) {
    table_.files.push_back(path);
  }

  Result<WeightTable> find() {
    Names names;
    walk(file_.graph, names);
    for (const onnx::Graph& graph : file_.subgraphs) {
      Names inner = names;  // names of the outer graph are seen in bodies
      walk(graph, inner);
    }
    return std::move(table_);
  }

 private:
  static const Weight* look_up(const Names& names, const onnx::Node& node, int input) {
    if (input < 0 || static_cast<std::size_t>(input) >= node.inputs.size()) return nullptr;
    const auto it = names.find(node.inputs[static_cast<std::size_t>(input)]);
    return it == names.end() ? nullptr : &it->second;
  }

  void walk(const onnx::Graph& graph, Names& names) {
    for (const onnx::Tensor* tensor : graph.initializers) names[tensor->name] = Weight{tensor};
    for (const onnx::Node& node : graph.nodes) {
      pass_on(node, names);
      for (const Place& place : kPlaces) {
        if (place.op == node.op) use(node, place, names);
      }
    }
  }

  // Nodes that give a constant another name.
  static void pass_on(const onnx::Node& node, Names& names) {
    if (node.outputs.empty()) return;
    if (node.op == "Constant") {
      const onnx::Attribute* value = node.attribute("value");
      if (value != nullptr && value->tensor != nullptr) names[node.outputs[0]] = Weight{value->tensor};
      return;
    }
    const Weight* source = look_up(names, node, 0);
    if (source == nullptr) return;
    Weight out = *source;
    if (node.op == "Transpose" && out.tensor->dims.size() == 2) {
      out.transposed = !out.transposed;
    } else if (node.op == "DequantizeLinear") {
      const Weight* scale = look_up(names, node, 1);
      if (scale == nullptr) return;
      const Weight* zero = look_up(names, node, 2);
      out.scale = scale->tensor;
      out.zero_point = zero == nullptr ? nullptr : zero->tensor;
      const onnx::Attribute* axis = node.attribute("axis");
      out.axis = axis == nullptr ? 1 : axis->i;
    } else if (node.op != "Identity") {
      return;
    }
    names[node.outputs[0]] = out;
  }

  void use(const onnx::Node& node, const Place& place, const Names& names) {
    const Weight* found = look_up(names, node, place.weight);
    if (found == nullptr || found->tensor->dims.size() < 2) return;
    Weight weight = *found;
    const onnx::Attribute* flipped = node.attribute("transB");
    const bool transposed = place.transposed && (flipped == nullptr || flipped->i == 0);
    weight.transposed = weight.transposed != transposed;
    if (const Weight* scale = look_up(names, node, place.scale); scale != nullptr) {
      weight.scale = scale->tensor;
      const Weight* zero = look_up(names, node, place.zero_point);
      weight.zero_point = zero == nullptr ? nullptr : zero->tensor;
      // Filters are scaled along their first axis, matrices [in, out] along their last.
      weight.axis = place.transposed ? static_cast<std::int64_t>(weight.tensor->dims.size()) - 1 : 0;
    }
    if (seen_.insert(weight.tensor).second) add(weight);
  }

  void add(const Weight& weight) {
    const onnx::Tensor& t = *weight.tensor;
    StoredTensor out;
    out.name = std::string(t.name);
    out.type = storage_of(t.type);
    out.shape = t.dims;
    out.transposed = weight.transposed;
    if (out.type.empty() || !place_data(t, out)) return;
    if (weight.scale != nullptr && !add_scales(weight, out)) return;
    table_.tensors.push_back(std::move(out));
  }

  // Numbers that are spread over varints can't be pointed to: false.
  bool place_data(const onnx::Tensor& t, StoredTensor& out) {
    const std::optional<std::uint64_t> needed = stored_bytes(*find_storage(out.type), out.shape);
    if (!needed || *needed == 0) return false;
    out.bytes = *needed;
    if (t.external) {
      if (t.location.empty()) return false;
      out.file = external_file(t.location);
      out.offset = t.data_offset;
      return true;
    }
    if (!t.raw_data.data.empty()) {
      out.offset = t.raw_data.offset;
      return t.raw_data.data.size() >= out.bytes;
    }
    protobuf::Message message(t.message, "");
    while (const auto field = message.next()) {
      if (!field->is(4, protobuf::Wire::kBytes) || t.type != onnx::kFloat) continue;
      out.offset = field->bytes.offset;
      return field->bytes.data.size() >= out.bytes;
    }
    return false;
  }

  // The parser has refused places outside of the folder.
  std::uint32_t external_file(std::string_view location) {
    const auto known = external_.emplace(location, static_cast<std::uint32_t>(table_.files.size()));
    if (known.second) table_.files.push_back((folder_ / fs::path(location)).string());
    return known.first->second;
  }

  static bool add_scales(const Weight& weight, StoredTensor& out) {
    const auto rank = static_cast<std::int64_t>(out.shape.size());
    const std::int64_t axis = weight.axis < 0 ? weight.axis + rank : weight.axis;
    const auto scales = onnx::decode(*weight.scale, kMostScales);
    if (!scales || scales->empty()) return false;
    // Scales a block have the weight's rank and aren't followed.
    if (scales->size() > 1 &&
        (axis < 0 || axis >= rank ||
         static_cast<std::int64_t>(scales->size()) != out.shape[static_cast<std::size_t>(axis)])) {
      return false;
    }
    for (const double scale : *scales) out.scales.push_back(static_cast<float>(scale));
    if (weight.zero_point != nullptr) {
      const auto zeros = onnx::decode(*weight.zero_point, kMostScales);
      if (!zeros || (zeros->size() != scales->size() && zeros->size() != 1)) return false;
      for (std::size_t i = 0; i < scales->size(); ++i) {
        out.zero_points.push_back(static_cast<std::int64_t>((*zeros)[zeros->size() == 1 ? 0 : i]));
      }
    }
    out.quantized_axis = static_cast<int>(axis);
    return true;
  }

  const onnx::File& file_;
  fs::path folder_;
  std::map<std::string_view, std::uint32_t> external_;
  std::set<const onnx::Tensor*> seen_;
  WeightTable table_;
};

}  // namespace

Result<WeightTable> onnx_weights(const std::string& path) {
  const Result<MappedFile> file = MappedFile::open(path);
  if (!file) return tl::unexpected<Error>(file.error());
  const Result<onnx::File> parsed = onnx::parse(file->bytes(), path);
  if (!parsed) return tl::unexpected<Error>(parsed.error());
  return Finder(*parsed, path).find();
}

}  // namespace berth
