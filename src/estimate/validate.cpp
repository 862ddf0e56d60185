#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "berth/measurements.hpp"

namespace berth {
namespace {

double median_of(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

double mean_of(const std::vector<double>& values) {
  return values.empty() ? 0 : std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

struct Sample {
  double error = 0, width = 0;
  bool inside = false;
};

struct Bucket {
  std::string family;
  std::int64_t count = 0;
  std::vector<Sample> samples;
};

struct FitsBucket {
  std::int64_t count = 0, answered = 0, called = 0, marginal = 0;
};

struct OnDevice {
  std::string device;
  double truth = 0, estimate = 0;
};

struct Tally {
  std::map<std::pair<std::string, Figure>, Bucket> figures;
  std::map<std::pair<std::string, bool>, FitsBucket> fits;
  std::map<std::string, std::vector<OnDevice>> same_work;
  std::map<std::pair<std::string, std::string>, Refusal> refused;
};

bool higher_is_better(Figure figure) {
  return figure == Figure::kDecodeTokensPerS || figure == Figure::kItemsPerS || figure == Figure::kTokensPerS ||
         figure == Figure::kTrainItemsPerS;
}

void add_figure(const Measurement& m, const Measured& truth, const Interval& x, Tally& tally) {
  Sample sample;
  sample.error = symmetric_error(x.expected, truth);
  sample.inside = x.low <= truth.high && x.high >= truth.low;
  sample.width = x.high / std::max(x.low, 1e-30);
  tally.figures[{m.source, truth.figure}].samples.push_back(sample);
  if (truth.low != truth.high) return;
  const std::string key = std::to_string(static_cast<int>(truth.figure)) + " " + m.source + " " +
                          std::to_string(m.workload.cluster->devices()) + " " + m.work;
  std::vector<OnDevice>& devices = tally.same_work[key];
  const std::string& device = m.workload.cluster->device;
  const auto found =
      std::find_if(devices.begin(), devices.end(), [&](const OnDevice& d) { return d.device == device; });
  if (found == devices.end()) {
    devices.push_back({device, truth.low, x.expected});
  } else {
    *found = {device, truth.low, x.expected};
  }
}

void add_measurement(const Measurement& m, const EstimateContext& context, Tally& tally) {
  const Result<Estimate> found = estimate_of(m, context);
  if (!found) {
    Refusal& refusal = tally.refused[{m.source, found.error().message}];
    if (refusal.count++ == 0) {
      refusal.source = m.source;
      refusal.reason = found.error().message;
      refusal.example = m.id;
    }
  }
  for (const Measured& truth : m.measured) {
    Bucket& bucket = tally.figures[{m.source, truth.figure}];
    bucket.family = m.family;
    ++bucket.count;
    if (!found) continue;
    if (const auto x = figure_of(*found, truth.figure)) add_figure(m, truth, *x, tally);
  }
  if (m.fits) {
    FitsBucket& bucket = tally.fits[{m.source, *m.fits}];
    ++bucket.count;
    if (found && found->memory && found->memory->fits) {
      ++bucket.answered;
      bucket.called += *found->memory->fits == Fits::kNo ? 1 : 0;
      bucket.marginal += *found->memory->fits == Fits::kMarginal ? 1 : 0;
    }
  }
}

ErrorRow row_of(const std::string& source, Figure figure, const Bucket& bucket) {
  ErrorRow row;
  row.source = source;
  row.family = bucket.family;
  row.figure = figure;
  row.count = bucket.count;
  row.answered = static_cast<std::int64_t>(bucket.samples.size());
  if (bucket.samples.empty()) return row;
  const double n = static_cast<double>(bucket.samples.size());
  std::vector<double> sizes;
  std::vector<double> errors;
  std::vector<double> widths;
  for (const Sample& sample : bucket.samples) {
    sizes.push_back(std::abs(sample.error));
    errors.push_back(sample.error);
    widths.push_back(sample.width);
    row.coverage += sample.inside ? 1 / n : 0;
    row.low += sample.error < -0.03 ? 1 / n : 0;
  }
  std::sort(sizes.begin(), sizes.end());
  row.median = median_of(sizes);
  row.p90 = sizes[std::min(sizes.size() - 1, static_cast<std::size_t>(0.9 * n))];
  row.bias = median_of(std::move(errors));
  row.width = median_of(std::move(widths));
  return row;
}

FigureSummary summary_of(Figure figure, const std::vector<ErrorRow>& rows) {
  FigureSummary out;
  out.figure = figure;
  std::map<std::string, std::vector<const ErrorRow*>> families;
  for (const ErrorRow& row : rows) {
    if (row.figure != figure) continue;
    out.count += row.count;
    out.answered += row.answered;
    if (row.answered > 0) families[row.family].push_back(&row);
  }
  out.families = static_cast<std::int64_t>(families.size());
  // Mean over the sources of a family, then over families: the median (coverage: the mean).
  const auto over_families = [&](double ErrorRow::*member) {
    std::vector<double> values;
    for (const auto& [family, members] : families) {
      std::vector<double> own;
      for (const ErrorRow* row : members) own.push_back(row->*member);
      values.push_back(mean_of(own));
    }
    return values;
  };
  out.median = median_of(over_families(&ErrorRow::median));
  out.p90 = median_of(over_families(&ErrorRow::p90));
  out.coverage = mean_of(over_families(&ErrorRow::coverage));
  out.width = median_of(over_families(&ErrorRow::width));
  out.low = median_of(over_families(&ErrorRow::low));
  return out;
}

// Places of the values in ascending order; equal values share the first of theirs.
std::vector<double> places(const std::vector<double>& values) {
  std::vector<double> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  std::vector<double> out;
  for (const double value : values) {
    out.push_back(static_cast<double>(std::lower_bound(sorted.begin(), sorted.end(), value) - sorted.begin()));
  }
  return out;
}

OrderSummary order_of(const std::map<std::string, std::vector<OnDevice>>& same_work) {
  OrderSummary out;
  for (const auto& [key, devices] : same_work) {
    if (devices.size() < 3) continue;
    const bool higher = higher_is_better(static_cast<Figure>(key[0] - '0'));
    std::vector<double> truths;
    std::vector<double> estimates;
    for (const OnDevice& d : devices) {
      truths.push_back(d.truth);
      estimates.push_back(d.estimate);
    }
    const std::vector<double> right = places(truths);
    const std::vector<double> said = places(estimates);
    double squares = 0;
    for (std::size_t i = 0; i < right.size(); ++i) squares += (right[i] - said[i]) * (right[i] - said[i]);
    const double n = static_cast<double>(devices.size());
    out.rank_correlation += 1 - 6 * squares / (n * (n * n - 1));
    const auto best_of = [&](const std::vector<double>& values) {
      const auto at =
          higher ? std::max_element(values.begin(), values.end()) : std::min_element(values.begin(), values.end());
      return static_cast<std::size_t>(at - values.begin());
    };
    const double chosen = truths[best_of(estimates)];
    const double best = truths[best_of(truths)];
    const double regret = (higher ? best / chosen : chosen / best) - 1;
    out.regret += regret;
    out.picked_fastest += regret < 1e-9 ? 1 : 0;
    ++out.groups;
  }
  if (out.groups > 0) {
    const double n = static_cast<double>(out.groups);
    out.rank_correlation /= n;
    out.picked_fastest /= n;
    out.regret /= n;
  }
  return out;
}

}  // namespace

Result<Estimate> estimate_of(const Measurement& m, const EstimateContext& context) {
  const Machine* machine = cheapest_machine(m.workload, *m.workload.cluster, context.catalog);
  return estimate(m.workload, *m.workload.cluster, machine, context);
}

std::optional<Interval> figure_of(const Estimate& e, Figure figure) {
  if (figure == Figure::kMemory) {
    return e.memory ? std::optional(e.memory->per_device_bytes) : std::nullopt;
  }
  if (!e.time) return std::nullopt;
  switch (figure) {
    case Figure::kDecodeTokensPerS:
    case Figure::kTokensPerS: return e.time->tokens_per_s;
    case Figure::kItemsPerS:
    case Figure::kTrainItemsPerS: return e.time->items_per_s;
    case Figure::kLatencyS: return e.time->latency_s;
    case Figure::kStepS: return e.time->step_s;
    case Figure::kTpotS: return e.time->tpot_s;
    case Figure::kTtftS: return e.time->ttft_s;
    case Figure::kMemory: break;
  }
  return std::nullopt;
}

double symmetric_error(double estimate, const Measured& truth) {
  if (estimate > truth.high) return estimate / truth.high - 1;
  if (estimate < truth.low) return 1 - truth.low / std::max(estimate, 1e-30);
  return 0;
}

Accuracy validate(std::span<const Measurement> measurements, const Catalog& catalog,
                  const std::function<const Calibration&(const std::string&)>& calibration_of) {
  Tally tally;
  Accuracy out;
  for (const Measurement& m : measurements) {
    const Calibration& calibration = calibration_of(m.fold);
    if (out.calibration.empty()) out.calibration = calibration.id();
    add_measurement(m, {catalog, calibration}, tally);
  }
  std::set<Figure> figures;
  for (const auto& [key, bucket] : tally.figures) {
    out.rows.push_back(row_of(key.first, key.second, bucket));
    figures.insert(key.second);
  }
  for (const auto& [key, bucket] : tally.fits) {
    out.fits.push_back({key.first, key.second, bucket.count, bucket.answered, bucket.called, bucket.marginal});
  }
  for (const Figure figure : figures) out.figures.push_back(summary_of(figure, out.rows));
  out.order = order_of(tally.same_work);
  for (const auto& [key, refusal] : tally.refused) out.refused.push_back(refusal);
  return out;
}

}  // namespace berth
