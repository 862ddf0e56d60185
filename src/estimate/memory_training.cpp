#include "estimate/memory_training.hpp"

#include <algorithm>
#include <cmath>

namespace berth::estimation {
namespace {

// What one device of the fullest pipeline stage holds, in weights.
struct Held {
  double linear = 0, embedding = 0, layers = 0;
  [[nodiscard]] double all() const { return linear + embedding; }
};

Held held_weights(const Shape& s, const TrainingPlan& p) {
  Held held;
  held.layers = std::ceil(s.layers / p.pipeline);
  const double share = held.layers / s.layers;
  const double dense = s.dense_weights() * share / p.tensor;
  // Expert parallelism takes the place of tensor parallelism inside the expert layers (Megatron-Core).
  const double experts = s.expert_weights() * share / (p.expert > 1 ? p.expert : p.tensor);
  held.linear = dense + experts;
  held.embedding = s.embedding / p.tensor * (s.tied || p.pipeline > 1 ? 1 : 2) + s.other / p.tensor * share;
  return held;
}

// Optimizer state per parameter besides the fp32 copy: two moments for the Adam family, one for
// momentum and Lion, factored rows and columns for Adafactor (about nothing), one byte each for 8-bit.
double moment_bytes(const std::string& optimizer, double each) {
  if (optimizer.find("8bit") != std::string::npos || optimizer.find("8-bit") != std::string::npos) return 2;
  if (optimizer == "sgd") return 0;
  if (optimizer == "momentum" || optimizer == "lion" || optimizer == "muon" || optimizer == "sgd_momentum") return each;
  if (optimizer == "adafactor") return each * 0.01;
  return 2 * each;
}

// Bytes kept for the backward pass of one layer, per token of a micro-batch: the inputs of every
// matrix product, norm and activation (Korthikanti et al. 2022, arXiv:2205.05198, eq. 1 and 2: 34 h +
// 5 a s for a layer with a four-fold feed-forward block and dropout).
double activation_bytes_per_token(const Shape& s, const TrainingPlan& p, const Calibration& c) {
  const double gated = c(p.trainer == Trainer::kXla ? "train_memory.gated_buffers_xla" : "train_memory.gated_buffers");
  const double copies = s.gated ? gated : 2;
  double ffn = s.dense_layers > 0 ? copies * s.ffn_width : 0;
  if (s.expert_layers > 0) {
    const double routed = (s.experts_per_token + s.shared_experts) * copies * s.expert_width;
    ffn = (ffn * s.dense_layers + routed * s.expert_layers) / s.layers;
  }
  const double inner = 2 * s.heads * s.head_dim + 2 * s.kv_heads * s.head_dim + ffn;
  const bool sequence_parallel = p.trainer == Trainer::kFused || p.trainer == Trainer::kXla;
  const double bytes = p.element_bytes();
  double per_token =
      bytes * (c("train_memory.hidden_buffers") * s.hidden / (sequence_parallel ? p.tensor : 1) + inner / p.tensor);
  if (!has_flash_attention(p.trainer) && p.checkpointing != Checkpointing::kSelective) {
    per_token += c("train_memory.score_bytes") * s.heads * p.sequence / p.context / p.tensor * (bytes / 2);
  }
  return per_token;
}

struct Activations {
  double kept = 0, logits = 0;
};

// The first pipeline stage keeps the activations of as many micro-batches as there are stages (1F1B,
// Narayanan et al. 2021, arXiv:2104.04473; interleaving adds (p-1)/(p v)); the last one those of one
// micro-batch, and the logits.
Activations activation_memory(const Shape& s, const TrainingPlan& p, const Held& held, const Calibration& c) {
  const double tokens = p.micro_batch * p.sequence / p.context;
  const double per_token = activation_bytes_per_token(s, p, c);
  double in_flight = 1;
  if (p.pipeline > 1) {
    in_flight = std::min(p.accumulation, p.pipeline);
    if (p.interleave > 1) in_flight *= 1 + (p.pipeline - 1) / (p.pipeline * p.interleave);
  }
  const bool sequence_parallel = p.trainer == Trainer::kFused || p.trainer == Trainer::kXla;
  const auto kept = [&](double batches) {
    if (p.checkpointing != Checkpointing::kFull) return tokens * per_token * held.layers * batches;
    const double inputs =
        tokens * p.element_bytes() * s.hidden * held.layers * batches / (sequence_parallel ? p.tensor : 1);
    return (p.activations_offloaded ? 0 : inputs) +
           c(p.trainer == Trainer::kXla ? "train_memory.working_layers_xla" : "train_memory.working_layers") * tokens *
               per_token;
  };
  const double masked = s.causal ? 1 : c("train.masked_token_share");
  Activations out;
  constexpr double kFusedLogitBytes = 4;  // 16-bit logits and their gradient
  const double logit_bytes = p.fused_loss ? kFusedLogitBytes : c("train_memory.logit_bytes");
  out.logits = logit_bytes * tokens * s.vocab / p.tensor * masked;
  out.kept = kept(in_flight);
  if (p.pipeline > 1) {
    const double last = kept(1);
    if (last + out.logits > out.kept) {
      out.kept = last;
    } else {
      out.logits = 0;
    }
  }
  return out;
}

void add_frozen_state(const Shape& s, const TrainingPlan& p, const Held& held, const Calibration& c, Parts& parts) {
  const double shards = std::max(1.0, p.shards());
  const double per_linear = p.bits_per_weight ? *p.bits_per_weight / 8 : 2;
  parts.weights = (held.linear * per_linear + held.embedding * 2) / (p.zero_stage >= 3 ? shards : 1);
  const double adapters = p.adapter_parameters.value_or(0) * held.layers / s.layers / p.tensor;
  const double saved = p.embeddings_trained ? 2 * s.embedding / p.tensor : 0;
  const double state =
      adapters * c("train_memory.lora_state_bytes") + saved * c("train_memory.saved_module_state_bytes");
  const double share = p.zero_stage >= 2 ? shards : 1;
  parts.gradients = (adapters + saved) * 2 / share;
  parts.optimizer = std::max(0.0, state / share - parts.gradients);
}

void add_trained_state(const TrainingPlan& p, const Held& held, const Calibration& c, Parts& parts) {
  const double shards = std::max(1.0, p.shards());
  const StateBytes bytes = state_bytes(p, c);
  parts.weights = p.parameters_offloaded ? 0 : held.all() * bytes.weights / (p.zero_stage >= 3 ? shards : 1);
  // From stage 2 on gradients go where the optimizer is (ZeRO-Offload, arXiv:2101.06840, section 4).
  const bool away = p.optimizer_offloaded && p.zero_stage >= 2;
  parts.gradients = away ? 0 : held.all() * bytes.gradients / (p.zero_stage >= 2 ? shards : 1);
  parts.optimizer = p.optimizer_offloaded ? 0 : held.all() * bytes.optimizer / (p.zero_stage >= 1 ? shards : 1);
}

// Peak while weights are being loaded: quantising on load reads 16-bit weights first; LitGPT's FSDP
// holds the whole model on every device before it is cut up.
double load_peak(const TrainingPlan& p, const Held& held, const Calibration& c) {
  double peak = 0;
  const double full = 2 * held.all();
  if (p.trainer == Trainer::kEager && p.zero_stage >= 3) {
    peak = full * (1 + c("train_memory.load_shards") / std::max(1.0, p.shards()));
  }
  // Transformers quantises each weight as it is loaded; only LitGPT was measured to hold them all.
  if (p.trainer == Trainer::kEager && p.quantization.find("nf4") != std::string::npos)
    peak = std::max(peak, full * c("train_memory.load_share"));
  return peak;
}

}  // namespace

StateBytes state_bytes(const TrainingPlan& p, const Calibration& c) {
  StateBytes bytes;
  if (p.element_bytes() >= 4) {
    bytes = {p.element_bytes(), p.element_bytes(), moment_bytes(p.optimizer, p.element_bytes())};
  } else if (p.master_weights && !*p.master_weights) {
    bytes = {2, 2, moment_bytes(p.optimizer, 2)};
  } else {
    const double moments = moment_bytes(p.optimizer, 4);
    switch (p.trainer) {
      case Trainer::kFsdp:
      case Trainer::kEager:
      case Trainer::kXla: bytes = {4, 4, moments}; break;  // fp32 weights, cast as they are used
      case Trainer::kHuggingFace: bytes = {2, c("train_memory.state_bytes_deepspeed") - 14, 4 + moments}; break;
      case Trainer::kTensorflow: bytes = {6, 4, moments}; break;
      // Megatron-DeepSpeed adds an fp32 copy of the gradients, cut like the optimizer's state.
      case Trainer::kMegatron2021: bytes = {2, 4, 8 + moments}; break;
      default: bytes = {2, 4, 4 + moments}; break;
    }
  }
  return bytes;
}

Parts training_memory(const Shape& s, const TrainingPlan& p, double devices, const Calibration& c) {
  const Held held = held_weights(s, p);
  Parts parts;
  if (p.frozen) {
    add_frozen_state(s, p, held, c, parts);
  } else {
    add_trained_state(p, held, c, parts);
  }
  if (p.zero_stage >= 3) {  // layers gathered ahead of their use, and the embedding
    const bool with_embedding = !p.frozen || p.trainer != Trainer::kHuggingFace;
    // XLA gathers a table where it is used: the input's and the output's are never there at once.
    const double tables = held.embedding * (p.trainer == Trainer::kXla && !s.tied ? 0.5 : 1);
    parts.workspace =
        held.linear / held.layers * 2 * c("train_memory.gathered_layers") + (with_embedding ? tables * 2 : 0);
  }
  const Activations activations = activation_memory(s, p, held, c);
  parts.activations = activations.kept;
  parts.logits = activations.logits;
  // XLA places all buffers when it compiles; PyTorch's caching allocator leaves gaps.
  if (p.trainer != Trainer::kXla) parts.workspace += parts.total() * (c("train_memory.fragmentation") - 1);
  // Every way of parallelism has communicators of its own, with their buffers.
  double ways = 0;
  for (const double degree : {p.data, p.tensor, p.pipeline, p.context, p.expert}) ways += degree > 1 ? 1 : 0;
  if (devices > 1) ways = std::max(1.0, ways);
  parts.runtime = c("train_memory.runtime_bytes") + ways * c("train_memory.several_devices_bytes") +
                  (p.trainer == Trainer::kHuggingFace ? c("train_memory.deepspeed_bytes") : 0);
  const double load = load_peak(p, held, c) + parts.runtime;
  if (load > parts.total()) parts.workspace += load - parts.total();
  return parts;
}

}  // namespace berth::estimation
