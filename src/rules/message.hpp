// Message templates: text with CEL expressions in braces.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "berth/result.hpp"
#include "cel/program.hpp"

namespace berth {

// "needs {estimate.memory_gib} GiB"; "{{" and "}}" are braces.
class Message {
 public:
  // Errors: kInvalid, span relative to the template; a brace without partner.
  static Result<Message> compile(std::string_view text, const cel::Environment& environment);
  // Unknown expressions print as "unknown", failed ones as "?".
  [[nodiscard]] std::string render(std::span<const cel::Value> facts, cel::Arena& arena) const;
  [[nodiscard]] const std::vector<cel::Program>& expressions() const { return expressions_; }

 private:
  std::vector<std::string> texts_;  // one more than expressions
  std::vector<cel::Program> expressions_;
};

}  // namespace berth
