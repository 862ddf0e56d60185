#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "berth/profile.hpp"
#include "estimate/communication.hpp"
#include "estimate/kinds.hpp"
#include "estimate/memory_summary.hpp"
#include "estimate/time_trees.hpp"
#include "estimate/work_amount.hpp"

namespace berth::estimation {
namespace {

std::optional<double> threads_of(const Cluster& cluster) {
  if (!cluster.threads) return std::nullopt;
  return static_cast<double>(*cluster.threads);
}

// The interval of an inference time: the kinds of machine differ in how well they are known.
const char* width_of(const Device& device, Runtime runtime) {
  if (silicon_of(device) == Silicon::kDataflow) return "vision_dataflow";
  const bool small = device.device_class == DeviceClass::kEdge || device.device_class == DeviceClass::kCpu;
  return small || runtime == Runtime::kVulkan ? "vision_edge" : "vision";
}

// NVIDIA GPUs and the edge chips of the calibration; other classes by analogy.
Range item_range(const Device& device) {
  const bool gpu = device.device_class == DeviceClass::kGpu && device.vendor == "NVIDIA";
  return gpu || device.device_class == DeviceClass::kEdge ? Range::kCalibrated : Range::kExtrapolated;
}

double sequence_of(const Case& c) {
  const Job& job = c.workload.job;
  if (job.serving && job.serving->prompt_tokens) return static_cast<double>(*job.serving->prompt_tokens);
  return job.sequence_length ? static_cast<double>(*job.sequence_length) : 0;
}

void set_counts(Estimate& out, const ItemWork& work) {
  out.parameters_total = out.parameters_active = static_cast<std::int64_t>(std::min(work.parameters, 9e18));
}

// nullopt when unknown, or above what the catalog's peak allows (GeForce peaks are for 32-bit sums).
std::optional<double> peak_share(double flops_per_s, const Device& device, DType precision, double devices) {
  const auto peak = peak_for(device, precision);
  if (!peak) return std::nullopt;
  const double share = flops_per_s / (peak->flops_per_s * devices);
  return share <= 1 ? std::optional(share) : std::nullopt;
}

}  // namespace

namespace {

// Data-parallel training with a settled micro-batch.
Result<TrainingPlan> plan_items(const Case& c, Notes& notes) {
  const Job& job = c.workload.job;
  Result<TrainingPlan> plan = plan_training(c.workload, c.cluster, c.device, nullptr, c.context, notes);
  if (!plan) return plan;
  if (!job.micro_batch && !job.global_batch) {
    return fail(ErrorCode::kIncomplete, "'job.micro_batch' is not given",
                "give the items per device and step, or job.global_batch");
  }
  if (!job.micro_batch) {
    plan->micro_batch = std::max(1.0, plan->global_batch / plan->data);
    plan->accumulation = 1;
  }
  return plan;
}

// Memory of one device at `batch` items, and the largest batch that fits. `plan` is null for inference.
struct ItemMemory {
  MemoryEstimate memory;
  std::optional<std::int64_t> largest;
};

ItemMemory item_memory(const Case& c, const ItemWork& work, DType precision, double batch, const TrainingPlan* plan) {
  const Calibration& calibration = c.context.calibration;
  const Direction direction = plan == nullptr ? Direction::kInference : Direction::kTraining;
  const auto parts_at = [&](double n) {
    return summary_memory(work, c.device, precision, n, direction, plan, calibration);
  };
  ItemMemory out{memory_estimate(c, parts_at(batch), "serve_memory", Range::kExtrapolated, {}), {}};
  if (const auto usable = usable_bytes(out.memory, calibration)) {
    out.largest = largest_fitting(*usable, [&](std::int64_t n) { return parts_at(static_cast<double>(n)).total(); });
  }
  return out;
}

// On a measured machine an operator table is judged row by row.
std::optional<double> measured_seconds(const Case& c, double batch, DType precision) {
  if (!c.device.host || c.model.operators.empty() || precision != DType::kFp32) return std::nullopt;
  ProfileOptions options;
  options.batch = std::llround(batch);
  const Result<Profile> profiled = profile(c.model, options);
  if (!profiled) return std::nullopt;
  const auto threads = static_cast<std::int64_t>(c.cluster.threads.value_or(c.device.cores.value_or(1)));
  const Result<HostLatency> latency = host_latency(*profiled, c.device, threads, c.context.calibration);
  return latency ? std::optional(latency->seconds.expected) : std::nullopt;
}

double serving_batch(const Serving& serving, Notes& notes) {
  if (serving.batch) return static_cast<double>(*serving.batch);
  note(notes, "job.serving.batch is not given: one item at a time");
  return 1;
}

}  // namespace

Result<Estimate> item_training(const Case& c) {
  Notes notes;
  const Calibration& calibration = c.context.calibration;
  const Job& job = c.workload.job;
  const Result<ItemWork> work = item_work(c.model, sequence_of(c), c.context.catalog, calibration, notes);
  if (!work) return tl::unexpected(work.error());
  const Result<TrainingPlan> plan = plan_items(c, notes);
  if (!plan) return tl::unexpected(plan.error());
  const Runtime runtime = runtime_of(job.trainer, c.workload.traits.framework, job.compile);
  const Result<BatchTime> pass = batch_time(*work, c.device, plan->precision, runtime, plan->micro_batch,
                                            threads_of(c.cluster), Direction::kTraining, calibration);
  if (!pass) return tl::unexpected(pass.error());
  const Links links = links_of(c.device, c.cluster, c.machine, calibration, notes);
  const double reduce_s = all_reduce_bytes(work->parameters * 4, plan->data) / links.ring_rate(plan->data, 1);
  const double behind_backward = 0.66 * pass->seconds;
  const double exposed = plan->data > 1 ? std::max(0.1 * reduce_s, reduce_s - behind_backward) : 0;
  const double step_s = plan->accumulation * pass->seconds + exposed;
  Estimate out;
  set_counts(out, *work);
  out.parameters_trainable = out.parameters_total;
  const Range range = item_range(c.device);
  ItemMemory memory = item_memory(c, *work, plan->precision, plan->micro_batch, &*plan);
  out.memory = std::move(memory.memory);
  out.memory->largest_micro_batch = memory.largest;
  add_basis(out, c, "memory.per_device_bytes", "state and activation count", "serve_memory", Range::kExtrapolated,
            notes);
  TimeEstimate time;
  time.step_s = around(step_s, "vision_train", calibration, range);
  time.items_per_s = reciprocal(*time.step_s) * plan->global_batch;
  const double devices = static_cast<double>(c.cluster.devices());
  time.mfu = peak_share(6 * work->macs * plan->global_batch / step_s, c.device, plan->precision, devices);
  time.bottleneck = bottleneck(pass->compute_s, pass->memory_s, exposed, pass->launch_s, pass->host_s);
  if (const auto steps = training_steps(job, plan->global_batch, 0, notes))
    time.job_s = *time.step_s * (*steps * trials(job, notes));
  out.time = std::move(time);
  add_basis(out, c, "time.step_s", "multiply-accumulates and activation traffic", "vision_train", range,
            std::move(notes));
  return out;
}

Result<Estimate> item_serving(const Case& c) {
  Notes notes;
  const Calibration& calibration = c.context.calibration;
  const Job& job = c.workload.job;
  const Result<ItemWork> work = item_work(c.model, sequence_of(c), c.context.catalog, calibration, notes);
  if (!work) return tl::unexpected(work.error());
  const Serving none;
  const Serving& serving = job.serving ? *job.serving : none;
  const double batch = serving_batch(serving, notes);
  const DType precision = precision_of(c.workload, c.device, notes);
  const Runtime runtime = runtime_of(serving.engine, c.workload.traits.framework, job.compile);
  if (!serving.engine && c.device.device_class == DeviceClass::kGpu)
    note(notes, "job.serving.engine is not given: eager kernels");
  const Result<BatchTime> pass =
      batch_time(*work, c.device, precision, runtime, batch, threads_of(c.cluster), Direction::kInference, calibration);
  if (!pass) return tl::unexpected(pass.error());
  Estimate out;
  set_counts(out, *work);
  ItemMemory memory = item_memory(c, *work, precision, batch, nullptr);
  out.memory = std::move(memory.memory);
  out.memory->largest_batch = memory.largest;
  add_basis(out, c, "memory.per_device_bytes", "weights and live activations", "serve_memory", Range::kExtrapolated,
            notes);
  const std::optional<double> measured = measured_seconds(c, batch, precision);
  const Range range = measured ? Range::kCalibrated : item_range(c.device);
  const char* width = measured ? "host" : width_of(c.device, runtime);
  const double run_s = measured.value_or(pass->seconds);
  TimeEstimate time;
  const double before_s = serving.preprocessing ? serving.preprocessing->value() : 0;
  time.latency_s = around(run_s + before_s, width, calibration, range);
  // Preprocessing overlaps with the device's work on the next batch: the slower of the two counts.
  const double period_s = std::max(run_s, before_s);
  time.items_per_s =
      reciprocal(around(period_s, width, calibration, range)) * (batch * static_cast<double>(c.cluster.devices()));
  time.mfu = peak_share(2 * work->macs * batch / run_s, c.device, precision, 1);
  time.bottleneck = bottleneck(pass->compute_s, pass->memory_s, 0, pass->launch_s, std::max(pass->host_s, before_s));
  if (const auto items = serving_items(job, 0, notes)) time.job_s = reciprocal(*time.items_per_s) * *items;
  out.time = std::move(time);
  note(notes, "time.latency_s is of one batch, host transfers and network left out");
  add_basis(out, c, "time.latency_s",
            measured ? "operator roofline on the measured machine" : "multiply-accumulates and activation traffic",
            width, range, std::move(notes));
  return out;
}

Result<Estimate> tree_serving(const Case& c) {
  if (c.device.device_class != DeviceClass::kCpu && !c.device.cores) {
    return fail(ErrorCode::kUnsupported,
                fmt::format("tree ensembles are estimated on CPUs only, not on '{}'", c.device.id), "choose a CPU");
  }
  Notes notes;
  const Calibration& calibration = c.context.calibration;
  const TreeEnsemble& trees = *c.model.trees;
  const Job& job = c.workload.job;
  const double item_s = tree_item_seconds(trees, calibration);
  const double batch = job.serving && job.serving->batch ? static_cast<double>(*job.serving->batch) : 1;
  double cores = c.device.cores ? static_cast<double>(*c.device.cores) : 1;
  if (c.cluster.threads) cores = std::min(cores, static_cast<double>(*c.cluster.threads));
  note(notes, fmt::format("{:.0f} comparisons per item (trees x depth)", tree_evaluations(trees)));
  note(notes, "the cost of a comparison is a recalled figure, not calibrated");
  Estimate out;
  Parts parts;
  parts.weights = tree_bytes(trees);
  parts.runtime = calibration("summary_memory.edge_runtime_bytes");
  out.memory = memory_estimate(c, parts, "serve_memory", Range::kExtrapolated, {});
  TimeEstimate time;
  const double seconds = item_s * std::max(1.0, batch / cores);
  time.latency_s = around(seconds, "trees", calibration, Range::kCalibrated);
  time.items_per_s = reciprocal(around(item_s, "trees", calibration, Range::kCalibrated)) *
                     (cores * static_cast<double>(c.cluster.devices()));
  time.bottleneck = "memory";
  if (const auto items = serving_items(job, 0, notes)) time.job_s = reciprocal(*time.items_per_s) * *items;
  out.time = std::move(time);
  add_basis(out, c, "time.latency_s", "comparisons", "trees", Range::kExtrapolated, std::move(notes));
  return out;
}

}  // namespace berth::estimation
