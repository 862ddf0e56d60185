// libFuzzer: any bytes may be an ONNX file. What may not happen: a crash, an endless run, a profile that
// isn't finite.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "berth/profile.hpp"
#include "berth/readers.hpp"
#include "check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto model = berth::read_onnx(bytes, "fuzz.onnx", {{{"batch", 2}}});
  (void)berth::looks_like_onnx(bytes);
  const auto plain = model ? model : berth::read_onnx(bytes, "fuzz.onnx");
  if (!plain) return 0;
  const auto profile = berth::profile(*plain);
  if (profile)
    berth::fuzz::require(!std::isnan(profile->flops) && !std::isnan(profile->bytes), "totals are numbers", "", "");
  return 0;
}
