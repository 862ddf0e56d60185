// One function per kind of model and job; each fills an Estimate but for name, cost and soundness.
#pragma once

#include <cstdint>
#include <optional>

#include "berth/estimate.hpp"
#include "estimate/interval.hpp"
#include "estimate/memory_training.hpp"
#include "estimate/notes.hpp"
#include "estimate/shape.hpp"

namespace berth::estimation {

struct Case {
  const Workload& workload;
  const Model& model;
  const Cluster& cluster;
  const Device& device;
  const Machine* machine;  // may be null
  const EstimateContext& context;
};

Result<Estimate> language_training(const Case& c, const Shape& shape);
Result<Estimate> language_serving(const Case& c, const Shape& shape);
Result<Estimate> item_training(const Case& c);  // summaries and operator tables
Result<Estimate> item_serving(const Case& c);
Result<Estimate> tree_serving(const Case& c);

// Memory with its interval; `floor_bytes`, where given, lowers the low end (an assumption that may not hold).
MemoryEstimate memory_estimate(const Case& c, const Parts& parts, std::string_view width, Range range,
                               std::optional<double> floor_bytes);
void add_basis(Estimate& out, const Case& c, std::string figure, std::string method, std::string interval, Range range,
               Notes notes);

// Bytes of the device that a program can get; nullopt when unknown.
std::optional<double> usable_bytes(const MemoryEstimate& memory, const Calibration& calibration);

// The largest whole n of at least 0 for which bytes(n) <= usable; bytes grows with n, about in proportion
// beyond a fixed part. nullopt beyond 10^12. A few calls.
template <class Bytes>
std::optional<std::int64_t> largest_fitting(double usable, Bytes bytes) {
  constexpr std::int64_t kFar = 1'000'000'000'000;
  if (bytes(1) > usable) return 0;
  std::int64_t low = 1;
  std::int64_t high = 2;
  while (bytes(high) <= usable) {
    low = high;
    if (high >= kFar) return std::nullopt;
    high *= 2;
  }
  while (high - low > 1) {
    // Where the line through both ends meets the limit, kept off the ends; else the middle.
    const double at_low = bytes(low);
    const double at_high = bytes(high);
    const double share = at_high > at_low ? (usable - at_low) / (at_high - at_low) : 0.5;
    std::int64_t next = low + static_cast<std::int64_t>(share * static_cast<double>(high - low));
    next = next <= low ? low + 1 : next >= high ? high - 1 : next;
    if (bytes(next) <= usable) {
      low = next;
    } else {
      high = next;
    }
    if (high - low > 1 && next == low && bytes(low + 1) > usable) break;
  }
  return low;
}

// "compute", "memory", "network", "launch" or "host_input": the largest part.
std::string bottleneck(double compute, double memory, double network, double launch, double host);

}  // namespace berth::estimation
