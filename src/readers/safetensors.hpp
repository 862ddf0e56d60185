// safetensors: u64 header length, a JSON header, then the tensors' bytes without holes. Sharded models
// have an index that names the file of each tensor.
// Source: github.com/huggingface/safetensors, README "Format" and safetensors/src/tensor.rs.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "berth/weights.hpp"

namespace berth {

// What one header lists. @param bytes  the whole file   @param name  for messages
// Errors, with the byte: kInvalid for a header that is cut short or no JSON, unknown dtypes, offsets that
// leave the file, overlap, leave holes or don't fit the shape; kLimit for headers over 100 MB (the format's
// own bound) or shapes past 2^62 elements.
Result<std::vector<StoredTensor>> read_safetensors(std::string_view bytes, std::string_view name);

struct SafetensorsIndex {
  std::optional<std::int64_t> total_bytes;  // metadata.total_size
  std::vector<std::string> files;           // as named, each once, in order of first mention
  std::vector<std::string_view> tensors;    // names, in document order: parts of the text that was read
  std::vector<std::uint32_t> file_of;       // index into `files`, one a tensor
  std::vector<std::unique_ptr<const std::string>> unescaped;  // or of these, where the text has escapes
};

// model.safetensors.index.json (and pytorch_model.bin.index.json, which has the same form).
// The index points into `text`, which must outlive it.
// Errors (file:line:column): kInvalid for other JSON, and for file names that leave the folder.
Result<SafetensorsIndex> read_shard_index(std::string_view text, std::string_view name);

}  // namespace berth
