/// Fits the numbers of a calibration to measurements.
///
/// Levenberg-Marquardt in the logarithms of the parameters, on the logarithm of estimate over truth, with
/// a robust loss (between squares and absolute values), the same weight for every source family, and a
/// pull of every parameter to its prior. Derivatives are differences of the real estimate. Parameters that
/// share no measurement are fitted apart.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "berth/measurements.hpp"

namespace berth {

struct FitOptions {
  int iterations = 25;                 ///< at most, per group of parameters
  std::int64_t rows_per_source = 150;  ///< evenly spaced; 0: all
  std::string id;                      ///< of the fitted calibration
  std::string date;                    ///< of the fit, ISO
};

struct FitTrace {
  std::vector<std::string> parameters;  ///< fitted together
  std::int64_t measurements = 0;
  int iterations = 0;
  double loss_before = 0, loss_after = 0;
};

struct Fit {
  Calibration calibration;  ///< with data and errors of every parameter filled in
  std::vector<FitTrace> groups;
};

/// Fits every parameter that has a prior and a tolerance. Starts from the priors.
/// Errors: kIncomplete when no measurement can be estimated. Cost: (parameters x iterations) estimates a
/// measurement: about a minute for 40 parameters and 3,000 measurements. Deterministic; one thread.
Result<Fit> fit_calibration(std::span<const Measurement> measurements, const Catalog& catalog, const Calibration& start,
                            const FitOptions& options);

/// One calibration per fold, fitted on everything else.
struct LeftOut {
  std::map<std::string, Calibration, std::less<>> by_fold;
};
/// @param start   as for fit_calibration   @param fitted  its result: kept for what a fold doesn't touch
/// Cost: as fit_calibration, times the folds that touch the same parameters.
Result<LeftOut> fit_leaving_out(std::span<const Measurement> measurements, const Catalog& catalog,
                                const Calibration& start, const Calibration& fitted, const FitOptions& options);

/// Sets the ends of the 80 % intervals to the 10th and 90th percentile of truth over estimate at the
/// left-out folds (each family weighing the same), and writes the residuals into the calibration.
void set_widths(Calibration& calibration, std::span<const Measurement> measurements, const Catalog& catalog,
                const LeftOut& left_out);

}  // namespace berth
