#include "berth/calibrate.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "estimate/fit_rows.hpp"

namespace berth {
namespace {

using estimation::FitRow;
using estimation::FitRows;

// Noise of a good measurement, and where the loss turns from squares into absolute values: tables hold
// rows that are simply wrong, and the errors that are reported are medians and 90th percentiles.
constexpr double kNoise = 0.15;
constexpr double kRobust = 0.1;
constexpr double kStep = 0.02;        // of a difference, in logarithms
constexpr double kLongestStep = 0.7;  // of one iteration
constexpr double kGoodEnough = 1e-4;  // relative gain of an iteration

double loss_of(double r, double weight) {
  if (std::isnan(r)) return 0;
  const double scaled = r / kRobust;
  return weight * 2 * kRobust * kRobust * (std::sqrt(1 + scaled * scaled) - 1) / (kNoise * kNoise);
}

// Weight of an observation in the quadratic that touches the loss at `r`.
double pull_of(double r, double weight) {
  const double scaled = r / kRobust;
  return weight / (kNoise * kNoise * std::sqrt(1 + scaled * scaled));
}

struct Parameter {
  std::string name;
  double prior = 0, tolerance = 0;  // logarithm, and its standard deviation
  std::vector<std::size_t> rows;    // that it moves
};

struct Group {
  std::vector<std::size_t> parameters;
  std::vector<std::size_t> rows;
};

class Problem {
 public:
  Problem(FitRows rows, const Catalog& catalog, Calibration start)
      : rows_(std::move(rows)), catalog_(catalog), calibration_(std::move(start)) {
    for (const auto& [name, p] : calibration_.parameters()) {
      if (!p.prior) continue;
      parameters_.push_back({name, std::log(*p.prior), *p.tolerance, {}});
    }
    for (const Parameter& p : parameters_) calibration_.set(p.name, std::exp(p.prior));
    residuals_.assign(rows_.observations, estimation::kNoResidual);
    for (const FitRow& row : rows_.rows) estimation::residuals_of(row, catalog_, calibration_, residuals_);
  }

  [[nodiscard]] bool has_estimates() const {
    return std::any_of(residuals_.begin(), residuals_.end(), [](double r) { return !std::isnan(r); });
  }

  // Which rows a parameter moves: by a large step to either side, so that terms which only matter
  // elsewhere are seen too.
  void find_rows() {
    std::vector<double> moved(rows_.observations);
    for (Parameter& p : parameters_) {
      for (const double step : {0.6, -0.6}) {
        Calibration other = calibration_;
        other.set(p.name, std::exp(p.prior + step));
        for (std::size_t i = 0; i < rows_.rows.size(); ++i) {
          if (!p.rows.empty() && std::binary_search(p.rows.begin(), p.rows.end(), i)) continue;
          const FitRow& row = rows_.rows[i];
          estimation::residuals_of(row, catalog_, other, moved);
          for (std::size_t k = row.first; k < row.first + row.observations.size(); ++k) {
            if (!(std::abs(moved[k] - residuals_[k]) > 1e-9)) continue;
            p.rows.insert(std::upper_bound(p.rows.begin(), p.rows.end(), i), i);
            break;
          }
        }
      }
    }
  }

  // Parameters that move a common row belong together.
  [[nodiscard]] std::vector<Group> groups() const {
    std::vector<std::size_t> head(parameters_.size());
    std::iota(head.begin(), head.end(), std::size_t{0});
    const auto top = [&](std::size_t i) {
      while (head[i] != i) i = head[i];
      return i;
    };
    std::vector<std::size_t> owner(rows_.rows.size(), parameters_.size());
    for (std::size_t p = 0; p < parameters_.size(); ++p) {
      for (const std::size_t row : parameters_[p].rows) {
        if (owner[row] == parameters_.size()) {
          owner[row] = p;
        } else {
          head[top(p)] = top(owner[row]);
        }
      }
    }
    std::map<std::size_t, Group> found;
    for (std::size_t p = 0; p < parameters_.size(); ++p) {
      if (!parameters_[p].rows.empty()) found[top(p)].parameters.push_back(p);
    }
    for (std::size_t row = 0; row < owner.size(); ++row) {
      if (owner[row] < parameters_.size()) found[top(owner[row])].rows.push_back(row);
    }
    std::vector<Group> out;
    for (auto& [first, group] : found) out.push_back(std::move(group));
    return out;
  }

  // From the priors, without the rows of the fold `without`.
  FitTrace fit(const Group& group, int iterations, const std::string& without) {
    without_ = without;
    FitTrace trace;
    for (const std::size_t p : group.parameters) trace.parameters.push_back(parameters_[p].name);
    trace.measurements = static_cast<std::int64_t>(group.rows.size());
    const auto n = static_cast<Eigen::Index>(group.parameters.size());
    Eigen::VectorXd x(n);
    for (Eigen::Index i = 0; i < n; ++i) x[i] = parameters_[group.parameters[static_cast<std::size_t>(i)]].prior;
    double loss = trace.loss_before = loss_at(group, x);
    double damping = 1e-2;
    Eigen::MatrixXd curvature;
    Eigen::VectorXd slope;
    bool fresh = true;
    while (trace.iterations < iterations) {
      ++trace.iterations;
      if (fresh) linearise(group, x, curvature, slope);
      fresh = false;
      Eigen::MatrixXd damped = curvature;
      damped.diagonal() *= 1 + damping;
      Eigen::VectorXd step = damped.ldlt().solve(-slope);
      const double longest = step.cwiseAbs().maxCoeff();
      if (longest > kLongestStep) step *= kLongestStep / longest;
      const std::vector<double> before = residuals_;
      const double tried = loss_at(group, x + step);
      if (tried < loss) {
        const bool done = loss - tried < kGoodEnough * loss;
        x += step;
        loss = tried;
        damping = std::max(1e-6, damping / 5);
        fresh = true;
        if (done) break;
      } else {
        residuals_ = before;
        damping *= 8;
        if (damping > 1e5) break;
      }
    }
    loss_at(group, x);  // leaves calibration and residuals at the result
    trace.loss_after = loss;
    if (without_.empty()) keep_errors(group, curvature);
    return trace;
  }

  [[nodiscard]] bool touches(const Group& group, const std::string& fold) const {
    return std::any_of(group.rows.begin(), group.rows.end(),
                       [&](std::size_t i) { return rows_.rows[i].measurement->fold == fold; });
  }

  [[nodiscard]] const Calibration& calibration() const { return calibration_; }
  void restore(const Calibration& calibration) { calibration_ = calibration; }

  void describe() {
    for (const Parameter& p : parameters_) {
      CalibrationParameter out = calibration_.parameters().find(p.name)->second;
      out.measurements = static_cast<std::int64_t>(p.rows.size());
      std::set<std::string> sources;
      for (const std::size_t row : p.rows) sources.insert(rows_.rows[row].measurement->source);
      out.sources.assign(sources.begin(), sources.end());
      const auto error = errors_.find(p.name);
      out.standard_error = error == errors_.end() ? std::nullopt : std::optional(error->second);
      calibration_.set_parameter(p.name, std::move(out));
    }
  }

 private:
  [[nodiscard]] double weight_of(std::size_t k) const {
    return residuals_[k] < 0 ? rows_.low_weights[k] : rows_.weights[k];
  }

  [[nodiscard]] bool is_left_out(const FitRow& row) const {
    return !without_.empty() && row.measurement->fold == without_;
  }

  double loss_at(const Group& group, const Eigen::VectorXd& x) {
    double loss = 0;
    for (std::size_t i = 0; i < group.parameters.size(); ++i) {
      const Parameter& p = parameters_[group.parameters[i]];
      const double at = x[static_cast<Eigen::Index>(i)];
      calibration_.set(p.name, std::exp(at));
      loss += (at - p.prior) * (at - p.prior) / (p.tolerance * p.tolerance);
    }
    for (const std::size_t i : group.rows) {
      const FitRow& row = rows_.rows[i];
      if (is_left_out(row)) continue;
      estimation::residuals_of(row, catalog_, calibration_, residuals_);
      for (std::size_t k = row.first; k < row.first + row.observations.size(); ++k) {
        loss += loss_of(residuals_[k], weight_of(k));
      }
    }
    return loss;
  }

  // Curvature and slope (half of each) of the quadratic that touches the loss at `x`.
  void linearise(const Group& group, const Eigen::VectorXd& x, Eigen::MatrixXd& curvature, Eigen::VectorXd& slope) {
    const auto n = static_cast<Eigen::Index>(group.parameters.size());
    std::vector<std::vector<std::pair<Eigen::Index, double>>> derivatives(rows_.observations);
    std::vector<double> moved(rows_.observations);
    for (Eigen::Index j = 0; j < n; ++j) {
      const Parameter& p = parameters_[group.parameters[static_cast<std::size_t>(j)]];
      calibration_.set(p.name, std::exp(x[j] + kStep));
      for (const std::size_t i : p.rows) {
        const FitRow& row = rows_.rows[i];
        if (is_left_out(row)) continue;
        estimation::residuals_of(row, catalog_, calibration_, moved);
        for (std::size_t k = row.first; k < row.first + row.observations.size(); ++k) {
          const double d = (moved[k] - residuals_[k]) / kStep;
          if (std::isfinite(d) && d != 0) derivatives[k].emplace_back(j, d);
        }
      }
      calibration_.set(p.name, std::exp(x[j]));
    }
    curvature = Eigen::MatrixXd::Zero(n, n);
    slope = Eigen::VectorXd::Zero(n);
    for (std::size_t k = 0; k < derivatives.size(); ++k) {
      if (derivatives[k].empty()) continue;
      const double pull = pull_of(residuals_[k], weight_of(k));
      for (const auto& [j, d] : derivatives[k]) {
        slope[j] += pull * residuals_[k] * d;
        for (const auto& [i, e] : derivatives[k]) curvature(j, i) += pull * d * e;
      }
    }
    for (Eigen::Index j = 0; j < n; ++j) {
      const Parameter& p = parameters_[group.parameters[static_cast<std::size_t>(j)]];
      const double pull = 1 / (p.tolerance * p.tolerance);
      slope[j] += pull * (x[j] - p.prior);
      curvature(j, j) += pull;
    }
  }

  void keep_errors(const Group& group, const Eigen::MatrixXd& curvature) {
    if (curvature.size() == 0) return;
    const Eigen::MatrixXd inverse =
        curvature.ldlt().solve(Eigen::MatrixXd::Identity(curvature.rows(), curvature.cols()));
    for (std::size_t i = 0; i < group.parameters.size(); ++i) {
      const auto at = static_cast<Eigen::Index>(i);
      errors_[parameters_[group.parameters[i]].name] = std::sqrt(std::max(0.0, inverse(at, at)));
    }
  }

  FitRows rows_;
  const Catalog& catalog_;
  Calibration calibration_;
  std::vector<Parameter> parameters_;
  std::vector<double> residuals_;
  std::map<std::string, double> errors_;
  std::string without_;
};

Result<Problem> pose(std::span<const Measurement> measurements, const Catalog& catalog, const Calibration& start,
                     const FitOptions& options) {
  Problem problem(estimation::rows_to_fit(measurements, catalog, options.rows_per_source), catalog, start);
  if (!problem.has_estimates()) {
    return fail(ErrorCode::kIncomplete, "none of the measurements can be estimated, so nothing can be fitted",
                "see berth validate for the reasons");
  }
  problem.find_rows();
  return problem;
}

double quantile(std::vector<std::pair<double, double>> values, double share) {  // {value, weight}
  std::sort(values.begin(), values.end());
  double total = 0;
  for (const auto& [value, weight] : values) total += weight;
  double below = 0;
  for (const auto& [value, weight] : values) {
    below += weight;
    if (below >= share * total) return value;
  }
  return values.empty() ? 0 : values.back().first;
}

const Basis* basis_of(const Estimate& e, Figure figure) {
  const char* wanted = figure == Figure::kMemory  ? "memory.per_device_bytes"
                       : figure == Figure::kTtftS ? "time.ttft_s"
                                                  : nullptr;
  for (const Basis& basis : e.basis) {
    if (wanted != nullptr ? basis.figure == wanted : basis.figure.starts_with("time.")) return &basis;
  }
  return nullptr;
}

// Truth over estimate of one figure, in logarithms of times.
struct Ratio {
  std::string family;
  double value;
};

void add_ratios(const Measurement& m, const EstimateContext& context,
                std::map<std::string, std::vector<Ratio>>& ratios) {
  const Result<Estimate> found = estimate_of(m, context);
  if (!found) return;
  for (const Measured& truth : m.measured) {
    const auto x = figure_of(*found, truth.figure);
    const Basis* basis = basis_of(*found, truth.figure);
    if (!x || basis == nullptr || basis->interval.empty() || x->expected <= 0) continue;
    // Intervals of rates are those of times, turned round.
    const bool rate = truth.figure == Figure::kDecodeTokensPerS || truth.figure == Figure::kItemsPerS ||
                      truth.figure == Figure::kTokensPerS || truth.figure == Figure::kTrainItemsPerS;
    const double nearest = std::clamp(x->expected, truth.low, truth.high);
    ratios[basis->interval].push_back({m.family, std::log(nearest / x->expected) * (rate ? -1 : 1)});
  }
}

void set_width(Calibration& calibration, const std::string& interval, const std::vector<Ratio>& list) {
  std::map<std::string, double> counts;
  for (const Ratio& ratio : list) counts[ratio.family] += 1;
  std::vector<std::pair<double, double>> weighted;
  for (const Ratio& ratio : list) weighted.emplace_back(ratio.value, 1 / counts[ratio.family]);
  for (const auto& [end, share] : {std::pair("low", 0.1), std::pair("high", 0.9)}) {
    const std::string name = "width." + interval + "." + end;
    const auto found = calibration.parameters().find(name);
    if (found == calibration.parameters().end()) continue;
    const double at = quantile(weighted, share);
    CalibrationParameter p = found->second;
    // The expected value stays inside its interval.
    p.value = std::exp(share < 0.5 ? std::min(at, -0.01) : std::max(at, 0.01));
    p.measurements = static_cast<std::int64_t>(list.size());
    p.sources.clear();
    for (const auto& [family, n] : counts) p.sources.push_back(family);
    p.from = "truth over estimate at left-out sources, each with the same weight, percentile " +
             std::string(share < 0.5 ? "10" : "90");
    calibration.set_parameter(name, std::move(p));
  }
}

}  // namespace

Result<Fit> fit_calibration(std::span<const Measurement> measurements, const Catalog& catalog, const Calibration& start,
                            const FitOptions& options) {
  Result<Problem> problem = pose(measurements, catalog, start, options);
  if (!problem) return tl::unexpected(problem.error());
  Fit out{start, {}};
  for (const Group& group : problem->groups()) out.groups.push_back(problem->fit(group, options.iterations, ""));
  problem->describe();
  out.calibration = problem->calibration();
  if (!options.id.empty()) out.calibration.set_origin(options.id, options.date);
  return out;
}

Result<LeftOut> fit_leaving_out(std::span<const Measurement> measurements, const Catalog& catalog,
                                const Calibration& start, const Calibration& fitted, const FitOptions& options) {
  Result<Problem> problem = pose(measurements, catalog, start, options);
  if (!problem) return tl::unexpected(problem.error());
  const std::vector<Group> groups = problem->groups();
  std::set<std::string> folds;
  for (const Measurement& m : measurements) folds.insert(m.fold);
  LeftOut out;
  for (const std::string& fold : folds) {
    problem->restore(fitted);
    for (const Group& group : groups) {
      if (problem->touches(group, fold)) problem->fit(group, options.iterations, fold);
    }
    out.by_fold.emplace(fold, problem->calibration());
  }
  return out;
}

void set_widths(Calibration& calibration, std::span<const Measurement> measurements, const Catalog& catalog,
                const LeftOut& left_out) {
  const auto unseen_by = [&](const std::string& fold) -> const Calibration& {
    const auto found = left_out.by_fold.find(fold);
    return found == left_out.by_fold.end() ? calibration : found->second;
  };
  std::map<std::string, std::vector<Ratio>> ratios;
  for (const Measurement& m : measurements) add_ratios(m, {catalog, unseen_by(m.fold)}, ratios);
  for (const auto& [interval, list] : ratios) set_width(calibration, interval, list);
  const Accuracy seen =
      validate(measurements, catalog, [&](const std::string&) -> const Calibration& { return calibration; });
  const Accuracy unseen = validate(measurements, catalog, unseen_by);
  std::vector<CalibrationResidual> residuals;
  for (std::size_t i = 0; i < seen.rows.size(); ++i) {
    const ErrorRow& row = seen.rows[i];
    residuals.push_back(
        {to_string(row.figure), row.source, row.count, row.median, row.p90, unseen.rows[i].median, unseen.rows[i].p90});
  }
  calibration.set_residuals(std::move(residuals));
}

}  // namespace berth
