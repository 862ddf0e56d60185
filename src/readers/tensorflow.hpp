// TensorFlow's graphs, as far as they can be read without TensorFlow: how many operators of which kind,
// and the variables or constants with their shapes. What each operator computes isn't read: export it.
#pragma once

#include <string_view>

#include "berth/model.hpp"

namespace berth {

// saved_model.pb of a SavedModel, or a GraphDef (frozen graph).
// Errors: kInvalid (at a byte offset) for other or damaged files; kLimit past 2^62 parameters.
Result<Model> read_tensorflow(std::string_view bytes, std::string_view name);

}  // namespace berth
