#include "cel/meaning.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "cel/functions.hpp"
#include "cel/lexer.hpp"
#include "cel/types.hpp"
#include "core/text.hpp"

namespace berth::cel {
namespace {

// Functions whose value has the unit of their arguments.
constexpr std::array<std::string_view, 11> kKeepUnit = {"math.greatest", "math.least", "math.abs",   "math.ceil",
                                                        "math.floor",    "math.round", "math.trunc", "double",
                                                        "int",           "uint",       "dyn"};

class Meaning {
 public:
  Meaning(std::string_view source, const Environment& environment) : source_(source), environment_(environment) {}

  Result<std::string> run(const Expr& expr) {
    const std::string_view unit = visit(expr);
    if (error_) return tl::unexpected<Error>(*error_);
    return std::string(unit);
  }

 private:
  // The unit of the expression's value; empty: none known.
  std::string_view visit(const Expr& expr) {
    std::vector<std::string_view> units;
    for (const Expr& arg : expr.args) units.push_back(visit(arg));
    switch (expr.op) {
      case Op::kVariable: return environment_.unit(expr.slot);
      case Op::kEqual:
      case Op::kNotEqual:
      case Op::kIn: words(expr); [[fallthrough]];
      case Op::kLess:
      case Op::kLessEqual:
      case Op::kGreater:
      case Op::kGreaterEqual: same(expr, units, symbol_of(expr.op)); return {};
      case Op::kAdd:
      case Op::kSubtract:
      case Op::kModulo: return same(expr, units, symbol_of(expr.op));
      case Op::kMultiply: return expr.args[0].op == Op::kLiteral ? units[1] : scaled(expr, units[0]);
      case Op::kDivide: return scaled(expr, units[0]);
      case Op::kNegate: return units[0];
      case Op::kConditional: return units[1] == units[2] ? units[1] : std::string_view();
      case Op::kInvoke: return invoke(expr, units);
      default: return {};
    }
  }

  static std::string_view scaled(const Expr& expr, std::string_view unit) {
    return expr.args[1].op == Op::kLiteral ? unit : std::string_view();
  }

  std::string_view invoke(const Expr& expr, const std::vector<std::string_view>& units) {
    const std::string& name = expr.function->name;
    if (std::find(kKeepUnit.begin(), kKeepUnit.end(), name) != kKeepUnit.end()) return same(expr, units, name);
    if (name == "berth.unit_gib") {
      if (!units[0].empty() && units[0] != "bytes")
        fail(expr, fmt::format("{}() takes bytes, found {}", name, units[0]));
      return "GiB";
    }
    return {};
  }

  // The one unit that the operands have.
  std::string_view same(const Expr& expr, const std::vector<std::string_view>& units, std::string_view symbol) {
    std::string_view first;
    for (const std::string_view unit : units) {
      if (first.empty()) first = unit;
      if (unit.empty() || unit == first) continue;
      fail(expr, fmt::format("'{}' mixes units: {} and {}", symbol, first, unit), "convert one of the two");
    }
    return first;
  }

  [[nodiscard]] static const std::vector<std::string>* domain_of(const Type* type) {
    return type->kind == Type::Kind::kList ? type->of[0]->domain : type->domain;
  }
  // Literals on one side against the closed domain of the other.
  void words(const Expr& expr) {
    for (std::size_t side = 0; side < 2; ++side) {
      if (const auto* domain = domain_of(expr.args[side].type)) word(expr.args[1 - side], *domain, expr.args[side]);
    }
  }
  void word(const Expr& expr, const std::vector<std::string>& domain, const Expr& of) {
    if (expr.op == Op::kList) {
      for (const Expr& item : expr.args) word(item, domain, of);
    }
    if (expr.op != Op::kLiteral || !expr.literal.is(Value::Kind::kString)) return;
    const std::string_view found = expr.literal.str();
    if (std::find(domain.begin(), domain.end(), found) != domain.end()) return;
    const std::string near = suggest(found, domain);
    const bool named = !of.name.empty() && of.op == Op::kVariable;
    fail(expr,
         fmt::format("\"{}\" is no value of {}", shorten(found), named ? environment_.names()[of.slot] : "this fact"),
         near.empty() ? "values are " + join_or(domain) : fmt::format("did you mean \"{}\"?", near));
  }

  void fail(const Expr& at, std::string message, std::string fix = {}) {
    if (!error_)
      error_ = Error{ErrorCode::kInvalid, std::move(message), std::move(fix), locate(source_, at.begin, at.end)};
  }

  std::string_view source_;
  const Environment& environment_;
  std::optional<Error> error_;
};

}  // namespace

Result<std::string> check_meaning(const Expr& expr, std::string_view source, const Environment& environment) {
  return Meaning(source, environment).run(expr);
}

}  // namespace berth::cel
