#include "estimate/work_amount.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace berth::estimation {
namespace {

std::optional<double> items_of(const Dataset& data, double tokens_per_item) {
  if (data.items) return *data.items;
  if (data.tokens && tokens_per_item > 0) return *data.tokens / tokens_per_item;
  return std::nullopt;
}

}  // namespace

std::optional<double> training_steps(const Job& job, double items_per_step, double tokens_per_item, Notes& notes) {
  if (job.steps) return static_cast<double>(*job.steps);
  const auto items = items_of(job.dataset, tokens_per_item);
  if (!items) return std::nullopt;
  if (!job.epochs) note(notes, "job.epochs is not given: one pass over the data");
  return std::max(1.0, std::ceil(*items * job.epochs.value_or(1) / items_per_step));
}

std::optional<double> serving_items(const Job& job, double tokens_per_item, Notes& notes) {
  if (!job.serving || job.serving->mode.value_or("") != "batch") return std::nullopt;
  const auto items = items_of(job.dataset, tokens_per_item);
  if (items) note(notes, "job.time.job_s covers one pass over job.dataset");
  return items;
}

double trials(const Job& job, Notes& notes) {
  if (!job.trials || *job.trials <= 1) return 1;
  note(notes, fmt::format("{} trials, one after another on this cluster", *job.trials));
  return static_cast<double>(*job.trials);
}

}  // namespace berth::estimation
