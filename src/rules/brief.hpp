// Verdicts without messages and notes: for searches, which ask often and show little.
#pragma once

#include <string_view>

#include "rules/run.hpp"

namespace berth {

// As Run::judge(), but for the message of a rule that fires and the note of one that doesn't.
// Precondition: run.derive().
RuleOutcome judge_briefly(Run& run, const RuleSet::State& set, std::uint32_t rule, std::string_view as_of);

// As RuleSet::evaluate(), of outcomes as above.
Evaluation evaluate_briefly(const RuleSet& rules, FactSheet& sheet, Scope scope, std::string_view as_of);

}  // namespace berth
