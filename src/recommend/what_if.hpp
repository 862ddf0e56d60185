// A finished recommendation, run again on documents that differ in a few keys.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "recommend/session.hpp"

namespace berth {

// The answer in brief: "accelerator.class" and so on, values as JSON text, in a fixed order.
using Outcome = std::vector<std::pair<std::string, std::string>>;
Outcome outcome_of(const Recommendation& recommendation);

// What `now` says differently; what it no longer says is null.
Outcome difference(const Outcome& before, const Outcome& now);

// Whether a key of an outcome is a decision of its own: not the device, its count or its precision.
bool is_main(std::string_view key);

class WhatIf {
 public:
  // `base` has run, and outlives this.
  explicit WhatIf(const Session& base);

  // The whole pipeline on the changed document. Steps that read none of the changed keys are taken over
  // from `base`: tests hold the answers against those of runs from nothing.
  // Errors: kUnsupported for a change that the document can't take.
  Result<Outcome> run(std::span<const FactChange> changes);

  [[nodiscard]] const Outcome& base() const { return outcome_; }
  [[nodiscard]] int runs() const { return runs_; }
  // In units of RecommendOptions::flips.
  [[nodiscard]] int spent() const { return spent_; }

 private:
  const Session& base_;
  Outcome outcome_;
  Workload scratch_;
  int runs_ = 0, spent_ = 0;
};

// The cost of a run with a change of the fact at `path`, in units of RecommendOptions::flips.
int cost_of_change(std::string_view path);

}  // namespace berth
