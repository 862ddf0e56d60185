/// Memory, time and cost of a job on a fixed cluster, as intervals with a basis.
///
/// Pure functions of model, job, cluster, catalog and calibration. No judgement: whether a figure is
/// good enough is for the rules. Formulas and sources: docs/guide/estimates.md.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "berth/catalog.hpp"
#include "berth/model.hpp"
#include "berth/profile.hpp"
#include "berth/result.hpp"
#include "berth/units.hpp"
#include "berth/workload.hpp"

namespace berth {

/// One number of a calibration.
struct CalibrationParameter {
  double value = 0;  ///< base units, not negative
  std::string unit;
  std::string from;                        ///< how it was come by
  std::optional<double> prior, tolerance;  ///< fitted when both are there: starting value, and how far it may be off
                                           ///< (standard deviation of the logarithm)
  std::optional<double> standard_error;    ///< of the logarithm, after a fit
  std::int64_t measurements = 0;           ///< that it was fitted on; 0 when not fitted
  std::vector<std::string> sources;        ///< of those measurements
};

/// Errors of one figure at one source of measurements, as a calibration file records them.
struct CalibrationResidual {
  std::string figure, source;
  std::int64_t measurements = 0;
  double median = 0, p90 = 0;                           ///< symmetric error, fitted on all sources
  std::optional<double> left_out_median, left_out_p90;  ///< by a fit that hadn't seen the source
};

/// The fitted numbers of the estimate: named scalars with their data and residuals.
class Calibration {
 public:
  /// Reads "berth/calibration/v1". Errors: kInvalid with file:line:column. Thread-safe.
  static Result<Calibration> load(const SourceFile& file);
  /// The value of a parameter. Unknown names are a fault of the library: they are listed by the
  /// loader, which refuses a file that lacks one.
  [[nodiscard]] double operator()(std::string_view name) const;
  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] const std::string& date() const { return date_; }
  [[nodiscard]] const std::string& doc() const { return doc_; }
  [[nodiscard]] const std::map<std::string, CalibrationParameter, std::less<>>& parameters() const {
    return parameters_;
  }
  [[nodiscard]] const std::vector<CalibrationResidual>& residuals() const { return residuals_; }

  /// Changes one value. Precondition: the name is there.
  void set(std::string_view name, double value);
  void set_parameter(std::string_view name, CalibrationParameter parameter);
  void set_residuals(std::vector<CalibrationResidual> residuals) { residuals_ = std::move(residuals); }
  void set_origin(std::string id, std::string date);

 private:
  std::string id_, date_, doc_;
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::map<std::string, CalibrationParameter, std::less<>> parameters_;
  std::vector<CalibrationResidual> residuals_;
  std::unordered_map<std::string, double, Hash, std::equal_to<>> index_;  // the values, for estimates in bulk
};

enum class Fits : std::uint8_t { kYes, kMarginal, kNo };
const char* to_string(Fits fits);

struct MemoryEstimate {
  Interval per_device_bytes;
  std::optional<Bytes> capacity;  ///< of one device; nullopt unknown
  std::optional<Fits> fits;       ///< yes: high <= capacity; no: low > capacity
  /// Expected bytes by part: weights, gradients, optimizer, activations, logits, kv_cache,
  /// workspace, runtime. Parts that don't apply are absent. Sums to per_device_bytes.expected.
  std::vector<std::pair<std::string, double>> breakdown_bytes;
  std::optional<Bytes> engine_allocated;  ///< serving engines that pre-allocate
  /// The largest values of the document's own keys that still fit by the expected figure, all else
  /// equal; 0: not even one does. nullopt: unknown, or does not apply.
  std::optional<std::int64_t> largest_micro_batch;  ///< training: job.micro_batch
  std::optional<std::int64_t> largest_concurrency;  ///< serving: requests in flight, of all replicas
  std::optional<std::int64_t> largest_context;      ///< serving: prompt and output tokens of one request
  std::optional<std::int64_t> largest_batch;        ///< item models: job.serving.batch
};

struct TimeEstimate {
  std::optional<Interval> step_s, items_per_s, tokens_per_s, latency_s, ttft_s, tpot_s, job_s;
  std::optional<double> mfu;
  std::string bottleneck;  ///< compute, memory, network, host_input, launch; empty unknown
};

struct CostEstimate {
  UsdPerHour per_hour;  ///< of the whole cluster
  std::optional<Interval> job_usd, usd_per_million_tokens;
  std::string as_of;  ///< of the price
};

/// How one figure came about.
struct Basis {
  std::string figure;       ///< "time.step_s"
  std::string method;       ///< "roofline", "declared", …
  std::string calibration;  ///< id, or "none"
  std::string interval;     ///< the calibration's "width.<interval>" that the ends come from; empty: none
  bool extrapolated = false;
  std::vector<std::string> assumptions;
};

struct Estimate {
  std::string name;
  std::int64_t parameters_total = 0, parameters_active = 0, parameters_trainable = 0;
  std::optional<MemoryEstimate> memory;
  std::optional<TimeEstimate> time;
  std::optional<CostEstimate> cost;
  std::vector<Basis> basis;
};

/// What the estimate may use. All references must outlive the call.
struct EstimateContext {
  const Catalog& catalog;
  const Calibration& calibration;
};

/// Estimates a workload on a cluster.
/// @param workload  with a model; its own `cluster` is ignored in favour of `cluster`
/// @param machine   the rented machine that gives price and network, or nullptr
/// Errors: kIncomplete naming the missing key ("job.sequence_length"); kNotFound for an unknown device;
/// kUnsupported when device and job can't go together in principle (no figure exists).
/// Cost: O(operators), 10-100 us for a transformer; thread-safe, no shared state.
Result<Estimate> estimate(const Workload& workload, const Cluster& cluster, const Machine* machine,
                          const EstimateContext& context);

/// Latency of one run of the profiled table (its batch included) on a machine that `berth probe` has
/// measured, by ONNX Runtime's CPU kernels in 32 bit, as an 80 % interval.
/// @param host  with `host` set   @param threads  the nearest measured number not above it is used
/// Errors: kIncomplete without measured rates or an operator table. Cost: O(operators); thread-safe.
/// Model: per row, max(arithmetic, traffic) + call; parameters "host.*" of the calibration.
Result<HostLatency> host_latency(const Profile& profile, const Device& host, std::int64_t threads,
                                 const Calibration& calibration);

/// The machine of the catalog that offers the cluster's device for the least, within
/// environment.clouds and environment.regions; nullptr when none is priced. For callers who fix a
/// device but no machine. Cost: linear in the catalog's machines.
const Machine* cheapest_machine(const Workload& workload, const Cluster& cluster, const Catalog& catalog);

}  // namespace berth
