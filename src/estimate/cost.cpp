#include "estimate/cost.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "estimate/interval.hpp"

namespace berth {
namespace {

bool listed(const std::vector<std::string>& allowed, const std::string& word) {
  return allowed.empty() || std::find(allowed.begin(), allowed.end(), word) != allowed.end();
}

}  // namespace

const Machine* cheapest_machine(const Workload& workload, const Cluster& cluster, const Catalog& catalog) {
  const Machine* best = nullptr;
  double least = 0;
  for (const Machine& machine : catalog.machines()) {
    const bool has_device =
        machine.device == cluster.device || (machine.device.empty() && machine.cpu == cluster.device);
    if (!has_device || !machine.on_demand) continue;
    if (!listed(workload.environment.clouds, machine.cloud) || !listed(workload.environment.regions, machine.region))
      continue;
    // Slices and fractions apart, a cluster of n-device machines needs machines of at least n.
    if (machine.count > 0 && machine.count < static_cast<double>(cluster.devices_per_machine)) continue;
    const double price = machine.on_demand->value() * estimation::machines_needed(cluster, machine);
    if (best == nullptr || price < least) {
      best = &machine;
      least = price;
    }
  }
  return best;
}

}  // namespace berth

namespace berth::estimation {

double machines_needed(const Cluster& cluster, const Machine& machine) {
  if (machine.count <= 0) return static_cast<double>(cluster.machines);
  return std::max(1.0, std::ceil(static_cast<double>(cluster.devices()) / machine.count - 1e-9));
}

std::optional<CostEstimate> cost_of(const Workload& workload, const Cluster& cluster, const Machine& machine,
                                    const TimeEstimate& time, Notes& notes) {
  const bool wants_spot = workload.environment.spot.value_or(false);
  if (wants_spot && !machine.spot)
    note(notes, fmt::format("{} has no spot price: the on-demand price counts", machine.id));
  const auto price = wants_spot && machine.spot ? machine.spot : machine.on_demand;
  if (!price) return std::nullopt;
  CostEstimate cost;
  const double machines = machines_needed(cluster, machine);
  cost.per_hour = UsdPerHour(price->value() * machines * workload.environment.price_factor);
  cost.as_of = machine.as_of;
  note(notes,
       fmt::format("{} x {}, {} list price", machines, machine.id, wants_spot && machine.spot ? "spot" : "on-demand"));
  if (time.job_s) cost.job_usd = *time.job_s * (cost.per_hour.value() / 3600);
  if (time.tokens_per_s && time.tokens_per_s->low > 0) {
    cost.usd_per_million_tokens = reciprocal(*time.tokens_per_s) * (cost.per_hour.value() / 3600 * 1e6);
  }
  return cost;
}

}  // namespace berth::estimation
