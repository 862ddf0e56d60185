/// The profiler: an operator table (Eigen arrays inside) to FLOPs, bytes, operational intensity.
///
/// Leaves out time on a given device: that is estimate.hpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "berth/model.hpp"
#include "berth/precision.hpp"
#include "berth/result.hpp"
#include "berth/units.hpp"

namespace berth {

/// What the profile is taken for. A transformer's table depends on it; other models ignore
/// sequence_length.
struct ProfileOptions {
  std::int64_t batch = 1;
  std::int64_t sequence_length = 0;  ///< tokens per item; 0: the model's max_positions, at most 4096 (noted)
  /// kForward one pass over whole sequences; kDecode one token against a filled cache of
  /// sequence_length; kTraining forward and backward.
  enum class Pass : unsigned char { kForward, kDecode, kTraining } pass = Pass::kForward;
  std::optional<DType> dtype;  ///< absent: the model's declared dtype, else bf16 (noted)
  /// Positions that logits are computed for: every one (training, scoring), or the last (generation).
  enum class Logits : unsigned char { kEveryToken, kLastToken } logits = Logits::kEveryToken;
  /// Ridge point of the roofline that `matmul_share_of_roofline_time` is taken at, operations per
  /// byte. Default: 100, a round figure between CPUs (about 20) and GPUs/TPUs (150-300).
  double ridge_flops_per_byte = 100;
};

const char* to_string(ProfileOptions::Pass pass);
std::optional<ProfileOptions::Pass> parse_pass(std::string_view word);

/// An operator with its work. `flops`, `bytes` are for all `count` executions.
struct OperatorWork {
  Operator op;
  double flops = 0;
  double bytes = 0;      ///< inputs, weights and outputs moved once, no cache reuse between operators
  double intensity = 0;  ///< flops / bytes
};

/// Time of one run of the model on a measured machine (estimate.hpp, host_latency).
struct HostLatency {
  int threads = 1;
  Interval seconds;
};

struct Profile {
  std::string name;
  std::string format;
  ProfileOptions::Pass pass = ProfileOptions::Pass::kForward;
  std::int64_t batch = 1;
  std::int64_t sequence_length = 0;  ///< 0: does not apply
  std::int64_t parameters = 0;       ///< 0 unknown
  std::int64_t active_parameters = 0;
  std::optional<std::int64_t> parameters_in_file;
  std::string why_different;
  std::vector<OperatorWork> operators;
  double macs = 0;
  double flops = 0;
  double bytes = 0;
  double activation_elements = 0;
  std::optional<double> matmul_share_of_flops;  ///< nullopt: no operators known
  std::optional<double> matmul_share_of_roofline_time;
  std::optional<double> operational_intensity;  ///< flops / bytes
  std::optional<DType> lowest_precision;        ///< precision need; nullopt unknown
  std::string precision_basis;                  ///< "declared", "measured", "unknown"
  std::optional<PrecisionReport> precision;     ///< set by who measured it; profile() doesn't
  std::optional<OperatorFit> edge_tpu;
  std::vector<HostLatency> host_latency;  ///< filled by who has a measured host; else empty
  std::vector<std::string> unknown_operators;
  std::vector<std::string> notes;
};

/// Profiles a model. Errors: kIncomplete when the model has nothing to profile (says what is needed);
/// kInvalid for a non-positive batch or sequence length. Cost: O(operators); thread-safe.
/// Model: FLOPs = 2·m·n·k·batch·count for matrix products, m·n·k·batch·count for other kinds;
/// bytes = dtype·(m·k + k·n + m·n)·batch·count for matrix products, dtype·2·m·n·batch·count for other
/// kinds, unless the row says what it moves.
Result<Profile> profile(const Model& model, const ProfileOptions& options = {});

/// The operator table of a description for one pass over options.batch items of
/// options.sequence_length tokens (which must be positive here). Layers that are equal share a row.
/// Cost: a few microseconds; thread-safe.
/// Model: causal attention counts the keys that a query may see, (S+1)/2 on average; experts count the
/// tokens routed to them and, for bytes, the experts that are expected to be hit,
/// E·(1-(1-k/E)^tokens); the backward pass of a matrix product is two products of the same size, that
/// of fused attention 2.5 times the forward pass (arXiv:2307.08691).
std::vector<Operator> layout_operators(const Layout& layout, const ProfileOptions& options);
std::vector<Operator> transformer_operators(const Transformer& transformer, const ProfileOptions& options);

}  // namespace berth
