// Tree ensembles inside of ONNX graphs (ai.onnx.ml).
#pragma once

#include <optional>

#include "berth/model.hpp"
#include "readers/onnx/call.hpp"

namespace berth::onnx {

// How many trees, and the depth of the deepest; nullopt when the node's lists don't fit together.
std::optional<TreeEnsemble> trees_of(const Call& call);

}  // namespace berth::onnx
