// The syntax tree of an expression. The checker writes its findings (slot, function, type) into it,
// so that the evaluator walks the same tree without looking anything up.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cel/value.hpp"

namespace berth::cel {

struct Type;
struct Function;

enum class Op : std::uint8_t {
  kLiteral,
  kIdentifier,  // name; a leading '.' marks an absolute one
  kSelect,      // args[0].name
  kHas,         // has(args[0].name)
  kIndex,       // args[0][args[1]]
  kCall,        // name(args…)
  kMethod,      // args[0].name(args[1]…)
  kList,        // [args…]
  kMap,         // {args[0]: args[1], …}
  kAnd,
  kOr,           // two or more args
  kConditional,  // args[0] ? args[1] : args[2]
  kNot,
  kNegate,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIn,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kMacro,  // args[0] is the range (kBind: the value), the rest as the macro says
  // Written by the checker:
  kVariable,     // slot
  kHasVariable,  // has(a.b) where "a.b" is a variable
  kLocal,        // slot: of the macro's variables
  kInvoke,       // function(args…)
  kMatches,      // args[0].matches(literal); slot: of the compiled patterns
  kFail,         // literal: the error; unchecked programs only
};

enum class Macro : std::uint8_t {
  kAll,
  kExists,
  kExistsOne,      // args[1]: predicate
  kMapTo,          // args[1]: element, or args[1]: predicate and args[2]: element
  kFilter,         // args[1]: predicate
  kTransformList,  // like kMapTo, two variables
  kTransformMap,   // like kMapTo, two variables, the element becomes the key's value
  kBind,           // args[1]: body
};

struct Expr {
  Op op = Op::kLiteral;
  Macro macro = Macro::kAll;
  bool method = false;      // kInvoke: written as a method
  bool folded = false;      // kList: `literal` holds it
  std::uint16_t depth = 1;  // of the tree below, this node included
  std::uint32_t begin = 0;  // bytes in the source
  std::uint32_t end = 0;
  std::uint32_t slot = 0;
  Value literal;
  std::string name;  // identifier, field or function
  std::string path;  // kVariable, kHasVariable: the variable's qualified name, with the dot of an absolute one
  std::vector<std::string> variables;  // macros: one or two names
  std::vector<Expr> args;
  const Function* function = nullptr;
  const Type* type = nullptr;
};

inline constexpr std::uint16_t kMaxExpressionDepth = 250;  // cel-go's default recursion limit
inline constexpr std::size_t kMaxExpressionBytes = 65536;
inline constexpr std::size_t kMaxExpressionNodes = 20000;

// "==" for kEqual and so on; "" where there is no operator.
std::string_view symbol_of(Op op);

// The expression as text, with as few parentheses as its meaning allows.
std::string unparse(const Expr& expr);

}  // namespace berth::cel
