#include "estimate/memory_serving.hpp"

#include <algorithm>
#include <cmath>

namespace berth::estimation {
namespace {

double weight_bytes_total(const Shape& s, const ServingPlan& p) {
  // Mixture-of-experts checkpoints in a weight format keep attention in 16 bit (gpt-oss, arXiv:2508.10925).
  const double dense = p.quantized && s.experts > 0 ? 2 : p.weight_bytes;
  return s.dense_weights() * dense + s.expert_weights() * p.weight_bytes +
         (s.embedding * (s.tied ? 1 : 2) + s.other) * p.embedding_bytes;
}

}  // namespace

double cache_per_request(const Shape& s, const ServingPlan& p) {
  return keys_per_layer(s, p.prompt + p.output) * s.kv_per_token * p.kv_bytes;
}

Parts serving_memory(const Shape& s, const ServingPlan& p, const Calibration& c) {
  Parts parts;
  parts.weights = weight_bytes_total(s, p) / p.devices();
  // Heads are cut over the tensor-parallel devices; fewer key-value heads than devices are repeated.
  const double cut = s.kv_shared_by_heads ? 1 : std::min(p.tensor, s.kv_heads);
  parts.kv_cache = cache_per_request(s, p) * p.concurrency / (cut * p.pipeline);
  // Logits of one token per sequence and the largest activations of a prompt, in 16 bit.
  const double rows = std::min(p.prompt * p.concurrency, 8192.0);  // engines cut prompts into chunks
  parts.activations = rows * 2 * (4 * s.hidden + 2 * std::max(s.ffn_width, s.heads * s.head_dim) / p.tensor);
  parts.logits = p.concurrency * s.vocab * 4 / p.tensor;
  parts.workspace = c("serve.workspace_bytes");
  parts.runtime = c("serve.runtime_bytes");
  return parts;
}

std::optional<double> requests_that_fit(const Shape& s, const ServingPlan& p, const Calibration& c) {
  if (!p.device->memory || p.device->memory->value() <= 0) return std::nullopt;
  const double capacity = static_cast<double>(p.device->memory->value()) * c("serve.memory_share") * p.devices();
  const double cache = cache_per_request(s, p);
  if (cache <= 0) return std::nullopt;
  return std::max(1.0, (capacity - weight_bytes_total(s, p)) / cache);
}

std::optional<double> engine_allocation(const ServingPlan& p, const Calibration& c) {
  const bool reserves = p.engine == Engine::kVllm || p.engine == Engine::kSglang || p.engine == Engine::kTensorRtLlm;
  if (!reserves || !p.device->memory || p.device->memory->value() <= 0) return std::nullopt;
  return static_cast<double>(p.device->memory->value()) * c("serve.memory_share");
}

}  // namespace berth::estimation
