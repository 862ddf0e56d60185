#include "cel/program.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "cel/functions.hpp"
#include "cel/lexer.hpp"
#include "cel/parser.hpp"

namespace berth::cel {

using Kind = Value::Kind;

Program::Program() : literals_(std::make_unique<Arena>()), types_(std::make_unique<TypePool>()) {}
Program::Program(Program&&) noexcept = default;
Program& Program::operator=(Program&&) noexcept = default;
Program::~Program() = default;

namespace {

// Folds lists of literals into one literal, collects the slots read, and compiles literal patterns.
class Finisher {
 public:
  Finisher(std::string_view source, Arena& arena, std::vector<std::unique_ptr<re2::RE2>>& patterns,
           std::vector<std::uint32_t>& slots)
      : source_(source), arena_(arena), patterns_(patterns), slots_(slots) {}

  Status run(Expr& expr) {
    visit(expr);
    std::sort(slots_.begin(), slots_.end());
    slots_.erase(std::unique(slots_.begin(), slots_.end()), slots_.end());
    if (error_) return tl::unexpected<Error>(*error_);
    return {};
  }

 private:
  void visit(Expr& expr) {
    for (Expr& arg : expr.args) visit(arg);
    if (expr.op == Op::kVariable || expr.op == Op::kHasVariable) slots_.push_back(expr.slot);
    if (expr.op == Op::kList && !expr.args.empty() &&
        std::all_of(expr.args.begin(), expr.args.end(), [](const Expr& arg) { return arg.op == Op::kLiteral; })) {
      std::vector<Value> items;
      for (const Expr& arg : expr.args) items.push_back(arg.literal);
      expr.literal = arena_.list(items);
      expr.folded = true;
    }
    if (expr.op == Op::kInvoke && expr.function->name == "matches" && expr.args.size() == 2 &&
        expr.args[1].op == Op::kLiteral && expr.args[1].literal.is(Kind::kString)) {
      pattern(expr);
    }
  }

  void pattern(Expr& expr) {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(1 << 20);
    const std::string_view text = expr.args[1].literal.str();
    auto compiled = std::make_unique<RE2>(re2::StringPiece(text.data(), text.size()), options);
    if (!compiled->ok()) {
      if (!error_) {
        error_ = Error{ErrorCode::kInvalid, fmt::format("bad pattern: {}", compiled->error()),
                       "patterns are RE2: no look-around, no back-references",
                       locate(source_, expr.args[1].begin, expr.args[1].end)};
      }
      return;
    }
    expr.op = Op::kMatches;
    expr.slot = static_cast<std::uint32_t>(patterns_.size());
    patterns_.push_back(std::move(compiled));
  }

  std::string_view source_;
  Arena& arena_;
  std::vector<std::unique_ptr<re2::RE2>>& patterns_;
  std::vector<std::uint32_t>& slots_;
  std::optional<Error> error_;
};

}  // namespace

Result<Program> Program::compile(std::string_view source, const Environment& environment, Checking checking) {
  Program program;
  program.source_ = program.literals_->copy(source);
  Result<Expr> parsed = parse(program.source_, *program.literals_);
  if (!parsed) return tl::unexpected<Error>(parsed.error());
  program.root_ = std::move(*parsed);
  const Result<Checked> checked =
      check(program.root_, program.source_, environment, *program.types_, *program.literals_, checking);
  if (!checked) return tl::unexpected<Error>(checked.error());
  program.type_ = checked->type;
  program.locals_ = checked->locals;
  program.unit_ = checked->unit;
  const Status finished =
      Finisher(program.source_, *program.literals_, program.patterns_, program.slots_).run(program.root_);
  if (!finished && checking == Checking::kOn) return tl::unexpected<Error>(finished.error());
  return program;
}

class Evaluator {
 public:
  Evaluator(const Program& program, std::span<const Value> variables, Arena& arena)
      : program_(program), variables_(variables), arena_(arena) {
    if (program.locals_ > 0) locals_ = arena.array<Value>(program.locals_);
  }

  Value eval(const Expr& e) {
    if (--budget_ < 0) return Value::error("the evaluation takes too many steps");
    switch (e.op) {
      case Op::kLiteral:
      case Op::kFail: return e.literal;
      case Op::kVariable: return variables_[e.slot];
      case Op::kLocal: return locals_[e.slot];
      case Op::kHasVariable: {
        const Value& value = variables_[e.slot];
        return value.is_open() ? value : Value::of(!value.is(Kind::kNull));
      }
      case Op::kAnd: return logic(e, false);
      case Op::kOr: return logic(e, true);
      case Op::kConditional: return conditional(e);
      case Op::kNot: {
        const Value value = eval(e.args[0]);
        if (value.is(Kind::kBool)) return Value::of(!value.b);
        return value.is_open() ? value : wrong_type("!", value);
      }
      case Op::kNegate: return negate(eval(e.args[0]));
      case Op::kSelect: {
        const Value target = eval(e.args[0]);
        return target.is_open() ? target : select_field(target, e.name, arena_);
      }
      case Op::kHas: return has(e);
      case Op::kIndex: {
        const Value target = eval(e.args[0]);
        const Value key = eval(e.args[1]);
        if (target.is_open() || key.is_open()) return open(target, key);
        if (target.is(Kind::kMap)) budget_ -= target.size;
        return index_value(target, key, arena_);
      }
      case Op::kList: return list(e);
      case Op::kMap: return map(e);
      case Op::kMacro: return macro(e);
      case Op::kMatches: return match(e);
      case Op::kInvoke: return invoke(e);
      case Op::kIn: return in(e);
      default: {
        const Value a = eval(e.args[0]);
        const Value b = eval(e.args[1]);
        if (a.is_open() || b.is_open()) return open(a, b);
        return apply_operator(e.op, a, b, arena_, budget_);
      }
    }
  }

 private:
  // Of two operands at least one of which is open: an error before an unknown.
  Value open(const Value& a, const Value& b) {
    if (a.is(Kind::kError)) return a;
    if (b.is(Kind::kError)) return b;
    if (!a.is(Kind::kUnknown)) return b;
    if (!b.is(Kind::kUnknown)) return a;
    return merge_unknown(a, b, arena_);
  }

  Value wrong_type(std::string_view symbol, const Value& value) {
    return arena_.error(fmt::format("no such overload: {}{}", symbol, type_name(value.kind)));
  }

  // Kleene's && (settles on false) and || (settles on true), over any number of operands.
  struct Fold {
    bool settles;
    Value unknown;
    Value error;
    bool settled = false;
  };
  // True when the result no longer depends on what follows.
  bool fold(Fold& state, const Value& value, std::string_view symbol) {
    if (value.is(Kind::kBool)) {
      state.settled = value.b == state.settles;
      return state.settled;
    }
    if (value.is(Kind::kUnknown)) {
      state.unknown = state.unknown.is(Kind::kUnknown) ? merge_unknown(state.unknown, value, arena_) : value;
    } else if (!state.error.is(Kind::kError)) {
      state.error = value.is(Kind::kError) ? value : wrong_type(symbol, value);
    }
    return false;
  }
  static Value folded(const Fold& state) {
    if (state.settled) return Value::of(state.settles);
    if (state.unknown.is(Kind::kUnknown)) return state.unknown;
    if (state.error.is(Kind::kError)) return state.error;
    return Value::of(!state.settles);
  }

  Value logic(const Expr& e, bool settles) {
    Fold state{settles, {}, {}};
    for (const Expr& arg : e.args) {
      if (fold(state, eval(arg), symbol_of(e.op))) break;
    }
    return folded(state);
  }

  Value conditional(const Expr& e) {
    const Value condition = eval(e.args[0]);
    if (condition.is(Kind::kBool)) return eval(e.args[condition.b ? 1 : 2]);
    return condition.is_open() ? condition : wrong_type("?: of ", condition);
  }

  Value negate(const Value& value) {
    if (value.is_open()) return value;
    if (value.is(Kind::kDouble)) return Value::of(-value.d);
    if (!value.is(Kind::kInt)) return wrong_type("-", value);
    return value.i == INT64_MIN ? Value::error("integer overflow") : Value::of(-value.i);
  }

  Value has(const Expr& e) {
    const Value target = eval(e.args[0]);
    if (target.is_open()) return target;
    if (!target.is(Kind::kMap)) return wrong_type("has() of ", target);
    budget_ -= target.size;
    return Value::of(find(target.entries(), Value::string(e.name)) != nullptr);
  }

  Value in(const Expr& e) {
    const Value b = eval(e.args[1]);
    if ((b.is(Kind::kList) || b.is(Kind::kMap)) && b.size == 0) {
      const Value a = eval(e.args[0]);
      return a.is(Kind::kError) ? a : Value::of(false);
    }
    const Value a = eval(e.args[0]);
    if (a.is_open() || b.is_open()) return open(a, b);
    return apply_operator(Op::kIn, a, b, arena_, budget_);
  }

  // Evaluates `args` into a new array; `state` becomes the first error, or the union of unknowns.
  Value* all(std::span<const Expr> args, Value& state) {
    auto* values = arena_.array<Value>(args.size());
    for (std::size_t i = 0; i < args.size(); ++i) {
      values[i] = eval(args[i]);
      if (values[i].is_open()) state = state.is_open() ? open(state, values[i]) : values[i];
    }
    return values;
  }

  Value list(const Expr& e) {
    if (e.folded) return e.literal;
    Value state;
    const Value* values = all(e.args, state);
    return state.is_open() ? state : Value::list({values, e.args.size()});
  }

  Value map(const Expr& e) {
    Value state;
    const Value* values = all(e.args, state);
    if (state.is_open()) return state;
    const std::size_t count = e.args.size() / 2;
    auto* entries = arena_.array<Entry>(count);
    for (std::size_t i = 0; i < count; ++i) {
      const Value& key = values[2 * i];
      if (!is_key(key)) return arena_.error(fmt::format("a map has no key of type {}", type_name(key.kind)));
      budget_ -= static_cast<std::int64_t>(i);
      if (budget_ < 0) return Value::error("the evaluation takes too many steps");
      if (find({entries, i}, key)) return arena_.error(fmt::format("the key {} is there twice", to_cel(key)));
      entries[i] = {key, values[2 * i + 1]};
    }
    return Value::map({entries, count});
  }
  static bool is_key(const Value& key) {
    return key.is(Kind::kBool) || key.is(Kind::kInt) || key.is(Kind::kUint) || key.is(Kind::kString);
  }

  Value match(const Expr& e) {
    const Value text = eval(e.args[0]);
    if (text.is_open()) return text;
    if (!text.is(Kind::kString)) return wrong_type("matches() of ", text);
    budget_ -= text.size / 4;
    return Value::of(RE2::PartialMatch(re2::StringPiece(text.chars, text.size), *program_.patterns_[e.slot]));
  }

  Value invoke(const Expr& e) {
    Value state;
    const Value* values = all(e.args, state);
    if (state.is_open()) return state;
    const Value result = e.function->run(Call{{values, e.args.size()}, arena_, budget_});
    return budget_ < 0 ? Value::error("the evaluation takes too many steps") : result;
  }

  // ---- macros

  Value macro(const Expr& e) {
    const Value range = eval(e.args[0]);
    if (e.macro == Macro::kBind) {
      locals_[e.slot] = range;
      return eval(e.args[1]);
    }
    if (range.is_open()) return range;
    if (!range.is(Kind::kList) && !range.is(Kind::kMap)) return wrong_type("a macro over ", range);
    switch (e.macro) {
      case Macro::kAll: return quantifier(e, range, false);
      case Macro::kExists: return quantifier(e, range, true);
      case Macro::kExistsOne: return exists_one(e, range);
      default: return collect(e, range);
    }
  }

  void set_locals(const Expr& e, const Value& range, std::uint32_t i) {
    const bool is_list = range.is(Kind::kList);
    if (e.variables.size() == 2) {
      locals_[e.slot] = is_list ? Value::of(std::int64_t{i}) : range.entries_at[i].key;
      locals_[e.slot + 1] = is_list ? range.items_at[i] : range.entries_at[i].value;
    } else {
      locals_[e.slot] = is_list ? range.items_at[i] : range.entries_at[i].key;
    }
  }

  Value quantifier(const Expr& e, const Value& range, bool settles) {
    Fold state{settles, {}, {}};
    for (std::uint32_t i = 0; i < range.size && budget_ >= 0; ++i) {
      set_locals(e, range, i);
      if (fold(state, eval(e.args[1]), settles ? "||" : "&&")) break;
    }
    if (budget_ < 0) return Value::error("the evaluation takes too many steps");
    return folded(state);
  }

  Value exists_one(const Expr& e, const Value& range) {
    std::uint32_t count = 0;
    Value state;
    for (std::uint32_t i = 0; i < range.size && budget_ >= 0; ++i) {
      set_locals(e, range, i);
      const Value value = predicate(e.args[1], state);
      if (value.is_true()) ++count;
    }
    return state.is_open() ? state : Value::of(count == 1);
  }

  // A condition's value; what is no bool goes into `state`.
  Value predicate(const Expr& e, Value& state) {
    Value value = eval(e);
    if (value.is(Kind::kBool)) return value;
    if (!value.is_open()) value = wrong_type("a macro's condition of ", value);
    state = state.is_open() ? open(state, value) : value;
    return value;
  }

  // map, filter, transformList, transformMap.
  Value collect(const Expr& e, const Value& range) {
    const bool filters = e.macro == Macro::kFilter;
    const bool conditional = filters || e.args.size() == 3;
    const bool to_map = e.macro == Macro::kTransformMap;
    std::vector<Value> items;
    std::vector<Entry> entries;
    Value state;
    for (std::uint32_t i = 0; i < range.size && budget_ >= 0; ++i) {
      set_locals(e, range, i);
      if (conditional && !predicate(e.args[1], state).is_true()) continue;
      const Value key = locals_[e.slot];
      const Value value = filters ? key : eval(e.args.back());
      if (value.is_open())
        state = state.is_open() ? open(state, value) : value;
      else if (to_map)
        entries.push_back({key, value});
      else
        items.push_back(value);
    }
    if (budget_ < 0) return Value::error("the evaluation takes too many steps");
    if (state.is_open()) return state;
    return to_map ? arena_.map(entries) : arena_.list(items);
  }

  const Program& program_;
  std::span<const Value> variables_;
  Arena& arena_;
  Value* locals_ = nullptr;
  std::int64_t budget_ = kMaxSteps;
};

Value Program::evaluate(std::span<const Value> variables, Arena& arena) const {
  return Evaluator(*this, variables, arena).eval(root_);
}

Value Program::evaluate_part(const Expr& part, std::span<const Value> variables, Arena& arena) const {
  return Evaluator(*this, variables, arena).eval(part);
}

}  // namespace berth::cel
