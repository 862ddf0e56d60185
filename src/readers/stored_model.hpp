// What weight files hold against what the architecture needs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "berth/model.hpp"
#include "berth/weights.hpp"

namespace berth {

// Tables that a program computes and some files store: rotary frequencies, masks, position ids.
bool is_buffer(std::string_view tensor);

// The storage type that most elements have; empty without tensors.
std::string main_storage(const std::vector<StoredTensor>& tensors);

// Elements as the model has them: 4-bit weights that are packed into wider integers count as weights.
std::int64_t weights_in(const StoredTensor& tensor);

// Sets `parameters_in_file` and, where it differs from `parameters`, says why: what else the files hold,
// what they lack, and what stays unexplained.
void explain_files(const std::vector<StoredTensor>& tensors, Model& model);

// The same from an index alone, whose files aren't there: bytes and names, no shapes.
void explain_index(const std::vector<std::string_view>& names, std::int64_t total_bytes, Model& model);

// A model of which only the tensors are known. Errors: kLimit past 2^62 elements.
Result<Model> model_from_tensors(const std::vector<StoredTensor>& tensors, std::string_view file);

}  // namespace berth
