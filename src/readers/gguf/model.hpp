// A model out of GGUF files: its metadata and the shapes of its tensors. Weights are not looked at.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "berth/model.hpp"
#include "readers/gguf/gguf.hpp"

namespace berth {

// @param first  the file with the metadata   @param all  tensors of all parts   @param name  for messages
// A file without tensors (a vocabulary) is described by its metadata; `parameters_in_file` is then 0.
// Errors: kUnsupported for architectures whose metadata doesn't say enough; kLimit past 2^62 parameters.
Result<Model> model_from_gguf(const GgufFile& first, const std::vector<StoredTensor>& all, std::string_view name);

// The parts of a split model beside `path`, in order ("x-00002-of-00005.gguf"); just `path` when it isn't
// split. Errors: kInvalid when the name doesn't match what the file says of itself.
Result<std::vector<std::string>> gguf_parts(const GgufFile& file, const std::string& path);

}  // namespace berth
