#include "estimate/training_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "estimate/efficiency.hpp"

namespace berth::estimation {
namespace {

double value_or(const std::optional<std::int64_t>& value, double otherwise) {
  return value ? static_cast<double>(*value) : otherwise;
}

Status set_degrees(const Job& job, const Cluster& cluster, TrainingPlan& plan, Notes& notes) {
  const Parallelism& given = job.parallelism;
  const double devices = static_cast<double>(cluster.devices());
  plan.tensor = value_or(given.tensor, 1);
  plan.pipeline = value_or(given.pipeline, 1);
  plan.context = value_or(given.context, 1);
  plan.expert = value_or(given.expert, 1);
  plan.interleave = value_or(given.interleave, 1);
  const bool nothing_given = !given.data && !given.tensor && !given.pipeline && !given.context && !job.micro_batch;
  const double rows = value_or(job.global_batch, 0);
  const double accumulation = value_or(job.gradient_accumulation, 0);
  if (given.data) {
    plan.data = static_cast<double>(*given.data);
  } else if (nothing_given && rows > 0 && accumulation > 0 && rows < devices * accumulation) {
    // Fewer items per pass than devices: the rest must be model parallelism.
    plan.data = std::max(1.0, std::floor(rows / accumulation));
    const double model_parallel = std::max(1.0, std::floor(devices / plan.data));
    plan.tensor = std::min({static_cast<double>(cluster.devices_per_machine), 8.0, model_parallel});
    plan.pipeline = std::max(1.0, std::floor(model_parallel / plan.tensor));
    note(notes, fmt::format("job.parallelism is not given: batch and devices leave data {}, tensor {}, pipeline {}",
                            plan.data, plan.tensor, plan.pipeline));
  } else {
    const double group = plan.tensor * plan.pipeline * plan.context;
    if (group > devices) {
      return fail(ErrorCode::kInvalid,
                  fmt::format("'job.parallelism' needs {} devices per replica, the cluster has {}", group, devices),
                  "lower tensor, pipeline or context, or enlarge the cluster");
    }
    plan.data = std::floor(devices / group);
    if (devices > 1)
      note(notes,
           fmt::format("job.parallelism.data is not given: {} = devices / (tensor x pipeline x context)", plan.data));
  }
  const double used = plan.data * plan.tensor * plan.pipeline * plan.context;
  if (used > devices * 1.001) {
    return fail(ErrorCode::kInvalid,
                fmt::format("'job.parallelism' multiplies to {} devices, the cluster has {}", used, devices),
                "lower a degree, or enlarge the cluster");
  }
  if (used < devices * 0.999) note(notes, fmt::format("{} of {} devices are used by job.parallelism", used, devices));
  return {};
}

void set_batches(const Job& job, TrainingPlan& plan, Notes& notes) {
  const double rows = value_or(job.global_batch, 0);
  const double accumulation = value_or(job.gradient_accumulation, 0);
  if (job.micro_batch) {
    plan.micro_batch = static_cast<double>(*job.micro_batch);
  } else {
    plan.micro_batch = rows > 0 && accumulation > 0 ? std::max(1.0, std::floor(rows / (plan.data * accumulation))) : 1;
    note(notes, fmt::format("job.micro_batch is not given: {} is assumed", plan.micro_batch));
  }
  const double pass = plan.data * plan.micro_batch;
  if (rows > 0) {
    plan.accumulation = std::max(1.0, rows / pass);
    if (rows < pass)
      note(notes,
           fmt::format("job.global_batch {} is less than data x micro_batch = {}: the latter counts", rows, pass));
  } else {
    plan.accumulation = std::max(1.0, accumulation);
    if (accumulation == 0)
      note(notes, "neither job.global_batch nor job.gradient_accumulation is given: no accumulation");
  }
  plan.global_batch = std::max(rows, pass * plan.accumulation);
}

void set_checkpointing(const Job& job, const Shape* shape, TrainingPlan& plan, Notes& notes) {
  if (job.activation_checkpointing) {
    plan.checkpointing = *job.activation_checkpointing;
    return;
  }
  // Habits: fine-tuning scripts for transformers switch checkpointing on (Qwen, axolotl, TRL examples);
  // LitGPT does with FSDP and doesn't without.
  const bool hugging_face = plan.trainer == Trainer::kHuggingFace && shape != nullptr && shape->causal;
  const bool litgpt = plan.trainer == Trainer::kEager;
  if (hugging_face || (litgpt && plan.zero_stage >= 3)) {
    plan.checkpointing = Checkpointing::kFull;
    note(notes, "job.activation_checkpointing is not given: full, as this trainer's scripts have it");
    return;
  }
  plan.checkpointing_known = litgpt || plan.trainer == Trainer::kTensorflow || shape == nullptr;
  note(notes, plan.checkpointing_known
                  ? "job.activation_checkpointing is not given: none is assumed"
                  : "job.activation_checkpointing is not given: none is assumed, full gives the low end of memory");
}

void set_peft(const Job& job, TrainingPlan& plan) {
  if (!job.peft) return;
  plan.frozen = true;
  if (job.peft->trainable_parameters) plan.adapter_parameters = static_cast<double>(*job.peft->trainable_parameters);
  plan.embeddings_trained =
      std::any_of(job.peft->modules_to_save.begin(), job.peft->modules_to_save.end(), [](const std::string& name) {
        return name.find("embed") != std::string::npos || name.find("head") != std::string::npos;
      });
}

// Two r x d factors next to every adapted matrix (LoRA, arXiv:2106.09685).
double lora_parameters(const Shape& s, double rank, const std::vector<std::string>& targets) {
  const double query = s.heads * s.head_dim;
  const double key = s.kv_heads * s.head_dim;
  const double attention = rank * (2 * (s.hidden + query) + 2 * (s.hidden + key));
  const double matrices = s.gated ? 3 : 2;
  const double ffn = rank * matrices * (s.hidden + s.ffn_width);
  const auto named = [&](std::string_view part) {
    return std::any_of(targets.begin(), targets.end(),
                       [&](const std::string& t) { return t.find(part) != std::string::npos; });
  };
  const bool only_attention = !targets.empty() && !named("all") && !named("up") && !named("down") && !named("gate") &&
                              !named("mlp") && !named("fc") && !named("w1");
  return s.layers * (only_attention ? attention : attention + ffn);
}

Status set_adapter_size(const Job& job, const Shape* shape, const Calibration& calibration, TrainingPlan& plan,
                        Notes& notes) {
  if (!plan.frozen || plan.adapter_parameters) return {};
  if (shape == nullptr) {
    return fail(ErrorCode::kIncomplete, "'job.peft.trainable_parameters' is needed for a model without dimensions",
                "give it");
  }
  double rank = 0;
  if (job.peft->rank) {
    rank = static_cast<double>(*job.peft->rank);
  } else {
    rank = calibration("train.lora_rank");
    note(notes, fmt::format("job.peft.rank is not given: {} is assumed", rank));
  }
  plan.adapter_parameters = lora_parameters(*shape, rank, job.peft->target_modules);
  if (job.peft->target_modules.empty()) note(notes, "job.peft.target_modules is not given: all linear layers");
  return {};
}

Status set_quantization(const Job& job, const Catalog& catalog, TrainingPlan& plan, Notes& notes) {
  std::string name = job.quantization.value_or("");
  if (name.empty() && job.peft && job.peft->method == "qlora") {
    name = "nf4";
    note(notes, "job.quantization is not given: nf4, as QLoRA has it");
  }
  if (name.empty()) return {};
  const WeightFormat* format = find_format(catalog, name);
  if (format == nullptr) {
    return fail(ErrorCode::kNotFound, fmt::format("'job.quantization': weight format '{}' is not in the catalog", name),
                "see berth catalog list weight-formats");
  }
  plan.quantization = name;
  plan.bits_per_weight = format->bits_per_weight;
  if (!plan.frozen) note(notes, "job.quantization is ignored: all weights are trained, in job.precision");
  return {};
}

bool offloaded(const std::optional<std::string>& where) {
  return where && *where != "none";
}

}  // namespace

const WeightFormat* find_format(const Catalog& catalog, std::string_view name) {
  if (const WeightFormat* found = catalog.find_weight_format(name)) return found;
  // Trainers' own words for formats that the catalog has under one name.
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kWords{{{"int4-gptq", "gptq"},
                                                                                 {"gptq-int4", "gptq"},
                                                                                 {"int8-gptq", "gptq_8bit"},
                                                                                 {"nf4-dq", "nf4"},
                                                                                 {"bnb.nf4", "nf4_plain"},
                                                                                 {"bnb.nf4-dq", "nf4"},
                                                                                 {"int4-awq", "awq"}}};
  for (const auto& [word, id] : kWords) {
    if (word == name) return catalog.find_weight_format(id);
  }
  return nullptr;
}

DType precision_of(const Workload& workload, const Device& device, Notes& notes) {
  if (workload.job.precision) return *workload.job.precision;
  if (workload.model && workload.model->declared_dtype) {
    note(notes,
         fmt::format("job.precision is not given: the model file's {}", to_string(*workload.model->declared_dtype)));
    return *workload.model->declared_dtype;
  }
  DType dtype = DType::kFp32;
  for (const DType candidate : {DType::kBf16, DType::kFp16, DType::kFp32, DType::kInt8}) {
    if (device.peak_of(candidate)) {
      dtype = candidate;
      break;
    }
  }
  note(notes, fmt::format("job.precision is not given: {} is assumed", to_string(dtype)));
  return dtype;
}

Result<TrainingPlan> plan_training(const Workload& workload, const Cluster& cluster, const Device& device,
                                   const Shape* shape, const EstimateContext& context, Notes& notes) {
  const Job& job = workload.job;
  const Catalog& catalog = context.catalog;
  const Calibration& calibration = context.calibration;
  TrainingPlan plan;
  plan.device = &device;
  std::string assumed;
  plan.trainer = trainer_of(workload, device.device_class, &assumed);
  if (!assumed.empty() && shape != nullptr) note(notes, assumed);
  plan.fused_loss = has_fused_loss(job.trainer);
  plan.precision = precision_of(workload, device, notes);
  plan.zero_stage = job.parallelism.zero_stage.value_or(0);
  plan.optimizer = job.optimizer.value_or("adamw");
  if (!job.optimizer) note(notes, "job.optimizer is not given: adamw is assumed");
  plan.master_weights = job.master_weights;
  plan.optimizer_offloaded = offloaded(job.offload.optimizer);
  plan.parameters_offloaded = offloaded(job.offload.parameters);
  plan.activations_offloaded = offloaded(job.offload.activations);
  if (shape != nullptr) {
    if (!job.sequence_length)
      return fail(ErrorCode::kIncomplete, "'job.sequence_length' is not given", "give the tokens per sequence");
    plan.sequence = job.mean_length ? *job.mean_length : static_cast<double>(*job.sequence_length);
  }
  if (Status status = set_degrees(job, cluster, plan, notes); !status) return tl::unexpected(status.error());
  set_batches(job, plan, notes);
  set_checkpointing(job, shape, plan, notes);
  set_peft(job, plan);
  if (Status status = set_adapter_size(job, shape, calibration, plan, notes); !status)
    return tl::unexpected(status.error());
  if (Status status = set_quantization(job, catalog, plan, notes); !status) return tl::unexpected(status.error());
  return plan;
}

}  // namespace berth::estimation
