#include "cel/grammar.hpp"

#include <algorithm>
#include <array>

namespace berth::cel {
namespace {

constexpr std::array<std::string_view, 17> kReserved = {"as",        "break",  "const",  "continue", "else", "for",
                                                        "function",  "if",     "import", "let",      "loop", "package",
                                                        "namespace", "return", "var",    "void",     "while"};

constexpr std::array<Binary, 14> kBinaries = {{{"||", Op::kOr, 0},
                                               {"&&", Op::kAnd, 1},
                                               {"==", Op::kEqual, 2},
                                               {"!=", Op::kNotEqual, 2},
                                               {"<", Op::kLess, 2},
                                               {"<=", Op::kLessEqual, 2},
                                               {">", Op::kGreater, 2},
                                               {">=", Op::kGreaterEqual, 2},
                                               {"in", Op::kIn, 2},
                                               {"+", Op::kAdd, 3},
                                               {"-", Op::kSubtract, 3},
                                               {"*", Op::kMultiply, 4},
                                               {"/", Op::kDivide, 4},
                                               {"%", Op::kModulo, 4}}};

constexpr std::array<MacroForm, 12> kMacros = {{{"all", 1, 1, 1, Macro::kAll},
                                                {"exists", 1, 1, 1, Macro::kExists},
                                                {"exists_one", 1, 1, 1, Macro::kExistsOne},
                                                {"existsOne", 1, 1, 1, Macro::kExistsOne},
                                                {"map", 1, 1, 2, Macro::kMapTo},
                                                {"filter", 1, 1, 1, Macro::kFilter},
                                                {"all", 2, 1, 1, Macro::kAll},
                                                {"exists", 2, 1, 1, Macro::kExists},
                                                {"exists_one", 2, 1, 1, Macro::kExistsOne},
                                                {"existsOne", 2, 1, 1, Macro::kExistsOne},
                                                {"transformList", 2, 1, 2, Macro::kTransformList},
                                                {"transformMap", 2, 1, 2, Macro::kTransformMap}}};

}  // namespace

const Binary* find_binary(std::string_view symbol) {
  const auto* found =
      std::find_if(kBinaries.begin(), kBinaries.end(), [&](const Binary& b) { return b.symbol == symbol; });
  return found == kBinaries.end() ? nullptr : &*found;
}

bool is_reserved(std::string_view name) {
  return std::find(kReserved.begin(), kReserved.end(), name) != kReserved.end();
}

const MacroForm* find_macro(std::string_view name, std::size_t arguments) {
  const auto* found = std::find_if(kMacros.begin(), kMacros.end(), [&](const MacroForm& form) {
    return form.name == name && arguments >= form.variables + form.least && arguments <= form.variables + form.most;
  });
  return found == kMacros.end() ? nullptr : &*found;
}

std::string_view symbol_of(Op op) {
  if (op == Op::kNot) return "!";
  if (op == Op::kNegate) return "-";
  for (const Binary& binary : kBinaries) {
    if (binary.op == op) return binary.symbol;
  }
  return {};
}

}  // namespace berth::cel
