// What a fit minimises: measurements as weighted residuals.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "berth/measurements.hpp"

namespace berth::estimation {

inline constexpr double kNoResidual = std::numeric_limits<double>::quiet_NaN();

// One figure of one measurement.
struct Observation {
  Measured truth;
  bool is_fit = false;  // whether it fitted, instead of a figure
  bool ran = false;
  double weight = 1;
};

// Memory that is estimated too low ends a run; too high costs a larger device: low counts more.
inline constexpr double kMemoryLowWeight = 8;

struct FitRow {
  const Measurement* measurement = nullptr;
  const Machine* machine = nullptr;
  std::size_t first = 0;  // place of its first observation among all residuals
  std::vector<Observation> observations;
};

struct FitRows {
  std::vector<FitRow> rows;
  std::size_t observations = 0;
  std::vector<double> weights;      // by observation
  std::vector<double> low_weights;  // the same where the estimate is below the truth
};

// Picks at most `per_source` measurements of each source, evenly spaced (0: all). Every family gets the same weight for
// each figure, up to a number of independent observations that no table of one publisher exceeds.
FitRows rows_to_fit(std::span<const Measurement> measurements, const Catalog& catalog, std::int64_t per_source);

// log(estimate / truth) of each observation of `row` into out[row.first…]; 0 inside a bracket; NaN where
// there is no estimate. A run that fitted counts only as far as it is estimated above the device's
// memory, and one that didn't only as far as below.
void residuals_of(const FitRow& row, const Catalog& catalog, const Calibration& calibration, std::vector<double>& out);

}  // namespace berth::estimation
