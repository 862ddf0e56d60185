// libFuzzer: any bytes may be a safetensors file.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "check.hpp"
#include "readers/safetensors.hpp"
#include "readers/stored_model.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto tensors = berth::read_safetensors(bytes, "fuzz.safetensors");
  if (!tensors) return 0;
  for (const berth::StoredTensor& t : *tensors) {
    berth::fuzz::require(t.offset <= size && t.bytes <= size - t.offset, "tensors lie in the file", t.name);
  }
  (void)berth::model_from_tensors(*tensors, "fuzz.safetensors");
  return 0;
}
