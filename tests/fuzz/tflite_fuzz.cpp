// libFuzzer: any bytes may be a TensorFlow Lite file.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "berth/profile.hpp"
#include "berth/readers.hpp"
#include "check.hpp"
#include "readers/tflite/tflite.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto file = berth::parse_tflite(bytes, "fuzz.tflite");
  if (!file) return 0;
  for (const berth::StoredTensor& t : berth::tflite_weights(*file, "fuzz.tflite").tensors) {
    berth::fuzz::require(t.offset <= size && t.bytes <= size - t.offset, "constants lie in the file", t.name);
  }
  const auto model = berth::read_tflite(bytes, "fuzz.tflite");
  if (!model) return 0;
  const auto profile = berth::profile(*model);
  if (profile) berth::fuzz::require(!std::isnan(profile->flops) && !std::isnan(profile->bytes), "totals are numbers");
  return 0;
}
