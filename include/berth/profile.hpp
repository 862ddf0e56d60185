/// The profiler: an operator table (Eigen arrays inside) to FLOPs, bytes, operational intensity.
///
/// Leaves out time on a given device: that is estimate.hpp.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "berth/model.hpp"
#include "berth/result.hpp"

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
  /// Ridge point of the roofline that `matmul_share_of_roofline_time` is taken at, operations per
  /// byte. Default: 100, a round figure between CPUs (about 20) and GPUs/TPUs (150-300).
  double ridge_flops_per_byte = 100;
};

/// An operator with its work. `flops`, `bytes` are for all `count` executions.
struct OperatorWork {
  Operator op;
  double flops = 0;
  double bytes = 0;      ///< inputs, weights and outputs moved once, no cache reuse between operators
  double intensity = 0;  ///< flops / bytes
};

struct Profile {
  std::string name;
  std::string format;
  std::int64_t parameters = 0;  ///< 0 unknown
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
  std::vector<std::string> unknown_operators;
  std::vector<std::string> notes;
};

/// Profiles a model. Errors: kIncomplete when the model has nothing to profile (says what is needed);
/// kInvalid for a non-positive batch or sequence length. Cost: O(operators); thread-safe.
/// Model: FLOPs = 2·m·n·k·batch·count; bytes = dtype·(m·k + k·n + m·n)·batch·count.
Result<Profile> profile(const Model& model, const ProfileOptions& options = {});

}  // namespace berth
