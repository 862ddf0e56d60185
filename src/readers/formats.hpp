// The formats that read_model() knows, in the order in which they are tried.
//
// To add a format: write `Result<Model> read_x(const MappedFile&, const ReadOptions&)` and give its row
// in read_model.cpp a reader. A row is recognised by its first bytes; where a format has no magic
// number, by its suffix.
#pragma once

#include <span>
#include <string_view>

#include "berth/readers.hpp"
#include "readers/mapped_file.hpp"

namespace berth {

using FileReader = Result<Model> (*)(const MappedFile& file, const ReadOptions& options);
using WeightFinder = Result<WeightTable> (*)(const std::string& path);

struct ModelFormat {
  const char* what;         // "an ONNX file"
  std::string_view suffix;  // ".onnx"
  std::string_view magic;   // first bytes; empty: none
  std::size_t magic_at;
  FileReader read;        // nullptr: recognised, but not read
  WeightFinder weights;   // nullptr: where its weights are isn't known
  const char* otherwise;  // what to do with a file of a format that isn't read
};
std::span<const ModelFormat> model_formats();

// Told by the first bytes, else by the name; nullptr: none, JSON included.
const ModelFormat* format_of(std::string_view head, std::string_view path);
constexpr std::size_t kFormatHead = 64;  // bytes that format_of() looks at

}  // namespace berth
