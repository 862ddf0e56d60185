#include "cel/cases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "cel/go_cases.hpp"
#include "cel/program.hpp"

namespace berth::cel {
namespace {

using Kind = Value::Kind;

// What the language leaves out: docs/guide/language.md.
constexpr std::array<std::string_view, 5> kOutside = {"time", "network_ext", "optionals", "block_ext", "encoders_ext"};

// The one reader of JSON beside core's node tree: cases hold uints up to 2^64 - 1, which Node rounds.
std::string decode_base64(std::string_view text) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const auto digit = kDigits.find(c);
    if (digit == std::string_view::npos) break;
    bits = (bits << 6U) | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>((bits >> static_cast<unsigned>(count)) & 0xFFU);
    }
  }
  return out;
}

std::optional<Value> read_value(const Json& json, Arena& arena);

std::optional<Value> read_items(const Json& items, Arena& arena) {
  std::vector<Value> values;
  for (const Json& item : items) {
    const auto value = read_value(item, arena);
    if (!value) return std::nullopt;
    values.push_back(*value);
  }
  return arena.list(values);
}

std::optional<Value> read_entries(const Json& pairs, Arena& arena) {
  std::vector<Entry> entries;
  for (const Json& pair : pairs) {
    if (!pair.is_array() || pair.size() != 2) return std::nullopt;
    const auto key = read_value(pair[0], arena);
    const auto value = read_value(pair[1], arena);
    if (!key || !value) return std::nullopt;
    entries.push_back({*key, *value});
  }
  return arena.map(entries);
}

std::optional<double> read_double(const Json& json) {
  if (json.is_number()) return json.get<double>();
  if (!json.is_string()) return std::nullopt;
  const auto word = json.get<std::string>();
  if (word == "NaN") return std::nan("");
  if (word == "Infinity") return HUGE_VAL;
  if (word == "-Infinity") return -HUGE_VAL;
  return std::nullopt;
}

// {"t": "int", "v": 1}
std::optional<Value> read_value(const Json& json, Arena& arena) {
  const std::string type = text_at(json, "t");
  if (type == "null") return Value();
  const auto found = json.is_object() ? json.find("v") : json.end();
  if (found == json.end()) return std::nullopt;
  const Json& v = *found;
  if (type == "bool" && v.is_boolean()) return Value::of(v.get<bool>());
  if (type == "int" && v.is_number_integer()) return Value::of(v.get<std::int64_t>());
  if (type == "uint" && v.is_number_integer()) return Value::of(v.get<std::uint64_t>());
  if (type == "double") {
    const auto number = read_double(v);
    return number ? std::optional<Value>(Value::of(*number)) : std::nullopt;
  }
  if (type == "string" && v.is_string()) return Value::string(arena.copy(v.get<std::string>()));
  if (type == "bytes" && v.is_string())
    return Value::text(Kind::kBytes, arena.copy(decode_base64(v.get<std::string>())));
  if (type == "type" && v.is_string()) return Value::type(arena.copy(v.get<std::string>()));
  if (type == "list" && v.is_array()) return read_items(v, arena);
  if (type == "map" && v.is_array()) return read_entries(v, arena);
  return std::nullopt;
}

// Same kind and same value; NaN is NaN, and -0.0 is not 0.0.
bool same(const Value& a, const Value& b) {
  if (a.kind != b.kind) return false;
  if (a.is(Kind::kDouble))
    return (std::isnan(a.d) && std::isnan(b.d)) || (a.d == b.d && std::signbit(a.d) == std::signbit(b.d));
  if (a.is(Kind::kList))
    return std::equal(a.items().begin(), a.items().end(), b.items().begin(), b.items().end(), same);
  if (!a.is(Kind::kMap)) return equal(a, b);
  return a.size == b.size && std::all_of(a.entries().begin(), a.entries().end(), [&](const Entry& entry) {
           const Value* other = find(b.entries(), entry.key);
           return other && same(entry.value, *other);
         });
}

class Runner {
 public:
  explicit Runner(const Json& json) : json_(json) {}

  // Empty: passed.
  std::string run() {
    if (std::string problem = declare(); !problem.empty()) return problem;
    std::string failure = flag_at(json_, "disable_check") ? std::string() : once(Checking::kOn);
    if (!failure.empty()) return "checked: " + failure;
    if (flag_at(json_, "check_only")) return {};
    failure = once(Checking::kOff);
    return failure.empty() ? failure : "unchecked: " + failure;
  }

 private:
  std::string declare() {
    environment_.set_container(text_at(json_, "container"));
    const auto types = json_.find("type_env");
    if (types != json_.end() && types->is_object()) {
      for (const auto& item : types->items()) {
        const auto type = parse_type(item.value().is_string() ? item.value().get<std::string>() : "?", pool_);
        if (!type) return type.error().message;
        environment_.declare(item.key(), *type);
        variables_.push_back(Value::error("no value is bound"));
      }
    }
    const auto bindings = json_.find("bindings");
    if (bindings == json_.end() || !bindings->is_object()) return {};
    for (const auto& item : bindings->items()) {
      const auto value = read_value(item.value(), arena_);
      if (!value) return "a binding of a type that the language lacks";
      auto slot = environment_.find(item.key());
      if (!slot) {
        slot = environment_.declare(item.key(), TypePool::basic(Type::Kind::kDyn));
        variables_.emplace_back();
      }
      variables_[*slot] = *value;
    }
    return {};
  }

  std::string once(Checking checking) {
    const Result<Program> program = Program::compile(text_at(json_, "expr"), environment_, checking);
    const bool wants_error = json_.contains("error");
    if (!program) return wants_error ? std::string() : berth::to_string(program.error());
    const std::string wanted_type = text_at(json_, "expected_type");
    if (checking == Checking::kOn && !wanted_type.empty() && to_string(program->type()) != wanted_type) {
      return fmt::format("type {}, expected {}", to_string(program->type()), wanted_type);
    }
    if (flag_at(json_, "check_only")) return {};
    const Value value = program->evaluate(variables_, arena_);
    if (wants_error)
      return value.is(Kind::kError) ? std::string() : fmt::format("gave {}, expected an error", to_cel(value));
    const auto expected = json_.find("expected");
    if (expected == json_.end()) return {};
    const auto wanted = read_value(*expected, arena_);
    if (!wanted) return "expects a value of a type that the language lacks";
    return same(value, *wanted) ? std::string() : fmt::format("gave {}, expected {}", to_cel(value), to_cel(*wanted));
  }

  const Json& json_;
  TypePool pool_;
  Environment environment_;
  Arena arena_;
  std::vector<Value> variables_;
};

void run_case(const Json& json, CaseReport& report) {
  const std::string tier = text_at(json, "tier");
  TierCount* count = &tier_of(report, tier);
  if (std::find(kOutside.begin(), kOutside.end(), tier) != kOutside.end()) {
    ++count->not_run;
    return;
  }
  const std::string failure = Runner(json).run();
  const int passed = failure.empty() ? 1 : 0;
  if (json.contains("error")) {
    ++count->errors;
    count->errors_passed += passed;
  } else if (json.contains("expected")) {
    ++count->values;
    count->values_passed += passed;
  } else {
    ++count->types;
    count->types_passed += passed;
  }
  if (!failure.empty())
    report.failures.push_back(fmt::format("{}/{}/{}: {}: {}", tier, text_at(json, "section"), text_at(json, "name"),
                                          text_at(json, "expr"), failure));
}

}  // namespace

Result<CaseReport> run_cases(std::string_view text, std::string_view name) {
  const Json cases = Json::parse(text, nullptr, false);
  if (is_go_list(cases)) return run_go_list(cases);
  if (is_go_pruning(cases)) return run_go_pruning(cases);
  if (!cases.is_array())
    return fail(ErrorCode::kInvalid, "expected a JSON list of cases", "see docs/guide/language.md",
                {std::string(name), 0, 0, 0, 0});
  CaseReport report;
  for (const Json& json : cases) {
    if (!json.is_object() || text_at(json, "expr").empty())
      return fail(ErrorCode::kInvalid, "a case needs an \"expr\"", {}, {std::string(name), 0, 0, 0, 0});
    run_case(json, report);
  }
  return report;
}

std::string to_string(const TierCount& tier) {
  const std::string name = tier.tier.empty() ? "cases" : tier.tier;
  if (tier.not_run > 0)
    return fmt::format("{} {} not run{}{}", name, tier.not_run, tier.why.empty() ? "" : ": ", tier.why);
  const int all = tier.values + tier.errors + tier.types;
  const int passed = tier.values_passed + tier.errors_passed + tier.types_passed;
  std::string out = fmt::format("{} {} of {} (values {} of {}, errors {} of {}", name, passed, all, tier.values_passed,
                                tier.values, tier.errors_passed, tier.errors);
  if (tier.types > 0) out += fmt::format(", types {} of {}", tier.types_passed, tier.types);
  return out + ")";
}

}  // namespace berth::cel
