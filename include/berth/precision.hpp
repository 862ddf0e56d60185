/// How few bits a model's weights need, measured on a sample of them.
///
/// Each sampled matrix W is rounded to every format, and the error of its product with random inputs is
/// taken: ||Wx - Q(W)x|| / ||Wx||, the root of the sum of squares over all inputs x. Which error is
/// tolerable is not decided here: it is the caller's figure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "berth/dtype.hpp"
#include "berth/result.hpp"
#include "berth/weights.hpp"

namespace berth {

/// A number format with the way its scales are shared.
struct RoundingFormat {
  const char* name;     ///< "int8"
  const char* scaling;  ///< "none", "tensor", "channel", "block" (32 weights of a row)
  DType dtype;
};
/// All that are measured, from wide to narrow: bf16, fp16, fp8_e4m3 and fp8_e5m2 (a scale a tensor), int8
/// and int4 (a tensor, a channel, a block).
constexpr int kRoundingFormatCount = 10;
const RoundingFormat& rounding_format(int index);

struct PrecisionOptions {
  std::uint64_t seed = 1;           ///< of the random inputs
  int inputs = 32;                  ///< columns of x
  std::optional<double> tolerance;  ///< largest tolerable error; absent: `lowest` stays open
};

/// One matrix of the sample.
struct MatrixPrecision {
  std::string tensor;
  std::string_view stored_as;
  std::int64_t rows = 0;  ///< of the sample
  std::int64_t columns = 0;
  double largest = 0;           ///< |w|
  double range_bits = 0;        ///< log2 of the largest over the smallest |w| that isn't 0
  double outlier_channels = 0;  ///< share of inputs whose largest weight passes six times the median channel's
  double condition = 0;         ///< largest over smallest singular value of a square piece; 0: unknown
  std::vector<double> errors;   ///< one a rounding format
};

struct PrecisionReport {
  std::vector<MatrixPrecision> matrices;
  std::vector<double> median_error;  ///< over the matrices, one a rounding format
  std::vector<double> worst_error;
  std::optional<double> tolerance;
  /// The narrowest format whose worst error stays within the tolerance, by bits, then by coarser scales.
  std::optional<int> lowest;
  std::uint64_t seed = 0;
  std::vector<std::string> notes;
};

/// Measures a sample. Deterministic: the inputs are drawn by a counter-based generator from `seed`.
/// Errors: kIncomplete for an empty sample; kInvalid for a tolerance that isn't positive. Thread-safe.
/// Model: inputs are standard normal (Box-Muller). bf16, fp16 and fp8 round to nearest even and saturate
/// (arXiv:2209.05433, table 1); integers are symmetric, scale = largest / (2^(b-1) - 1) (arXiv:2103.13630,
/// section III); outliers after arXiv:2208.07339, section 3; conditioning of the leading square piece of at
/// most 128 rows by singular values (Golub and Van Loan, Matrix Computations, section 2.6).
Result<PrecisionReport> measure_precision(const std::vector<WeightSample>& sample, const PrecisionOptions& options);

}  // namespace berth
