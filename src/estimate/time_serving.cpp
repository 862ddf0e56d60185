#include "estimate/time_serving.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "estimate/efficiency.hpp"
#include "estimate/memory_serving.hpp"

namespace berth::estimation {
namespace {

struct Rates {
  double bandwidth = 0;  // peak bytes/s
  double gemm = 0;       // FLOP/s reached by matrix products
  double half = 0;       // 16-bit peak
};

Result<Rates> rates_of(const ServingPlan& p, const Calibration& c) {
  const Device& device = *p.device;
  // Weight-only formats compute in 16 bit.
  const auto peak = peak_for(device, p.quantized ? DType::kBf16 : p.precision);
  const auto half = peak_for(device, DType::kBf16);
  if (!peak || !half || !device.memory_bandwidth) {
    return fail(ErrorCode::kUnsupported,
                fmt::format("no time can be given for '{}': its peak rate or memory bandwidth is unknown", device.id),
                "choose another device");
  }
  Rates rates;
  rates.bandwidth = device.memory_bandwidth->value();
  rates.half = half->flops_per_s;
  const bool eight_bit = peak->dtype == DType::kFp8 || peak->dtype == DType::kInt8 || peak->dtype == DType::kFp4;
  rates.gemm = c("serve.gemm_efficiency") * peak->flops_per_s * (eight_bit ? c("serve.fp8_gain") / 2 : 1);
  return rates;
}

double all_reduce_seconds(const Shape& s, const ServingPlan& p, const Links& links, double tokens,
                          const Calibration& c) {
  if (p.tensor <= 1) return 0;
  const double bytes = all_reduce_bytes(tokens * s.hidden * 2, p.tensor);
  return 2 * s.layers *
         (c("serve.all_reduce_s") + bytes / (links.ring_rate(p.tensor, 1) * c("serve.all_reduce_link_share")));
}

double layer_seconds(const Shape& s, const ServingPlan& p, const Calibration& c) {
  if (p.engine == Engine::kEager) return s.layers * c("serve.eager_layer_s");
  return s.dense_layers * c("serve.layer_s") + s.expert_layers * c("serve.expert_layer_s");
}

// One token for each of `batch` sequences with `context` tokens behind them.
double decode_step(const Shape& s, const ServingPlan& p, const Links& links, const Rates& r, double batch,
                   double context, const Calibration& c, ServingTime& out) {
  const double dense_bytes = p.quantized && s.experts > 0 ? 2 : p.weight_bytes;
  const double touched = s.experts > 0 ? s.experts * (1 - std::pow(1 - s.experts_per_token / s.experts, batch)) : 0;
  out.weights_s =
      (s.dense_weights() + s.embedding) * dense_bytes / p.tensor / (r.bandwidth * c("serve.bandwidth_share")) +
      s.expert_layers * touched * s.expert * p.weight_bytes / p.tensor /
          (r.bandwidth * c("serve.expert_bandwidth_share"));
  const double cut = s.kv_shared_by_heads ? 1 : std::min(p.tensor, s.kv_heads);
  out.cache_s = batch * keys_per_layer(s, context) * s.kv_per_token * p.kv_bytes / cut /
                (r.bandwidth * c("serve.kv_bandwidth_share"));
  out.compute_s =
      2 * batch * (s.dense_weights() + s.embedding) / p.tensor / r.gemm +
      2 * batch * s.expert_layers * s.experts_per_token * s.expert / p.tensor / (r.gemm * c("serve.expert_gemm_share"));
  out.launch_s = layer_seconds(s, p, c) + batch * c("serve.sequence_s");
  out.network_s = all_reduce_seconds(s, p, links, batch, c);
  return out.weights_s + out.cache_s + out.compute_s + out.launch_s + out.network_s;
}

// Tokenising, scheduling, sampling, the way back. TensorRT-LLM's executor runs in processes of its own and hands a
// response over after the pass that follows.
double first_token_seconds(const ServingPlan& p, const Calibration& c) {
  return c(p.engine == Engine::kTensorRtLlm ? "serve.first_token_executor_s" : "serve.first_token_s");
}

struct Prefill {
  double work_s = 0;   // grows with the prompts in the queue
  double fixed_s = 0;  // of one pass
};

Prefill prefill(const Shape& s, const ServingPlan& p, const Links& links, const Rates& r, const Calibration& c) {
  const double tokens = p.prompt;
  Prefill out;
  out.work_s = 2 * tokens * s.dense_weights() / p.tensor / r.gemm +
               2 * tokens * s.expert_layers * s.experts_per_token * s.expert / p.tensor /
                   (r.gemm * c("serve.expert_gemm_share")) +
               2 * tokens * keys_per_layer(s, tokens) * s.heads * s.score_dim * s.layers / p.tensor /
                   (r.half * c("serve.attention_efficiency")) +
               all_reduce_seconds(s, p, links, tokens, c);
  const double touched = s.experts > 0 ? std::min(s.experts, tokens * s.experts_per_token) : 0;
  out.fixed_s = s.dense_weights() * p.weight_bytes / p.tensor / (r.bandwidth * c("serve.bandwidth_share")) +
                s.expert_layers * touched * s.expert * p.weight_bytes / p.tensor /
                    (r.bandwidth * c("serve.expert_bandwidth_share")) +
                layer_seconds(s, p, c) + first_token_seconds(p, c);
  return out;
}

// Prompts that a prompt waits for, as a share of those in flight. When all requests are sent at once a
// prompt waits for half of the others; when each slot is used for k requests in turn, only the first
// round meets a queue, and the mean is 1/(2k): a matter of the load as much as of the engine.
double queue_share(Engine engine, const Calibration& c) {
  return c(engine == Engine::kSglang ? "serve.queue_at_once" : "serve.queue");
}

// Multiprocessors x clock, from the rate of the plain fp32 units: 64 of them in each multiprocessor of
// Volta, Turing and the A100, 128 in others (NVIDIA's architecture white papers).
double unit_cycles_per_s(const Device& device) {
  const auto vector = device.peak_of(DType::kFp32);
  if (!vector) return 1e300;
  const bool narrow = device.arch == "Volta" || device.arch == "Turing" || device.arch == "Ampere GA100";
  return vector->value() / 2 / (narrow ? 64 : 128);
}

// llama.cpp and the like: the weights are read once per token, by kernels that themselves have an upper
// rate, which fast memory runs into.
ServingTime single_stream(const Shape& s, const ServingPlan& p, const Links& links, const Rates& r,
                          const Calibration& c) {
  ServingTime out;
  out.single_stream = true;
  const double head = p.quantized ? c("decode.head_bits_quantized") / 8 : p.embedding_bytes;
  const double bytes = s.active_weights() * p.weight_bytes + s.embedding * head;
  // Each multiprocessor can have only so many loads under way, whatever the memory could give.
  const double kernels = c("decode.bytes_per_unit_cycle") * unit_cycles_per_s(*p.device);
  out.weights_s = soft_max(bytes / (r.bandwidth * c("decode.bandwidth_share")), bytes / kernels, c("decode.norm"));
  const double context = p.prompt + p.output / 2;
  out.cache_s =
      keys_per_layer(s, context) * s.kv_per_token * p.kv_bytes / (r.bandwidth * c("decode.kv_bandwidth_share"));
  out.launch_s = s.layers * c("decode.layer_s") + (p.pipeline - 1) * c("decode.device_s");
  out.compute_s = 2 * s.active_weights() / r.gemm;
  out.tpot_s = out.weights_s + out.cache_s + out.launch_s;
  const Prefill first = prefill(s, p, links, r, c);
  out.ttft_s = p.prompt > 0 ? first.work_s + out.weights_s + out.launch_s : out.tpot_s;
  out.latency_s = out.ttft_s + (p.output - 1) * out.tpot_s;
  out.tokens_per_s = 1 / out.tpot_s * p.replicas;
  return out;
}

// Continuous batching at a fixed number of requests in flight. With T the prefill time of one prompt
// and d the decode step, a request takes b T + output d, since b prompts are worked off meanwhile; its
// first token waits for its own prompt and a share of the others.
ServingTime batched(const Shape& s, const ServingPlan& p, const Links& links, const Rates& r, const Calibration& c) {
  ServingTime out;
  const double fit = requests_that_fit(s, p, c).value_or(p.concurrency);
  const double batch = std::min(p.concurrency, fit);
  out.in_flight = batch;
  const Prefill first = prefill(s, p, links, r, c);
  const double step = decode_step(s, p, links, r, batch, p.prompt + p.output / 2, c, out);
  const double request = batch * first.work_s + p.output * step + first.fixed_s;
  out.ttft_s = first.fixed_s + first.work_s * (1 + queue_share(p.engine, c) * (batch - 1));
  const double waiting = p.concurrency > batch ? request * (p.concurrency - batch) / batch : 0;
  const double running = out.ttft_s;
  out.ttft_s += waiting;
  out.tpot_s = p.output > 1 ? std::max(step, (request - std::min(running, 0.9 * request)) / (p.output - 1)) : step;
  out.latency_s = out.ttft_s + (p.output - 1) * out.tpot_s;
  out.tokens_per_s = batch * p.output / (running + (p.output - 1) * out.tpot_s) * p.replicas;
  return out;
}

}  // namespace

Result<ServingTime> serving_time(const Shape& s, const ServingPlan& p, const Links& links, const Calibration& c) {
  const Result<Rates> rates = rates_of(p, c);
  if (!rates) return tl::unexpected(rates.error());
  const bool one = p.engine == Engine::kLlamaCpp && p.concurrency <= 1;
  ServingTime out = one ? single_stream(s, p, links, *rates, c) : batched(s, p, links, *rates, c);
  out.model_flops_per_token = 2 * (s.active_weights() + s.embedding) +
                              4 * s.layers * s.heads * s.score_dim * keys_per_layer(s, p.prompt + p.output / 2);
  return out;
}

}  // namespace berth::estimation
