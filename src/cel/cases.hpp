// Runs expression cases: `{expr, bindings, expected | error, …}` with tagged values, as extracted from
// cel-spec's conformance tests, and the two forms of cel-go's (go_cases.hpp).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "berth/result.hpp"

namespace berth::cel {

struct TierCount {
  std::string tier;
  int values = 0, values_passed = 0;
  int errors = 0, errors_passed = 0;
  int types = 0, types_passed = 0;  // cases that only ask for a type
  int not_run = 0;
  std::string why = "not part of the language";  // not_run
};

struct CaseReport {
  std::vector<TierCount> tiers;       // in the order of first appearance
  std::vector<std::string> failures;  // one line each
  [[nodiscard]] bool passed() const { return failures.empty(); }
};

// Each case runs with the checker on and off, unless it says "disable_check"; both must give the
// expected answer. Errors: kInvalid when the text is no list of cases.
Result<CaseReport> run_cases(std::string_view text, std::string_view name);

// "core 1026 of 1026 (values 934 of 934, errors 89 of 89, types 3 of 3)".
std::string to_string(const TierCount& tier);

}  // namespace berth::cel
