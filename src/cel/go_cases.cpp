#include "cel/go_cases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>
#include <set>

#include "cel/parser.hpp"
#include "cel/program.hpp"

namespace berth::cel {
namespace {

using Kind = Value::Kind;

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

void skip(CaseReport& report, std::string_view tier, std::string_view why) {
  TierCount& count = tier_of(report, fmt::format("{} ({})", tier, why));
  count.why = "";
  ++count.not_run;
}

void note(CaseReport& report, std::string_view tier, const Json& json, const std::string& failure) {
  if (!failure.empty()) report.failures.push_back(fmt::format("{}: {}: {}", tier, text_at(json, "expr"), failure));
}

// ---- syntax

void run_syntax(const Json& json, CaseReport& report) {
  const std::string expr = text_at(json, "expr"), error = text_at(json, "error");
  if (flag_at(json, "proto")) return skip(report, "syntax", "protocol buffers");
  if (holds(error, "unsupported syntax: '`'")) return skip(report, "syntax", "back quotes are off in that set-up");
  if (holds(error, "limit exceeded: 32") || holds(error, "max recursion depth"))
    return skip(report, "syntax", "that set-up allows 32 levels, here it is 250");
  if (holds(error, "overwrites accumulator"))
    return skip(report, "syntax", "names that only cel-go's expansion of macros reserves");
  const bool wants_error = flag_at(json, "parse_error");
  Arena arena;
  const bool parsed = parse(expr, arena).has_value();
  TierCount& count = tier_of(report, "syntax");
  ++(wants_error ? count.errors : count.values);
  if (parsed != wants_error) ++(wants_error ? count.errors_passed : count.values_passed);
  note(report, "syntax", json, parsed != wants_error ? "" : parsed ? "was parsed" : "was refused");
}

// ---- types

// {"listType": {"elemType": {"primitive": "INT64"}}} as "list(int)"; empty where the language has no such type.
std::string type_text(const Json& type) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kPrimitives = {{{"INT64", "int"},
                                                                                         {"UINT64", "uint"},
                                                                                         {"BOOL", "bool"},
                                                                                         {"DOUBLE", "double"},
                                                                                         {"STRING", "string"},
                                                                                         {"BYTES", "bytes"}}};
  for (const auto& [theirs, ours] : kPrimitives) {
    if (text_at(type, "primitive") == theirs) return std::string(ours);
  }
  if (!json_at(type, "dyn").is_null() || !json_at(type, "typeParam").is_null()) return "dyn";
  if (const Json& list = json_at(type, "listType"); !list.is_null()) {
    const std::string element = type_text(json_at(list, "elemType"));
    return element.empty() ? "" : fmt::format("list({})", element);
  }
  if (const Json& map = json_at(type, "mapType"); !map.is_null()) {
    const std::string key = type_text(json_at(map, "keyType")), value = type_text(json_at(map, "valueType"));
    return key.empty() || value.empty() ? "" : fmt::format("map({}, {})", key, value);
  }
  return "";
}

// Declares the case's own variables. False: it has functions, or types that the language lacks.
bool declare_own(const Json& json, Environment& environment, TypePool& pool) {
  const Json& declared = json_at(json_at(json, "original"), "typeEnv");
  if (!declared.is_array()) return true;
  for (const Json& row : declared) {
    if (!json_at(row, "function").is_null()) return false;
    if (json_at(row, "ident").is_null()) continue;
    const Result<const Type*> type = parse_type(type_text(json_at(json_at(row, "ident"), "type")), pool);
    if (!type) return false;
    environment.declare(text_at(row, "name"), *type);
  }
  return true;
}

void run_types(const Json& json, CaseReport& report) {
  const std::string expr = text_at(json, "expr");
  if (flag_at(json, "proto")) return skip(report, "types", "protocol buffers");
  if (flag_at(json, "parse_error")) return run_syntax(json, report);
  TypePool pool;
  Environment environment;
  if (!declare_own(json, environment, pool) || holds(expr, "fg_s") || holds(expr, "fi_s_s"))
    return skip(report, "types", "functions or types of that set-up's own");
  if (holds(expr, "1.0 && 1u")) return skip(report, "types", "order across number types, which cel-spec's cases want");
  for (const auto& [name, type] : std::array<std::pair<const char*, const char*>, 7>{{{"is", "string"},
                                                                                      {"ii", "int"},
                                                                                      {"iu", "uint"},
                                                                                      {"iz", "bool"},
                                                                                      {"id", "double"},
                                                                                      {"ix", "null"},
                                                                                      {"ib", "bytes"}}})
    environment.declare(name, *parse_type(type, pool));
  const Result<Program> program = Program::compile(expr, environment, Checking::kOn);
  const bool wants_error = !text_at(json, "error").empty();
  std::string failure;
  if (wants_error)
    failure = program ? fmt::format("has type {}, expected an error", to_string(program->type())) : "";
  else if (!program)
    failure = berth::to_string(program.error());
  else if (to_string(program->type()) != text_at(json, "type"))
    failure = fmt::format("has type {}, expected {}", to_string(program->type()), text_at(json, "type"));
  TierCount& count = tier_of(report, "types");
  ++(wants_error ? count.errors : count.types);
  if (failure.empty()) ++(wants_error ? count.errors_passed : count.types_passed);
  note(report, "types", json, failure);
}

// ---- partial evaluation

Value plain_value(const Json& json, Arena& arena) {
  if (json.is_null()) return {};
  if (json.is_boolean()) return Value::of(json.get<bool>());
  if (json.is_number_integer()) return Value::of(json.get<std::int64_t>());
  if (json.is_number()) return Value::of(json.get<double>());
  if (json.is_string()) return Value::string(arena.copy(json.get<std::string>()));
  if (json.is_array()) {
    std::vector<Value> items;
    for (const Json& item : json) items.push_back(plain_value(item, arena));
    return arena.list(items);
  }
  std::vector<Entry> entries;
  for (const auto& item : json.items())
    entries.push_back({Value::string(arena.copy(item.key())), plain_value(item.value(), arena)});
  return arena.map(entries);
}

// cel-go's unknown patterns name parts of a variable; here variables have qualified names, so the
// facts are spread: {"this": {"b": 1}} with unknown this.a becomes this.b known and this.a unknown.
class Pruning {
 public:
  explicit Pruning(const Json& json) : json_(json) {
    std::set<std::string> unknown;
    for (const Json& pattern : json_at(json, "unknown")) {
      std::string name;
      for (const Json& part : pattern) {
        if (part.is_string() && part != "*") name += (name.empty() ? "" : ".") + part.get<std::string>();
      }
      declare(name, nullptr);
      unknown.insert(std::move(name));
    }
    for (const auto& item : json_at(json, "facts").items()) spread(item.key(), item.value(), unknown);
    // Names that the cases use without declaring them are unknown as well.
    for (const char* name : {"y", "test", "four", "a", "b", "x", "this", "c"}) declare(name, nullptr);
  }

  // Empty: passed. Where the residual has a value, so must the evaluation; else it must be open.
  std::string run() {
    const Result<Program> program = Program::compile(text_at(json_, "expr"), environment_, Checking::kOff);
    const std::string residual = text_at(json_, "residual");
    const Result<Program> constant = Program::compile(residual, Environment(), Checking::kOff);
    if (!program || !constant) return "was refused";
    const Value value = program->evaluate(variables_, arena_), expected = constant->evaluate({}, arena_);
    if (text_at(json_, "kind") != "value" && expected.is(Kind::kError))
      return value.is_open() ? "" : fmt::format("gave {}, residual {}", to_cel(value), residual);
    return to_cel(value) == to_cel(expected) ? ""
                                             : fmt::format("gave {}, expected {}", to_cel(value), to_cel(expected));
  }

 private:
  void spread(const std::string& name, const Json& fact, const std::set<std::string>& unknown) {
    const bool in_parts =
        fact.is_object() && std::any_of(unknown.begin(), unknown.end(),
                                        [&](const std::string& other) { return other.rfind(name + ".", 0) == 0; });
    if (!in_parts) return declare(name, &fact);
    for (const auto& part : fact.items()) declare(name + "." + part.key(), &part.value());
  }
  void declare(const std::string& name, const Json* fact) {
    if (environment_.find(name)) return;
    ids_.push_back(environment_.declare(name, TypePool::basic(Type::Kind::kDyn)));
    variables_.push_back(fact ? plain_value(*fact, arena_) : Value::unknown({&ids_.back(), 1}));
  }

  const Json& json_;
  Environment environment_;
  Arena arena_;
  std::deque<std::uint32_t> ids_;  // values point into it
  std::vector<Value> variables_;
};

void run_pruning(const Json& json, CaseReport& report) {
  const std::string expr = text_at(json, "expr");
  if (holds(expr, "?") && !holds(expr, " ? ")) return skip(report, "partial", "optional values");
  if (holds(expr, "timestamp") || holds(expr, "duration")) return skip(report, "partial", "time");
  if (holds(expr, "last()")) return skip(report, "partial", "functions of that set-up's own");
  const std::string failure = Pruning(json).run();
  TierCount& count = tier_of(report, "partial");
  ++count.values;
  if (failure.empty()) ++count.values_passed;
  note(report, "partial", json, failure);
}

}  // namespace

TierCount& tier_of(CaseReport& report, std::string_view name) {
  const auto found =
      std::find_if(report.tiers.begin(), report.tiers.end(), [&](const TierCount& t) { return t.tier == name; });
  if (found != report.tiers.end()) return *found;
  report.tiers.emplace_back();
  report.tiers.back().tier = std::string(name);
  return report.tiers.back();
}

const Json& json_at(const Json& json, const char* key) {
  static const Json kNull;
  const auto found = json.is_object() ? json.find(key) : json.end();
  return json.is_object() && found != json.end() ? *found : kNull;
}

std::string text_at(const Json& json, const char* key) {
  const Json& found = json_at(json, key);
  return found.is_string() ? found.get<std::string>() : std::string();
}

bool flag_at(const Json& json, const char* key) {
  const Json& found = json_at(json, key);
  return found.is_boolean() && found.get<bool>();
}

bool is_go_list(const Json& json) {
  return json.is_array() && !json.empty() && json[0].is_object() && json[0].contains("suite");
}

CaseReport run_go_list(const Json& json) {
  CaseReport report;
  for (const Json& one : json) {
    const std::string suite = text_at(one, "suite");
    if (suite == "parsing")
      run_syntax(one, report);
    else if (suite == "checking")
      run_types(one, report);
    else
      skip(report, suite, "recorded without the macros that they are about; cel-spec's macros2 has their values");
  }
  return report;
}

bool is_go_pruning(const Json& json) {
  return json_at(json, "cases").is_array();
}

CaseReport run_go_pruning(const Json& json) {
  CaseReport report;
  for (const Json& one : json_at(json, "cases")) run_pruning(one, report);
  const Json& optional = json_at(json, "optional_cases");
  for (std::size_t i = 0; optional.is_array() && i < optional.size(); ++i) skip(report, "partial", "optional values");
  return report;
}

}  // namespace berth::cel
