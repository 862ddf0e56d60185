#include "cel/functions.hpp"

#include <fmt/format.h>

#include <array>
#include <map>

namespace berth::cel {
namespace {

constexpr std::array<FunctionRow, 18> kOperators = {{
    {"_+_",
     "(int, int) int; (uint, uint) uint; (double, double) double; (string, string) string; (bytes, bytes) bytes; "
     "(list(A), list(A)) list(A)",
     nullptr},
    {"_-_", "(int, int) int; (uint, uint) uint; (double, double) double", nullptr},
    {"_*_", "(int, int) int; (uint, uint) uint; (double, double) double", nullptr},
    {"_/_", "(int, int) int; (uint, uint) uint; (double, double) double", nullptr},
    {"_%_", "(int, int) int; (uint, uint) uint", nullptr},
    {"-_", "(int) int; (double) double", nullptr},
    {"!_", "(bool) bool", nullptr},
    {"_&&_", "(bool, bool) bool", nullptr},
    {"_||_", "(bool, bool) bool", nullptr},
    {"_==_", "(A, A) bool", nullptr},
    {"_!=_", "(A, A) bool", nullptr},
    {"_in_", "(A, list(A)) bool; (A, map(A, B)) bool", nullptr},
    {"_[_]", "(list(A), int) A; (map(A, B), A) B", nullptr},
    {"_?_:_", "(bool, A, A) A", nullptr},
    // Ordering sees int, uint and double on one number line; equality doesn't mix them.
    {"_<_", "<", nullptr},
    {"_<=_", "<", nullptr},
    {"_>_", "<", nullptr},
    {"_>=_", "<", nullptr},
}};
constexpr std::string_view kOrdering =
    "(bool, bool) bool; (int, int) bool; (uint, uint) bool; (double, double) bool; (string, string) bool; "
    "(bytes, bytes) bool; (int, uint) bool; (int, double) bool; (uint, int) bool; (uint, double) bool; "
    "(double, int) bool; (double, uint) bool";

// The next piece up to `separator` outside parentheses; advances `rest` past it.
std::string_view piece(std::string_view& rest, char separator) {
  int depth = 0;
  std::size_t at = 0;
  for (; at < rest.size(); ++at) {
    if (rest[at] == '(') ++depth;
    if (rest[at] == ')') --depth;
    if (rest[at] == separator && depth == 0) break;
  }
  std::string_view found = rest.substr(0, at);
  rest.remove_prefix(at < rest.size() ? at + 1 : at);
  while (!found.empty() && found.front() == ' ') found.remove_prefix(1);
  while (!found.empty() && found.back() == ' ') found.remove_suffix(1);
  return found;
}

const Type* type_in_table(std::string_view text, TypePool& pool) {
  const Result<const Type*> type = parse_type(text, pool);
  return type ? *type : TypePool::basic(Type::Kind::kDyn);
}

// "T.(args…) result" is a method of T, "(args…) result" a function.
Overload read_overload(std::string_view text, TypePool& pool) {
  Overload overload;
  const std::size_t dot = text.find(".(");
  if (dot != std::string_view::npos) {
    overload.method = true;
    overload.args.push_back(type_in_table(text.substr(0, dot), pool));
    text.remove_prefix(dot + 1);
  }
  int depth = 0;
  std::size_t close = 0;
  do {
    if (text[close] == '(') ++depth;
    if (text[close] == ')') --depth;
    ++close;
  } while (depth > 0 && close < text.size());
  std::string_view args = text.substr(1, close - 2);
  if (args.ends_with("...")) {
    overload.variadic = true;
    args.remove_suffix(3);
  }
  while (!args.empty()) overload.args.push_back(type_in_table(piece(args, ','), pool));
  std::string_view result = text.substr(close);
  overload.result = type_in_table(piece(result, '\0'), pool);
  return overload;
}

struct Registry {
  TypePool pool;
  std::map<std::string, Function, std::less<>> functions;

  Registry() {
    for (const auto rows : {operator_rows(), core_rows(), math_rows(), string_rows(), format_rows(), own_rows()}) {
      for (const FunctionRow& row : rows) add(row);
    }
  }
  void add(const FunctionRow& row) {
    Function& function = functions[std::string(row.name)];
    function.name = std::string(row.name);
    function.run = row.run;
    std::string_view rest = row.overloads == "<" ? kOrdering : row.overloads;
    while (!rest.empty()) function.overloads.push_back(read_overload(piece(rest, ';'), pool));
  }
};

const Registry& registry() {
  static const Registry kRegistry;
  return kRegistry;
}

}  // namespace

std::span<const FunctionRow> operator_rows() {
  return kOperators;
}

const Function* find_function(std::string_view name) {
  const auto found = registry().functions.find(name);
  return found == registry().functions.end() ? nullptr : &found->second;
}

std::vector<std::string> function_names() {
  std::vector<std::string> names;
  for (const auto& entry : registry().functions) {
    if (entry.second.run) names.push_back(entry.first);
  }
  return names;
}

Value no_such_overload(const Call& call, std::string_view function) {
  std::string types;
  for (const Value& arg : call.args) {
    if (!types.empty()) types += ", ";
    types += type_name(arg.kind);
  }
  return call.arena.error(fmt::format("no such overload: {}({})", function, types));
}

}  // namespace berth::cel
