// Latency of an operator table on a CPU that `berth probe` has measured, run by ONNX Runtime.
//
// Each row takes the longer of its arithmetic (a share of the measured matrix rate that falls with small
// sides) and its traffic (from the cache or from memory), plus what a call costs; rows that are fused
// into their neighbour take nothing. The parameters ("host.*") are shares of measured rates, so that
// they carry over to other machines as far as the machines are alike. Method and errors: docs/guide/estimates.md.
#include <fmt/format.h>

#include <algorithm>

#include "berth/estimate.hpp"
#include "estimate/interval.hpp"

namespace berth {
namespace {

struct HostSpeed {
  double gemm = 0;      // operations/s that a large product reaches
  double weights = 0;   // bytes/s for the operands of products
  double large = 0;     // bytes/s for large arrays
  double small = 0;     // bytes/s for arrays that stay in the core's cache
  double exchange = 0;  // bytes/s for what another core made or still holds; 0: one thread
  int threads = 1;
};

const HostRates& rates_for(const HostDetails& host, std::int64_t threads) {
  const HostRates* found = &host.rates.front();
  for (const HostRates& rates : host.rates) {
    if (rates.threads <= threads) found = &rates;
  }
  return *found;
}

double cache_bytes(const HostDetails& host, const Calibration& c) {
  double largest = 0;
  for (const HostCache& cache : host.caches) {
    if (cache.level >= 3) largest = std::max(largest, static_cast<double>(cache.size.value()));
  }
  return largest > 0 ? std::min(largest, c("host.cache_bytes")) : c("host.cache_bytes");
}

HostSpeed machine_of(const HostDetails& host, std::int64_t threads, double footprint, const Calibration& c) {
  const HostRates& rates = rates_for(host, threads);
  const auto fp32 = rates.gemm[static_cast<std::size_t>(DType::kFp32)];
  const bool spills = footprint > cache_bytes(host, c);
  HostSpeed out;
  out.gemm = (fp32 ? fp32->value() : 0) * c("host.gemm_share");
  out.weights = rates.read.value() * c(spills ? "host.read_share" : "host.cached_read_share");
  out.small = rates.cache_copy.value();
  out.large = spills ? out.weights : out.small * c("host.large_copy_share");
  out.threads = rates.threads;
  if (rates.threads > 1 && rates.exchange) out.exchange = rates.exchange->value();
  return out;
}

double filled(double side, double half) {
  return side / (side + half);
}

double product_s(const OperatorWork& work, double flops, double bytes, const HostSpeed& host, const Calibration& c) {
  const Operator& op = work.op;
  double share = c("host.depthwise_share");
  if (op.kind != OperatorKind::kDepthwiseConv) {
    share = filled(op.m, c("host.half_m")) * filled(op.n, c("host.half_n")) * filled(op.k, c("host.half_k"));
    if (op.kind == OperatorKind::kConv) share *= c("host.conv_share");
  }
  return std::max(flops / (host.gemm * share), bytes / host.weights);
}

// Names of the calibration's shares: of the bandwidth, and of the matrix rate for the arithmetic.
struct Shares {
  const char* bandwidth;
  const char* arithmetic;  // nullptr: none worth counting
};
Shares shares_of(OperatorKind kind) {
  switch (kind) {
    case OperatorKind::kElementwise: return {"host.elementwise_bandwidth", "host.elementwise_arithmetic"};
    case OperatorKind::kNorm: return {"host.elementwise_bandwidth", "host.norm_arithmetic"};
    case OperatorKind::kSoftmax: return {"host.elementwise_bandwidth", "host.softmax_arithmetic"};
    case OperatorKind::kReduce:
    case OperatorKind::kPool: return {"host.reduce_bandwidth", "host.reduce_arithmetic"};
    default: return {"host.move_bandwidth", nullptr};
  }
}

double other_s(const OperatorWork& work, double flops, double bytes, const HostSpeed& host, const Calibration& c) {
  constexpr double kSmallBytes = 2e6;  // stays in the second-level cache of today's cores
  const Shares shares = shares_of(work.op.kind);
  double seconds = bytes / ((bytes < kSmallBytes ? host.small : host.large) * c(shares.bandwidth));
  if (shares.arithmetic != nullptr) seconds = std::max(seconds, flops / (host.gemm * c(shares.arithmetic)));
  // Local response normalisation raises every element to a power, one at a time.
  if (work.op.name == "LRN") seconds = std::max(seconds, work.op.m * work.op.n * c("host.power_s") / host.threads);
  return seconds;
}

// What several threads cost: to start and meet, and to fetch what the others made of the input from their
// caches, and to take the output's old lines away from them. Each weight is read by one of them only.
double sharing_s(const OperatorWork& work, double seconds, double bytes, const HostSpeed& host, const Calibration& c) {
  constexpr double kWorthSharing = 5e-6;  // below it a runtime stays on one thread
  if (host.threads == 1 || seconds < kWorthSharing) return 0;
  const double weights = work.op.weight_elements * work.op.batch * bytes_per_element(work.op.dtype);
  const double others = std::max(0.0, bytes - weights) * (1 - 1.0 / host.threads);
  return c("host.share_s") + c("host.exchange_share") * others / host.exchange;
}

double row_s(const OperatorWork& work, const HostSpeed& host, const Calibration& c) {
  const OperatorKind kind = work.op.kind;
  const bool may_fuse = kind == OperatorKind::kElementwise || kind == OperatorKind::kNorm;
  if (may_fuse && work.bytes == 0) return 0;
  if (work.op.count <= 0) return 0;
  const double flops = work.flops / work.op.count;
  const double bytes = work.bytes / work.op.count;
  const bool product = kind == OperatorKind::kMatmul || kind == OperatorKind::kConv ||
                       kind == OperatorKind::kDepthwiseConv || kind == OperatorKind::kAttention;
  double seconds = product ? product_s(work, flops, bytes, host, c) : other_s(work, flops, bytes, host, c);
  seconds += c("host.call_s");
  return (seconds + sharing_s(work, seconds, bytes, host, c)) * work.op.count;
}

}  // namespace

Result<HostLatency> host_latency(const Profile& profile, const Device& host, std::int64_t threads,
                                 const Calibration& calibration) {
  if (!host.host || host.host->rates.empty()) {
    return fail(ErrorCode::kIncomplete, fmt::format("'{}' has not been measured", host.id), "run berth probe on it");
  }
  if (profile.operators.empty()) {
    return fail(ErrorCode::kIncomplete, "the model has no operator table", "give a model file");
  }
  double footprint = 4 * static_cast<double>(profile.parameters);
  double largest = 0;
  for (const OperatorWork& work : profile.operators)
    largest = std::max(largest, work.bytes / std::max(1.0, work.op.count));
  const HostSpeed machine = machine_of(*host.host, threads, footprint + largest, calibration);
  const bool shares = machine.threads == 1 || machine.exchange > 0;
  if (!(machine.gemm > 0) || !(machine.weights > 0) || !(machine.small > 0) || !shares) {
    return fail(ErrorCode::kIncomplete, fmt::format("'{}' lacks a measured rate", host.id), "run berth probe again");
  }
  HostLatency out;
  out.threads = rates_for(*host.host, threads).threads;
  double seconds = calibration("host.run_s");
  for (const OperatorWork& work : profile.operators) seconds += row_s(work, machine, calibration);
  out.seconds = estimation::around(seconds, "host", calibration, estimation::Range::kCalibrated);
  return out;
}

}  // namespace berth
