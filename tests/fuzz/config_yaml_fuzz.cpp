// Any text as a training config in YAML, through detection, reading, traps, links and places.
#include "config_check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return berth::fuzz::read_any(data, size, "config.yaml");
}
