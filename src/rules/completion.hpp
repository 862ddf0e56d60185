// Settling what Kleene's logic leaves open: `x < 1 || x >= 1` holds whatever x is.
//
// A completion gives each unknown fact a value of its type and domain; null (known to be absent) is
// one only where the condition asks has(). A condition is settled when all completions agree. Facts
// are completed cell by cell (cells.hpp); what compares several facts, or a list, is a free truth
// value. A condition that may fail (division, indexing, conversion) is never settled this way.
#pragma once

#include <optional>
#include <span>

#include "rules/state.hpp"

namespace berth {

inline constexpr std::size_t kMaxFreeAtoms = 12;      // design/rules.md 2.3
inline constexpr std::size_t kMaxCompletions = 4096;  // 2^12

// False when Kleene's answer is exact anyway: no two atoms of the condition hang together, and each can
// be both true and false. For most rules.
bool may_settle(const cel::Program& when, const RuleSet::State& rules);

// The truth value on which all completions of the unknown facts agree, if they do.
// Cost: at most kMaxCompletions evaluations.
std::optional<bool> settle(const cel::Program& when, const RuleSet::State& rules, std::span<const cel::Value> facts);

}  // namespace berth
