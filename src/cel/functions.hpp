// The functions of the language: what they take, for the checker, and what they do.
//
// All are pure and total: what can't be answered is an error value. Cost is charged by the size of
// what is read or made.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cel/types.hpp"
#include "cel/value.hpp"

namespace berth::cel {

struct Call {
  std::span<const Value> args;  // a method's target first; none is an error or unknown
  Arena& arena;
  std::int64_t& budget;
};

struct Overload {
  bool method = false;
  bool variadic = false;  // the last argument may repeat
  std::vector<const Type*> args;
  const Type* result = nullptr;
};

struct Function {
  std::string name;
  Value (*run)(const Call&) = nullptr;
  std::vector<Overload> overloads;
};

// One line of a function table: "string.contains(string) bool; …", operators by "_+_(int, int) int".
struct FunctionRow {
  std::string_view name;
  std::string_view overloads;
  Value (*run)(const Call&);
};
std::span<const FunctionRow> operator_rows();  // run is null: the evaluator does them itself
std::span<const FunctionRow> core_rows();
std::span<const FunctionRow> math_rows();
std::span<const FunctionRow> string_rows();
std::span<const FunctionRow> format_rows();
std::span<const FunctionRow> own_rows();  // berth.*

// nullptr when there is none. Thread-safe.
const Function* find_function(std::string_view name);
std::vector<std::string> function_names();

Value no_such_overload(const Call& call, std::string_view function);

// Does `text` hold a match of `pattern` (RE2 syntax)?
Value matches(std::string_view text, std::string_view pattern, Arena& arena);

}  // namespace berth::cel
