// From a document's keys to neutral fields, by a format's table.
#pragma once

#include <optional>
#include <vector>

#include "configs/config_tree.hpp"
#include "configs/format.hpp"

namespace berth {

// All fields that the table can make, outside ones included, in table order.
std::vector<ConfigField> map_fields(const Format& format, const View& view, const ConfigTree& tree);

// A field given by `member`, in state kGiven without a value; a helper for readers in code.
ConfigField field_at(std::string path, std::string key, const Member& member, const ConfigTree& tree);

// `text` as a value of `type`; nullopt when it is none.
std::optional<ConfigScalar> typed(FieldType type, const std::string& text);

}  // namespace berth
