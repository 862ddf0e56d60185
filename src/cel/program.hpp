// A compiled expression and its evaluation with unknowns.
//
// Semantics (cel-spec, eval.proto): an unknown beats an error in && and ||, false && anything is
// false, true || anything is true; elsewhere an error beats an unknown. `x in []` is false for an
// unknown x. An unknown result names the variables that are needed.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "berth/result.hpp"
#include "cel/checker.hpp"
#include "cel/environment.hpp"
#include "cel/expr.hpp"
#include "cel/value.hpp"

namespace re2 {
class RE2;
}

namespace berth::cel {

// Steps one evaluation may take: one a node, more for what is long. 1e6 steps are about 20 ms.
inline constexpr std::int64_t kMaxSteps = 1000000;

class Program {
 public:
  // Errors: as parse and check; also a literal pattern of matches() that is no RE2.
  static Result<Program> compile(std::string_view source, const Environment& environment, Checking checking);

  Program(Program&&) noexcept;
  Program& operator=(Program&&) noexcept;
  ~Program();

  // @param variables  by slot of the environment; an unknown names its slots
  // The value lives as long as `arena`, `variables` and the program. Errors are values.
  // Thread-safe for different arenas.
  [[nodiscard]] Value evaluate(std::span<const Value> variables, Arena& arena) const;

  // The value of a part of root() that lies in no macro (its variables would have no values).
  [[nodiscard]] Value evaluate_part(const Expr& part, std::span<const Value> variables, Arena& arena) const;

  [[nodiscard]] const Expr& root() const { return root_; }
  [[nodiscard]] const Type* type() const { return type_; }
  // The unit of the value, as the variables' units give it; empty: none, or none known.
  [[nodiscard]] const std::string& unit() const { return unit_; }
  [[nodiscard]] std::string_view source() const { return source_; }
  // The slots that the expression reads, sorted.
  [[nodiscard]] const std::vector<std::uint32_t>& slots() const { return slots_; }

 private:
  Program();
  friend class Evaluator;
  std::unique_ptr<Arena> literals_;
  std::unique_ptr<TypePool> types_;
  std::vector<std::unique_ptr<re2::RE2>> patterns_;
  std::vector<std::uint32_t> slots_;
  std::string_view source_;
  Expr root_;
  const Type* type_ = nullptr;
  std::uint32_t locals_ = 0;
  std::string unit_;
};

// One node of a program with its parts' values in hand: what the evaluator and the folding of
// residuals share. Precondition: no operand is open.
Value apply_operator(Op op, const Value& a, const Value& b, Arena& arena, std::int64_t& budget);
Value select_field(const Value& target, std::string_view field, Arena& arena);
Value index_value(const Value& target, const Value& key, Arena& arena);

}  // namespace berth::cel
