// A folder of model files, and files that mean the whole folder: Hugging Face's config with its weights,
// split GGUF files, or one file of another format.
#pragma once

#include <string>

#include "berth/model.hpp"
#include "readers/formats.hpp"

namespace berth {

Result<Model> read_model_folder(const std::string& folder, const ReadOptions& options);

// The readers behind the rows of model_formats().
Result<Model> read_gguf_file(const MappedFile& file, const ReadOptions& options);
Result<Model> read_tflite_file(const MappedFile& file, const ReadOptions& options);
Result<Model> read_tensorflow_file(const MappedFile& file, const ReadOptions& options);
Result<Model> read_safetensors_file(const MappedFile& file, const ReadOptions& options);
// config.json, or an index of shards.
Result<Model> read_json_file(const MappedFile& file, const ReadOptions& options);

}  // namespace berth
