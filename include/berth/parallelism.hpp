/// The best way to spread a training job over a fixed cluster.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "berth/estimate.hpp"
#include "berth/result.hpp"
#include "berth/rules.hpp"
#include "berth/workload.hpp"

namespace berth {

/// One way to lay a training job out on a cluster, with its estimate.
struct LayoutChoice {
  Parallelism parallelism;
  std::int64_t micro_batch = 1, gradient_accumulation = 1;
  Checkpointing checkpointing = Checkpointing::kNone;
  Estimate estimate;
  double rules_weight = 0;            ///< of the layout rules that fired on it
  std::vector<std::string> verdicts;  ///< their ids
  /// Against the best: seconds a step and bytes a device more, the expected ones. Of the best: 0.
  double lost_step_s = 0, lost_bytes = 0;
  std::vector<std::string> differs;  ///< from the best: "tensor 4 instead of 8"
};

struct LayoutSearch {
  std::string name;
  Cluster cluster;
  std::string machine;                ///< the rented machine that gives price and network; empty: none
  std::vector<LayoutChoice> layouts;  ///< best first, the runner-up second
  std::optional<Error> why_not;       ///< where none fits: of the one that comes nearest
  std::int64_t enumerated = 0;        ///< layouts that divide model, batch and cluster
  std::int64_t estimated = 0;         ///< of them
  std::int64_t fitting = 0;           ///< of the estimated
  std::vector<std::string> reasons;   ///< why the first is the best, one a line
};

struct LayoutOptions {
  int top = 5;        ///< layouts listed, 1 to 100
  std::string as_of;  ///< as in RecommendOptions
};

/// The best layouts of a training job on the document's cluster: data, tensor, pipeline, context and expert
/// parallelism, ZeRO stage, micro-batch and activation checkpointing, what the document gives being kept.
/// Layouts must divide the model (heads, layers, experts), the batch and the cluster, and fit the memory.
/// Ranked by expected step time; within policy.tie_margin of the fastest by the layout rules, then memory.
/// Errors: kIncomplete without a transformer, a cluster, a global batch or a sequence length; kUnsupported for
/// jobs that don't train.
/// Cost: some thousand estimates (about 8 for each way to split the devices). Thread-safe.
Result<LayoutSearch> plan_layouts(const Workload& workload, const RuleSet& rules, const EstimateContext& context,
                                  const LayoutOptions& options = {});

}  // namespace berth
