// An expression over a sheet of known and unknown values. The first bytes pick the sheet, the rest is
// the expression. What must hold:
//   - what is decided while some values are unknown stays so however they turn out,
//   - an open result names unknown variables, and only such,
//   - the residual means the same as the expression once the unknown values are there.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "cel/residual.hpp"
#include "cel_setting.hpp"
#include "check.hpp"

namespace {

using namespace berth;
using Kind = cel::Value::Kind;

// A limit is no answer: a completion may cost more than the partial evaluation did.
bool is_limit(const cel::Value& value) {
  return value.is(Kind::kError) && value.str().find("too many steps") != std::string_view::npos;
}

// Values as text, all errors alike.
std::string answer(const cel::Value& value) {
  return value.is(Kind::kError) ? "error" : cel::to_cel(value);
}

struct Sheets {
  std::vector<cel::Value> partial, complete;
  std::vector<bool> open;
};

Sheets sheets_of(const std::uint8_t* bytes) {
  const fuzz::Setting& setting = fuzz::setting();
  Sheets sheets;
  for (std::size_t i = 0; i < setting.size(); ++i) {
    const bool open = (bytes[i] & 0x80U) != 0;
    sheets.open.push_back(open);
    sheets.complete.push_back(setting.value(i, bytes[i] & 0x7FU));
    sheets.partial.push_back(open ? setting.unknown(i) : sheets.complete.back());
  }
  return sheets;
}

void check_program(const cel::Program& program, cel::Checking checking, const Sheets& sheets) {
  cel::Arena arena;
  const cel::Value partial = program.evaluate(sheets.partial, arena);
  const cel::Value complete = program.evaluate(sheets.complete, arena);
  fuzz::require(!complete.is(Kind::kUnknown), "unknown although all is known", program.source());
  if (is_limit(partial) || is_limit(complete)) return;
  if (!partial.is(Kind::kUnknown)) {
    fuzz::require(answer(partial) == answer(complete), "decided too early", program.source(),
                  answer(partial) + " then " + answer(complete));
    return;
  }
  fuzz::require(partial.size > 0, "unknown for no reason", program.source());
  for (const std::uint32_t slot : partial.slots())
    fuzz::require(sheets.open[slot], "names a known variable as missing", program.source());
  if (program.source().size() > 200 || checking == cel::Checking::kOff) return;  // unchecked names may fail
  const std::string left = cel::residual(program, sheets.partial);
  const Result<cel::Program> rest = cel::Program::compile(left, fuzz::setting().environment, cel::Checking::kOff);
  fuzz::require(rest.has_value(), "the residual doesn't compile", program.source(), left);
  const cel::Value value = rest->evaluate(sheets.complete, arena);
  if (is_limit(value)) return;
  fuzz::require(answer(value) == answer(complete), "the residual means something else", program.source(), left);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::size_t header = fuzz::setting().size();
  if (size < header) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + header, size - header);
  const Sheets sheets = sheets_of(data);
  for (const cel::Checking checking : {cel::Checking::kOn, cel::Checking::kOff}) {
    const Result<cel::Program> program = cel::Program::compile(text, fuzz::setting().environment, checking);
    if (program) check_program(*program, checking, sheets);
  }
  return 0;
}
