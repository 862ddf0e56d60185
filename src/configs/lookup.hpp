// Key paths: "a.b[0].c". Keys that hold dots are found: at each level the longest key that fits is taken.
#pragma once

#include <string_view>

#include "configs/config_tree.hpp"
#include "configs/format.hpp"

namespace berth {

// node is nullptr when the path leads nowhere.
Located locate(const Node& root, std::string_view path, Spelling spelling);

}  // namespace berth
