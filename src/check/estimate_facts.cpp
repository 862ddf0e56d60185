// berth's own estimate of the config on the hardware: will it fit, how long does it take.
#include <algorithm>

#include "check/job_sheet.hpp"
#include "facts/facts.hpp"

namespace berth::checking {
namespace {

// The devices that the job uses of the hardware at hand.
std::optional<Cluster> cluster_of(const SheetWriter& writer, const Device& device) {
  Cluster cluster;
  cluster.device = device.id;
  const auto per_machine = writer.whole("hardware.devices_per_machine");
  const auto machines = writer.whole("hardware.machines");
  const auto world = writer.whole("calc.world");
  if (!per_machine && !world) return std::nullopt;
  cluster.devices_per_machine = std::max<std::int64_t>(1, per_machine.value_or(world.value_or(1)));
  cluster.machines = std::max<std::int64_t>(1, machines.value_or(1));
  const bool by_cores = writer.context.cores && world && *world == *writer.context.cores;
  if (world && !by_cores && *world != cluster.devices()) {
    cluster.devices_per_machine = std::clamp<std::int64_t>(*world, 1, cluster.devices_per_machine);
    cluster.machines = std::max<std::int64_t>(1, *world / cluster.devices_per_machine);
  }
  if (const auto host = writer.number("hardware.host_memory_gib"))
    cluster.host_memory = Bytes(static_cast<std::int64_t>(*host * 1024 * 1024 * 1024));
  return cluster;
}

// What the context says of the task, where the file doesn't.
void complete(Workload& workload, const SheetWriter& writer) {
  if (!workload.job.task) workload.job.task = Task::kFinetune;
  const std::string task = writer.text("context.task");
  if (!workload.job.peft && (task == "lora" || task == "qlora")) {
    workload.job.peft = Peft{};
    workload.job.peft->method = task;
    workload.job.peft->target_modules = {"all-linear"};
  }
}

// Estimates with every unknown length at its least: what doesn't fit then doesn't fit at all.
constexpr std::int64_t kShortestSample = 128;  // tokens; real samples of fine-tuning data are longer

void publish(SheetWriter& writer, const Workload& workload, const Cluster& cluster, const Device& device,
             const Estimate& estimate, bool complete) {
  if (!complete) {
    // Only the lower bound is sound.
    if (!estimate.memory || !estimate.memory->fits || *estimate.memory->fits != Fits::kNo) return;
    writer.set("estimate.memory_fits", std::string("no"));
    writer.set("estimate.memory_low_bytes", estimate.memory->per_device_bytes.low);
    writer.set("estimate.memory_expected_bytes", estimate.memory->per_device_bytes.expected);
    if (estimate.memory->capacity)
      writer.set("estimate.capacity_bytes", static_cast<double>(estimate.memory->capacity->value()));
    return;
  }
  const CandidateFacts facts{&device, nullptr, &cluster, &workload.job, &estimate};
  static_cast<void>(add_candidate_facts(writer.sheet.facts(), facts, workload, {}));
}

}  // namespace

void add_estimate_facts(SheetWriter& writer, std::optional<Model> model) {
  const std::string id = writer.text("hardware.device");
  const Device* device = id.empty() ? nullptr : writer.tables().catalog->find_device(id);
  if (device == nullptr || !model || model->parameters <= 0) return;
  const std::optional<Cluster> cluster = cluster_of(writer, *device);
  if (!cluster) return;
  Workload workload = to_workload(writer.config());
  complete(workload, writer);
  if (*workload.job.task == Task::kServe) return;
  workload.model = std::move(model);
  workload.cluster = cluster;
  bool all_known = true;
  if (!workload.job.sequence_length && workload.model->transformer) {
    workload.job.sequence_length = kShortestSample;
    all_known = false;
  }
  if (!workload.job.micro_batch && !workload.job.global_batch) {
    workload.job.micro_batch = 1;
    all_known = false;
  }
  const Result<Estimate> found =
      estimate(workload, *cluster, nullptr, {*writer.tables().catalog, *writer.tables().calibration});
  if (!found) return;
  publish(writer, workload, *cluster, *device, *found, all_known);
}

}  // namespace berth::checking
