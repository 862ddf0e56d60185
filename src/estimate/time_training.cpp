#include "estimate/time_training.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace berth::estimation {
namespace {

// Everything that the parts of a step share.
struct Pass {
  const Shape& s;
  const TrainingPlan& p;
  const Links& links;
  const Calibration& c;
  double gemm_rate = 0;  // FLOP/s reached in linear layers
  double half_rate = 0;  // FLOP/s reached by 16-bit (or fp32) matrix products
  double half_peak = 0;  // their peak
  double bandwidth = 0;  // bytes/s reached
  double tokens = 0;     // of one micro-batch on one device
  double stage_layers = 0;
  double share = 0;      // of all layers in the fullest stage
  double recompute = 0;  // 1: the forward pass is done again
  double passes = 3;     // forward-equivalents of the linear layers
  double bytes = 2;      // per activation element
};

double elementwise_bytes(const Pass& x) {
  switch (x.p.trainer) {
    case Trainer::kFused: return x.c("train.elementwise_fused") / x.p.tensor;  // sequence parallel
    case Trainer::kXla:
    case Trainer::kFsdp:
    case Trainer::kEager: return x.c("train.elementwise_fused");
    case Trainer::kTensorflow: return x.c("train.elementwise_tensorflow");
    default: return x.c("train.elementwise_unfused");
  }
}

// Of one layer and forward-equivalent pass.
double launch_seconds(const Pass& x) {
  switch (x.p.trainer) {
    case Trainer::kFused:
    case Trainer::kXla:
    case Trainer::kFsdp:
    case Trainer::kEager:
    case Trainer::kTensorflow: return x.c("train.launch_fused_s");
    case Trainer::kHuggingFace: return x.c("train.launch_hugging_face_s");
    default: return x.c("train.launch_megatron_2021_s");
  }
}

// Rate of fused attention kernels. FlashAttention-2, which general stacks run, doesn't use what newer
// matrix units add (arXiv:2407.08608: 35 % of an H100 against 75 % with FlashAttention-3).
double attention_rate(const Pass& x) {
  const double rate = x.half_rate * x.c("train.attention_efficiency");
  const bool tuned = x.p.trainer == Trainer::kFused || x.p.trainer == Trainer::kXla;
  constexpr double kReference = 312e12;  // A100
  return tuned || x.half_peak <= kReference
             ? rate
             : rate * std::pow(x.half_peak / kReference, -x.c("train.attention_decline"));
}

double compute_seconds(const Pass& x) {
  const Shape& s = x.s;
  const double tensor = x.p.tensor;
  const double dense = 2 * x.tokens * s.dense_weights() / tensor * x.share;
  const double routed = 2 * x.tokens * s.expert_layers * s.experts_per_token * s.expert / tensor * x.share;
  // Tensor-core tiles are 64 wide or more: other widths run on padded or slower kernels.
  const auto odd = [](double width) { return std::fmod(width, 64) != 0; };
  const bool misaligned = odd(s.hidden) || odd(s.hidden / tensor) || (s.dense_layers > 0 && odd(s.ffn_width / tensor));
  const double gemm = x.passes * (dense + routed / x.c("train.expert_gemm_share")) / x.gemm_rate *
                      (misaligned ? x.c("train.misaligned_cost") : 1);
  const double keys = keys_per_layer(s, x.p.sequence);
  const double attention = 4 * x.tokens * keys * s.heads * s.score_dim / tensor * x.share * s.layers;
  double attention_s = 0;
  if (has_flash_attention(x.p.trainer)) {
    // Forward 1, backward 2.5 (the scores are computed again); causal masks skip half (FlashAttention-2,
    // arXiv:2307.08691).
    attention_s = (3.5 + x.recompute) * attention * (s.causal ? 0.5 : 1) / attention_rate(x);
  } else {
    attention_s = (3 + x.recompute) * attention / x.half_rate;
  }
  const double masked = s.causal ? 1 : x.c("train.masked_token_share");  // encoders predict masked tokens only
  const double logits = 3 * 2 * x.tokens * s.embedding / tensor * masked / x.half_rate / x.p.pipeline;
  return gemm + attention_s + logits;
}

double memory_seconds(const Pass& x) {
  const Shape& s = x.s;
  const double tensor = x.p.tensor;
  // Inputs and outputs of the matrix products, and their weights, once a pass.
  const double per_token =
      s.layers * (4 * s.hidden + (2 * s.heads + 2 * s.kv_heads) * s.head_dim / tensor) +
      s.dense_layers * (2 * s.hidden + 2 * s.ffn_width / tensor * (s.gated ? 1.5 : 1)) +
      s.expert_layers * (s.experts_per_token + s.shared_experts) * (2 * s.hidden + 2 * s.expert_width / tensor);
  const double weights = (s.layers * s.attention + s.dense_layers * s.ffn) / tensor +
                         s.expert_layers * std::min(s.experts / x.p.expert, x.tokens * s.experts_per_token) * s.expert;
  double moved = x.passes * x.share * x.bytes * (x.tokens * per_token + weights);
  const double depth = (3 + x.recompute) / 3;
  if (!has_flash_attention(x.p.trainer)) {
    moved += x.c("train.score_bytes") * x.p.micro_batch * s.heads / tensor * x.p.sequence * x.p.sequence / x.p.context *
             x.share * s.layers * (x.bytes / 2) * depth;
  }
  moved += x.share * s.layers * x.tokens * s.hidden * elementwise_bytes(x) * x.bytes * depth;
  const double masked = s.causal ? 1 : x.c("train.masked_token_share");
  constexpr double kLogitBytes = 16;  // logits, softmax and gradient in 16 and 32 bit
  moved += masked * x.tokens * s.vocab / tensor * kLogitBytes / x.p.pipeline;
  double seconds = moved / x.bandwidth;
  if (!x.p.quantization.empty() && x.p.frozen) {
    const bool gptq = x.p.quantization.find("gptq") != std::string::npos;
    constexpr double kReference = 2039e9;  // bytes/s of the A100 it was fitted on
    seconds += x.passes * s.linear_weights() * x.share / tensor *
               x.c(gptq ? "train.dequantize_gptq_s" : "train.dequantize_s") * kReference *
               x.c("memory.bandwidth_share") / x.bandwidth;
  }
  return seconds;
}

// Tensor- and expert-parallel traffic that isn't hidden behind compute.
double inner_network_seconds(const Pass& x) {
  const Shape& s = x.s;
  const TrainingPlan& p = x.p;
  const bool fused = is_fused(p.trainer);
  const double twice = 2 * (2 + x.recompute);  // two collectives a layer, per pass
  double seconds = 0;
  if (p.tensor > 1) {
    const double buffer = twice * x.tokens * s.hidden * x.bytes;
    const double layer_s = all_reduce_bytes(buffer, p.tensor) / x.links.ring_rate(p.tensor, 1);
    seconds += x.share * s.layers * layer_s * x.c(fused ? "train.tensor_exposed_fused" : "train.tensor_exposed");
  }
  if (p.expert > 1 && s.expert_layers > 0) {
    const double buffer = twice * x.tokens * s.experts_per_token * s.hidden * x.bytes / p.tensor;
    seconds += x.share * s.expert_layers * gather_bytes(buffer, p.expert) / x.links.rate(p.expert * p.tensor) *
               x.c("train.expert_exposed");
  }
  return seconds;
}

// Kernels are launched one after another, and a collective starts when the last rank is there: both
// bound a micro-batch from below. The backward pass launches about twice what the forward pass does.
double launch_chain_seconds(const Pass& x) {
  if (x.p.device->device_class == DeviceClass::kTpu) return 0;
  const Shape& s = x.s;
  const double passes = 3 + x.recompute;
  const double wait = 2 * (2 + x.recompute) * std::log2(std::max(1.0, x.p.tensor)) *
                      x.c(is_fused(x.p.trainer) ? "link.alpha_s" : "link.alpha_old_s");
  return x.stage_layers * (passes * launch_seconds(x) + wait) +
         passes * x.share * s.expert_layers * x.c("train.launch_expert_s");
}

struct DataTraffic {
  double per_micro_batch = 0;  // exposed weight gathering and gradient scattering of ZeRO-3
  double per_step = 0;         // exposed gradient reduction otherwise
};

DataTraffic data_traffic(const Pass& x, double micro_batch_s) {
  const Shape& s = x.s;
  const TrainingPlan& p = x.p;
  DataTraffic out;
  const double ranks = p.shards();
  if (ranks <= 1) return out;
  const double group = p.tensor * p.pipeline;
  const double held = (s.total_weights() - s.expert_weights()) / group + s.expert_weights() / (group * p.expert);
  const double rate = x.links.ring_rate(ranks, p.tensor);
  const double overlap = x.c("train.data_overlap");
  if (p.zero_stage >= 3) {  // weights gathered twice, gradients scattered once, in 16 bit
    const double bytes = held * 2 * (p.frozen ? 2 : 3);
    out.per_micro_batch = std::max(0.0, gather_bytes(bytes, ranks) / rate - overlap * micro_batch_s);
  } else if (!p.frozen) {
    const double seconds = gather_bytes(held * 4, ranks) / rate;
    // Hidden behind the last micro-batch and the draining of the pipeline; a tenth never is.
    const double window = overlap * micro_batch_s * (1 + (p.pipeline - 1) / p.interleave);
    out.per_step = std::max(seconds * 0.1, seconds - window);
  }
  return out;
}

double optimizer_seconds(const Pass& x) {
  if (x.p.frozen) return 0;
  const double trained = x.s.total_weights() / (x.p.tensor * x.p.pipeline) / (x.p.zero_stage >= 1 ? x.p.shards() : 1);
  const double bytes =
      x.c(x.p.trainer == Trainer::kTensorflow ? "train.optimizer_bytes_unfused" : "train.optimizer_bytes");
  return trained * bytes / x.bandwidth;
}

Result<Pass> begin(const Shape& s, const TrainingPlan& p, const Links& links, const Calibration& c) {
  const Device& device = *p.device;
  const auto peak = peak_for(device, p.precision);
  const auto half = peak_for(device, DType::kBf16);
  if (!peak || !half || !device.memory_bandwidth || device.inference_only) {
    return fail(
        ErrorCode::kUnsupported,
        fmt::format("no training time can be given for '{}': {}", device.id,
                    device.inference_only ? "it only runs inference" : "its peak rate or memory bandwidth is unknown"),
        "choose another device");
  }
  Pass x{s, p, links, c};
  const bool wide = p.element_bytes() >= 4;
  const double half_peak = wide ? peak->flops_per_s : half->flops_per_s;
  const double efficiency = training_gemm_efficiency(device, half_peak, c);
  double gain = 1;
  if (peak->dtype == DType::kFp8 && peak->flops_per_s > 1.5 * half_peak) gain = c("train.fp8_gain");
  if (peak->dtype == DType::kInt8 && peak->flops_per_s > 1.5 * half_peak) gain = c("train.fp8_gain");
  if (peak->dtype == DType::kFp4) gain = c("train.fp4_gain");
  x.gemm_rate = peak->flops_per_s * efficiency * gain;
  x.half_rate = half_peak * efficiency;
  x.half_peak = half_peak;
  x.bandwidth = device.memory_bandwidth->value() * c("memory.bandwidth_share");
  x.tokens = p.micro_batch * p.sequence / p.context;
  x.stage_layers = std::ceil(s.layers / p.pipeline);
  x.share = x.stage_layers / s.layers;
  x.recompute = p.checkpointing == Checkpointing::kFull ? 1 : 0;
  x.passes = (p.frozen ? 2 : 3) + x.recompute;
  x.bytes = p.element_bytes();
  return x;
}

}  // namespace

Result<StepTime> training_time(const Shape& s, const TrainingPlan& p, const Links& links, const Calibration& c) {
  const Result<Pass> begun = begin(s, p, links, c);
  if (!begun) return tl::unexpected(begun.error());
  const Pass& x = *begun;
  StepTime out;
  out.compute_s = compute_seconds(x);
  out.memory_s = memory_seconds(x);
  out.network_s = inner_network_seconds(x);
  out.launch_s = launch_chain_seconds(x);
  double micro_batch_s = soft_max(out.compute_s + out.memory_s + out.network_s, out.launch_s, c("train.norm"));
  if (p.trainer == Trainer::kHuggingFace && !p.frozen) {  // DeepSpeed copies gradients after every pass
    micro_batch_s += s.total_weights() / (p.tensor * p.pipeline) * c("train.gradient_bytes_deepspeed") / x.bandwidth;
  }
  const DataTraffic traffic = data_traffic(x, micro_batch_s);
  const double bubble = p.pipeline > 1 ? (p.pipeline - 1) / (p.accumulation * p.interleave) : 0;
  out.network_s += traffic.per_micro_batch + traffic.per_step / p.accumulation;
  out.step_s = p.accumulation * (micro_batch_s + traffic.per_micro_batch) * (1 + bubble) + traffic.per_step +
               optimizer_seconds(x) + c("train.step_constant_s");
  // 6 N + 12 L h s a token (PaLM, arXiv:2204.02311, appendix B), with the width of the heads for h.
  const double weights = s.active_weights() + s.embedding;
  out.model_flops_per_item =
      p.sequence * (6 * weights + 12 * s.layers * s.heads * s.score_dim * keys_per_layer(s, p.sequence));
  return out;
}

}  // namespace berth::estimation
