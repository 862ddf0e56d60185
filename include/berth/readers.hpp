/// Readers: one per model format, bytes in, Model out. They never touch the file system themselves
/// except read_model, which picks the reader for a path.
#pragma once

#include <string>
#include <string_view>

#include "berth/model.hpp"
#include "berth/result.hpp"

namespace berth {

/// Reads a Hugging Face config.json.
/// @param text  the file's content   @param name  its name, for messages
/// Errors: kInvalid (file:line:column) for bad JSON or types; kUnsupported naming the model type when
/// its architecture isn't understood. Cost: linear; thread-safe.
Result<Model> read_hf_config(std::string_view text, std::string_view name);

/// Reads a model file, or a folder holding one, choosing the reader by content.
/// Errors: kIo; kUnsupported naming what was found and what can be read; and the reader's own.
Result<Model> read_model(const std::string& path);

}  // namespace berth
