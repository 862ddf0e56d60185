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

const ConfigFormat* format_of(const SheetWriter& writer) {
  for (const ConfigFormat& format : writer.tables().formats->formats()) {
    if (format.id == writer.config().detection.ecosystem) return &format;
  }
  return nullptr;
}

// What the context says of the task, where the file doesn't.
void set_task(Workload& workload, const SheetWriter& writer) {
  if (!workload.job.task) workload.job.task = Task::kFinetune;
  const std::string task = writer.text("context.task");
  if (!workload.job.peft && (task == "lora" || task == "qlora")) {
    workload.job.peft = Peft{};
    workload.job.peft->method = task;
    workload.job.peft->target_modules = {"all-linear"};
  }
}

// Fills in whatever is unknown so that the least memory is needed. False: something was unknown.
class Unknowns {
 public:
  Unknowns(Workload& workload, const SheetWriter& writer)
      : job_(workload.job), model_(*workload.model), writer_(writer), format_(format_of(writer)) {}

  bool fill() {
    if (!job_.trainer && format_ != nullptr && !format_->trainer.empty()) job_.trainer = format_->trainer;
    fill_sizes();
    fill_shard();
    fill_weights();
    cut_for_pipeline();
    if (job_.activation_checkpointing) return all_known_;
    if (writer_.get("job.activation_checkpointing") == nullptr)
      least(job_.activation_checkpointing, Checkpointing::kFull);
    else
      job_.activation_checkpointing = Checkpointing::kNone;  // the format could say it, and doesn't
    return all_known_;
  }

 private:
  // Real samples of fine-tuning data are longer; what doesn't fit with these doesn't fit at all.
  static constexpr std::int64_t kShortestSample = 128;  // tokens

  template <class T>
  void least(std::optional<T>& target, T value) {
    target = std::move(value);
    all_known_ = false;
  }

  void fill_sizes() {
    if (!job_.sequence_length && model_.transformer) least(job_.sequence_length, kShortestSample);
    // Unpacked fine-tuning samples are cut at the length, and most are shorter.
    const bool samples = job_.trainer == "axolotl" || job_.trainer == "llamafactory" ||
                         job_.trainer == "transformers" || writer_.text("config.ecosystem") == "torchtune" ||
                         job_.trainer == "litgpt";
    if (samples && !job_.packed.value_or(false) && *job_.task == Task::kFinetune) {
      job_.sequence_length = std::min(job_.sequence_length.value_or(kShortestSample), kShortestSample);
      all_known_ = false;
    }
    if (!job_.micro_batch && !job_.global_batch) least(job_.micro_batch, std::int64_t{1});
  }

  void fill_shard() {
    if (job_.parallelism.zero_stage) return;
    const ConfigField* field = writer_.config().find("config.shard");
    const bool unsaid = field == nullptr || field->state == ValueState::kNull;
    const bool known = unsaid && format_ != nullptr && !format_->unsaid_shard.empty() && !writer_.config().partial;
    const std::string distribution = writer_.text("context.distribution");
    if (known)
      job_.parallelism.zero_stage = zero_stage_of(format_->unsaid_shard);
    else if (unsaid && (distribution == "ddp" || distribution == "fsdp"))
      job_.parallelism.zero_stage = zero_stage_of(distribution);
    else if (writer_.whole("calc.world").value_or(2) > 1)
      least(job_.parallelism.zero_stage, 3);
  }

  // Scripts of transformers may load weights in 16 bit and train them so, without 32-bit copies.
  void fill_weights() {
    const FactValue* dtype = writer_.get("config.param_dtype");
    const bool said = job_.master_weights || (dtype != nullptr && std::holds_alternative<std::string>(*dtype));
    const bool copies =
        writer_.config().find("config.shard") != nullptr && writer_.text("config.shard").starts_with("zero");
    const bool scripts = job_.trainer == "axolotl" || job_.trainer == "llamafactory" || job_.trainer == "transformers";
    if (scripts && !said && !copies && !job_.peft) least(job_.master_weights, false);
    if (!job_.precision && scripts) least(job_.precision, DType::kBf16);
  }

  // A pipeline takes the micro batch in pieces.
  void cut_for_pipeline() {
    const auto piece = writer_.whole("config.pipeline_microbatch");
    if (!piece || *piece < 1 || job_.parallelism.pipeline.value_or(1) < 2 || !job_.micro_batch) return;
    job_.gradient_accumulation =
        job_.gradient_accumulation.value_or(1) * std::max<std::int64_t>(1, *job_.micro_batch / *piece);
    job_.micro_batch = std::min(*piece, *job_.micro_batch);
  }

  Job& job_;
  const Model& model_;
  const SheetWriter& writer_;
  const ConfigFormat* format_;
  bool all_known_ = true;
};

void publish(SheetWriter& writer, const Workload& workload, const Cluster& cluster, const Device& device,
             const Estimate& estimate, bool all_known) {
  if (!all_known) {
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
  set_task(workload, writer);
  if (*workload.job.task == Task::kServe) return;
  workload.model = std::move(model);
  workload.cluster = cluster;
  const bool all_known = Unknowns(workload, writer).fill();
  const Result<Estimate> found =
      estimate(workload, *cluster, nullptr, {*writer.tables().catalog, *writer.tables().calibration});
  if (!found) return;
  publish(writer, workload, *cluster, *device, *found, all_known);
}

}  // namespace berth::checking
