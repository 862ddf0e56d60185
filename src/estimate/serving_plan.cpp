#include "estimate/serving_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "estimate/training_plan.hpp"

namespace berth::estimation {
namespace {

Status set_degrees(const Job& job, const Cluster& cluster, ServingPlan& plan, Notes& notes) {
  const double devices = static_cast<double>(cluster.devices());
  const Parallelism& given = job.parallelism;
  plan.pipeline = given.pipeline ? static_cast<double>(*given.pipeline) : 1;
  if (given.tensor) {
    plan.tensor = static_cast<double>(*given.tensor);
  } else if (!given.pipeline && devices > 1) {
    plan.tensor = static_cast<double>(cluster.devices_per_machine);
    note(notes,
         fmt::format("job.parallelism is not given: tensor parallel over the {} devices of a machine", plan.tensor));
  }
  if (plan.devices() > devices) {
    return fail(ErrorCode::kInvalid,
                fmt::format("'job.parallelism' needs {} devices, the cluster has {}", plan.devices(), devices),
                "lower tensor or pipeline, or enlarge the cluster");
  }
  const double replicas = std::floor(devices / plan.devices());
  // Experts that are spread over devices are reached by every token: one engine, whose requests share a batch.
  const bool spread = given.expert && *given.expert > 1;
  plan.replicas = spread ? 1 : replicas;
  if (plan.replicas > 1) note(notes, fmt::format("{} replicas share the load", plan.replicas));
  return {};
}

Status set_weights(const Workload& workload, const Catalog& catalog, ServingPlan& plan, Notes& notes) {
  std::string format = workload.job.quantization.value_or("");
  if (format.empty() && workload.model && !workload.model->declared_quantization.empty()) {
    format = workload.model->declared_quantization;
    note(notes, fmt::format("job.quantization is not given: the model file's {}", format));
  }
  plan.weight_bytes = bytes_per_element(plan.precision);
  plan.embedding_bytes = std::max(2.0, plan.weight_bytes);
  if (plan.precision == DType::kFp4 || plan.precision == DType::kInt4) {
    plan.weight_bytes = 4.5 / 8;  // 4 bit and an 8-bit scale for every 16 weights (NVFP4)
  }
  if (format.empty()) return {};
  const WeightFormat* found = find_format(catalog, format);
  if (found == nullptr) {
    return fail(ErrorCode::kNotFound,
                fmt::format("'job.quantization': weight format '{}' is not in the catalog", format),
                "see berth catalog list weight-formats");
  }
  plan.weight_bytes = found->bits_per_weight / 8;
  plan.quantized = plan.weight_bytes < 2;
  return {};
}

Status set_load(const Job& job, ServingPlan& plan, Notes& notes) {
  const Serving none;
  const Serving& serving = job.serving ? *job.serving : none;
  if (serving.prompt_tokens) {
    plan.prompt = static_cast<double>(*serving.prompt_tokens);
  } else if (job.sequence_length) {
    plan.prompt = static_cast<double>(*job.sequence_length);
    note(notes, "job.serving.prompt_tokens is not given: job.sequence_length");
  } else {
    return fail(ErrorCode::kIncomplete, "'job.serving.prompt_tokens' is not given", "give the tokens of a prompt");
  }
  if (!serving.output_tokens) {
    return fail(ErrorCode::kIncomplete, "'job.serving.output_tokens' is not given",
                "give the tokens generated per request");
  }
  plan.output = std::max(1.0, static_cast<double>(*serving.output_tokens));
  double total = 1;
  if (serving.concurrency) {
    total = *serving.concurrency;
  } else if (serving.batch) {
    total = static_cast<double>(*serving.batch);
  } else {
    note(notes, "job.serving.concurrency is not given: one request at a time");
  }
  plan.concurrency = std::max(1.0, total / plan.replicas);
  if (serving.kv_precision) {
    plan.kv_bytes = bytes_per_element(*serving.kv_precision);
  } else {
    note(notes, "job.serving.kv_precision is not given: a 16-bit cache");
  }
  return {};
}

}  // namespace

Result<ServingPlan> plan_serving(const Workload& workload, const Cluster& cluster, const Device& device,
                                 const Catalog& catalog, Notes& notes) {
  ServingPlan plan;
  plan.device = &device;
  const Job& job = workload.job;
  plan.engine = engine_of(job.serving ? job.serving->engine : std::nullopt, workload.traits.framework);
  if (plan.engine == Engine::kUnknown)
    note(notes, "job.serving.engine is not given or not calibrated: behaves like vllm");
  plan.precision = precision_of(workload, device, notes);
  if (Status status = set_degrees(job, cluster, plan, notes); !status) return tl::unexpected(status.error());
  if (Status status = set_weights(workload, catalog, plan, notes); !status) return tl::unexpected(status.error());
  if (Status status = set_load(job, plan, notes); !status) return tl::unexpected(status.error());
  return plan;
}

}  // namespace berth::estimation
