// "${…}": replaced where it refers to a value of the same document, marked as open where it doesn't.
#pragma once

#include <string>
#include <vector>

#include "core/node.hpp"

namespace berth {

enum class Interpolation : std::uint8_t {
  kNone,       // "${…}" always stands for something outside
  kOmegaConf,  // absolute and relative references, oc.select, multiply
};

// Sets Node::kReplaced and Node::kOpen. References are absolute from `root`. Cost: linear in the
// document for each link of the longest chain of references, at most 8.
void interpolate(Node& root, Interpolation dialect);

}  // namespace berth
