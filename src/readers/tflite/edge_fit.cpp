#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "core/embedded.hpp"
#include "core/fields.hpp"
#include "readers/tflite/tflite.hpp"

namespace berth {
namespace {

constexpr std::string_view kFile = "catalog/edge_tpu_operators.json";

// What the accelerator takes.
struct Support {
  std::string device;
  std::vector<std::string> types;
  std::vector<std::string> index_types;
  std::vector<std::string> state_types;  // of the state of `state_operators`, which stays inside
  std::vector<std::string> state_operators;
  std::vector<std::string> leading_host;    // conversions of the input that the host does
  std::vector<std::string> size_dependent;  // mapped in some sizes only, which aren't published
  std::int64_t largest_rank = 0;
  std::vector<std::string> operators;
  std::vector<std::string> custom;
};

Support embedded_support() {
  Support out;
  for (const EmbeddedFile& file : embedded_files()) {
    if (file.name != kFile) continue;
    const Result<Node> document = parse_document(file.text, file.name, Syntax::kJson);
    if (!document) return out;  // a test reads the file
    Fields fields(*document, file.name, "");
    fields.read("device", out.device);
    fields.read("types", out.types);
    fields.read("index_types", out.index_types);
    fields.read("state_types", out.state_types);
    fields.read("state_operators", out.state_operators);
    fields.read("leading_host", out.leading_host);
    fields.read("size_dependent", out.size_dependent);
    fields.read("largest_rank", out.largest_rank);
    fields.read("operators", out.operators);
    fields.read("custom", out.custom);
  }
  return out;
}

bool holds(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// Dimensions beyond the innermost must be 1.
bool too_deep(const TfliteTensor& t, std::int64_t largest) {
  const auto rank = static_cast<std::int64_t>(t.shape.size());
  // The batch of images stands before height, width and channels and is 1.
  for (std::int64_t i = 0; i < rank - largest; ++i) {
    if (t.shape[static_cast<std::size_t>(i)] != 1) return true;
  }
  return false;
}

// How to take operators that are mapped in some sizes only.
enum class Sizes : std::uint8_t { kAll, kSure };

// Why a tensor keeps its operator off the accelerator; empty: it doesn't.
std::string objection(const TfliteTensor& t, const Support& support, bool weights) {
  const std::string type = to_string(t.type);
  const bool index = t.constant && holds(support.index_types, type);  // shapes, axes, biases
  if (!holds(support.types, type) && !index) {
    return fmt::format("tensor '{}' is {}, not {}", t.name, type, fmt::join(support.types, " or "));
  }
  if (!index && t.scales.empty()) return fmt::format("tensor '{}' is {} without a scale", t.name, type);
  if (t.dynamic) return fmt::format("tensor '{}' has a dynamic shape", t.name);
  if (!weights && !t.constant && too_deep(t, support.largest_rank)) {
    return fmt::format("tensor '{}' has more than {} dimensions above 1", t.name, support.largest_rank);
  }
  return {};
}

std::string objection(const TfliteOperator& op, const TfliteGraph& graph, const Support& support) {
  const bool custom = op.code == kTfliteCustom;
  const std::string name = tflite_name(op);
  if (custom && holds(support.custom, op.custom)) return {};
  if (custom || !holds(support.operators, name)) return "the operator isn't supported";
  const bool stateful = holds(support.state_operators, name);
  for (const auto* list : {&op.inputs, &op.outputs}) {
    for (const std::int32_t i : *list) {
      if (i < 0) continue;
      const TfliteTensor& t = graph.tensors[static_cast<std::size_t>(i)];
      if (stateful && list == &op.inputs && holds(support.state_types, to_string(t.type))) continue;
      std::string why = objection(t, support, list == &op.inputs);
      if (!why.empty()) return why;
    }
  }
  return {};
}

// Whether the compiler's documentation leaves open if this operator is mapped: one that changes sizes.
bool is_uncertain(const TfliteOperator& op, const TfliteGraph& graph, const Support& support) {
  if (!holds(support.size_dependent, tflite_name(op)) || op.inputs.empty() || op.outputs.empty()) return false;
  if (op.inputs[0] < 0 || op.outputs[0] < 0) return false;
  return graph.tensors[static_cast<std::size_t>(op.inputs[0])].shape !=
         graph.tensors[static_cast<std::size_t>(op.outputs[0])].shape;
}

// Which operators go where. The accelerator runs what fits and depends on nothing that the host has computed.
class Partition {
 public:
  Partition(const TfliteGraph& graph, const Support& support) : graph_(graph), support_(support) {}

  OperatorFit cut(Sizes sizes) {
    OperatorFit fit;
    fit.device = support_.device;
    fit.operators = static_cast<std::int64_t>(graph_.operators.size());
    on_host_.assign(graph_.tensors.size(), false);
    converted_.assign(graph_.tensors.size(), false);
    for (const std::int32_t input : graph_.inputs) set(converted_, input);
    std::set<std::int32_t> constants;
    for (std::size_t i = 0; i < graph_.operators.size(); ++i) {
      const TfliteOperator& op = graph_.operators[i];
      std::string why = objection(op, graph_, support_);
      if (why.empty() && is_uncertain(op, graph_, support_)) {
        if (uncertain_.empty()) uncertain_ = fmt::format("{} {}", i, tflite_name(op));
        if (sizes == Sizes::kSure) why = "mapped in some sizes only";
      }
      if (why.empty()) ++fit.fitting;
      if (why.empty() && !depends_on(on_host_, op)) {
        ++fit.mapped;
        add_constants(op, constants);
      } else if (holds(support_.leading_host, tflite_name(op)) && only_converts(op)) {
        for (const std::int32_t output : op.outputs) set(converted_, output);
        ++leading_;
      } else {
        for (const std::int32_t output : op.outputs) set(on_host_, output);
        if (!why.empty() && fit.why.empty()) {
          fit.first_unmapped = fmt::format("{} {}", i, tflite_name(op));
          fit.why = std::move(why);
        }
      }
    }
    for (const std::int32_t i : constants) {
      fit.parameter_bytes += static_cast<std::int64_t>(graph_.tensors[static_cast<std::size_t>(i)].data_bytes);
    }
    return fit;
  }

  // Conversions of the input that the host does.
  [[nodiscard]] std::int64_t leading() const { return leading_; }
  // The first operator that is mapped in some sizes only.
  [[nodiscard]] const std::string& uncertain() const { return uncertain_; }

 private:
  static void set(std::vector<bool>& marks, std::int32_t tensor) {
    if (tensor >= 0) marks[static_cast<std::size_t>(tensor)] = true;
  }
  static bool depends_on(const std::vector<bool>& marks, const TfliteOperator& op) {
    return std::any_of(op.inputs.begin(), op.inputs.end(),
                       [&](std::int32_t i) { return i >= 0 && marks[static_cast<std::size_t>(i)]; });
  }
  // Whether it works on nothing but inputs of the graph and what became of them.
  [[nodiscard]] bool only_converts(const TfliteOperator& op) const {
    return std::all_of(op.inputs.begin(), op.inputs.end(), [&](std::int32_t i) {
      return i < 0 || converted_[static_cast<std::size_t>(i)] || graph_.tensors[static_cast<std::size_t>(i)].constant;
    });
  }
  void add_constants(const TfliteOperator& op, std::set<std::int32_t>& constants) const {
    for (const std::int32_t input : op.inputs) {
      if (input >= 0 && graph_.tensors[static_cast<std::size_t>(input)].constant) constants.insert(input);
    }
  }

  const TfliteGraph& graph_;
  const Support& support_;
  std::vector<bool> on_host_;    // tensors that come from the host
  std::vector<bool> converted_;  // tensors that the host has only converted
  std::int64_t leading_ = 0;
  std::string uncertain_;
};

}  // namespace

OperatorFit edge_tpu_fit(const TfliteGraph& graph, std::vector<std::string>& notes) {
  static const Support support = embedded_support();
  Partition partition(graph, support);
  const OperatorFit fit = partition.cut(Sizes::kAll);
  const OperatorFit sure = Partition(graph, support).cut(Sizes::kSure);
  if (partition.leading() > 0 && fit.mapped > 0) {
    notes.push_back(
        fmt::format("the Edge TPU leaves {} operators that convert the input to the host", partition.leading()));
  }
  if (sure.mapped < fit.mapped) {
    notes.push_back(fmt::format("the Edge TPU maps at least {} operators; {} is mapped in some sizes only", sure.mapped,
                                partition.uncertain()));
  }
  return fit;
}

}  // namespace berth
