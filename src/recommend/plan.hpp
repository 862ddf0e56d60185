// How a job would be laid out on one offer: how many machines, which parallelism, which micro-batch.
//
// Everything the document gives is kept. What it leaves open is searched in the order of added
// communication and recomputation, and the first layout that fits is taken: replicas, sharded optimizer
// states, sharded parameters, recomputed activations, tensor parallelism inside a machine. Machines are
// doubled only when one is not enough for memory or for the deadline (scale up before out).
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "berth/estimate.hpp"
#include "recommend/offers.hpp"

namespace berth {

struct Plan {
  const Offer* offer = nullptr;
  Cluster cluster;
  Job job;                           // the document's, with the searched values filled in
  std::optional<Estimate> estimate;  // absent: `why_not` says what was missing
  std::optional<Error> why_not;
  std::vector<std::string> planned;  // keys that were searched: "job.micro_batch"

  [[nodiscard]] const Machine* machine() const { return offer->machines.empty() ? nullptr : offer->machines.front(); }
};

// How far a search goes; the rules say it (policy.search_*). Absent: no further than one.
struct SearchBounds {
  std::int64_t machines = 1;     // of one offer
  std::int64_t micro_batch = 1;  // where the document gives none
};

// Plans that were made, for runs that share model, job and offers.
using PlanMemo = std::map<std::tuple<const Offer*, std::int64_t, std::optional<DType>>, std::shared_ptr<const Plan>>;

// Lays a workload out on offers, one after another. Holds a scratch copy of the workload, so one Planner
// belongs to one thread.
class Planner {
 public:
  // All references must outlive the planner.
  Planner(const Workload& workload, const EstimateContext& context, SearchBounds bounds, PlanMemo& memo);

  // @param precision  what it runs in when the document doesn't say
  // Cost: up to about ten estimates.
  std::shared_ptr<const Plan> plan(const Offer& offer, std::optional<DType> precision);

 private:
  struct Layout {
    std::int64_t machines;
    int zero_stage;
    std::int64_t tensor;
    Checkpointing checkpointing;
  };
  [[nodiscard]] std::vector<Layout> layouts(const Offer& offer, std::int64_t machines) const;
  Plan try_layout(const Offer& offer, const Layout& layout, std::optional<DType> precision, std::int64_t micro_batch);
  Plan best_on(const Offer& offer, std::int64_t machines, std::optional<DType> precision);
  std::shared_ptr<const Plan> remembered(const Offer& offer, std::int64_t machines, std::optional<DType> precision);
  Plan with_larger_batch(Plan plan, const Layout& layout, std::optional<DType> precision);
  [[nodiscard]] bool is_training() const;
  [[nodiscard]] bool meets_deadline(const Plan& plan) const;

  const Workload& workload_;
  const EstimateContext& context_;
  SearchBounds bounds_;
  PlanMemo& memo_;
  Workload scratch_;
};

}  // namespace berth
