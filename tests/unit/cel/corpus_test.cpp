// cel-go's own answers on parsing, checking and partial evaluation (shared corpora, skipped where absent).
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "cel/parser.hpp"
#include "cel/program.hpp"
#include "unit/shared.hpp"

namespace berth::cel {
namespace {

using Json = nlohmann::json;

std::optional<Json> corpus(const std::string& path) {
  const auto text = berth::testing::shared_file(path);
  if (!text) return std::nullopt;
  return Json::parse(*text);
}

TEST(GoCorpus, AgreesOnWhatIsASyntaxError) {
  const auto cases = corpus("cel/cel_go_parse_check.json");
  if (!cases) GTEST_SKIP() << "cel-go's cases are not here (BERTH_SHARED)";
  int run = 0;
  for (const Json& c : *cases) {
    const std::string expr = c.at("expr"), error = c.value("error", "");
    if (c.at("suite") != "parsing" || c.at("proto") == true) continue;
    // Limits of cel-go's test set-up (32 levels; ours is 250), and names that only its expansion of macros reserves.
    // Back-quoted names are on here and off in that set-up.
    if (error.find("unsupported syntax: '`'") != std::string::npos) continue;
    if (error.find("limit exceeded: 32") != std::string::npos ||
        error.find("max recursion depth") != std::string::npos ||
        error.find("overwrites accumulator") != std::string::npos) {
      continue;
    }
    ++run;
    Arena arena;
    EXPECT_EQ(!parse(expr, arena).has_value(), c.at("parse_error") == true) << expr << "\n" << error;
  }
  std::cout << run << " syntax cases\n";
}

// {"listType": {"elemType": {"primitive": "INT64"}}} as "list(int)"; empty where the language has no such type.
std::string type_text(const Json& type) {
  static const std::map<std::string, std::string> kPrimitives = {{"INT64", "int"},     {"UINT64", "uint"},
                                                                 {"BOOL", "bool"},     {"DOUBLE", "double"},
                                                                 {"STRING", "string"}, {"BYTES", "bytes"}};
  if (type.contains("primitive")) return kPrimitives.at(type["primitive"]);
  if (type.contains("dyn")) return "dyn";
  if (type.contains("typeParam")) return "dyn";
  if (type.contains("listType")) {
    const std::string element = type_text(type["listType"]["elemType"]);
    return element.empty() ? "" : "list(" + element + ")";
  }
  if (type.contains("mapType")) {
    const std::string key = type_text(type["mapType"]["keyType"]), value = type_text(type["mapType"]["valueType"]);
    return key.empty() || value.empty() ? "" : "map(" + key + ", " + value + ")";
  }
  return "";
}

TEST(GoCorpus, AgreesOnTypes) {
  const auto cases = corpus("cel/cel_go_parse_check.json");
  if (!cases) GTEST_SKIP() << "cel-go's cases are not here (BERTH_SHARED)";
  int run = 0;
  for (const Json& c : *cases) {
    if (c.at("suite") != "checking" || c.at("proto") == true || c.at("parse_error") == true) continue;
    TypePool pool;
    Environment environment;
    const std::map<std::string, std::string> standard = {{"is", "string"}, {"ii", "int"},    {"iu", "uint"},
                                                         {"iz", "bool"},   {"id", "double"}, {"ix", "null"},
                                                         {"ib", "bytes"}};
    bool skip = false;
    std::set<std::string> own;
    if (c.contains("original") && c["original"].contains("typeEnv")) {
      for (const Json& declared : c["original"]["typeEnv"]) {
        skip = skip || declared.contains("function");  // functions of the test's own
        if (!declared.contains("ident")) continue;
        const std::string text = type_text(declared["ident"]["type"]);
        skip = skip || text.empty();
        if (!text.empty()) environment.declare(declared.at("name"), *parse_type(text, pool));
        own.insert(declared.at("name").get<std::string>());
      }
    }
    for (const auto& [name, type] : standard) environment.declare(name, *parse_type(type, pool));
    const std::string expr = c.at("expr"), error = c.value("error", "");
    // Ordering across number types is allowed here, as cel-spec's own cases want it.
    const bool crosses = expr.find("1.0 && 1u") != std::string::npos;
    if (skip || crosses || expr.find("fg_s") != std::string::npos || expr.find("fi_s_s") != std::string::npos) continue;
    ++run;
    const Result<Program> program = Program::compile(expr, environment, Checking::kOn);
    if (!error.empty()) {
      EXPECT_FALSE(program) << expr << "\n" << error;
    } else if (!program) {
      ADD_FAILURE() << expr << ": " << berth::to_string(program.error());
    } else {
      EXPECT_EQ(to_string(program->type()), c.at("type").get<std::string>()) << expr;
    }
  }
  std::cout << run << " checker cases\n";
}

Value value_of(const Json& json, Arena& arena) {
  if (json.is_null()) return {};
  if (json.is_boolean()) return Value::of(json.get<bool>());
  if (json.is_number_integer()) return Value::of(json.get<std::int64_t>());
  if (json.is_number()) return Value::of(json.get<double>());
  if (json.is_string()) return Value::string(arena.copy(json.get<std::string>()));
  if (json.is_array()) {
    std::vector<Value> items;
    for (const Json& item : json) items.push_back(value_of(item, arena));
    return arena.list(items);
  }
  std::vector<Entry> entries;
  for (const auto& item : json.items())
    entries.push_back({Value::string(arena.copy(item.key())), value_of(item.value(), arena)});
  return arena.map(entries);
}

// cel-go's unknown patterns name parts of a variable; here variables have qualified names, so the
// facts are spread: {"this": {"b": 1}} with unknown this.a becomes this.b known and this.a unknown.
TEST(GoCorpus, AgreesOnWhatStaysUnknown) {
  const auto root = corpus("cel/cel_partial.json");
  if (!root) GTEST_SKIP() << "cel-go's pruning cases are not here (BERTH_SHARED)";
  int run = 0;
  for (const Json& c : root->at("cases")) {
    const std::string expr = c.at("expr"), residual = c.at("residual");
    if (expr.find('?') != std::string::npos && expr.find(" ? ") == std::string::npos) continue;  // optionals
    if (expr.find("timestamp") != std::string::npos || expr.find("duration") != std::string::npos) continue;
    if (expr.find("last()") != std::string::npos) continue;
    TypePool pool;
    Environment environment;
    Arena arena;
    std::vector<Value> variables;
    std::vector<std::string> names;
    const Type* dyn = TypePool::basic(Type::Kind::kDyn);
    std::set<std::string> unknown_roots;
    const auto declare = [&](const std::string& name, std::optional<Value> value) {
      if (environment.find(name)) return;
      environment.declare(name, dyn);
      variables.push_back(value ? *value : Value());
      names.push_back(value ? "" : name);
    };
    for (const Json& pattern : c.at("unknown")) {
      std::string name;
      for (const Json& part : pattern) {
        if (part == "*") continue;
        name += (name.empty() ? "" : ".") + part.get<std::string>();
      }
      declare(name, std::nullopt);
      unknown_roots.insert(name);
    }
    for (const auto& item : c.at("facts").items()) {
      if (unknown_roots.count(item.key()) > 0) continue;
      bool spread = false;
      for (const std::string& name : unknown_roots) spread = spread || name.rfind(item.key() + ".", 0) == 0;
      if (!spread) {
        declare(item.key(), value_of(item.value(), arena));
        continue;
      }
      for (const auto& part : item.value().items())
        declare(item.key() + "." + part.key(), value_of(part.value(), arena));
    }
    for (const char* name : {"y", "test", "four", "a", "b", "x", "this", "c"})
      declare(name, std::nullopt);  // undeclared there
    std::vector<std::uint32_t> ids(names.size());
    for (std::uint32_t i = 0; i < ids.size(); ++i) {
      ids[i] = i;
      if (!names[i].empty()) variables[i] = Value::unknown({&ids[i], 1});
    }
    const Result<Program> program = Program::compile(expr, environment, Checking::kOff);
    ASSERT_TRUE(program) << expr;
    ++run;
    const Value value = program->evaluate(variables, arena);
    Arena constant_arena;
    const Result<Program> constant = Program::compile(residual, Environment(), Checking::kOff);
    ASSERT_TRUE(constant) << residual;
    const Value expected = constant->evaluate({}, constant_arena);
    if (c.at("kind") == "value" || !expected.is(Value::Kind::kError)) {
      EXPECT_EQ(to_cel(value), to_cel(expected)) << expr;
    } else {
      EXPECT_TRUE(value.is_open()) << expr << " gave " << to_cel(value) << ", residual " << residual;
    }
  }
  std::cout << run << " partial cases\n";
}

}  // namespace
}  // namespace berth::cel
