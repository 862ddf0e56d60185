// An expression back to text.
#include <fmt/format.h>

#include <algorithm>

#include "cel/expr.hpp"
#include "cel/functions.hpp"

namespace berth::cel {
namespace {

// CEL's levels of precedence; what stands alone is 8.
int level_of(const Expr& expr) {
  switch (expr.op) {
    case Op::kConditional: return 0;
    case Op::kOr: return 1;
    case Op::kAnd: return 2;
    case Op::kEqual:
    case Op::kNotEqual:
    case Op::kLess:
    case Op::kLessEqual:
    case Op::kGreater:
    case Op::kGreaterEqual:
    case Op::kIn: return 3;
    case Op::kAdd:
    case Op::kSubtract: return 4;
    case Op::kMultiply:
    case Op::kDivide:
    case Op::kModulo: return 5;
    case Op::kNot:
    case Op::kNegate: return 6;
    default: return 8;
  }
}

std::string part(const Expr& expr, int least) {
  return level_of(expr) < least ? fmt::format("({})", unparse(expr)) : unparse(expr);
}

std::string join(const Expr& expr, std::size_t first, std::string_view separator, int least) {
  std::string out;
  for (std::size_t i = first; i < expr.args.size(); ++i) {
    if (i > first) out += separator;
    out += part(expr.args[i], least);
  }
  return out;
}

std::string_view macro_name(Macro macro) {
  switch (macro) {
    case Macro::kAll: return "all";
    case Macro::kExists: return "exists";
    case Macro::kExistsOne: return "exists_one";
    case Macro::kMapTo: return "map";
    case Macro::kFilter: return "filter";
    case Macro::kTransformList: return "transformList";
    default: return "transformMap";
  }
}

std::string macro_text(const Expr& expr) {
  const std::string names = fmt::format("{}", fmt::join(expr.variables, ", "));
  if (expr.macro == Macro::kBind) return fmt::format("cel.bind({}, {})", names, join(expr, 0, ", ", 0));
  return fmt::format("{}.{}({}, {})", part(expr.args[0], 8), macro_name(expr.macro), names, join(expr, 1, ", ", 0));
}

std::string map_text(const Expr& expr) {
  std::string out = "{";
  for (std::size_t i = 0; i + 1 < expr.args.size(); i += 2) {
    if (i > 0) out += ", ";
    out += unparse(expr.args[i]) + ": " + unparse(expr.args[i + 1]);
  }
  return out + "}";
}

// A field's name after a dot: in back quotes unless it is a plain name.
std::string field_text(const std::string& name) {
  const auto is_plain = [](char c) {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  const bool plain = !name.empty() && (name[0] < '0' || name[0] > '9') &&
                     std::all_of(name.begin(), name.end(), is_plain) && name != "in" && name != "true" &&
                     name != "false" && name != "null";
  return plain ? name : fmt::format("`{}`", name);
}

}  // namespace

std::string unparse(const Expr& expr) {
  switch (expr.op) {
    case Op::kLiteral: return to_cel(expr.literal);
    case Op::kFail: return fmt::format("<{}>", expr.literal.str());
    case Op::kIdentifier:
    case Op::kVariable:
    case Op::kLocal: return expr.path.empty() ? expr.name : expr.path;
    case Op::kHasVariable: return fmt::format("has({})", expr.path);
    case Op::kSelect: return fmt::format("{}.{}", part(expr.args[0], 8), field_text(expr.name));
    case Op::kHas: return fmt::format("has({}.{})", part(expr.args[0], 8), field_text(expr.name));
    case Op::kIndex: return fmt::format("{}[{}]", part(expr.args[0], 8), unparse(expr.args[1]));
    case Op::kList: return fmt::format("[{}]", join(expr, 0, ", ", 0));
    case Op::kMap: return map_text(expr);
    case Op::kMacro: return macro_text(expr);
    case Op::kMatches:
    case Op::kMethod: return fmt::format("{}.{}({})", part(expr.args[0], 8), expr.name, join(expr, 1, ", ", 0));
    case Op::kCall: return fmt::format("{}({})", expr.name, join(expr, 0, ", ", 0));
    case Op::kInvoke:
      if (expr.method) return fmt::format("{}.{}({})", part(expr.args[0], 8), expr.name, join(expr, 1, ", ", 0));
      return fmt::format("{}({})", expr.function->name, join(expr, 0, ", ", 0));
    case Op::kConditional:
      return fmt::format("{} ? {} : {}", part(expr.args[0], 1), part(expr.args[1], 1), unparse(expr.args[2]));
    case Op::kNot: return fmt::format("!{}", part(expr.args[0], 8));
    // A sign right before a number would become part of it.
    case Op::kNegate:
      if (expr.args[0].op == Op::kLiteral) return fmt::format("-({})", unparse(expr.args[0]));
      return fmt::format("-{}", part(expr.args[0], 8));
    case Op::kAnd:
    case Op::kOr: return join(expr, 0, fmt::format(" {} ", symbol_of(expr.op)), level_of(expr) + 1);
    default: {
      const int level = level_of(expr);
      return fmt::format("{} {} {}", part(expr.args[0], level), symbol_of(expr.op), part(expr.args[1], level + 1));
    }
  }
}

}  // namespace berth::cel
