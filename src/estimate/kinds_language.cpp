#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "estimate/efficiency.hpp"
#include "estimate/kinds.hpp"
#include "estimate/memory_serving.hpp"
#include "estimate/time_serving.hpp"
#include "estimate/time_training.hpp"
#include "estimate/work_amount.hpp"

namespace berth::estimation {
namespace {

// Training was calibrated on NVIDIA data-centre GPUs from Volta on, and TPUs.
Range training_range(const Device& device) {
  const bool known =
      device.device_class == DeviceClass::kTpu ||
      (device.device_class == DeviceClass::kGpu && device.vendor == "NVIDIA" && device.peak_of(DType::kFp16));
  return known ? Range::kCalibrated : Range::kExtrapolated;
}

// Engines were calibrated on H100 and H200; one sequence at a time on NVIDIA GPUs of all sizes.
Range serving_range(const Device& device, const ServingTime& time) {
  if (device.device_class != DeviceClass::kGpu || device.vendor != "NVIDIA") return Range::kExtrapolated;
  if (time.single_stream) return Range::kCalibrated;
  return device.arch == "Hopper" ? Range::kCalibrated : Range::kExtrapolated;
}

std::int64_t rounded(double count) {
  return static_cast<std::int64_t>(std::llround(std::min(count, 9e18)));
}

void set_counts(Estimate& out, const Model& model, const Shape& shape) {
  out.parameters_total = model.parameters > 0 ? model.parameters : rounded(shape.total_weights());
  out.parameters_active = model.active_parameters > 0
                              ? model.active_parameters
                              : rounded(shape.active_weights() + shape.embedding * (shape.tied ? 1 : 2));
}

// Of the peak that the job's precision runs at; nullopt when unknown.
std::optional<double> useful_share(double flops_per_s, const Device& device, DType precision, double devices) {
  const auto peak = peak_for(device, precision);
  if (!peak) return std::nullopt;
  const double share = flops_per_s / (peak->flops_per_s * devices);
  return share <= 1 ? std::optional(share) : std::nullopt;
}

void add_training_time(Estimate& out, const Case& c, const TrainingPlan& plan, const StepTime& step, Range range,
                       Notes& notes) {
  TimeEstimate time;
  time.step_s = around(step.step_s, "train_time", c.context.calibration, range);
  time.items_per_s = reciprocal(*time.step_s) * plan.global_batch;
  time.tokens_per_s = *time.items_per_s * plan.sequence;
  const double devices = static_cast<double>(c.cluster.devices());
  const double flops = step.model_flops_per_item * plan.global_batch * (plan.frozen ? 2.0 / 3 : 1);
  time.mfu = useful_share(flops / step.step_s, c.device, plan.precision, devices);
  time.bottleneck = bottleneck(step.compute_s, step.memory_s, step.network_s, step.launch_s, 0);
  if (const auto steps = training_steps(c.workload.job, plan.global_batch, plan.sequence, notes)) {
    time.job_s = *time.step_s * (*steps * trials(c.workload.job, notes));
  }
  out.time = std::move(time);
}

void set_largest(MemoryEstimate& memory, const Shape& shape, const ServingPlan& plan, const Calibration& calibration) {
  const auto usable = usable_bytes(memory, calibration);
  if (!usable) return;
  const auto concurrency = largest_fitting(*usable, [&](std::int64_t n) {
    ServingPlan other = plan;
    other.concurrency = static_cast<double>(n);
    return serving_memory(shape, other, calibration).total();
  });
  if (concurrency) memory.largest_concurrency = *concurrency * rounded(plan.replicas);
  memory.largest_context = largest_fitting(*usable, [&](std::int64_t n) {
    ServingPlan other = plan;
    other.prompt = std::max(0.0, static_cast<double>(n) - plan.output);
    other.output = std::min(static_cast<double>(n), plan.output);
    return serving_memory(shape, other, calibration).total();
  });
}

}  // namespace

Result<Estimate> language_training(const Case& c, const Shape& shape) {
  Notes notes;
  const Calibration& calibration = c.context.calibration;
  const Result<TrainingPlan> plan = plan_training(c.workload, c.cluster, c.device, &shape, c.context, notes);
  if (!plan) return tl::unexpected(plan.error());
  Notes time_notes = notes;
  const Links links = links_of(c.device, c.cluster, c.machine, calibration, time_notes);
  const Result<StepTime> step = training_time(shape, *plan, links, calibration);
  if (!step) return tl::unexpected(step.error());
  Estimate out;
  set_counts(out, c.model, shape);
  out.parameters_trainable =
      plan->frozen
          ? rounded(plan->adapter_parameters.value_or(0) + (plan->embeddings_trained ? 2 * shape.embedding : 0))
          : out.parameters_total;
  const Range range = training_range(c.device);
  const double devices = static_cast<double>(c.cluster.devices());
  const Parts parts = training_memory(shape, *plan, devices, calibration);
  std::optional<double> floor;
  if (!plan->checkpointing_known) {
    TrainingPlan full = *plan;
    full.checkpointing = Checkpointing::kFull;
    floor = training_memory(shape, full, devices, calibration).total();
  }
  out.memory = memory_estimate(c, parts, "train_memory", range, floor);
  if (const auto usable = usable_bytes(*out.memory, calibration)) {
    out.memory->largest_micro_batch = largest_fitting(*usable, [&](std::int64_t n) {
      TrainingPlan other = *plan;
      other.micro_batch = static_cast<double>(n);
      return training_memory(shape, other, devices, calibration).total();
    });
  }
  add_basis(out, c, "memory.per_device_bytes", "state and activation count", "train_memory", range, notes);
  add_training_time(out, c, *plan, *step, range, time_notes);
  add_basis(out, c, "time.step_s", "roofline", "train_time", range, std::move(time_notes));
  return out;
}

Result<Estimate> language_serving(const Case& c, const Shape& shape) {
  Notes notes;
  const Calibration& calibration = c.context.calibration;
  const Result<ServingPlan> plan = plan_serving(c.workload, c.cluster, c.device, c.context.catalog, notes);
  if (!plan) return tl::unexpected(plan.error());
  Notes time_notes = notes;
  const Links links = links_of(c.device, c.cluster, c.machine, calibration, time_notes);
  const Result<ServingTime> times = serving_time(shape, *plan, links, calibration);
  if (!times) return tl::unexpected(times.error());
  const ServingTime& t = *times;
  Estimate out;
  set_counts(out, c.model, shape);
  const Range range = serving_range(c.device, t);
  out.memory = memory_estimate(c, serving_memory(shape, *plan, calibration), "serve_memory", Range::kCalibrated, {});
  set_largest(*out.memory, shape, *plan, calibration);
  if (const auto reserved = engine_allocation(*plan, calibration)) {
    out.memory->engine_allocated = Bytes(rounded(*reserved));
  }
  add_basis(out, c, "memory.per_device_bytes", "weights and key-value cache at the longest request", "serve_memory",
            Range::kCalibrated, notes);
  if (t.in_flight < plan->concurrency && !t.single_stream) {
    note(time_notes, fmt::format("memory holds {:.0f} of {:.0f} requests in flight: the rest wait", t.in_flight,
                                 plan->concurrency));
  }
  TimeEstimate time;
  const char* width = t.single_stream ? "decode" : "tpot";
  time.tpot_s = around(t.tpot_s, width, calibration, range);
  time.ttft_s = around(t.ttft_s, "ttft", calibration, range);
  time.latency_s = around(t.latency_s, width, calibration, range);
  time.tokens_per_s = reciprocal(around(1 / t.tokens_per_s, width, calibration, range));
  time.items_per_s = *time.tokens_per_s * (1 / plan->output);
  time.mfu = useful_share(t.tokens_per_s * t.model_flops_per_token, c.device, plan->precision,
                          plan->devices() * plan->replicas);
  time.bottleneck = bottleneck(t.compute_s, t.weights_s + t.cache_s, t.network_s, t.launch_s, 0);
  if (const auto items = serving_items(c.workload.job, plan->prompt, time_notes)) {
    time.job_s = reciprocal(*time.items_per_s) * *items;
  }
  out.time = std::move(time);
  const char* method =
      t.single_stream ? "bytes of weights and cache over bandwidth" : "prefill and decode under continuous batching";
  add_basis(out, c, "time.tpot_s", method, width, range, time_notes);
  note(time_notes, "time.ttft_s counts from a request's arrival, waiting for other prompts included");
  add_basis(out, c, "time.ttft_s", method, t.single_stream ? "decode" : "ttft", range, std::move(time_notes));
  return out;
}

}  // namespace berth::estimation
