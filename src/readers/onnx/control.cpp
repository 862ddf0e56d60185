// If, Loop, Scan: their graphs are walked where they stand.
#include <fmt/format.h>

#include <algorithm>

#include "core/text.hpp"
#include "readers/onnx/interpreter.hpp"

namespace berth::onnx {
namespace {

void take_shape(const Value& from, Value& to) {
  to.type = from.type;
  to.ranked = from.ranked;
  to.dims = from.dims;
}

double macs_of(const std::vector<Row>& rows, std::size_t from) {
  double sum = 0;
  for (std::size_t i = from; i < rows.size(); ++i) {
    const Operator& o = rows[i].op;
    sum += o.m * o.n * std::max(o.k, 1.0) * o.batch * o.count;
  }
  return sum;
}

}  // namespace

bool Interpreter::run_subgraph(const Graph& graph, Scope& scope, const Scope& around,
                               const std::vector<const Value*>& inputs, std::vector<const Value*>& outputs) {
  scope.parent = &around;
  scope.graph = &graph;
  scope.bound = around.bound;
  scope.defaults = around.defaults;
  scope.function = around.function;
  scope.depth = around.depth + 1;
  if (!bind_initializers(graph, scope)) return false;
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
    const ValueInfo& info = graph.inputs[i];
    if (scope.names.contains(info.name)) continue;
    Value* value = add_value(info.name, scope);
    value->type = info.type;
    if (i < inputs.size() && inputs[i] != nullptr) {
      take_shape(*inputs[i], *value);
    } else if (info.ranked) {
      value->ranked = true;
      for (std::size_t j = 0; j < info.dims.size(); ++j) value->dims.push_back(size_of(info.dims[j], {}, j, false));
    }
  }
  if (!run_nodes(graph.nodes, scope)) return false;
  for (const ValueInfo& info : graph.outputs) {
    Value* value = find(info.name, scope);
    if (value != nullptr) ++value->uses;
    outputs.push_back(value);
  }
  return true;
}

bool Interpreter::run_control(const Node& node, Call& call, Scope& scope) {
  if (node.op == "If") return run_if(node, call, scope);
  if (node.op == "Loop") return run_loop(node, call, scope);
  if (node.op == "Scan" && call.opset >= 9) return run_scan(node, call, scope);
  note_unsized(node);
  annotate(call, scope);
  return true;
}

// Both branches are walked, so that the weights of both are counted; the work is that of the branch that
// is known to be taken, else of the one with more of it.
bool Interpreter::run_if(const Node& node, Call& call, Scope& scope) {
  const Value* condition = call.input(0);
  const std::size_t start = rows_.size();
  std::vector<const Value*> results[2];
  std::vector<Row> rows[2];
  double work[2] = {0, 0};
  Scope scopes[2];
  for (const int side : {0, 1}) {
    const Attribute* branch = call.attribute(side == 0 ? "then_branch" : "else_branch");
    if (branch == nullptr || branch->graph == nullptr) continue;
    if (!run_subgraph(*branch->graph, scopes[side], scope, {}, results[side])) return false;
    work[side] = macs_of(rows_, start);
    rows[side].assign(std::make_move_iterator(rows_.begin() + static_cast<std::ptrdiff_t>(start)),
                      std::make_move_iterator(rows_.end()));
    rows_.resize(start);
  }
  int taken = work[1] > work[0] ? 1 : 0;
  if (condition != nullptr && condition->has_data && condition->data.size() == 1) {
    taken = condition->data[0] != 0 ? 0 : 1;
  } else if (work[0] != work[1]) {
    out_.notes.push_back(fmt::format(
        "which branch of If '{}' runs is not known before: the one with more work is counted", shorten(node.name)));
  }
  rows_.insert(rows_.end(), std::make_move_iterator(rows[taken].begin()), std::make_move_iterator(rows[taken].end()));
  for (std::size_t i = 0; i < call.out.size() && i < results[taken].size(); ++i) {
    if (call.out[i] == nullptr || results[taken][i] == nullptr) continue;
    take_shape(*results[taken][i], *call.out[i]);
    call.out[i]->has_data = results[taken][i]->has_data;
    call.out[i]->data = results[taken][i]->data;
  }
  annotate(call, scope);
  return true;
}

bool Interpreter::run_loop(const Node& node, Call& call, Scope& scope) {
  const Attribute* body = call.attribute("body");
  if (body == nullptr || body->graph == nullptr) return fail(node.offset, ErrorCode::kInvalid, "a Loop without a body");
  const auto trips = call.list(0, "");
  const std::int64_t trip = trips && trips->size() == 1 ? std::max<std::int64_t>((*trips)[0], 0) : kUnknown;
  Value counter;
  counter.type = kInt64;
  counter.ranked = true;
  Value flag = counter;
  flag.type = kBool;
  std::vector<const Value*> inputs{&counter, &flag};
  for (std::size_t i = 2; i < call.in.size(); ++i) inputs.push_back(call.in[i]);
  const std::size_t carried = call.in.size() > 2 ? call.in.size() - 2 : 0;
  const std::size_t start = rows_.size();
  Scope inner;
  std::vector<const Value*> results;
  if (!run_subgraph(*body->graph, inner, scope, inputs, results)) return false;
  const double times = static_cast<double>(trip < 0 ? 1 : trip);
  for (std::size_t i = start; i < rows_.size(); ++i) rows_[i].op.count *= times;
  if (trip == 0) rows_.resize(start);
  if (trip < 0 && rows_.size() > start) {
    out_.notes.push_back(
        fmt::format("how often Loop '{}' runs is not known before: once is counted", shorten(node.name)));
  }
  for (std::size_t i = 0; i < call.out.size() && i + 1 < results.size(); ++i) {
    const Value* result = results[i + 1];
    Value* out = call.out[i];
    if (out == nullptr || result == nullptr) continue;
    take_shape(*result, *out);
    if (i >= carried) {
      out->dims.insert(out->dims.begin(), trip);
    } else if (const Value* before = call.input(i + 2);
               before != nullptr && before->ranked && out->dims.size() == before->dims.size()) {
      for (std::size_t j = 0; j < out->dims.size(); ++j) {
        if (out->dims[j] != before->dims[j]) out->dims[j] = kUnknown;  // grows
      }
    }
  }
  annotate(call, scope);
  return true;
}

bool Interpreter::run_scan(const Node& node, Call& call, Scope& scope) {
  const Attribute* body = call.attribute("body");
  const std::int64_t scanned = call.integer("num_scan_inputs", 0);
  if (body == nullptr || body->graph == nullptr || scanned < 1 || scanned > static_cast<std::int64_t>(call.in.size())) {
    return fail(node.offset, ErrorCode::kInvalid, "a Scan needs a body and as many inputs as num_scan_inputs says");
  }
  const std::size_t states = call.in.size() - static_cast<std::size_t>(scanned);
  const std::vector<std::int64_t> axes = call.integers("scan_input_axes");
  std::int64_t steps = kUnknown;
  std::deque<Value> slices;
  std::vector<const Value*> inputs;
  for (std::size_t i = 0; i < call.in.size(); ++i) {
    if (call.in[i] == nullptr || i < states) {
      inputs.push_back(call.in[i]);
      continue;
    }
    Value& slice = slices.emplace_back();
    take_shape(*call.in[i], slice);
    const auto axis = normal_axis(i - states < axes.size() ? axes[i - states] : 0, slice.rank());
    if (axis) {
      steps = std::max(steps, slice.dims[*axis]);
      slice.dims.erase(slice.dims.begin() + static_cast<std::ptrdiff_t>(*axis));
    }
    inputs.push_back(&slice);
  }
  const std::size_t start = rows_.size();
  Scope inner;
  std::vector<const Value*> results;
  if (!run_subgraph(*body->graph, inner, scope, inputs, results)) return false;
  for (std::size_t i = start; i < rows_.size(); ++i)
    rows_[i].op.count *= static_cast<double>(std::max<std::int64_t>(steps, 1));
  const std::vector<std::int64_t> out_axes = call.integers("scan_output_axes");
  for (std::size_t i = 0; i < call.out.size() && i < results.size(); ++i) {
    if (call.out[i] == nullptr || results[i] == nullptr) continue;
    take_shape(*results[i], *call.out[i]);
    if (i < states) continue;
    const auto axis = normal_axis(i - states < out_axes.size() ? out_axes[i - states] : 0, call.out[i]->rank() + 1);
    if (axis) call.out[i]->dims.insert(call.out[i]->dims.begin() + static_cast<std::ptrdiff_t>(*axis), steps);
  }
  annotate(call, scope);
  return true;
}

}  // namespace berth::onnx
