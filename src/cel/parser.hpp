// Parses an expression, macros included, into a tree.
#pragma once

#include <string_view>

#include "berth/result.hpp"
#include "cel/expr.hpp"

namespace berth::cel {

// @param arena  takes the texts of literals; must outlive the tree, as must `source`
// Errors: kInvalid (syntax), kLimit (longer, deeper or with more nodes than expr.hpp allows). Spans
// are relative to the expression.
// Cost: linear in the text; the stack is bounded by kMaxExpressionDepth.
Result<Expr> parse(std::string_view source, Arena& arena);

}  // namespace berth::cel
