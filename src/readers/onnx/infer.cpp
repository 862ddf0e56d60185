#include "readers/onnx/infer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "core/text.hpp"
#include "readers/mapped_file.hpp"
#include "readers/onnx/interpreter.hpp"
#include "readers/onnx/trees.hpp"

namespace berth::onnx {
namespace {

// Functions and loops are walked where they are called: a file of a few kilobytes could call itself
// up to billions of steps. The largest decoders have some 100,000 nodes.
constexpr std::int64_t kMostSteps = 500'000;
constexpr int kDeepest = 64;

std::string title(const Node& node) {
  std::string out = fmt::format("node '{}'", shorten(node.name.empty() ? std::string_view("(no name)") : node.name));
  return out + fmt::format(" ({})", shorten(node.op));
}

bool is_random(std::string_view op) {
  return op.starts_with("Random") || op == "Bernoulli" || op == "Multinomial";
}

}  // namespace

bool Interpreter::fail(std::uint64_t offset, ErrorCode code, const std::string& message, std::string fix) {
  if (!error_) error_ = error_at_byte(file_.name, offset, code, message, std::move(fix));
  return false;
}

Value* Interpreter::find(std::string_view name, const Scope& scope) const {
  for (const Scope* at = &scope; at != nullptr; at = at->parent) {
    const auto found = at->names.find(name);
    if (found != at->names.end()) return found->second;
  }
  return nullptr;
}

Value* Interpreter::add_value(std::string_view name, Scope& scope) {
  Value& value = values_.emplace_back();
  value.name = name;
  return scope.names.emplace(name, &value).second ? &value : nullptr;
}

std::int64_t Interpreter::opset(std::string_view domain, const Scope& scope) const {
  if (scope.function == nullptr) return file_.opset(domain);
  for (const Opset& o : scope.function->opsets) {
    if (o.domain == domain || (domain.empty() && o.domain == "ai.onnx")) return o.version;
  }
  return file_.opset(domain);
}

// An open axis of a graph input: given by name or by place, else 1. Axes of other values have the size
// that their name got from an input.
std::int64_t Interpreter::size_of(const Dim& dim, std::string_view input, std::size_t axis, bool is_input) {
  if (dim.value > 0 || (dim.value == 0 && !is_input)) return dim.value;
  if (!is_input) {
    const auto found = symbols_.find(dim.name);
    return dim.name.empty() || found == symbols_.end() ? kUnknown : found->second;
  }
  const std::string place = fmt::format("{}:{}", input, axis);
  const std::string name(dim.name);
  std::int64_t size = 1;
  bool given = false;
  for (const std::string& key : {place, name}) {
    if (key.empty()) continue;
    open_dims_.push_back(key);
    const auto found = options_.dims.find(key);
    if (found == options_.dims.end() || given) continue;
    size = found->second;
    given = true;
    used_dims_.insert(key);
  }
  if (!given && !dim.name.empty() && symbols_.contains(dim.name)) return symbols_[dim.name];
  if (!given && out_.assumed_dims.size() < 1000) out_.assumed_dims.push_back(name.empty() ? place : name);
  if (!dim.name.empty()) symbols_.emplace(dim.name, size);
  return size;
}

bool Interpreter::bind_inputs(Scope& scope) {
  for (const ValueInfo& info : scope.graph->inputs) {
    if (scope.names.contains(info.name)) continue;  // an initializer that may be overridden
    Value* value = add_value(info.name, scope);
    value->type = info.type;
    value->ranked = info.ranked;
    for (std::size_t i = 0; i < info.dims.size(); ++i) value->dims.push_back(size_of(info.dims[i], info.name, i, true));
  }
  for (const auto& given : options_.dims) {
    if (used_dims_.contains(given.first)) continue;
    std::sort(open_dims_.begin(), open_dims_.end());
    open_dims_.erase(std::unique(open_dims_.begin(), open_dims_.end()), open_dims_.end());
    const std::span<const std::string> some(open_dims_.data(), std::min<std::size_t>(open_dims_.size(), 8));
    error_ = Error{ErrorCode::kInvalid, fmt::format("the model has no dynamic axis '{}'", shorten(given.first)),
                   open_dims_.empty() ? "all of its axes are fixed"
                                      : fmt::format("its dynamic axes are {}{}", fmt::join(some, ", "),
                                                    did_you_mean(given.first, open_dims_)),
                   SourceSpan{std::string(file_.name), 0, 0, 0, 0}};
    return false;
  }
  return true;
}

void Interpreter::set_tensor(Value& value, const Tensor& tensor) {
  value.type = tensor.type;
  value.ranked = true;
  value.dims = tensor.dims;
  value.constant = true;
  value.tensor = &tensor;
  constexpr double kSmall = 1024;
  if (tensor.elements > kSmall) return;
  if (auto numbers = decode(tensor, static_cast<std::size_t>(kSmall))) {
    value.has_data = true;
    value.data = std::move(*numbers);
  }
}

bool Interpreter::bind_initializers(const Graph& graph, Scope& scope) {
  scope.names.reserve(graph.initializers.size() + graph.nodes.size() + graph.inputs.size());
  for (const Tensor* tensor : graph.initializers) {
    Value* value = add_value(tensor->name, scope);
    if (value == nullptr) {
      return fail(tensor->offset, ErrorCode::kInvalid,
                  fmt::format("the initializer '{}' is given twice", shorten(tensor->name)));
    }
    set_tensor(*value, *tensor);
  }
  for (const SparseTensor& sparse : graph.sparse) {
    if (sparse.values == nullptr) continue;
    Value* value = add_value(sparse.values->name, scope);
    if (value == nullptr)
      return fail(sparse.values->offset, ErrorCode::kInvalid, "a sparse initializer is given twice");
    set_tensor(*value, *sparse.values);
    value->dims = sparse.dims;
    value->has_data = false;
    for (std::int64_t& dim : value->dims) dim = std::max(dim, kUnknown);
  }
  return true;
}

std::optional<std::vector<std::size_t>> Interpreter::order_of(const std::vector<Node>& nodes, const Scope& scope) {
  std::unordered_map<std::string_view, std::size_t> makers;
  makers.reserve(nodes.size());
  bool sorted = true;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (const std::string_view name : nodes[i].outputs) {
      if (!name.empty()) makers.emplace(name, i);
    }
  }
  for (std::size_t i = 0; i < nodes.size() && sorted; ++i) {
    for (const std::string_view name : nodes[i].inputs) {
      const auto found = makers.find(name);
      if (found != makers.end() && found->second >= i && find(name, scope) == nullptr) sorted = false;
    }
  }
  if (sorted) return std::vector<std::size_t>();
  std::vector<std::size_t> waits(nodes.size(), 0);
  std::vector<std::vector<std::size_t>> next(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (const std::string_view name : nodes[i].inputs) {
      const auto found = makers.find(name);
      if (found == makers.end()) continue;
      next[found->second].push_back(i);
      ++waits[i];
    }
  }
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (waits[i] == 0) order.push_back(i);
  }
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (const std::size_t after : next[order[i]]) {
      if (--waits[after] == 0) order.push_back(after);
    }
  }
  if (order.size() == nodes.size()) {
    out_.notes.push_back("the nodes of the graph are not in the order in which they can run: sorted");
    return order;
  }
  const auto stuck = std::find_if(waits.begin(), waits.end(), [](std::size_t w) { return w > 0; });
  const Node& node = nodes[static_cast<std::size_t>(stuck - waits.begin())];
  fail(node.offset, ErrorCode::kInvalid, fmt::format("the graph has a cycle: {} waits for its own result", title(node)),
       "an ONNX graph must be free of cycles; use Loop for repetition");
  return std::nullopt;
}

bool Interpreter::spend(const Node& node, Scope& scope) {
  if (++steps_ > kMostSteps) {
    return fail(node.offset, ErrorCode::kLimit,
                fmt::format("the graph runs more than {} nodes, functions unrolled", kMostSteps));
  }
  if (scope.depth <= kDeepest) return true;
  return fail(node.offset, ErrorCode::kLimit,
              fmt::format("graphs and functions are nested more than {} deep", kDeepest));
}

bool Interpreter::run_nodes(const std::vector<Node>& nodes, Scope& scope) {
  const auto order = order_of(nodes, scope);
  if (!order) return false;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (!run_node(nodes[order->empty() ? i : (*order)[i]], scope)) return false;
  }
  return true;
}

bool Interpreter::bind_call(const Node& node, Scope& scope, Call& call) {
  call.node = &node;
  call.bound = scope.bound;
  call.defaults = scope.defaults;
  call.opset = opset(node.domain, scope);
  call.in.reserve(node.inputs.size());
  for (const std::string_view name : node.inputs) {
    Value* value = name.empty() ? nullptr : find(name, scope);
    if (value == nullptr && !name.empty()) {
      return fail(node.offset, ErrorCode::kInvalid,
                  fmt::format("{} reads '{}', which nothing gives", title(node), shorten(name)),
                  "the file is damaged or was cut out of a larger graph");
    }
    if (value != nullptr) ++value->uses;
    call.in.push_back(value);
  }
  while (!call.in.empty() && call.in.back() == nullptr) call.in.pop_back();
  return true;
}

const Function* Interpreter::find_function(const Node& node) {
  if (functions_.empty()) {
    for (const Function& function : file_.functions) functions_[function.name].push_back(&function);
  }
  const auto found = functions_.find(node.op);
  if (found == functions_.end()) return nullptr;
  const std::vector<const Function*>& named = found->second;
  for (std::size_t i = 0; i < named.size() && i < 100; ++i) {  // the same name in a few domains
    if (named[i]->domain == node.domain) return named[i];
  }
  return nullptr;
}

bool Interpreter::run_node(const Node& node, Scope& scope) {
  if (!spend(node, scope)) return false;
  Call call;
  if (!bind_call(node, scope, call)) return false;
  const Op* op = find_op(node.domain, node.op);
  if (op == nullptr) {
    if (const Function* function = find_function(node)) return run_function(node, *function, call, scope);
  }
  for (const std::string_view name : node.outputs) {
    Value* value = name.empty() ? nullptr : add_value(name, scope);
    if (value == nullptr && !name.empty()) {
      return fail(node.offset, ErrorCode::kInvalid,
                  fmt::format("{} gives '{}', which is given already", title(node), shorten(name)));
    }
    call.out.push_back(value);
  }
  ++out_.nodes;
  return op == nullptr ? run_unknown(node, call, scope) : run_known(node, *op, call, scope);
}

// Shapes that inference leaves open but the file states.
void Interpreter::annotate(const Call& call, Scope& scope) {
  for (Value* value : call.out) {
    if (value == nullptr || value->known() || scope.graph == nullptr) continue;
    if (!scope.has_infos) {
      scope.has_infos = true;
      for (const auto* list : {&scope.graph->values, &scope.graph->outputs}) {
        for (const ValueInfo& info : *list) scope.infos.emplace(info.name, &info);
      }
    }
    const auto found = scope.infos.find(value->name);
    if (found == scope.infos.end() || !found->second->ranked) continue;
    const ValueInfo& info = *found->second;
    if (value->type == kUndefined) value->type = info.type;
    if (!value->ranked) value->dims.assign(info.dims.size(), kUnknown);
    value->ranked = true;
    for (std::size_t i = 0; i < value->dims.size() && i < info.dims.size(); ++i) {
      if (value->dims[i] < 0) value->dims[i] = size_of(info.dims[i], {}, i, false);
    }
  }
}

void Interpreter::note_unsized(const Node& node) {
  if (out_.unsized++ == 0) out_.first_unsized = title(node);
}

bool Interpreter::run_known(const Node& node, const Op& op, Call& call, Scope& scope) {
  if (op.work == Work::kControl) return run_control(node, call, scope);
  const Attribute* value = node.op == "Constant" ? call.attribute("value") : nullptr;
  if (node.op == "Constant" && value == nullptr) value = call.attribute("sparse_value");
  if (value != nullptr && value->tensor != nullptr && !call.out.empty() && call.out[0] != nullptr) {
    set_tensor(*call.out[0], *value->tensor);
    return true;
  }
  const bool constant =
      !is_random(node.op) &&
      (node.op == "Constant" || (!call.in.empty() && std::all_of(call.in.begin(), call.in.end(), [](const Value* v) {
         return v == nullptr || v->constant;
       })));
  op.shape(call);
  annotate(call, scope);
  bool told = !call.out.empty();
  for (Value* out : call.out) {
    if (out == nullptr) continue;
    out->constant = constant;
    out->generated = constant && node.op == "ConstantOfShape";
    if (constant && node.op == "Identity" && call.in[0] != nullptr) {
      out->tensor = call.in[0]->tensor;
      out->generated = call.in[0]->generated;
    }
    told = told && out->has_data;
  }
  if (call.node->op != "Identity") use_constants(call);
  if (op.work == Work::kTrees) {
    if (const auto trees = trees_of(call)) out_.trees.push_back(*trees);
  }
  if (constant || told || op.work == Work::kNone) return true;  // done when the model is loaded, or free
  if (!add_rows(call, op, rows_)) note_unsized(node);
  return true;
}

bool Interpreter::run_unknown(const Node& node, Call& call, Scope& scope) {
  annotate(call, scope);
  use_constants(call);
  const std::string name(node.domain.empty() ? std::string(node.op) : fmt::format("{}.{}", node.domain, node.op));
  const auto at = unknown_.try_emplace(name, out_.unknown.size());
  if (at.second) out_.unknown.push_back({name, 0});
  ++out_.unknown[at.first->second].nodes;
  Row row;
  row.op.kind = OperatorKind::kOther;
  row.op.name = shorten(name, 200);
  row.op.k = 0;
  row.op.dtype = DType::kFp32;
  double bytes = 0;
  for (const std::vector<Value*>& list : {call.in, call.out}) {
    for (const Value* value : list) {
      if (value != nullptr && value->known()) bytes += value->elements() * std::max(8, bits_of(value->type)) / 8;
    }
  }
  row.op.elements_moved = bytes / 4;
  for (const Value* value : call.out) {
    if (value != nullptr && value->known() && value->elements() > 0) row.op.m = value->elements();
  }
  rows_.push_back(std::move(row));
  return true;
}

bool Interpreter::run_function(const Node& node, const Function& function, Call& call, Scope& scope) {
  Scope inner;
  inner.graph = &function.body;
  inner.bound = &node.attributes;
  inner.defaults = &function.defaults;
  inner.function = &function;
  inner.depth = scope.depth + 1;
  for (std::size_t i = 0; i < function.inputs.size(); ++i) {
    Value* given = i < call.in.size() ? call.in[i] : nullptr;
    if (given == nullptr) continue;
    inner.names.emplace(function.inputs[i], given);
  }
  for (const std::string_view name : function.inputs) {  // left out: reads as absent
    if (!inner.names.contains(name)) add_value(name, inner);
  }
  if (!run_nodes(function.body.nodes, inner)) return false;
  for (std::size_t i = 0; i < node.outputs.size() && i < function.outputs.size(); ++i) {
    if (node.outputs[i].empty()) continue;
    Value* made = find(function.outputs[i], inner);
    if (made == nullptr)
      return fail(node.offset, ErrorCode::kInvalid,
                  fmt::format("the function of {} doesn't give '{}'", title(node), shorten(function.outputs[i])));
    if (!scope.names.emplace(node.outputs[i], made).second) {
      return fail(node.offset, ErrorCode::kInvalid,
                  fmt::format("{} gives '{}', which is given already", title(node), shorten(node.outputs[i])));
    }
  }
  return true;
}

Result<Inferred> Interpreter::run() {
  Scope scope;
  scope.graph = &file_.graph;
  bool good = bind_initializers(file_.graph, scope) && bind_inputs(scope) && run_nodes(file_.graph.nodes, scope);
  for (const ValueInfo& output : file_.graph.outputs) {
    Value* value = good ? find(output.name, scope) : nullptr;
    if (good && value == nullptr) {
      good = fail(output.offset, ErrorCode::kInvalid,
                  fmt::format("the graph's output '{}' is given by no node", shorten(output.name)));
    }
    if (value == nullptr) continue;
    ++value->uses;
    if (value->tensor != nullptr) mark(value, Role::kParameter);
  }
  if (!good) return tl::unexpected<Error>(std::move(*error_));
  count_parameters();
  out_.operators = merge_rows(std::move(rows_));
  return std::move(out_);
}

Result<Inferred> infer(const File& file, const ReadOptions& options) {
  return Interpreter(file, options).run();
}

}  // namespace berth::onnx
