#include "berth/profile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "profile/operator_table.hpp"

namespace berth {
namespace {

constexpr std::int64_t kLongestAssumed = 4096;
constexpr std::int64_t kMost = 1'000'000'000'000;

bool needs_sequence(const Layout& layout) {
  return std::any_of(layout.stacks.begin(), layout.stacks.end(), [](const Stack& s) { return s.fixed_tokens == 0; });
}

Status settle(const Model& model, ProfileOptions& options, std::vector<std::string>& notes) {
  if (options.batch < 1 || options.batch > kMost) {
    return fail(ErrorCode::kInvalid, fmt::format("the batch must be from 1 to 1e12, found {}", options.batch));
  }
  if (options.sequence_length < 0 || options.sequence_length > kMost) {
    return fail(ErrorCode::kInvalid,
                fmt::format("the sequence length must be from 1 to 1e12, found {}", options.sequence_length));
  }
  if (!options.dtype) {
    options.dtype = model.declared_dtype.value_or(DType::kBf16);
    if (!model.declared_dtype && model.operators.empty()) notes.push_back("number format not declared: bf16 assumed");
  }
  if (!model.layout || options.sequence_length > 0 || !needs_sequence(*model.layout)) return {};
  const std::int64_t longest = model.transformer ? model.transformer->max_positions : 0;
  if (longest <= 0) {
    return fail(ErrorCode::kIncomplete, "the sequence length is unknown, and the model names no longest one",
                "give job.sequence_length, or max_positions of the model");
  }
  options.sequence_length = std::min(longest, kLongestAssumed);
  notes.push_back(fmt::format("sequence length not given: {} assumed", options.sequence_length));
  return {};
}

// The rows of a model that brings its own, for `batch` items: weights are shared between items, so the
// items become rows of one product; products of activations are done once an item.
std::vector<Operator> batched(const std::vector<Operator>& operators, double batch) {
  std::vector<Operator> out = operators;
  for (Operator& op : out) {
    const bool shared = op.weight_elements > 0;
    if (shared && op.elements_moved) *op.elements_moved += (batch - 1) * (*op.elements_moved - op.weight_elements);
    (shared ? op.m : op.batch) *= batch;
  }
  return out;
}

void add_totals(std::vector<Operator> operators, double ridge, Profile& out) {
  const OperatorTable table = make_operator_table(operators);
  const OperatorCosts costs = costs_of(table);
  out.flops = costs.flops.sum();
  out.bytes = costs.bytes.sum();
  out.macs = (costs.flops * table.product).sum() / 2;
  out.activation_elements = (table.m * table.n * table.runs * table.weighted).sum();
  const Eigen::ArrayXd time = (costs.flops / ridge).max(costs.bytes);  // in bytes: both sides over the bandwidth
  std::unordered_set<std::string> seen;
  double matrix_flops = 0;
  double matrix_time = 0;
  out.operators.reserve(operators.size());
  for (std::size_t i = 0; i < operators.size(); ++i) {
    const auto row = static_cast<Eigen::Index>(i);
    if (is_matrix_product(operators[i].kind)) {
      matrix_flops += costs.flops[row];
      matrix_time += time[row];
    }
    if (operators[i].kind == OperatorKind::kOther && seen.insert(operators[i].name).second) {
      out.unknown_operators.push_back(operators[i].name);
    }
    out.operators.push_back({std::move(operators[i]), costs.flops[row], costs.bytes[row], costs.intensity[row]});
  }
  const double all_time = time.sum();
  if (out.flops > 0) out.matmul_share_of_flops = matrix_flops / out.flops;
  if (all_time > 0) out.matmul_share_of_roofline_time = matrix_time / all_time;
  if (out.bytes > 0) out.operational_intensity = out.flops / out.bytes;
}

// Where the figures aren't those of the pass that was asked for.
void note_pass(const Model& model, ProfileOptions::Pass pass, std::vector<std::string>& notes) {
  if (pass == ProfileOptions::Pass::kForward) return;
  if (!model.layout && !model.operators.empty()) {
    notes.push_back(
        "the operators are those of one run of the file, a forward pass; training does about three times the work");
  }
  const bool generates = !model.layout || model.layout->stacks.empty() || model.layout->stacks.back().causal;
  if (pass == ProfileOptions::Pass::kDecode && !generates) {
    notes.push_back("this model generates no tokens: it has no decoding pass");
  }
}

void add_summary(const Summary& summary, const ProfileOptions& options, Profile& out) {
  const double passes = options.pass == ProfileOptions::Pass::kTraining ? 3 : 1;
  const double batch = static_cast<double>(options.batch);
  if (summary.macs_per_item) {
    out.macs = *summary.macs_per_item * batch * passes;
    out.flops = 2 * out.macs;
  }
  if (summary.activation_elements_per_item) out.activation_elements = *summary.activation_elements_per_item * batch;
  if (!summary.parameters || !summary.activation_elements_per_item) return;
  const double element = bytes_per_element(*options.dtype);
  out.bytes = element * (*summary.parameters + 2 * out.activation_elements) * passes;
  if (out.flops > 0) out.operational_intensity = out.flops / out.bytes;
  out.notes.push_back("bytes from totals: every weight read once, every activation written and read once");
}

// Trees compare and follow pointers: one comparison a level.
void add_trees(const TreeEnsemble& trees, double batch, Profile& out) {
  out.flops = static_cast<double>(trees.count) * static_cast<double>(trees.depth) * batch;
  out.matmul_share_of_flops = 0;
  out.matmul_share_of_roofline_time = 0;
}

}  // namespace

const char* to_string(ProfileOptions::Pass pass) {
  constexpr const char* kWords[] = {"forward", "decode", "training"};
  return kWords[static_cast<std::size_t>(pass)];
}

std::optional<ProfileOptions::Pass> parse_pass(std::string_view word) {
  using Pass = ProfileOptions::Pass;
  for (const Pass pass : {Pass::kForward, Pass::kDecode, Pass::kTraining}) {
    if (word == to_string(pass)) return pass;
  }
  return std::nullopt;
}

Result<Profile> profile(const Model& model, const ProfileOptions& options) {
  if (!model.layout && model.operators.empty() && !model.summary && !model.trees) {
    return fail(ErrorCode::kIncomplete, "nothing is known of the model's computation",
                "give a model file, or model.transformer, model.summary or model.operators");
  }
  Profile out;
  out.name = model.name;
  out.format = model.format;
  out.parameters = model.parameters;
  out.active_parameters = model.active_parameters;
  out.parameters_in_file = model.parameters_in_file;
  out.why_different = model.why_different;
  out.notes = model.notes;
  out.edge_tpu = model.edge_tpu;
  ProfileOptions settled = options;
  if (Status status = settle(model, settled, out.notes); !status) return tl::unexpected(status.error());
  note_pass(model, settled.pass, out.notes);
  out.pass = settled.pass;
  out.batch = settled.batch;
  out.sequence_length = model.layout && needs_sequence(*model.layout) ? settled.sequence_length : 0;
  const double batch = static_cast<double>(settled.batch);
  if (!(settled.ridge_flops_per_byte > 0)) return fail(ErrorCode::kInvalid, "the ridge point must be positive");
  if (model.layout) {
    add_totals(layout_operators(*model.layout, settled), settled.ridge_flops_per_byte, out);
  } else if (!model.operators.empty()) {
    add_totals(batched(model.operators, batch), settled.ridge_flops_per_byte, out);
  } else if (model.summary) {
    add_summary(*model.summary, settled, out);
  } else {
    add_trees(*model.trees, batch, out);
  }
  out.lowest_precision = model.declared_dtype;
  out.precision_basis = model.declared_dtype ? "declared" : "unknown";
  return out;
}

}  // namespace berth
