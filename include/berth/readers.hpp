/// Readers: one per model format, bytes in, Model out. They never touch the file system themselves
/// except read_model, which picks the reader for a path.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "berth/model.hpp"
#include "berth/result.hpp"
#include "berth/weights.hpp"

namespace berth {

/// Reads a Hugging Face config.json.
/// @param text  the file's content   @param name  its name, for messages
/// Errors: kInvalid (file:line:column) for bad JSON or types; kUnsupported naming the model type when
/// its architecture isn't understood. Cost: linear; thread-safe.
Result<Model> read_hf_config(std::string_view text, std::string_view name);

/// What a file leaves open.
struct ReadOptions {
  /// Sizes of dynamic axes, by the axis's name in the file ("batch") or by input and axis ("x:0").
  /// Axes that are open and not listed are taken as 1; the model's `notes` name them.
  std::map<std::string, std::int64_t, std::less<>> dims;
};

/// Reads an ONNX model: counts its weights, infers the shape of every value, and so the operator table
/// of one run. Weights are never looked at, external data files never opened.
/// @param bytes  the file's content, mapped or in memory   @param name  its name, for messages
/// Operators that berth doesn't know, and nodes whose shapes can't be told, are named in `notes` with
/// their share; all else stays exact. Definitions (what is a parameter, what a row moves): docs/guide/models.md.
/// Errors: kInvalid (at a byte offset) for damaged files, graphs with a cycle, data paths that leave the
/// folder, dims that name no dynamic axis; kLimit past 1,000,000 nodes or 64 nested graphs.
/// Cost: linear in the graph, about 1 us a node; thread-safe.
Result<Model> read_onnx(std::string_view bytes, std::string_view name, const ReadOptions& options = {});
/// Whether the first bytes may be those of an ONNX model, which has no magic number.
bool looks_like_onnx(std::string_view head);

/// Reads a TensorFlow Lite model: every operator with its multiply-accumulates, constants as parameters,
/// and how much of it the Edge TPU takes.
/// Errors: kInvalid (at a byte offset) for offsets that leave the file; kLimit for files that refer to more
/// than their size can hold. Cost: linear; thread-safe.
Result<Model> read_tflite(std::string_view bytes, std::string_view name);

/// Lists where a file or folder keeps its weights: safetensors, GGUF, TFLite, ONNX. No weight is read.
/// Errors: those of read_model; kUnsupported for formats whose weights berth can't find. Thread-safe.
Result<WeightTable> read_weights(const std::string& path);

/// Bounds of a sample of weights.
struct SampleOptions {
  std::size_t tensors = 24;     ///< matrices, spread evenly over the file
  std::int64_t rows = 256;      ///< output channels of each, spread evenly
  std::int64_t columns = 1024;  ///< inputs of each row, from the first on
};

/// Reads pieces of the largest kinds of weight matrices of a table, memory-mapped: which ones follows from
/// names and sizes alone, so the same file gives the same sample. Packed integers without their scales
/// are left out; `notes` says what was.
/// Errors: kIo; kIncomplete when no matrix can be read. Cost: about tensors · rows · columns elements.
Result<std::vector<WeightSample>> sample_weights(const WeightTable& table, const SampleOptions& options,
                                                 std::vector<std::string>& notes);

/// Reads a model file, or a folder holding one, choosing the reader by content.
/// Errors: kIo; kUnsupported naming what was found and what can be read; and the reader's own.
Result<Model> read_model(const std::string& path, const ReadOptions& options = {});

}  // namespace berth
