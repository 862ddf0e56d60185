// The objective as a number per candidate: lower is better.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "recommend/plan.hpp"

namespace berth {

struct Score {
  Interval value;
  std::string unit;
};

// Scores plans by one metric, so that they compare: the first of the objective's metrics that most plans
// have. Plans that lack it get nullopt.
// cost:     job cost; cost of a million tokens; price of an hour
// time:     job time; latency; time per token; time per token or item of the whole cluster
// balanced: product of the two, both from the lists above
std::vector<std::optional<Score>> score_plans(const std::vector<const Plan*>& plans, Objective objective);

}  // namespace berth
