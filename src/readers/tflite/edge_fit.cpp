#include <fmt/format.h>

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

// Why a tensor keeps its operator off the accelerator; empty: it doesn't.
std::string objection(const TfliteTensor& t, const Support& support, bool weights) {
  const std::string type = to_string(t.type);
  const bool index = t.constant && holds(support.index_types, type);  // shapes, axes, biases
  if (!holds(support.types, type) && !index) return fmt::format("tensor '{}' is {}, not quantised", t.name, type);
  if (!index && t.scales.empty()) return fmt::format("tensor '{}' is {} without a scale", t.name, type);
  if (t.dynamic) return fmt::format("tensor '{}' has a dynamic shape", t.name);
  if (!weights && !t.constant && too_deep(t, support.largest_rank)) {
    return fmt::format("tensor '{}' has more than {} dimensions above 1", t.name, support.largest_rank);
  }
  return {};
}

std::string objection(const TfliteOperator& op, const TfliteGraph& graph, const Support& support) {
  const bool custom = op.code == 32;
  const std::string name = tflite_name(op);
  if (custom && holds(support.custom, op.custom)) return {};
  if (custom || !holds(support.operators, name)) return "the operator isn't supported";
  for (const auto* list : {&op.inputs, &op.outputs}) {
    for (const std::int32_t i : *list) {
      if (i < 0) continue;
      const std::string why = objection(graph.tensors[static_cast<std::size_t>(i)], support, list == &op.inputs);
      if (!why.empty()) return why;
    }
  }
  return {};
}

}  // namespace

OperatorFit edge_tpu_fit(const TfliteGraph& graph) {
  static const Support support = embedded_support();
  OperatorFit fit;
  fit.device = support.device;
  fit.operators = static_cast<std::int64_t>(graph.operators.size());
  std::set<std::int32_t> constants;
  bool cut = false;
  for (std::size_t i = 0; i < graph.operators.size(); ++i) {
    const TfliteOperator& op = graph.operators[i];
    std::string why = objection(op, graph, support);
    if (why.empty()) {
      ++fit.fitting;
      if (!cut) ++fit.mapped;
    } else if (!cut) {
      cut = true;
      fit.first_unmapped = fmt::format("{} {}", i, tflite_name(op));
      fit.why = std::move(why);
    }
    if (cut) continue;
    for (const std::int32_t input : op.inputs) {
      if (input >= 0 && graph.tensors[static_cast<std::size_t>(input)].constant) constants.insert(input);
    }
  }
  for (const std::int32_t i : constants) {
    fit.parameter_bytes += static_cast<std::int64_t>(graph.tensors[static_cast<std::size_t>(i)].data_bytes);
  }
  return fit;
}

}  // namespace berth
