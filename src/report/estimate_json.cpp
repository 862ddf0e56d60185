#include "report/estimate_json.hpp"

#include <cmath>

#include "berth/report.hpp"
#include "report/definitions.hpp"

namespace berth {
namespace {

void put(Json& out, const char* key, const std::optional<Interval>& interval) {
  if (interval) out[key] = json_interval(*interval);
}

Json memory_json(const MemoryEstimate& memory) {
  Json out;
  out["per_device_bytes"] = json_interval(memory.per_device_bytes);
  if (memory.capacity) out["capacity_bytes"] = memory.capacity->value();
  if (memory.fits) out["fits"] = to_string(*memory.fits);
  Json parts = Json::object();
  for (const auto& [name, bytes] : memory.breakdown_bytes) parts[name] = json_number(std::round(bytes));
  out["breakdown_bytes"] = std::move(parts);
  if (memory.engine_allocated) out["engine_allocated_bytes"] = memory.engine_allocated->value();
  const auto put_count = [&](const char* key, const std::optional<std::int64_t>& count) {
    if (count) out[key] = *count;
  };
  put_count("largest_micro_batch", memory.largest_micro_batch);
  put_count("largest_concurrency", memory.largest_concurrency);
  put_count("largest_context_tokens", memory.largest_context);
  put_count("largest_batch", memory.largest_batch);
  return out;
}

Json time_json(const TimeEstimate& time) {
  Json out = Json::object();
  put(out, "step_s", time.step_s);
  put(out, "items_per_s", time.items_per_s);
  put(out, "tokens_per_s", time.tokens_per_s);
  put(out, "latency_s", time.latency_s);
  put(out, "ttft_s", time.ttft_s);
  put(out, "tpot_s", time.tpot_s);
  put(out, "job_s", time.job_s);
  if (time.mfu) out["mfu"] = json_number(*time.mfu, 3);
  if (!time.bottleneck.empty()) out["bottleneck"] = time.bottleneck;
  Json definitions = Json::object();
  for (const Definition& d : definitions_of(time)) definitions[d.figure] = d.text;
  if (!definitions.empty()) out["definitions"] = std::move(definitions);
  return out;
}

Json cost_json(const CostEstimate& cost) {
  Json out;
  out["usd_per_hour"] = json_number(cost.per_hour.value());
  put(out, "job_usd", cost.job_usd);
  put(out, "usd_per_million_tokens", cost.usd_per_million_tokens);
  if (!cost.as_of.empty()) out["as_of"] = cost.as_of;
  return out;
}

Json basis_json(const Basis& basis) {
  Json out;
  out["figure"] = basis.figure;
  out["method"] = basis.method;
  out["calibration"] = basis.calibration;
  out["extrapolated"] = basis.extrapolated;
  out["assumptions"] = basis.assumptions;
  return out;
}

}  // namespace

Json estimate_to_json(const Estimate& estimate) {
  Json out;
  out["schema"] = "berth/estimate/v1";
  out["name"] = estimate.name;
  Json parameters;
  parameters["total"] = estimate.parameters_total;
  parameters["active"] = estimate.parameters_active;
  if (estimate.parameters_trainable > 0) parameters["trainable"] = estimate.parameters_trainable;
  if (estimate.parameters_total > 0) out["parameters"] = std::move(parameters);
  if (estimate.memory) out["memory"] = memory_json(*estimate.memory);
  if (estimate.time) out["time"] = time_json(*estimate.time);
  if (estimate.cost) out["cost"] = cost_json(*estimate.cost);
  Json basis = Json::array();
  for (const Basis& row : estimate.basis) basis.push_back(basis_json(row));
  out["basis"] = std::move(basis);
  return out;
}

std::string estimate_json(const Estimate& estimate, const Stamp& stamp, JsonStyle style) {
  Json out = estimate_to_json(estimate);
  out["berth"] = {{"version", stamp.version}, {"rules", stamp.rules_hash}, {"catalog", stamp.catalog_date}};
  return json_text(out, style == JsonStyle::kIndented ? 2 : -1) + "\n";
}

}  // namespace berth
