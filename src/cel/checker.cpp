#include "cel/checker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cel/functions.hpp"
#include "cel/lexer.hpp"
#include "cel/meaning.hpp"
#include "cel/names.hpp"
#include "core/text.hpp"

namespace berth::cel {

namespace {

using Kind = Type::Kind;

constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kTypeNames = {{{"bool", "bool"},
                                                                                       {"int", "int"},
                                                                                       {"uint", "uint"},
                                                                                       {"double", "double"},
                                                                                       {"string", "string"},
                                                                                       {"bytes", "bytes"},
                                                                                       {"list", "list(dyn)"},
                                                                                       {"map", "map(dyn, dyn)"},
                                                                                       {"null_type", "null"},
                                                                                       {"type", "type"}}};

class Checker {
 public:
  Checker(std::string_view source, const Environment& environment, TypePool& pool, Arena& arena, Checking checking)
      : source_(source),
        environment_(environment),
        pool_(pool),
        arena_(arena),
        bindings_(pool),
        names_(environment),
        on_(checking == Checking::kOn) {}

  Result<Checked> run(Expr& expr) {
    const Type* type = check(expr);
    if (error_) return tl::unexpected<Error>(*error_);
    Checked checked{bindings_.close(type), names_.most_locals(), {}};
    if (!on_) return checked;
    Result<std::string> unit = check_meaning(expr, source_, environment_);
    if (!unit) return tl::unexpected<Error>(unit.error());
    checked.unit = std::move(*unit);
    return checked;
  }

 private:
  static const Type* basic(Kind kind) { return TypePool::basic(kind); }

  const Type* check(Expr& expr) {
    if (error_) return basic(Kind::kDyn);
    const Type* type = check_op(expr);
    if (error_) return basic(Kind::kDyn);
    expr.type = on_ ? bindings_.resolve(type) : basic(Kind::kDyn);
    return expr.type;
  }

  const Type* check_op(Expr& expr) {
    switch (expr.op) {
      case Op::kLiteral: return literal_type(expr.literal.kind);
      case Op::kIdentifier: return identifier(expr);
      case Op::kSelect:
      case Op::kHas: return select(expr);
      case Op::kCall: return call(expr);
      case Op::kMethod: return method(expr);
      case Op::kList: return list(expr);
      case Op::kMap: return map(expr);
      case Op::kMacro: return macro(expr);
      case Op::kAnd:
      case Op::kOr: return logic(expr);
      case Op::kIndex: return operation(expr, "_[_]", "[]");
      case Op::kConditional: return operation(expr, "_?_:_", "?:");
      case Op::kNot: return operation(expr, "!_", "!");
      case Op::kNegate: return operation(expr, "-_", "-");
      default: return operation(expr, fmt::format("_{}_", symbol_of(expr.op)), symbol_of(expr.op));
    }
  }

  static const Type* literal_type(Value::Kind kind) {
    switch (kind) {
      case Value::Kind::kNull: return basic(Kind::kNull);
      case Value::Kind::kBool: return basic(Kind::kBool);
      case Value::Kind::kInt: return basic(Kind::kInt);
      case Value::Kind::kUint: return basic(Kind::kUint);
      case Value::Kind::kDouble: return basic(Kind::kDouble);
      case Value::Kind::kString: return basic(Kind::kString);
      case Value::Kind::kBytes: return basic(Kind::kBytes);
      default: return basic(Kind::kDyn);
    }
  }

  // ---- names

  // `name` as it was written: a leading dot stays, or a macro's variable of that name would take its place.
  const Type* to_variable(Expr& expr, Op op, std::uint32_t slot, std::string_view name) {
    expr.op = op;
    expr.slot = slot;
    expr.path = (name.starts_with('.') ? "." : "") + environment_.names()[slot];
    expr.args.clear();
    return op == Op::kHasVariable ? basic(Kind::kBool) : environment_.type(slot);
  }

  const Type* identifier(Expr& expr) {
    if (const Names::Local* found = names_.local(expr.name)) {
      expr.op = Op::kLocal;
      expr.slot = found->slot;
      return found->type;
    }
    if (const auto slot = names_.variable(expr.name)) return to_variable(expr, Op::kVariable, *slot, expr.name);
    const std::string_view plain = std::string_view(expr.name).substr(expr.name.starts_with('.') ? 1 : 0);
    for (const auto& known : kTypeNames) {
      if (known.first != plain) continue;
      expr.op = Op::kLiteral;
      expr.literal = Value::type(known.first);
      return pool_.type_of(*parse_type(known.second, pool_));
    }
    return undeclared(expr, plain);
  }

  const Type* undeclared(Expr& expr, std::string_view name) {
    if (!on_) return to_failure(expr, fmt::format("undeclared reference to '{}'", name));
    const std::string near = suggest(name, environment_.names());
    return fail(expr, fmt::format("unknown name '{}'", shorten(name)),
                near.empty() ? "the known names are the facts' paths" : fmt::format("did you mean '{}'?", near),
                ErrorCode::kNotFound);
  }

  const Type* to_failure(Expr& expr, const std::string& message) {
    expr.op = Op::kFail;
    expr.literal = arena_.error(message);
    expr.args.clear();
    return basic(Kind::kDyn);
  }

  const Type* select(Expr& expr) {
    const bool has = expr.op == Op::kHas;
    if (const std::string name = names_.chain(expr); !name.empty()) {
      if (const auto slot = names_.variable(name))
        return to_variable(expr, has ? Op::kHasVariable : Op::kVariable, *slot, name);
      if (!names_.prefix_declared(name) && on_) return undeclared(expr, name);
    }
    const Type* target = check(expr.args[0]);
    if (error_) return target;
    const Type* field = field_type(target);
    if (!field)
      return fail(expr, fmt::format("a value of type {} has no fields ('.{}')", to_string(target), expr.name));
    return has ? basic(Kind::kBool) : field;
  }

  const Type* field_type(const Type* target) {
    target = bindings_.resolve(target);
    if (target->kind == Kind::kMap) return target->of[1];
    if (target->kind == Kind::kDyn || target->kind == Kind::kParameter || !on_) return basic(Kind::kDyn);
    return nullptr;
  }

  // ---- calls

  const Type* call(Expr& expr) {
    const Function* found = names_.function(expr.name);
    if (!found) return unknown_function(expr, expr.name);
    return invoke(expr, *found, false);
  }

  const Type* unknown_function(Expr& expr, std::string_view name) {
    if (!on_) return to_failure(expr, fmt::format("unbound function '{}'", name));
    const std::vector<std::string> names = function_names();
    const std::string near = suggest(name, names);
    return fail(expr, fmt::format("unknown function '{}'", shorten(name)),
                near.empty() ? "docs/guide/language.md lists the functions" : fmt::format("did you mean '{}'?", near),
                ErrorCode::kNotFound);
  }

  const Type* method(Expr& expr) {
    // math.greatest(…): a function with a qualified name, not a method of "math".
    if (const std::string target = names_.chain(expr.args[0]); !target.empty()) {
      const std::string qualified = fmt::format("{}.{}", target, expr.name);
      if (const Function* found = names_.function(qualified)) {
        expr.args.erase(expr.args.begin());
        return invoke(expr, *found, false);
      }
    }
    const Function* found = find_function(expr.name);
    if (!found || !found->run) {
      if (const std::string target = names_.chain(expr.args[0]);
          on_ && !target.empty() && !names_.variable(target) && !names_.prefix_declared(target)) {
        return unknown_function(expr, fmt::format("{}.{}", target, expr.name));
      }
      return unknown_function(expr, expr.name);
    }
    return invoke(expr, *found, true);
  }

  const Type* invoke(Expr& expr, const Function& function, bool method) {
    std::vector<const Type*> types;
    for (Expr& arg : expr.args) types.push_back(check(arg));
    if (error_) return basic(Kind::kDyn);
    expr.op = Op::kInvoke;
    expr.method = method;
    expr.function = &function;
    if (!on_) return unchecked_invoke(expr, function, method);
    const Type* result = overload(function, types, method);
    return result ? result : no_overload(expr, function.name, types);
  }

  // Without types the number of arguments and the style of the call must fit one overload at least.
  const Type* unchecked_invoke(Expr& expr, const Function& function, bool method) {
    const std::size_t count = expr.args.size();
    const bool fits = std::any_of(function.overloads.begin(), function.overloads.end(), [&](const Overload& o) {
      return o.method == method && (o.variadic ? count >= o.args.size() : count == o.args.size());
    });
    return fits ? basic(Kind::kDyn) : to_failure(expr, fmt::format("no such overload: {}", function.name));
  }

  const Type* operation(Expr& expr, std::string_view name, std::string_view symbol) {
    std::vector<const Type*> types;
    for (Expr& arg : expr.args) types.push_back(check(arg));
    if (error_ || !on_) return basic(Kind::kDyn);
    const Type* result = overload(*find_function(name), types, false);
    return result ? result : no_overload(expr, symbol, types);
  }

  const Type* logic(Expr& expr) {
    const std::string_view symbol = symbol_of(expr.op);
    for (Expr& arg : expr.args) {
      const Type* type = check(arg);
      if (error_) return type;
      if (on_ && !bindings_.assign(type, basic(Kind::kBool))) {
        return fail(arg, fmt::format("'{}' takes bool operands, found {}", symbol, to_string(type)));
      }
    }
    return basic(Kind::kBool);
  }

  const Type* overload(const Function& function, const std::vector<const Type*>& types, bool method) {
    const Type* result = nullptr;
    for (const Overload& candidate : function.overloads) {
      if (candidate.method != method) continue;
      if (candidate.variadic ? types.size() < candidate.args.size() : types.size() != candidate.args.size()) continue;
      const std::size_t before = bindings_.mark();
      std::vector<std::pair<std::string, const Type*>> renamed;
      bool fits = true;
      for (std::size_t i = 0; i < types.size() && fits; ++i) {
        const Type* wanted = candidate.args[std::min(i, candidate.args.size() - 1)];
        fits = bindings_.assign(types[i], bindings_.fresh(wanted, renamed));
      }
      if (!fits) {
        bindings_.undo_to(before);
        continue;
      }
      const Type* this_result = bindings_.resolve(bindings_.fresh(candidate.result, renamed));
      if (candidate.variadic &&
          std::none_of(types.begin(), types.end(), [](const Type* t) { return t->kind == Kind::kDyn; }))
        return this_result;
      if (!result)
        result = this_result;
      else if (to_string(result) != to_string(this_result))
        result = basic(Kind::kDyn);
    }
    return result;
  }

  // The whole number among the operands as a double would be written.
  static std::string as_double(const Expr& expr) {
    for (const Expr& arg : expr.args) {
      if (arg.op == Op::kLiteral && arg.literal.is(Value::Kind::kInt))
        return fmt::format("write {0}.0 for {0}", arg.literal.i);
    }
    return "convert the int with double(x)";
  }

  const Type* no_overload(const Expr& expr, std::string_view name, const std::vector<const Type*>& types) {
    std::string found;
    bool has_int = false, has_double = false, has_null = false;
    for (const Type* type : types) {
      if (!found.empty()) found += ", ";
      found += to_string(type);
      has_int = has_int || type->kind == Kind::kInt;
      has_double = has_double || type->kind == Kind::kDouble;
      has_null = has_null || type->kind == Kind::kNull;
    }
    std::string fix;
    if (has_int && has_double) fix = "int and double don't mix here: " + as_double(expr);
    if (has_null) fix = "whether a fact is there is asked by has(fact)";
    return fail(expr, fmt::format("'{}' can't take ({})", name, found), fix);
  }

  // ---- literals and macros

  const Type* list(Expr& expr) {
    const Type* element = nullptr;
    for (Expr& arg : expr.args) {
      const Type* type = check(arg);
      if (error_) return type;
      element = element ? bindings_.join(element, type) : type;
    }
    return pool_.list(element ? element : bindings_.fresh_parameter());
  }

  const Type* map(Expr& expr) {
    const Type* key = nullptr;
    const Type* value = nullptr;
    for (std::size_t i = 0; i + 1 < expr.args.size(); i += 2) {
      const Type* key_type = check(expr.args[i]);
      const Type* value_type = check(expr.args[i + 1]);
      if (error_) return key_type;
      key = key ? bindings_.join(key, key_type) : key_type;
      value = value ? bindings_.join(value, value_type) : value_type;
    }
    if (!key) key = bindings_.fresh_parameter();
    return pool_.map(key, value ? value : bindings_.fresh_parameter());
  }

  const Type* macro(Expr& expr) {
    const Type* range = check(expr.args[0]);
    if (error_) return range;
    const std::size_t before = names_.mark();
    if (expr.macro == Macro::kBind) {
      push_local(expr, expr.variables[0], range);
      const Type* body = check(expr.args[1]);
      names_.undo_to(before);
      return body;
    }
    range = bindings_.resolve(range);
    const Type* key = basic(Kind::kDyn);
    const Type* value = basic(Kind::kDyn);
    if (range->kind == Kind::kList) {
      key = basic(Kind::kInt);
      value = range->of[0];
    } else if (range->kind == Kind::kMap) {
      key = range->of[0];
      value = range->of[1];
    } else if (on_ && range->kind != Kind::kDyn && range->kind != Kind::kParameter) {
      return fail(expr.args[0], fmt::format("a macro runs over a list or a map, found {}", to_string(range)));
    }
    const bool two = expr.variables.size() == 2;
    const Type* element = range->kind == Kind::kMap ? key : value;
    push_local(expr, expr.variables[0], two ? key : element);
    if (two) push_local(expr, expr.variables[1], value);
    const Type* result = macro_result(expr, range, element, key);
    names_.undo_to(before);
    return result;
  }

  const Type* macro_result(Expr& expr, const Type* range, const Type* element, const Type* key) {
    const Type* last = basic(Kind::kDyn);
    for (std::size_t i = 1; i < expr.args.size(); ++i) {
      last = check(expr.args[i]);
      if (error_) return last;
      const bool predicate =
          i + 1 < expr.args.size() || expr.macro <= Macro::kExistsOne || expr.macro == Macro::kFilter;
      if (predicate && on_ && !bindings_.assign(last, basic(Kind::kBool))) {
        return fail(expr.args[i], fmt::format("the condition of a macro must be bool, found {}", to_string(last)));
      }
    }
    switch (expr.macro) {
      case Macro::kMapTo:
      case Macro::kTransformList: return pool_.list(last);
      case Macro::kTransformMap: return pool_.map(key, last);
      case Macro::kFilter: return range->kind == Kind::kList ? range : pool_.list(element);
      default: return basic(Kind::kBool);
    }
  }

  void push_local(Expr& expr, const std::string& name, const Type* type) {
    const std::uint32_t slot = names_.push(name, type);
    if (&name == &expr.variables[0]) expr.slot = slot;
  }

  const Type* fail(const Expr& at, std::string message, std::string fix = {}, ErrorCode code = ErrorCode::kInvalid) {
    if (!error_) error_ = Error{code, std::move(message), std::move(fix), locate(source_, at.begin, at.end)};
    return basic(Kind::kDyn);
  }

  std::string_view source_;
  const Environment& environment_;
  TypePool& pool_;
  Arena& arena_;
  Bindings bindings_;
  Names names_;
  bool on_;
  std::optional<Error> error_;
};

}  // namespace

Result<Checked> check(Expr& expr, std::string_view source, const Environment& environment, TypePool& pool, Arena& arena,
                      Checking checking) {
  return Checker(source, environment, pool, arena, checking).run(expr);
}

}  // namespace berth::cel
