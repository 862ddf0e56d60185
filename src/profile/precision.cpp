#include "berth/precision.hpp"

#include <fmt/format.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "profile/precision_rounding.hpp"

namespace berth {
namespace {

constexpr Eigen::Index kConditionRows = 128;  // of the square piece: a third of a second a thousand, else
constexpr float kOutlier = 6.0F;              // LLM.int8() takes features above 6 (arXiv:2208.07339, section 3.2)
constexpr double kTwoPi = 6.283185307179586;

// Formats from narrow to wide; among equals in bits the coarser scales, which cost less, first.
constexpr int kNarrowFirst[] = {7, 8, 9, 2, 3, 4, 5, 6, 0, 1};

// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): the i-th number depends on seed and i alone.
std::uint64_t mixed(std::uint64_t seed, std::uint64_t i) {
  std::uint64_t z = seed * 0x9E3779B97F4A7C15ULL + (i + 1) * 0xD1B54A32D192ED03ULL;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

double uniform(std::uint64_t seed, std::uint64_t i) {
  return (static_cast<double>(mixed(seed, i) >> 11) + 0.5) * 0x1.0p-53;  // in (0, 1)
}

// Standard normal inputs by Box and Muller.
FloatMatrix random_inputs(Eigen::Index rows, Eigen::Index columns, std::uint64_t seed) {
  FloatMatrix x(rows, columns);
  for (Eigen::Index i = 0; i < x.size(); ++i) {
    const auto at = 2 * static_cast<std::uint64_t>(i);
    const double radius = std::sqrt(-2 * std::log(uniform(seed, at)));
    x.data()[i] = static_cast<float>(radius * std::cos(kTwoPi * uniform(seed, at + 1)));
  }
  return x;
}

double norm_of(const FloatMatrix& m) {
  return std::sqrt(m.cast<double>().array().square().sum());
}

// Largest over smallest singular value of the leading square piece, by the eigenvalues of its Gram matrix;
// beyond 1e7 these lose their meaning in double precision.
double condition_of(const FloatMatrix& weights) {
  constexpr double kMost = 1e7;
  const Eigen::Index side = std::min({kConditionRows, weights.rows(), weights.cols()});
  if (side < 2) return 0;
  const Eigen::MatrixXd piece = weights.topLeftCorner(side, side).cast<double>();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(piece * piece.transpose(), Eigen::EigenvaluesOnly);
  if (solver.info() != Eigen::Success) return 0;
  const double least = solver.eigenvalues()[0];
  const double most = solver.eigenvalues()[side - 1];
  if (!(most > 0)) return 0;
  return least > most / (kMost * kMost) ? std::sqrt(most / least) : kMost;
}

double outlier_share(const FloatMatrix& weights) {
  std::vector<float> channels(static_cast<std::size_t>(weights.cols()));
  for (Eigen::Index c = 0; c < weights.cols(); ++c) {
    channels[static_cast<std::size_t>(c)] = weights.col(c).cwiseAbs().maxCoeff();
  }
  std::vector<float> sorted = channels;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  const float bound = kOutlier * *middle;
  const auto count = std::count_if(channels.begin(), channels.end(), [&](float c) { return c > bound; });
  return static_cast<double>(count) / static_cast<double>(channels.size());
}

double range_bits(const FloatMatrix& weights, double largest) {
  double least = largest;
  for (Eigen::Index i = 0; i < weights.size(); ++i) {
    const double size = std::abs(static_cast<double>(weights.data()[i]));
    if (size > 0) least = std::min(least, size);
  }
  return largest > 0 ? std::log2(largest / least) : 0;
}

MatrixPrecision measure(const WeightSample& sample, const PrecisionOptions& options) {
  const FloatMatrix weights = Eigen::Map<const FloatMatrix>(sample.values.data(), sample.rows, sample.columns);
  MatrixPrecision out;
  out.tensor = sample.tensor;
  out.stored_as = sample.stored_as;
  out.rows = sample.rows;
  out.columns = sample.columns;
  out.largest = static_cast<double>(weights.cwiseAbs().maxCoeff());
  out.range_bits = range_bits(weights, out.largest);
  out.outlier_channels = outlier_share(weights);
  out.condition = condition_of(weights);
  const FloatMatrix x = random_inputs(weights.cols(), options.inputs, options.seed);
  const double whole = norm_of(weights * x);
  for (int format = 0; format < kRoundingFormatCount; ++format) {
    const double off = norm_of((weights - rounded(weights, format)) * x);
    out.errors.push_back(whole > 0 ? off / whole : 0);
  }
  return out;
}

void summarise(PrecisionReport& report) {
  for (std::size_t format = 0; format < kRoundingFormatCount; ++format) {
    std::vector<double> errors;
    for (const MatrixPrecision& matrix : report.matrices) errors.push_back(matrix.errors[format]);
    std::sort(errors.begin(), errors.end());
    const std::size_t half = errors.size() / 2;
    report.median_error.push_back(errors.size() % 2 == 1 ? errors[half] : (errors[half - 1] + errors[half]) / 2);
    report.worst_error.push_back(errors.back());
  }
  if (!report.tolerance) return;
  for (const int format : kNarrowFirst) {
    if (report.worst_error[static_cast<std::size_t>(format)] > *report.tolerance) continue;
    report.lowest = format;
    return;
  }
}

bool is_finite(const WeightSample& sample) {
  return std::all_of(sample.values.begin(), sample.values.end(), [](float v) { return std::isfinite(v); });
}

}  // namespace

Result<PrecisionReport> measure_precision(const std::vector<WeightSample>& sample, const PrecisionOptions& options) {
  if (options.tolerance && !(*options.tolerance > 0)) {
    return fail(ErrorCode::kInvalid, fmt::format("the tolerance must be positive, found {}", *options.tolerance),
                "give the largest tolerable relative error, such as 0.01");
  }
  if (options.inputs < 1 || options.inputs > 4096) {
    return fail(ErrorCode::kInvalid,
                fmt::format("the number of inputs must be from 1 to 4096, found {}", options.inputs));
  }
  PrecisionReport report;
  report.seed = options.seed;
  report.tolerance = options.tolerance;
  for (const WeightSample& piece : sample) {
    if (piece.rows < 1 || piece.columns < 1 ||
        piece.values.size() != static_cast<std::size_t>(piece.rows) * static_cast<std::size_t>(piece.columns)) {
      continue;
    }
    if (!is_finite(piece)) {
      report.notes.push_back(fmt::format("{} holds values that aren't finite: left out", piece.tensor));
      continue;
    }
    report.matrices.push_back(measure(piece, options));
  }
  if (report.matrices.empty()) {
    return fail(ErrorCode::kIncomplete, "no weight matrix could be sampled",
                "give a file whose weights are plain numbers or a format that berth can unpack");
  }
  summarise(report);
  return report;
}

}  // namespace berth
