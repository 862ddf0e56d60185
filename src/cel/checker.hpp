// Resolves names and checks types: turns a parsed tree into one that can be evaluated.
#pragma once

#include "berth/result.hpp"
#include "cel/environment.hpp"
#include "cel/expr.hpp"
#include "cel/types.hpp"

namespace berth::cel {

// kOff leaves types to run time; names that don't resolve become error values.
enum class Checking : std::uint8_t { kOn, kOff };

struct Checked {
  const Type* type = nullptr;
  std::uint32_t locals = 0;  // macro variables alive at once
  std::string unit;          // of the value; empty: none, or none known
};

// Rewrites `expr` in place. Errors, with a span relative to `source` and, where one is near, a "did you
// mean": kNotFound for undeclared names and functions; kInvalid for operands that don't fit, words outside an enum's
// domain.
Result<Checked> check(Expr& expr, std::string_view source, const Environment& environment, TypePool& pool, Arena& arena,
                      Checking checking);

}  // namespace berth::cel
