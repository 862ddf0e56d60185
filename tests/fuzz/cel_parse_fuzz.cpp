// Any text through lexer, parser and checker. What may not happen: a crash, an endless run, or a parsed
// expression whose printed form doesn't parse to the same.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "cel/parser.hpp"
#include "cel/program.hpp"
#include "cel_setting.hpp"
#include "check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace berth;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  cel::Arena arena;
  const Result<cel::Expr> parsed = cel::parse(text, arena);
  if (!parsed) {
    fuzz::require(!parsed.error().message.empty(), "an error without a message");
  } else {
    const std::string printed = cel::unparse(*parsed);
    if (printed.size() <= cel::kMaxExpressionBytes) {
      const Result<cel::Expr> again = cel::parse(printed, arena);
      fuzz::require(again.has_value(), "what was printed doesn't parse", text, printed);
      const std::string second = cel::unparse(*again);
      fuzz::require(second == printed, "printed twice, two texts", printed, second);
    }
  }
  for (const cel::Checking checking : {cel::Checking::kOn, cel::Checking::kOff})
    (void)cel::Program::compile(text, fuzz::setting().environment, checking);
  return 0;
}
