#include "recommend/score.hpp"

#include <algorithm>
#include <array>
#include <functional>

namespace berth {
namespace {

using Metric = std::optional<Score> (*)(const Estimate&);

std::optional<Score> as(const std::optional<Interval>& value, const char* unit) {
  if (!value) return std::nullopt;
  return Score{*value, unit};
}

// Time for one of what `rate` counts.
std::optional<Score> inverse(const std::optional<Interval>& rate, const char* unit) {
  if (!rate || rate->low <= 0) return std::nullopt;
  return Score{{1 / rate->high, 1 / rate->expected, 1 / rate->low}, unit};
}

std::optional<Score> job_usd(const Estimate& e) {
  return e.cost ? as(e.cost->job_usd, "usd") : std::nullopt;
}
std::optional<Score> token_usd(const Estimate& e) {
  return e.cost ? as(e.cost->usd_per_million_tokens, "usd_per_million_tokens") : std::nullopt;
}
std::optional<Score> item_usd(const Estimate& e) {
  if (!e.cost || !e.time) return std::nullopt;
  const auto per_item = inverse(e.time->items_per_s, "usd_per_item");
  if (!per_item) return std::nullopt;
  return Score{per_item->value * (e.cost->per_hour.value() / 3600), "usd_per_item"};
}
std::optional<Score> hour_usd(const Estimate& e) {
  if (!e.cost) return std::nullopt;
  const double price = e.cost->per_hour.value();
  return Score{{price, price, price}, "usd_per_hour"};
}
std::optional<Score> job_time(const Estimate& e) {
  return e.time ? as(e.time->job_s, "s") : std::nullopt;
}
std::optional<Score> latency(const Estimate& e) {
  return e.time ? as(e.time->latency_s, "s") : std::nullopt;
}
std::optional<Score> token_latency(const Estimate& e) {
  return e.time ? as(e.time->tpot_s, "s_per_token") : std::nullopt;
}
std::optional<Score> token_time(const Estimate& e) {
  return e.time ? inverse(e.time->tokens_per_s, "s_per_token") : std::nullopt;
}
std::optional<Score> item_time(const Estimate& e) {
  return e.time ? inverse(e.time->items_per_s, "s_per_item") : std::nullopt;
}

constexpr std::array<Metric, 4> kCostMetrics{job_usd, token_usd, item_usd, hour_usd};
constexpr std::array<Metric, 5> kTimeMetrics{job_time, latency, token_latency, token_time, item_time};

std::vector<std::optional<Score>> values_of(const std::vector<const Plan*>& plans, Metric metric) {
  std::vector<std::optional<Score>> out;
  for (const Plan* plan : plans) out.push_back(plan->estimate ? metric(*plan->estimate) : std::nullopt);
  return out;
}

std::size_t known(const std::vector<std::optional<Score>>& scores) {
  return static_cast<std::size_t>(
      std::count_if(scores.begin(), scores.end(), [](const auto& score) { return score.has_value(); }));
}

template <std::size_t N>
std::vector<std::optional<Score>> first_known(const std::vector<const Plan*>& plans,
                                              const std::array<Metric, N>& metrics) {
  std::vector<std::optional<Score>> best(plans.size());
  for (const Metric metric : metrics) {
    auto scores = values_of(plans, metric);
    if (known(scores) > known(best)) best = std::move(scores);
  }
  return best;
}

}  // namespace

std::vector<std::optional<Score>> score_plans(const std::vector<const Plan*>& plans, Objective objective) {
  const auto cost = first_known(plans, kCostMetrics);
  const auto time = first_known(plans, kTimeMetrics);
  if (objective == Objective::kTime) return time;
  if (objective == Objective::kCost) return cost;
  std::vector<std::optional<Score>> out(plans.size());
  for (std::size_t i = 0; i < plans.size(); ++i) {
    if (!cost[i] || !time[i]) continue;
    const Interval& a = cost[i]->value;
    const Interval& b = time[i]->value;
    out[i] = Score{{a.low * b.low, a.expected * b.expected, a.high * b.high}, cost[i]->unit + "*" + time[i]->unit};
  }
  return out;
}

}  // namespace berth
