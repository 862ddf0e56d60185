/// Published (or own) measurements of workloads, and how far the estimates are from them.
///
/// A measurements file is JSON Lines. A line with "schema": "berth/measurements/v1" begins a source; a
/// line with "common" gives the part of the document that the following lines share; every other line is
/// one measurement, whose document is merged over the common one (RFC 7396: null takes a key out).
/// docs/guide/accuracy.md shows how to write one from own runs.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "berth/estimate.hpp"
#include "berth/source_file.hpp"
#include "berth/workload.hpp"

namespace berth {

/// What can be measured. Decoding and training rates are told apart by the job's task.
enum class Figure : std::uint8_t {
  kDecodeTokensPerS,  ///< tokens_per_s of a serving job
  kItemsPerS,         ///< items_per_s of a serving job
  kLatencyS,
  kMemory,  ///< memory_bytes: peak of the fullest device
  kStepS,
  kTokensPerS,
  kTpotS,
  kTrainItemsPerS,
  kTtftS
};
inline constexpr std::size_t kFigures = 9;
const char* to_string(Figure figure);

struct Measured {
  Figure figure = Figure::kStepS;
  double low = 0, high = 0;  ///< equal unless the source leaves a bracket (a "GB" of either size)
};

struct Measurement {
  std::string id;         ///< unique within its source
  std::string source;     ///< one table of one publisher
  std::string family;     ///< sources of one publisher, which weigh as one
  std::string fold;       ///< what is left out together; the family unless given
  std::string reference;  ///< where the figure stands: repository or URL, and table
  std::string work;       ///< the document without name and cluster: equal texts are the same work
  Workload workload;
  std::vector<Measured> measured;
  std::optional<bool> fits;  ///< ran, or ended out of memory
};

/// Reads a measurements file. Errors: kInvalid or kNotFound with file:line. Cost: linear. Thread-safe.
Result<std::vector<Measurement>> load_measurements(const SourceFile& file, const Catalog& catalog);

/// The estimate of a measured workload, with the cheapest machine of the catalog that has the device.
Result<Estimate> estimate_of(const Measurement& measurement, const EstimateContext& context);

/// The figure's interval in an estimate; nullopt where it has none.
std::optional<Interval> figure_of(const Estimate& estimate, Figure figure);

/// estimate/truth - 1 where too high, 1 - truth/estimate where too low: twice and half both give 1 in size.
double symmetric_error(double estimate, const Measured& truth);

/// Errors of one figure at one source.
struct ErrorRow {
  std::string source, family;
  Figure figure = Figure::kStepS;
  std::int64_t count = 0, answered = 0;
  double median = 0, p90 = 0;  ///< of the error's size
  double bias = 0;             ///< median of the error
  double coverage = 0;         ///< share inside the 80 % interval
  double width = 0;            ///< median of high / low
  double low = 0;              ///< share estimated low by more than 3 %
};

/// Out-of-memory calls at one source.
struct FitsRow {
  std::string source;
  bool ran = false;  ///< of runs that went well; else of runs that ended out of memory
  std::int64_t count = 0, answered = 0;
  std::int64_t called = 0;    ///< fits: no
  std::int64_t marginal = 0;  ///< fits: marginal
};

/// One figure over all sources, each family weighing the same.
struct FigureSummary {
  Figure figure = Figure::kStepS;
  std::int64_t families = 0, count = 0, answered = 0;
  double median = 0, p90 = 0, coverage = 0, width = 0, low = 0;
};

/// The same work on three or more devices: are they put in the right order?
struct OrderSummary {
  std::int64_t groups = 0;
  double rank_correlation = 0;  ///< mean of Spearman's
  double picked_fastest = 0;    ///< share of groups
  double regret = 0;            ///< mean slowdown of the device that the estimates call fastest
};

/// Measurements that got an error for an answer.
struct Refusal {
  std::string source, reason, example;
  std::int64_t count = 0;
};

struct Accuracy {
  std::string calibration;  ///< id
  bool left_out = false;    ///< each fold scored by a calibration that hasn't seen it
  std::vector<ErrorRow> rows;
  std::vector<FitsRow> fits;
  std::vector<FigureSummary> figures;
  OrderSummary order;
  std::vector<Refusal> refused;
};

/// Holds the estimates against the measurements.
/// @param calibration_of  the calibration for a fold; must outlive the call
/// Cost: one estimate a measurement. Deterministic.
Accuracy validate(std::span<const Measurement> measurements, const Catalog& catalog,
                  const std::function<const Calibration&(const std::string& fold)>& calibration_of);

}  // namespace berth
