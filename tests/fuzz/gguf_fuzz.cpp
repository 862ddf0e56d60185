// libFuzzer: any bytes may be a GGUF file.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "berth/profile.hpp"
#include "check.hpp"
#include "readers/gguf/gguf.hpp"
#include "readers/gguf/model.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto file = berth::read_gguf(bytes, "fuzz.gguf");
  if (!file) return 0;
  for (const berth::StoredTensor& t : file->tensors) {
    berth::fuzz::require(t.offset <= size && t.bytes <= size - t.offset, "tensors lie in the file", t.name);
  }
  (void)berth::gguf_parts(*file, "fuzz.gguf");
  const auto model = berth::model_from_gguf(*file, file->tensors, "fuzz.gguf");
  if (!model) return 0;
  const auto profile = berth::profile(*model);
  if (profile) berth::fuzz::require(!std::isnan(profile->flops) && !std::isnan(profile->bytes), "totals are numbers");
  return 0;
}
