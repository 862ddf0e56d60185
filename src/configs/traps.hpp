// Ways of writing that may not mean what they seem to.
#pragma once

#include <vector>

#include "configs/config_tree.hpp"
#include "configs/format.hpp"
#include "core/node_parsers.hpp"

namespace berth {

// In document order. @param format  says what its tool makes of them; nullptr: of a file that isn't recognised
std::vector<ConfigTrap> find_traps(const ConfigTree& tree, const std::vector<DuplicateKey>& duplicates,
                                   const Format* format);

}  // namespace berth
