#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "core/text.hpp"
#include "readers/formats.hpp"
#include "readers/model_folder.hpp"
#include "readers/weights/tables.hpp"

namespace berth {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDescribe =
    "give the config.json beside it, or describe the model by model.summary or model.operators";
constexpr const char* kKeras =
    "load it in Keras and export it: model.export(FOLDER) and python -m tf2onnx.convert --saved-model FOLDER --output "
    "model.onnx, or tf.lite.TFLiteConverter.from_keras_model(model).convert() into a .tflite file";
constexpr const char* kArchive =
    "a PyTorch program (.pt2): torch.onnx.export(torch.export.load(FILE), f=\"model.onnx\"); a Keras archive: "
    "model.export(FOLDER), then python -m tf2onnx.convert --saved-model FOLDER --output model.onnx";
constexpr const char* kPickle =
    "a pickle runs code when it is opened, so berth doesn't: save the weights with safetensors.torch.save_file and "
    "give the config.json beside them, or export the model with torch.onnx.export";

Result<Model> read_onnx_file(const MappedFile& file, const ReadOptions& options) {
  return read_onnx(file.bytes(), file.path(), options);
}

constexpr std::array<ModelFormat, 12> kFormats{{
    {"a GGUF file", ".gguf", "GGUF", 0, &read_gguf_file, &gguf_weights, kDescribe},
    {"a TensorFlow Lite file", ".tflite", "TFL3", 4, &read_tflite_file, &tflite_weights, kDescribe},
    {"a Keras (HDF5) file", ".h5", "\x89HDF", 0, nullptr, nullptr, kKeras},
    {"a PyTorch or Keras archive", ".keras", "PK\x03\x04", 0, nullptr, nullptr, kArchive},
    {"a safetensors file", ".safetensors", "", 0, &read_safetensors_file, &safetensors_weights, kDescribe},
    {"an ONNX file", ".onnx", "", 0, &read_onnx_file, &onnx_weights, kDescribe},
    {"a PyTorch program", ".pt2", "", 0, nullptr, nullptr, kArchive},
    {"a PyTorch pickle", ".pt", "", 0, nullptr, nullptr, kPickle},
    {"a PyTorch pickle", ".pth", "", 0, nullptr, nullptr, kPickle},
    {"a PyTorch pickle", ".bin", "", 0, nullptr, nullptr, kPickle},
    {"a TensorFlow graph", ".pb", "", 0, &read_tensorflow_file, nullptr, kDescribe},
    {"a Keras (HDF5) file", ".hdf5", "", 0, nullptr, nullptr, kKeras},
}};

Error not_read_yet(const std::string& path, const ModelFormat& format) {
  return Error{ErrorCode::kUnsupported, fmt::format("{} is {}, which berth does not read", path, format.what),
               format.otherwise, SourceSpan{path, 0, 0, 0, 0}};
}

Result<Model> read_file(const std::string& path, const ReadOptions& options) {
  const Result<MappedFile> file = MappedFile::open(path);
  if (!file) return tl::unexpected(file.error());
  const std::string_view head = file->bytes().substr(0, kFormatHead);
  if (const ModelFormat* format = format_of(head, path); format != nullptr) {
    if (format->read == nullptr) return tl::unexpected(not_read_yet(path, *format));
    Result<Model> model = format->read(*file, options);
    if (model && model->name.empty()) model->name = fs::path(path).stem().string();
    return model;
  }
  const std::size_t start = head.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  if (start != std::string_view::npos && head[start] == '{') return read_json_file(*file, options);
  return fail(ErrorCode::kUnsupported, fmt::format("{} is no model file that berth can read", path),
              "give an ONNX file, a Hugging Face config.json, or the folder that holds it",
              SourceSpan{path, 0, 0, 0, 0});
}

}  // namespace

std::span<const ModelFormat> model_formats() {
  return kFormats;
}

const ModelFormat* format_of(std::string_view head, std::string_view path) {
  for (const ModelFormat& format : kFormats) {
    if (format.magic.empty() || head.size() < format.magic_at) continue;
    if (head.substr(format.magic_at).starts_with(format.magic)) return &format;
  }
  const auto by_suffix = std::find_if(kFormats.begin(), kFormats.end(),
                                      [&](const ModelFormat& format) { return path.ends_with(format.suffix); });
  // A name that berth reads by wins over the look of the content: a SavedModel begins as an ONNX file may.
  if (by_suffix != kFormats.end() && by_suffix->read != nullptr) return by_suffix;
  if (looks_like_onnx(head)) return &kFormats[5];
  return by_suffix == kFormats.end() ? nullptr : by_suffix;
}

Result<Model> read_model(const std::string& path, const ReadOptions& options) {
  std::error_code code;
  const fs::file_status status = fs::status(path, code);
  if (!fs::exists(status)) {
    return fail(ErrorCode::kIo, fmt::format("there is no file or folder {}", shorten(path, 200)), "check the path");
  }
  const bool folder = fs::is_directory(status);
  if (!folder && !fs::is_regular_file(status)) {
    return fail(ErrorCode::kIo, fmt::format("{} is neither a file nor a folder", shorten(path, 200)), "check the path");
  }
  Result<Model> model = folder ? read_model_folder(path, options) : read_file(path, options);
  if (model) model->path = path;
  return model;
}

}  // namespace berth
