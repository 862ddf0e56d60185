// Ways of writing that may not mean what they seem to.
#pragma once

#include <vector>

#include "configs/config_tree.hpp"
#include "configs/format.hpp"
#include "core/node_parsers.hpp"

namespace berth {

// In document order. @param floats  what the format's own tool makes of 1e-5
std::vector<ConfigTrap> find_traps(const ConfigTree& tree, const std::vector<DuplicateKey>& duplicates,
                                   FloatTexts floats,
                                   const std::vector<std::string>& typed_keys = {});

}  // namespace berth
