// Runs the cases that cel-go's own tests were turned into: what is a syntax error, what type an expression
// has, and what stays open when variables are unknown.
#pragma once

#include "cel/cases.hpp"
#include "core/json.hpp"

namespace berth::cel {

// A list of {"suite": "parsing" | "checking" | …, "expr", "parse_error", "type", "error", …}.
bool is_go_list(const Json& json);
CaseReport run_go_list(const Json& json);

// {"cases": [{"expr", "facts", "unknown": [[name, part…]…], "residual", "kind"}…]}.
bool is_go_pruning(const Json& json);
CaseReport run_go_pruning(const Json& json);

// The tier of that name, added where it is missing.
TierCount& tier_of(CaseReport& report, std::string_view name);
// Null where there is no such key.
const Json& json_at(const Json& json, const char* key);
std::string text_at(const Json& json, const char* key);
bool flag_at(const Json& json, const char* key);

}  // namespace berth::cel
