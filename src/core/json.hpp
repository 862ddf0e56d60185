// The writing half of the JSON facade: ordered objects, printed the same everywhere.
//
// Include only in .cpp files: json.hpp costs over a second to compile. Reading goes through node.hpp.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "berth/units.hpp"

namespace berth {

using Json = nlohmann::ordered_json;

// `value` rounded to `digits` significant digits, so that output stays short and stable across
// compilers; exact integers below 2^53 stay integers.
Json json_number(double value, int digits = 6);
// {"low":…,"expected":…,"high":…}
Json json_interval(const Interval& interval);
// Invalid UTF-8 is replaced, so that printing never throws. indent < 0: one line.
std::string json_text(const Json& value, int indent = 2);

}  // namespace berth
