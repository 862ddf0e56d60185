// A value of a file as a fact of a declared type.
#pragma once

#include <optional>

#include "berth/rules.hpp"
#include "configs/config_tree.hpp"

namespace berth::checking {

// nullopt: the value is of another type.
std::optional<FactValue> value_of(const ConfigTree& tree, const Node& node, FactType type);

}  // namespace berth::checking
