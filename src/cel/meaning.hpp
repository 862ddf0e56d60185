// What types don't say: that a word belongs to a closed domain, and that bytes are not compared with seconds.
#pragma once

#include <string>
#include <string_view>

#include "berth/result.hpp"
#include "cel/environment.hpp"
#include "cel/expr.hpp"

namespace berth::cel {

// @param expr  checked
// @return the unit of its value; empty: none, or none that is known
// Units are those of the variables (Environment::unit); a literal takes any. + - % and comparisons want
// one unit on both sides; a product or quotient keeps its unit only with a literal as the other operand.
// Errors: kInvalid, span relative to `source`: a word outside its domain, two units where one is needed.
Result<std::string> check_meaning(const Expr& expr, std::string_view source, const Environment& environment);

}  // namespace berth::cel
