#include "estimate/fit_rows.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace berth::estimation {
namespace {

// A table of one publisher with one method is worth no more than this many independent observations.
constexpr double kIndependent = 30;
// Of one statement that a run fitted or didn't.
constexpr double kFitsWeight = 0.3;

using Key = std::tuple<std::string, Figure>;

}  // namespace

FitRows rows_to_fit(std::span<const Measurement> measurements, const Catalog& catalog, std::int64_t per_source) {
  std::map<std::string, std::int64_t> counts;
  for (const Measurement& m : measurements) {
    ++counts[m.source];
  }
  FitRows out;
  std::map<std::string, std::int64_t> seen;
  std::map<Key, double> of_family;
  for (const Measurement& m : measurements) {
    const std::int64_t n = counts[m.source];
    const std::int64_t i = seen[m.source]++;
    // Evenly spaced: taken when i * per_source / n steps up. Runs that ended out of memory are few: all.
    const bool rare = m.fits && !*m.fits;
    const bool taken = per_source <= 0 || n <= per_source || rare || (i * per_source) / n != ((i + 1) * per_source) / n;
    if (!taken) continue;
    FitRow row;
    row.measurement = &m;
    row.machine = cheapest_machine(m.workload, *m.workload.cluster, catalog);
    row.first = out.observations;
    for (const Measured& truth : m.measured) {
      row.observations.push_back({truth, false, false, 1});
      of_family[{m.family, truth.figure}] += 1;
    }
    if (m.fits) row.observations.push_back({{}, true, *m.fits, kFitsWeight});
    out.observations += row.observations.size();
    out.rows.push_back(std::move(row));
  }
  for (FitRow& row : out.rows) {
    for (Observation& o : row.observations) {
      if (!o.is_fit) {
        const double n = of_family[{row.measurement->family, o.truth.figure}];
        o.weight = std::min(n, kIndependent) / n;
      }
      out.weights.push_back(o.weight);
      const bool memory = !o.is_fit && o.truth.figure == Figure::kMemory;
      out.low_weights.push_back(o.weight * (memory ? kMemoryLowWeight : 1));
    }
  }
  return out;
}

void residuals_of(const FitRow& row, const Catalog& catalog, const Calibration& calibration, std::vector<double>& out) {
  const Measurement& m = *row.measurement;
  const EstimateContext context{catalog, calibration};
  const Result<Estimate> found = estimate(m.workload, *m.workload.cluster, row.machine, context);
  for (std::size_t i = 0; i < row.observations.size(); ++i) {
    const Observation& o = row.observations[i];
    double& r = out[row.first + i];
    r = kNoResidual;
    if (!found) continue;
    if (o.is_fit) {
      if (!found->memory || !found->memory->capacity) continue;
      const double usable = static_cast<double>(found->memory->capacity->value()) * calibration("memory.usable_share");
      const double over = std::log(found->memory->per_device_bytes.expected / usable);
      r = o.ran ? std::max(0.0, over) : std::min(0.0, over);
      continue;
    }
    const auto x = figure_of(*found, o.truth.figure);
    if (!x || x->expected <= 0) continue;
    r = x->expected > o.truth.high  ? std::log(x->expected / o.truth.high)
        : x->expected < o.truth.low ? std::log(x->expected / o.truth.low)
                                    : 0;
  }
}

}  // namespace berth::estimation
