/// Readers: one per model format, bytes in, Model out. They never touch the file system themselves
/// except read_model, which picks the reader for a path.
#pragma once

#include <cstdint>
#include <map>
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

/// Reads a model file, or a folder holding one, choosing the reader by content.
/// Errors: kIo; kUnsupported naming what was found and what can be read; and the reader's own.
Result<Model> read_model(const std::string& path, const ReadOptions& options = {});

}  // namespace berth
