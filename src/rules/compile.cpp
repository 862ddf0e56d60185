// From written rules to compiled ones: conditions, targets, tests, and the order of derived facts.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/text.hpp"
#include "rules/completion.hpp"
#include "rules/loader.hpp"

namespace berth {
namespace {

// Where byte `offset` of a JSON text value stands in its file, for a value on one line.
int column_in_json(const Node& node, std::string_view text, int offset) {
  int column = node.column + 1;  // the opening quote
  for (int i = 0; i < offset && i < static_cast<int>(text.size()); ++i) {
    const char c = text[static_cast<std::size_t>(i)];
    column += (c == '"' || c == '\\' || c == '\n' || c == '\t') ? 2 : 1;
  }
  return column;
}

Error placed(Error error, const WrittenRule& written, const Node& node, std::string_view key) {
  const std::string& text = node.as_string();
  // An expression of several lines is one line of JSON.
  int offset = 0;
  for (int line = 1; line < error.span.line; ++line)
    offset = static_cast<int>(text.find('\n', static_cast<std::size_t>(offset))) + 1;
  offset += std::max(error.span.column - 1, 0);
  const int width = std::max(error.span.end_column - error.span.column, 1);
  const int column = column_in_json(node, text, offset);
  error.message = fmt::format("{}: in \"{}\": {}", written.rule.id, key, error.message);
  error.span = {written.file, node.line, column, node.line, column_in_json(node, text, offset + width)};
  (void)column;
  return error;
}

class Compiler {
 public:
  Compiler(RuleSet::State& state, const WrittenRule& written) : state_(state), written_(written), rule_(written.rule) {}

  // What kind of fault run() met: RuleFault::check.
  [[nodiscard]] const std::string& fault() const { return fault_; }

  Result<CompiledRule> run() {
    Result<cel::Program> when = program(rule_.when, written_.when, "when", cel::Type::Kind::kBool);
    if (!when) return tl::unexpected<Error>(when.error());
    CompiledRule compiled{std::move(*when), std::nullopt, {}, {}, 0, -1, -1, false, {}};
    Status status = target(compiled);
    if (status) status = value(compiled);
    if (status) status = required(compiled);
    if (status) status = message(compiled);
    if (status) status = tests(compiled);
    if (!status) return tl::unexpected<Error>(status.error());
    return compiled;
  }

 private:
  Result<cel::Program> program(const std::string& text, const Node* node, std::string_view key,
                               cel::Type::Kind wanted) {
    Result<cel::Program> compiled = cel::Program::compile(text, state_.environment, cel::Checking::kOn);
    if (!compiled) {
      fault_ = fault_of(text, state_);
      return tl::unexpected<Error>(placed(compiled.error(), written_, *node, key));
    }
    fault_ = "type_error";
    const cel::Type::Kind found = compiled->type()->kind;
    if (wanted != cel::Type::Kind::kDyn && found != wanted && found != cel::Type::Kind::kDyn) {
      return error(*node, fmt::format("{}: \"{}\" is of type {}", rule_.id, key, cel::to_string(compiled->type())),
                   "a condition is true or false");
    }
    return compiled;
  }

  tl::unexpected<Error> error(const Node& at, std::string message, std::string fix = {}) {
    return fail(ErrorCode::kInvalid, std::move(message), std::move(fix), {written_.file, at.line, at.column, 0, 0});
  }

  Status target(CompiledRule& compiled) {
    if (rule_.effect == Effect::kDerive) {
      Result<std::uint32_t> slot = slot_of(state_, rule_.dimension);
      fault_ = "unknown_fact";
      if (!slot)
        return error(*written_.target, fmt::format("{}: {}", rule_.id, slot.error().message), slot.error().fix);
      compiled.target = *slot;
      return {};
    }
    if (!written_.target) return {};
    fault_ = "unknown_target";
    std::vector<std::string> names;
    for (std::size_t i = 0; i < state_.decisions.size(); ++i) {
      names.push_back(state_.decisions[i].dimension);
      if (names.back() == rule_.dimension) compiled.decision = static_cast<int>(i);
    }
    if (compiled.decision < 0) {
      const std::string near = suggest(rule_.dimension, names);
      return error(*written_.target, fmt::format("{}: no dimension '{}'", rule_.id, shorten(rule_.dimension)),
                   near.empty() ? "dimensions are " + join_or(names) : fmt::format("did you mean '{}'?", near));
    }
    return option(compiled);
  }

  Status option(CompiledRule& compiled) {
    const DecisionInfo& decision = state_.decisions[static_cast<std::size_t>(compiled.decision)];
    const bool judges = rule_.effect == Effect::kVeto || rule_.effect == Effect::kRecommend;
    if (judges && decision.scope != rule_.scope) {
      return error(*written_.target,
                   fmt::format("{}: {} is decided in another scope than the rule's", rule_.id, rule_.dimension),
                   "give the rule the dimension's \"scope\"");
    }
    if (!judges && rule_.option.empty()) return {};
    const auto found = std::find(decision.options.begin(), decision.options.end(), rule_.option);
    if (found == decision.options.end()) {
      const std::string near = suggest(rule_.option, decision.options);
      return error(*written_.target,
                   fmt::format("{}: {} has no option '{}'", rule_.id, rule_.dimension, shorten(rule_.option)),
                   near.empty() ? "options are " + join_or(decision.options) : fmt::format("did you mean '{}'?", near));
    }
    compiled.option = static_cast<int>(found - decision.options.begin());
    return {};
  }

  Status value(CompiledRule& compiled) {
    if (rule_.effect != Effect::kDerive) return {};
    Result<cel::Program> result = program(rule_.value, written_.value, "value", cel::Type::Kind::kDyn);
    if (!result) return tl::unexpected<Error>(result.error());
    const cel::Type* wanted = state_.environment.type(compiled.target);
    const cel::Type* found = result->type();
    const bool widens = wanted->kind == cel::Type::Kind::kDouble && found->kind == cel::Type::Kind::kInt;
    if (found->kind != wanted->kind && found->kind != cel::Type::Kind::kDyn && found->kind != cel::Type::Kind::kNull &&
        !widens) {
      return error(*written_.value, fmt::format("{}: \"value\" is of type {}, the fact {} of type {}", rule_.id,
                                                cel::to_string(found), rule_.dimension, cel::to_string(wanted)));
    }
    const std::string& unit = state_.facts[compiled.target].unit;
    if (!result->unit().empty() && !unit.empty() && result->unit() != unit) {
      return error(*written_.value, fmt::format("{}: \"value\" is in {}, the fact {} in {}", rule_.id, result->unit(),
                                                rule_.dimension, unit));
    }
    const cel::Expr& root = result->root();
    if (wanted->domain && root.op == cel::Op::kLiteral && root.literal.is(cel::Value::Kind::kString)) {
      Result<FactValue> fitted = fit(state_.facts[compiled.target], std::string(root.literal.str()));
      fault_ = "outside_domain";
      if (!fitted)
        return error(*written_.value, fmt::format("{}: {}", rule_.id, fitted.error().message), fitted.error().fix);
    }
    compiled.value = std::move(*result);
    return {};
  }

  Status required(CompiledRule& compiled) {
    fault_ = "unknown_fact";
    for (std::size_t i = 0; i < rule_.facts.size(); ++i) {
      const Result<std::uint32_t> slot = slot_of(state_, rule_.facts[i]);
      if (!slot)
        return error(written_.facts->as_array()[i], fmt::format("{}: {}", rule_.id, slot.error().message),
                     slot.error().fix);
      compiled.required.push_back(*slot);
    }
    return {};
  }

  Status message(CompiledRule& compiled) {
    if (!written_.message) return {};
    Result<Message> result = Message::compile(rule_.message, state_.environment);
    fault_ = "bad_message";
    if (!result) return tl::unexpected<Error>(placed(result.error(), written_, *written_.message, "message"));
    compiled.message = std::move(*result);
    return {};
  }

  Status tests(CompiledRule& compiled) {
    fault_ = "bad_test";
    if (!written_.tests) return {};
    if (!written_.tests->is(Node::Kind::kArray))
      return error(*written_.tests, fmt::format("{}: \"tests\" must be a list", rule_.id));
    for (std::size_t i = 0; i < written_.tests->as_array().size(); ++i) {
      if (const Status status = test(written_.tests->as_array()[i], i, compiled); !status) return status;
    }
    return {};
  }

  Status test(const Node& node, std::size_t index, CompiledRule& compiled) {
    constexpr std::array<std::pair<std::string_view, Verdict>, 3> kExpect = {
        {{"fired", Verdict::kFired}, {"not", Verdict::kNot}, {"unknown", Verdict::kUndetermined}}};
    RuleTest test;
    Fields fields(node, written_.file, fmt::format("{}.tests[{}]", rule_.id, index));
    test.span = fields.span_of(node);
    fields.read_word("expect", test.expect, std::span<const std::pair<std::string_view, Verdict>>(kExpect));
    std::string note;
    fields.read("note", note);
    if (!fields.child("expect")) fields.fail_at(node, "a test says what to \"expect\"", "fired, not or unknown");
    const Node* facts = fields.child("facts");
    if (!facts || !facts->is(Node::Kind::kObject))
      fields.fail_at(node, "a test needs \"facts\", an object from paths to values");
    if (const Status status = fields.finish(); !status) return status;
    for (const Member& member : facts->as_object()) {
      const Result<std::uint32_t> slot = slot_of(state_, member.key);
      if (!slot)
        return fail(ErrorCode::kInvalid, fmt::format("{}: {}", rule_.id, slot.error().message), slot.error().fix,
                    {written_.file, member.line, member.column, 0, 0});
      Result<FactValue> value = read_fact_value(member.value, state_.facts[*slot], written_.file);
      if (!value) return tl::unexpected<Error>(value.error());
      test.facts.emplace_back(*slot, std::move(*value));
    }
    compiled.tests.push_back(std::move(test));
    return {};
  }

  RuleSet::State& state_;
  const WrittenRule& written_;
  const Rule& rule_;
  std::string fault_ = "malformed";
};

// Of rules with one id the first is kept. Precondition: sorted by id.
void check_ids(std::vector<WrittenRule>& written, std::vector<RuleFault>& faults) {
  for (std::size_t i = 1; i < written.size(); ++i) {
    const Rule& rule = written[i].rule;
    const Rule& before = written[i - 1].rule;
    if (rule.id != before.id) continue;
    faults.push_back({"duplicate_id",
                      rule.id,
                      Error{ErrorCode::kInvalid, fmt::format("the rule {} is there twice", rule.id),
                            fmt::format("the other one is at {}", to_string(before.span)), rule.span},
                      {}});
  }
  const auto same = [](const WrittenRule& a, const WrittenRule& b) { return a.rule.id == b.rule.id; };
  written.erase(std::unique(written.begin(), written.end(), same), written.end());
}

// Depth-first over the derived facts; `path` holds the facts being visited.
class Order {
 public:
  explicit Order(RuleSet::State& state) : state_(state), mark_(state.derived.size(), Mark::kNew) {}

  // The fact that closed a cycle. Precondition: run() failed.
  [[nodiscard]] std::size_t stopped_at() const { return path_.back(); }

  Status run() {
    for (std::size_t i = 0; i < state_.derived.size(); ++i) {
      if (const Status status = visit(i); !status) return status;
    }
    std::vector<DerivedFact> sorted;
    for (const std::size_t i : order_) sorted.push_back(std::move(state_.derived[i]));
    state_.derived = std::move(sorted);
    return {};
  }

 private:
  enum class Mark : std::uint8_t { kNew, kOpen, kDone };

  Status visit(std::size_t index) {
    if (mark_[index] == Mark::kDone) return {};
    path_.push_back(index);
    if (mark_[index] == Mark::kOpen) return cycle();
    mark_[index] = Mark::kOpen;
    for (const std::uint32_t rule : state_.derived[index].rules) {
      for (const std::uint32_t slot : reads(state_.compiled[rule])) {
        for (std::size_t i = 0; i < state_.derived.size(); ++i) {
          if (state_.derived[i].slot != slot) continue;
          if (const Status status = visit(i); !status) return status;
        }
      }
    }
    mark_[index] = Mark::kDone;
    path_.pop_back();
    order_.push_back(index);
    return {};
  }

  static std::vector<std::uint32_t> reads(const CompiledRule& rule) {
    std::vector<std::uint32_t> slots = rule.when.slots();
    slots.insert(slots.end(), rule.value->slots().begin(), rule.value->slots().end());
    return slots;
  }

  Status cycle() {
    std::string names;
    bool inside = false;
    for (const std::size_t index : path_) {
      inside = inside || index == path_.back();
      if (!inside) continue;
      if (!names.empty()) names += " <- ";
      names += state_.facts[state_.derived[index].slot].path;
    }
    const Rule& rule = state_.rules[state_.derived[path_.back()].rules.front()];
    return fail(ErrorCode::kInvalid, fmt::format("{}: the fact is derived from itself: {}", rule.id, names),
                "derive it from other facts", rule.span);
  }

  RuleSet::State& state_;
  std::vector<Mark> mark_;
  std::vector<std::size_t> path_;
  std::vector<std::size_t> order_;
};

}  // namespace

// Whether a derive rule says the same whatever the facts and the date.
static bool is_constant(const RuleSet::State& state, std::uint32_t index) {
  const CompiledRule& compiled = state.compiled[index];
  const Rule& rule = state.rules[index];
  return compiled.when.slots().empty() && compiled.value->slots().empty() && rule.since.empty() && rule.until.empty();
}

void compile_rules(std::vector<WrittenRule> written, RuleSet::State& state, std::vector<RuleFault>& faults) {
  std::stable_sort(written.begin(), written.end(),
                   [](const WrittenRule& a, const WrittenRule& b) { return a.rule.id < b.rule.id; });
  check_ids(written, faults);
  for (WrittenRule& rule : written) {
    Compiler compiler(state, rule);
    Result<CompiledRule> compiled = compiler.run();
    if (!compiled) {
      const bool derives = rule.rule.effect == Effect::kDerive;
      faults.push_back(
          {compiler.fault(), rule.rule.id, compiled.error(), derives ? rule.rule.dimension : std::string()});
      continue;
    }
    const auto index = static_cast<std::uint32_t>(state.rules.size());
    state.by_scope[static_cast<std::size_t>(rule.rule.scope)].push_back(index);
    if (rule.rule.effect == Effect::kDerive) {
      const auto found = std::find_if(state.derived.begin(), state.derived.end(),
                                      [&](const DerivedFact& fact) { return fact.slot == compiled->target; });
      if (found == state.derived.end())
        state.derived.push_back({compiled->target, {index}});
      else
        found->rules.push_back(index);
    }
    state.compiled.push_back(std::move(*compiled));
    state.rules.push_back(std::move(rule.rule));
  }
  // Only now do the programs stay where they are.
  for (CompiledRule& rule : state.compiled) {
    state.predicates.add(rule.when);
    rule.may_settle = may_settle(rule.when, state);
  }
  state.predicates.finish();
  for (DerivedFact& fact : state.derived) {
    fact.constant = std::all_of(fact.rules.begin(), fact.rules.end(),
                                [&](std::uint32_t index) { return is_constant(state, index); });
  }
  order_derived(state, faults);
}

// A fact that is derived from itself isn't derived any more.
void order_derived(RuleSet::State& state, std::vector<RuleFault>& faults) {
  while (true) {
    Order order(state);
    const Status status = order.run();
    if (status) return;
    const DerivedFact& fact = state.derived[order.stopped_at()];
    faults.push_back(
        {"dependency_cycle", state.rules[fact.rules.front()].id, status.error(), state.facts[fact.slot].path});
    state.derived.erase(state.derived.begin() + static_cast<std::ptrdiff_t>(order.stopped_at()));
  }
}

}  // namespace berth
