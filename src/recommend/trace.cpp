#include "recommend/trace.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace berth {
namespace {

// "estimate.gpu.job_s" -> "job_s"
std::string figure_of(const std::string& path) {
  return path.substr(path.rfind('.') + 1);
}

// The estimate's basis that a figure belongs to: memory, cost, or time.
bool is_of(const Basis& basis, const std::string& figure) {
  const bool memory =
      figure.starts_with("memory") || figure == "fits" || figure == "capacity_bytes" || figure == "weights_fit_on_chip";
  const bool cost = figure.starts_with("cost");
  if (memory) return basis.figure.starts_with("memory");
  if (cost) return basis.figure == "cost";
  if (figure == "ttft_s") return basis.figure == "time.ttft_s";
  return basis.figure.starts_with("time") && basis.figure != "time.ttft_s";
}

std::vector<std::string> assumptions_of(const Estimate& estimate, const std::string& figure) {
  std::vector<std::string> out;
  for (const Basis& basis : estimate.basis) {
    if (!is_of(basis, figure)) continue;
    if (basis.extrapolated) out.emplace_back("extrapolated: outside what was calibrated");
    out.insert(out.end(), basis.assumptions.begin(), basis.assumptions.end());
  }
  return out;
}

}  // namespace

TracedRule Tracer::rule(const Rule& rule, Verdict verdict, const std::string& message, const FactSheet& sheet,
                        const Plan* plan) const {
  TracedRule out;
  out.rule = rule.id;
  out.name = rule.name;
  out.effect = to_string(rule.effect);
  out.target = rule.option.empty() ? rule.dimension : rule.dimension + "=" + rule.option;
  out.weight = rule.weight;
  out.verdict = verdict;
  out.when = rule.when;
  out.statement = rule.statement;
  out.message = message;
  out.source_title = rule.source.title;
  out.source_locator = rule.source.locator;
  out.source_url = rule.source.url;
  RuleTrace trace = session_.rules().trace(rule, sheet);
  std::set<std::string> seen;
  for (const TraceLeaf& leaf : trace.leaves) {
    for (const std::string& fact : leaf.facts) add_fact(fact, sheet, plan, seen, out.facts);
  }
  out.leaves = std::move(trace.leaves);
  out.residual = std::move(trace.residual);
  return out;
}

void Tracer::add_fact(const std::string& path, const FactSheet& sheet, const Plan* plan, std::set<std::string>& seen,
                      std::vector<TracedFact>& out) const {
  if (!seen.insert(path).second) return;
  TracedFact fact;
  fact.fact = path;
  const FactValue* value = sheet.get(path);
  const Origin* origin = sheet.origin(path);
  if (value == nullptr || origin == nullptr) {
    out.push_back(std::move(fact));
    return;
  }
  fact.value = to_json(*value);
  fact.origin = to_string(origin->kind);
  fact.from = origin->text;
  fact.span = origin->span;
  if (origin->kind == Origin::Kind::kEstimate) {
    const std::string figure = figure_of(path);
    fact.from = fmt::format("{} of {}", figure, origin->text);
    const Plan* of = plan != nullptr ? plan : reference(path, origin->text, sheet);
    if (of != nullptr && of->estimate) fact.assumptions = assumptions_of(*of->estimate, figure);
  }
  const Rule* derived = origin->kind == Origin::Kind::kRule ? session_.rules().find(origin->text) : nullptr;
  out.push_back(std::move(fact));
  if (derived == nullptr) return;
  for (const TraceLeaf& leaf : session_.rules().trace(*derived, sheet).leaves) {
    for (const std::string& behind : leaf.facts) add_fact(behind, sheet, plan, seen, out);
  }
}

// The plan that gave "estimate.gpu.job_s": the one with that device and number of devices.
const Plan* Tracer::reference(const std::string& path, const std::string& device, const FactSheet& sheet) const {
  const FactValue* devices = sheet.get(path.substr(0, path.rfind('.')) + ".devices");
  const auto* count = devices != nullptr ? std::get_if<std::int64_t>(devices) : nullptr;
  for (const Judged& judged : session_.judged()) {
    const bool same = judged.plan->offer->device->id == device && judged.plan->estimate &&
                      (count == nullptr || judged.plan->cluster.devices() == *count);
    if (same) return judged.plan.get();
  }
  return nullptr;
}

}  // namespace berth
