// The smallest changes of the document that give another answer.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "recommend/what_if.hpp"

namespace berth {

struct FlipRequest {
  int budget = 0;  // in units of RecommendOptions::flips
  std::size_t most = 5;
  // Which differences count; empty: any. For "what would make it a TPU".
  std::function<bool(const Outcome& then)> wanted;
};

// Searches the facts that a user can change, cell by cell (rules/cells.hpp), the nearest values first; a
// cell in which no rule that matters answers differently is left out, since nothing can change there. Pairs
// come from the rules alone, where guidelines decide. Every flip comes out of WhatIf::run().
// Another answer first, then another machine, then no answer; within each the cheapest change first.
// Cost: request.budget runs at most.
std::vector<WouldChange> find_flips(const Session& base, WhatIf& what_if, const FlipRequest& request);

}  // namespace berth
