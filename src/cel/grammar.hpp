// The tables of the grammar: operators by level, reserved words, the forms of the macros.
#pragma once

#include <cstddef>
#include <string_view>

#include "cel/expr.hpp"

namespace berth::cel {

struct Binary {
  std::string_view symbol;
  Op op;
  int level;  // loosest first: || && relation + *
};
inline constexpr int kBinaryLevels = 5;
// nullptr: no binary operator.
const Binary* find_binary(std::string_view symbol);

bool is_reserved(std::string_view name);

struct MacroForm {
  std::string_view name;
  std::size_t variables;
  std::size_t least, most;  // arguments after the variables
  Macro macro;
};
// The macro that a method call with so many arguments is; nullptr: it is none.
const MacroForm* find_macro(std::string_view name, std::size_t arguments);

}  // namespace berth::cel
