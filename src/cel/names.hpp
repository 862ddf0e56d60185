// What a name in an expression means: a macro's variable, a variable of the environment, a function.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cel/environment.hpp"
#include "cel/expr.hpp"
#include "cel/functions.hpp"

namespace berth::cel {

class Names {
 public:
  struct Local {
    std::string name;
    const Type* type;
    std::uint32_t slot;
  };

  explicit Names(const Environment& environment) : environment_(environment) {}

  // The innermost macro variable of that name; nullptr: there is none.
  [[nodiscard]] const Local* local(std::string_view name) const;
  // @return the new variable's slot.
  std::uint32_t push(std::string name, const Type* type);
  [[nodiscard]] std::size_t mark() const { return locals_.size(); }
  void undo_to(std::size_t mark) { locals_.resize(mark); }
  // Macro variables alive at once, at most.
  [[nodiscard]] std::uint32_t most_locals() const { return most_locals_; }

  // A leading dot marks an absolute name; any other is looked for in the container and those around it.
  [[nodiscard]] std::optional<std::uint32_t> variable(std::string_view name) const;
  [[nodiscard]] const Function* function(std::string_view name) const;
  // Is "a" or "a.b" a variable, of the name "a.b.c"?
  [[nodiscard]] bool prefix_declared(std::string_view name) const;
  // "a.b.c" of a chain of selections down to a name; empty when it is no such chain or its root is a
  // macro's variable.
  [[nodiscard]] std::string chain(const Expr& expr) const;

 private:
  template <class F>
  bool each_candidate(std::string_view name, F use) const;

  const Environment& environment_;
  std::vector<Local> locals_;
  std::uint32_t most_locals_ = 0;
};

}  // namespace berth::cel
