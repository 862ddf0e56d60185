// libFuzzer: any text is an expression, checked or not, evaluated with unknown, null and plain facts.
// What may not happen: a crash, an endless run, an unparsed text that doesn't parse again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "cel/program.hpp"
#include "cel/residual.hpp"

namespace {

using namespace berth::cel;

const Environment& environment() {
  static TypePool pool;
  static const Environment kEnvironment = [] {
    Environment e;
    for (const auto& [name, type] :
         {std::pair{"a", "int"}, std::pair{"b", "double"}, std::pair{"p", "bool"}, std::pair{"s", "string"},
          std::pair{"l", "list(string)"}, std::pair{"m", "map(string, int)"}, std::pair{"d", "dyn"}}) {
      e.declare(name, *parse_type(type, pool));
    }
    return e;
  }();
  return kEnvironment;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t count = environment().names().size();
  for (const Checking checking : {Checking::kOn, Checking::kOff}) {
    const auto program = Program::compile(text, environment(), checking);
    if (!program) continue;
    std::vector<std::uint32_t> ids(count);
    std::vector<Value> unknown(count), plain(count, Value::of(std::int64_t{3}));
    for (std::uint32_t i = 0; i < count; ++i) {
      ids[i] = i;
      unknown[i] = Value::unknown({&ids[i], 1});
    }
    Arena arena;
    (void)program->evaluate(unknown, arena);
    (void)program->evaluate(plain, arena);
    (void)program->evaluate(std::vector<Value>(count), arena);
    if (size < 200) (void)residual(*program, unknown);
  }
  return 0;
}
