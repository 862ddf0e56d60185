// One function per kind of model and job; each fills an Estimate but for name, cost and soundness.
#pragma once

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
void add_basis(Estimate& out, const Case& c, std::string figure, std::string method, std::string interval,
               Range range, Notes notes);

// "compute", "memory", "network", "launch" or "host_input": the largest part.
std::string bottleneck(double compute, double memory, double network, double launch, double host);

}  // namespace berth::estimation
