// Neutral fields as a workload, for the estimates.
#include <algorithm>
#include <array>
#include <cctype>

#include "berth/configs.hpp"
#include "workload/words.hpp"

namespace berth {
namespace {

class Writer {
 public:
  explicit Writer(const Config& config) : config_(config) { out_.file = config.file; }

  Workload run() {
    Job& job = out_.job;
    set("job.micro_batch", job.micro_batch);
    set("job.gradient_accumulation", job.gradient_accumulation);
    set("job.global_batch", job.global_batch);
    set("job.sequence_length", job.sequence_length);
    set("job.steps", job.steps);
    set("job.epochs", job.epochs);
    set("job.packed", job.packed);
    set("job.compile", job.compile);
    set("job.trainer", job.trainer);
    set("job.quantization", job.quantization);
    set("job.dataset.location", job.dataset.location);
    set("job.offload.optimizer", job.offload.optimizer);
    set("job.offload.parameters", job.offload.parameters);
    set("job.offload.activations", job.offload.activations);
    set_parallelism(job.parallelism);
    set_words(job);
    set_peft(job);
    set_cluster();
    return std::move(out_);
  }

 private:
  template <class T>
  const T* value(std::string_view path) {
    const ConfigField* field = config_.find(path);
    const T* value = field ? std::get_if<T>(&field->value) : nullptr;
    if (value) out_.given.push_back({std::string(path), field->value_span.line, field->value_span.column, false});
    return value;
  }
  template <class T>
  void set(std::string_view path, std::optional<T>& target) {
    if (const T* found = value<T>(path)) target = *found;
  }

  void set_parallelism(Parallelism& parallelism) {
    set("job.parallelism.data", parallelism.data);
    set("job.parallelism.tensor", parallelism.tensor);
    set("job.parallelism.pipeline", parallelism.pipeline);
    set("job.parallelism.context", parallelism.context);
    set("job.parallelism.expert", parallelism.expert);
    set("job.parallelism.interleave", parallelism.interleave);
    set("job.parallelism.sequence", parallelism.sequence);
    if (const auto* stage = value<std::int64_t>("job.parallelism.zero_stage")) {
      if (*stage >= 0 && *stage <= 3) parallelism.zero_stage = static_cast<int>(*stage);
    } else if (const auto* shard = value<std::string>("config.shard")) {
      parallelism.zero_stage = zero_stage_of(*shard);
    }
  }

  void set_words(Job& job) {
    if (const auto* word = value<std::string>("job.precision")) job.precision = parse_dtype(*word);
    if (const auto* word = value<std::string>("job.optimizer")) job.optimizer = optimizer_name(*word);
    // Parameters that are 16-bit themselves have no 32-bit copy, except under DeepSpeed and Megatron, which keep one.
    const auto* shard = value<std::string>("config.shard");
    const bool copies = shard != nullptr && (shard->starts_with("zero") || *shard == "distributed_optimizer");
    if (const auto* dtype = value<std::string>("config.param_dtype"); dtype != nullptr && !copies) {
      if (*dtype == "bf16" || *dtype == "fp16") job.master_weights = false;
    }
    if (const auto* word = value<std::string>("job.task")) {
      for (const auto& [name, task] : kTasks) {
        if (name == *word) job.task = task;
      }
    }
    if (const auto* word = value<std::string>("job.activation_checkpointing")) {
      for (const auto& [name, kind] : kCheckpointings) {
        if (name == *word) job.activation_checkpointing = kind;
      }
    }
  }

  // The frameworks' names of optimizers come down to those whose memory differs.
  static std::string optimizer_name(std::string word) {
    std::transform(word.begin(), word.end(), word.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const bool small = word.find("8bit") != std::string::npos || word.find("8-bit") != std::string::npos;
    // States of low rank, of one block at a time, or none at all: about nothing, as with Adafactor.
    for (const char* family : {"galore", "apollo", "badam", "lomo"}) {
      if (word.find(family) != std::string::npos) return "adafactor";
    }
    for (const char* family : {"adafactor", "lion", "muon", "sgd"}) {
      if (word.find(family) != std::string::npos) return small ? std::string(family) + "_8bit" : family;
    }
    if (word.find("adam") == std::string::npos) return word;
    return small ? "adamw_8bit" : "adamw";
  }

  void set_peft(Job& job) {
    const auto* method = value<std::string>("job.peft.method");
    if (!method || *method == "none" || *method == "full") return;
    Peft peft;
    peft.method = *method;
    set("job.peft.rank", peft.rank);
    if (const auto* names = value<std::vector<std::string>>("config.lora_targets")) peft.target_modules = *names;
    if (const auto* names = value<std::vector<std::string>>("config.modules_to_save")) peft.modules_to_save = *names;
    job.peft = std::move(peft);
  }

  // Fixed hardware needs a device of the catalog, which a config seldom names: counts alone are kept in
  // the fields cluster.machines and cluster.devices_per_machine.
  void set_cluster() {
    const auto* device = value<std::string>("cluster.device");
    const auto* each = value<std::int64_t>("cluster.devices_per_machine");
    if (!device || !each) return;
    Cluster cluster;
    cluster.device = *device;
    cluster.devices_per_machine = *each;
    if (const auto* machines = value<std::int64_t>("cluster.machines")) cluster.machines = *machines;
    out_.cluster = std::move(cluster);
  }

  const Config& config_;
  Workload out_;
};

}  // namespace

int zero_stage_of(std::string_view shard) {
  constexpr std::array<std::pair<std::string_view, int>, 9> kStages{{{"none", 0},
                                                                     {"ddp", 0},
                                                                     {"zero1", 1},
                                                                     {"distributed_optimizer", 1},
                                                                     {"zero2", 2},
                                                                     {"zero3", 3},
                                                                     {"fsdp", 3},
                                                                     {"fsdp2", 3},
                                                                     {"hsdp", 3}}};
  for (const auto& [word, stage] : kStages) {
    if (word == shard) return stage;
  }
  return 0;
}

Workload to_workload(const Config& config) {
  return Writer(config).run();
}

}  // namespace berth
