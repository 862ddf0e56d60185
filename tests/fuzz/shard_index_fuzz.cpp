// libFuzzer: any bytes may be an index of shards. Whatever it names stays in its folder.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "check.hpp"
#include "readers/safetensors.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto index = berth::read_shard_index({reinterpret_cast<const char*>(data), size}, "fuzz.index.json");
  if (!index) return 0;
  for (const std::string& file : index->files) {
    berth::fuzz::require(file.find('/') == std::string::npos && file != "..", "shards lie beside their index", file);
  }
  berth::fuzz::require(index->tensors.size() == index->file_of.size(), "every tensor has a file");
  return 0;
}
