// Conditions of a format's table, from JSON: {"has": "a.b"}, {"count": [..], "at_least": 3}, …
// An object of several keys asks for all of them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "configs/format.hpp"
#include "core/fields.hpp"

namespace berth {

Result<Condition> read_condition(const Node& node, std::string_view file, std::string path);
std::optional<Condition> read_condition(Fields& fields, std::string_view key, std::string_view file);

// One text or a list of them; numbers and bools as their words.
std::vector<std::string> read_texts(Fields& fields, std::string_view key);
// nullptr when the key isn't there.
std::shared_ptr<const RE2> read_pattern(Fields& fields, std::string_view key);

}  // namespace berth
