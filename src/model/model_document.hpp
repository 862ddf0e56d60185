// The forms in which a workload document describes a model, read from its tree.
#pragma once

#include <string>
#include <string_view>

#include "berth/model.hpp"
#include "core/node.hpp"

namespace berth {

// @param file  the document's name   @param path  dotted place of `node`, for messages
// Errors: located; unknown keys, wrong types, ranges, and what the model_from_… functions refuse.
Result<Model> read_transformer(const Node& node, std::string_view file, const std::string& path);
Result<Model> read_summary(const Node& node, std::string_view file, const std::string& path);
Result<Model> read_operators(const Node& node, std::string_view file, const std::string& path);
Result<Model> read_trees(const Node& node, std::string_view file, const std::string& path);

}  // namespace berth
