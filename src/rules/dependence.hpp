// What hangs on what: which facts stand behind a rule, derived facts followed to what they are derived from.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "rules/state.hpp"

namespace berth {

// `rules` and every derive rule whose fact they read, directly or through others. In index order.
std::vector<std::uint32_t> rules_behind(const RuleSet::State& set, std::span<const std::uint32_t> rules);

// By slot: whether one of `rules` reads it, directly or through derived facts.
std::vector<bool> facts_behind(const RuleSet::State& set, std::span<const std::uint32_t> rules);

}  // namespace berth
