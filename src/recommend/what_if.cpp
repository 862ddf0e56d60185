#include "recommend/what_if.hpp"

#include <algorithm>
#include <array>

namespace berth {
namespace {

std::string quoted(const std::string& word) {
  return to_json(FactValue(word));
}

}  // namespace

Outcome outcome_of(const Recommendation& r) {
  Outcome out;
  const auto put = [&](const char* key, const std::string& word) {
    if (!word.empty()) out.emplace_back(key, quoted(word));
  };
  out.emplace_back("feasible", r.feasible ? "true" : "false");
  put("accelerator.class", r.accelerator.device_class);
  put("accelerator.device", r.accelerator.device);
  if (r.accelerator.count) out.emplace_back("accelerator.count", std::to_string(*r.accelerator.count));
  put("accelerator.precision", r.accelerator.precision);
  put("distribution.mode", r.distribution.mode);
  put("distribution.strategy", r.distribution.strategy);
  put("placement.mode", r.placement.mode);
  put("placement.where", r.placement.where);
  if (r.serving) put("serving.mode", r.serving->mode);
  if (!r.candidates.empty()) put("machine", r.candidates.front().machine);
  return out;
}

Outcome difference(const Outcome& before, const Outcome& now) {
  const auto value = [](const Outcome& outcome, const std::string& key) {
    const auto found =
        std::find_if(outcome.begin(), outcome.end(), [&](const auto& entry) { return entry.first == key; });
    return found != outcome.end() ? found->second : std::string("null");
  };
  Outcome out;
  for (const auto& [key, old] : before) {
    std::string other = value(now, key);
    if (other != old) out.emplace_back(key, std::move(other));
  }
  for (const auto& [key, other] : now) {
    if (value(before, key) == "null") out.emplace_back(key, other);
  }
  return out;
}

bool is_main(std::string_view key) {
  constexpr std::array<std::string_view, 5> kMain{"feasible", "accelerator.class", "distribution.mode",
                                                  "placement.mode", "serving.mode"};
  return std::find(kMain.begin(), kMain.end(), key) != kMain.end();
}

int cost_of_change(std::string_view path) {
  return read_by(path) < ReadBy::kDeadline ? RecommendOptions::kReplanCost : 1;
}

WhatIf::WhatIf(const Session& base)
    : base_(base), outcome_(outcome_of(base.recommendation())), scratch_(base.workload()) {}

Result<Outcome> WhatIf::run(std::span<const FactChange> changes) {
  const Workload& original = base_.workload();
  scratch_.traits = original.traits;
  scratch_.job = original.job;
  scratch_.environment = original.environment;
  scratch_.given = original.given;
  ReadBy first = ReadBy::kRules;
  for (const FactChange& change : changes) {
    if (Status status = change_document(scratch_, change.fact, change.to); !status)
      return tl::unexpected<Error>(status.error());
    first = std::min(first, read_by(change.fact));
  }
  ++runs_;
  spent_ += first < ReadBy::kDeadline ? RecommendOptions::kReplanCost : 1;
  Session session(scratch_, base_, first);
  if (Status status = session.run(Detail::kHeadline); !status) return tl::unexpected<Error>(status.error());
  return outcome_of(session.recommendation());
}

}  // namespace berth
