// libFuzzer: any bytes may be a TensorFlow graph.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "readers/tensorflow.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  (void)berth::read_tensorflow({reinterpret_cast<const char*>(data), size}, "fuzz.pb");
  return 0;
}
