// JSON Schema validation (valijson, tests only), kept in one file: it is slow to compile.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace berth::test {

// What is wrong with `document` by rules/schema/<name>.schema.json, a line each; empty: nothing.
std::string schema_errors(const nlohmann::json& document, const std::string& name);

}  // namespace berth::test
