// What each figure of an estimate means, printed next to it: sources differ in what they call them.
#pragma once

#include <string_view>
#include <vector>

#include "berth/estimate.hpp"

namespace berth {

struct Definition {
  const char* figure;
  const char* text;
};

// Of the figures that `time` has, in the order of the output.
std::vector<Definition> definitions_of(const TimeEstimate& time);

}  // namespace berth
