#include "recommend/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace berth {
namespace {

bool fits(const Plan& plan, Fits at_least) {
  if (!plan.estimate) return false;
  if (!plan.estimate->memory || !plan.estimate->memory->fits) return true;  // nothing says that it doesn't
  return at_least == Fits::kMarginal ? *plan.estimate->memory->fits != Fits::kNo
                                     : *plan.estimate->memory->fits == Fits::kYes;
}

// Every data-parallel replica takes at least one micro-batch of the global batch.
std::optional<Error> too_many_replicas(const Job& job, std::int64_t devices) {
  if (!job.global_batch || !job.micro_batch) return std::nullopt;
  const Parallelism& p = job.parallelism;
  const std::int64_t shared = p.tensor.value_or(1) * p.pipeline.value_or(1) * p.context.value_or(1);
  const std::int64_t replicas = p.data.value_or(std::max<std::int64_t>(1, devices / shared));
  if (replicas * *job.micro_batch <= *job.global_batch) return std::nullopt;
  return Error{ErrorCode::kUnsupported,
               fmt::format("a global batch of {} can't feed {} replicas of micro-batch {}", *job.global_batch, replicas,
                           *job.micro_batch),
               "use fewer devices, a smaller micro-batch, or a larger global batch",
               {}};
}

// Whether `times` as many devices would still hold too much each.
bool never_fits(const Plan& plan, std::int64_t times) {
  const auto& memory = plan.estimate->memory;
  return memory && memory->capacity &&
         memory->per_device_bytes.low / static_cast<double>(times) > static_cast<double>(memory->capacity->value());
}

double part(const MemoryEstimate& memory, std::string_view name) {
  for (const auto& [key, bytes] : memory.breakdown_bytes) {
    if (key == name) return bytes;
  }
  return 0;
}

// The largest power of two of micro-batches that the memory left at micro-batch 1 would hold.
std::int64_t batch_that_fits(const MemoryEstimate& memory, std::int64_t most) {
  if (!memory.capacity) return 1;
  const double per_item = part(memory, "activations") + part(memory, "logits");
  const double width = memory.per_device_bytes.high / memory.per_device_bytes.expected;
  const double room = static_cast<double>(memory.capacity->value()) - memory.per_device_bytes.high;
  if (per_item <= 0 || room <= 0) return 1;
  const double items = 1 + room / (per_item * width);
  std::int64_t batch = 1;
  while (batch * 2 <= most && static_cast<double>(batch) * 2 <= items) batch *= 2;
  return batch;
}

}  // namespace

Planner::Planner(const Workload& workload, const EstimateContext& context, SearchBounds bounds, PlanMemo& memo)
    : workload_(workload), context_(context), bounds_(bounds), memo_(memo), scratch_(workload) {}

bool Planner::is_training() const {
  return workload_.job.task != Task::kServe;
}

bool Planner::meets_deadline(const Plan& plan) const {
  const auto& deadline = workload_.environment.deadline;
  if (!deadline || !plan.estimate || !plan.estimate->time || !plan.estimate->time->job_s) return true;
  return plan.estimate->time->job_s->expected <= deadline->value();
}

std::vector<Planner::Layout> Planner::layouts(const Offer& offer, std::int64_t machines) const {
  const Job& job = workload_.job;
  const std::int64_t per_machine = offer.cluster.devices_per_machine;
  const std::int64_t devices = per_machine * offer.cluster.machines * machines;
  const auto none = job.activation_checkpointing.value_or(Checkpointing::kNone);
  const auto full = job.activation_checkpointing.value_or(Checkpointing::kFull);
  const std::int64_t one = job.parallelism.tensor.value_or(1);
  std::vector<Layout> out;
  if (!is_training()) {
    for (std::int64_t tensor = one; tensor <= per_machine; tensor *= 2) out.push_back({machines, 0, tensor, none});
    return out;
  }
  const auto zero = [&](int stage) { return job.parallelism.zero_stage.value_or(stage); };
  out.push_back({machines, zero(0), one, none});
  if (devices > 1) {
    out.push_back({machines, zero(1), one, none});
    out.push_back({machines, zero(3), one, none});
    out.push_back({machines, zero(3), one, full});
  } else {
    out.push_back({machines, zero(0), one, full});
  }
  const bool shardable = workload_.model && workload_.model->transformer && !job.parallelism.tensor;
  if (shardable && per_machine > 1 && workload_.model->transformer->heads % per_machine == 0) {
    out.push_back({machines, zero(1), per_machine, full});
    out.push_back({machines, zero(3), per_machine, full});
  }
  return out;
}

Plan Planner::try_layout(const Offer& offer, const Layout& layout, std::optional<DType> precision,
                         std::int64_t micro_batch) {
  Plan plan;
  plan.offer = &offer;
  plan.cluster = offer.cluster;
  plan.cluster.machines *= layout.machines;
  plan.job = workload_.job;
  Job& job = plan.job;
  const auto fill = [&](auto& target, auto value, const char* key) {
    if (target) return;
    target = value;
    plan.planned.emplace_back(key);
  };
  if (precision) fill(job.precision, *precision, "job.precision");
  if (layout.tensor > 1) fill(job.parallelism.tensor, layout.tensor, "job.parallelism.tensor");
  if (is_training()) {
    fill(job.activation_checkpointing, layout.checkpointing, "job.activation_checkpointing");
    fill(job.parallelism.zero_stage, layout.zero_stage, "job.parallelism.zero_stage");
    fill(job.micro_batch, micro_batch, "job.micro_batch");
  }
  if (is_training()) {
    if (plan.why_not = too_many_replicas(job, plan.cluster.devices()); plan.why_not) return plan;
  }
  scratch_.job = job;
  Result<Estimate> estimate = berth::estimate(scratch_, plan.cluster, plan.machine(), context_);
  if (estimate) {
    plan.estimate = std::move(*estimate);
  } else {
    plan.why_not = estimate.error();
  }
  return plan;
}

Plan Planner::with_larger_batch(Plan plan, const Layout& layout, std::optional<DType> precision) {
  if (!is_training() || workload_.job.micro_batch || !plan.estimate || !plan.estimate->memory) return plan;
  const std::int64_t replicas =
      std::max<std::int64_t>(1, plan.cluster.devices() / plan.job.parallelism.tensor.value_or(1));
  const std::int64_t share = workload_.job.global_batch ? *workload_.job.global_batch / replicas : bounds_.micro_batch;
  const std::int64_t most = std::clamp<std::int64_t>(share, 1, bounds_.micro_batch);
  std::int64_t batch = batch_that_fits(*plan.estimate->memory, most);
  for (; batch > 1; batch /= 2) {
    Plan larger = try_layout(*plan.offer, layout, precision, batch);
    if (fits(larger, Fits::kYes)) return larger;
  }
  return plan;
}

Plan Planner::best_on(const Offer& offer, std::int64_t machines, std::optional<DType> precision) {
  Plan marginal;
  Plan last;
  for (const Layout& layout : layouts(offer, machines)) {
    Plan plan = try_layout(offer, layout, precision, 1);
    if (fits(plan, Fits::kYes)) return with_larger_batch(std::move(plan), layout, precision);
    // What is missing here is missing in every layout.
    if (plan.why_not && plan.why_not->code == ErrorCode::kIncomplete) return plan;
    if (fits(plan, Fits::kMarginal) && marginal.offer == nullptr) marginal = plan;
    last = std::move(plan);
  }
  return marginal.offer != nullptr ? marginal : last;
}

std::shared_ptr<const Plan> Planner::remembered(const Offer& offer, std::int64_t machines,
                                                std::optional<DType> precision) {
  std::shared_ptr<const Plan>& plan = memo_[{&offer, machines, precision}];
  if (!plan) plan = std::make_shared<const Plan>(best_on(offer, machines, precision));
  return plan;
}

std::shared_ptr<const Plan> Planner::plan(const Offer& offer, std::optional<DType> precision) {
  std::shared_ptr<const Plan> plan = remembered(offer, 1, precision);
  // Without a known network nothing can be said of several machines.
  const bool rentable = !offer.machines.empty() && !workload_.cluster && offer.cluster.network_per_device;
  const bool single_task = workload_.job.task == Task::kServe || workload_.job.task == Task::kPrototype;
  if (!rentable || single_task) return plan;
  for (std::int64_t machines = 2; machines <= bounds_.machines; machines *= 2) {
    if (!plan->estimate || (fits(*plan, Fits::kYes) && meets_deadline(*plan))) break;
    // Doubling the machines can at most halve what one device holds.
    if (never_fits(*plan, bounds_.machines / (machines / 2))) break;
    plan = remembered(offer, machines, precision);
  }
  return plan;
}

}  // namespace berth
