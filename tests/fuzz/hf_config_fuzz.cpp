// libFuzzer: any bytes may be a config.json.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "berth/profile.hpp"
#include "berth/readers.hpp"
#include "check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto model = berth::read_hf_config({reinterpret_cast<const char*>(data), size}, "fuzz.json");
  if (!model) return 0;
  const auto profile = berth::profile(*model);
  if (profile) berth::fuzz::require(!std::isnan(profile->flops) && !std::isnan(profile->bytes), "totals are numbers");
  return 0;
}
