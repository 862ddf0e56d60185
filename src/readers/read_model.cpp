#include <fmt/format.h>

#include <array>
#include <filesystem>

#include "core/text.hpp"
#include "readers/formats.hpp"

namespace berth {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kHead = 64;
constexpr std::size_t kLargestConfig = 16 << 20;  // the largest known config.json is below 200 KB

constexpr const char* kDescribe =
    "give the config.json beside it, or describe the model by model.summary or model.operators";
constexpr const char* kExport = "export it to ONNX (torch.onnx.export), or give the config.json beside it";

Result<Model> read_onnx_file(const MappedFile& file, const ReadOptions& options) {
  return read_onnx(file.bytes(), file.path(), options);
}

constexpr std::array<ModelFormat, 8> kFormats{{
    {"a GGUF file", ".gguf", "GGUF", 0, nullptr, kDescribe},
    {"a TensorFlow Lite file", ".tflite", "TFL3", 4, nullptr, kDescribe},
    {"a HDF5 (Keras) file", ".h5", "\x89HDF", 0, nullptr, kDescribe},
    {"a PyTorch or Keras archive", ".keras", "PK\x03\x04", 0, nullptr, kExport},
    {"a safetensors file", ".safetensors", "", 0, nullptr, kDescribe},
    {"an ONNX file", ".onnx", "", 0, &read_onnx_file, kDescribe},
    {"a PyTorch pickle", ".pt", "", 0, nullptr, kExport},
    {"a TensorFlow graph", ".pb", "", 0, nullptr, kDescribe},
}};

Error not_read_yet(const std::string& path, const ModelFormat& format) {
  return Error{ErrorCode::kUnsupported,
               fmt::format("{} is {}, which this version does not read yet", path, format.what), format.otherwise,
               SourceSpan{path, 0, 0, 0, 0}};
}

const ModelFormat* format_of(std::string_view head, std::string_view path) {
  for (const ModelFormat& format : kFormats) {
    if (format.magic.empty() || head.size() < format.magic_at) continue;
    if (head.substr(format.magic_at).starts_with(format.magic)) return &format;
  }
  for (const ModelFormat& format : kFormats) {
    if (path.ends_with(format.suffix)) return &format;
  }
  return looks_like_onnx(head) ? &kFormats[5] : nullptr;
}

Result<Model> read_config(const MappedFile& file) {
  const std::string& path = file.path();
  if (file.bytes().size() > kLargestConfig) {
    return fail(ErrorCode::kLimit,
                fmt::format("{} has {} bytes, too large for a config.json (16 MiB)", path, file.bytes().size()));
  }
  Result<Model> model = read_hf_config(file.bytes(), path);
  if (model) {
    model->name = fs::path(path).parent_path().filename().string();
    if (model->name.empty()) model->name = model->architecture;
  }
  return model;
}

Result<Model> read_file(const std::string& path, const ReadOptions& options) {
  const Result<MappedFile> file = MappedFile::open(path);
  if (!file) return tl::unexpected(file.error());
  const std::string_view head = file->bytes().substr(0, kHead);
  if (const ModelFormat* format = format_of(head, path); format != nullptr) {
    if (format->read == nullptr) return tl::unexpected(not_read_yet(path, *format));
    Result<Model> model = format->read(*file, options);
    if (model && model->name.empty()) model->name = fs::path(path).stem().string();
    return model;
  }
  const std::size_t start = head.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  if (start != std::string_view::npos && head[start] == '{') return read_config(*file);
  return fail(ErrorCode::kUnsupported, fmt::format("{} is no model file that berth can read", path),
              "give an ONNX file, a Hugging Face config.json, or the folder that holds it",
              SourceSpan{path, 0, 0, 0, 0});
}

Result<Model> read_folder(const std::string& path, const ReadOptions& options) {
  const fs::path config = fs::path(path) / "config.json";
  std::error_code code;
  if (fs::is_regular_file(config, code)) return read_file(config.string(), options);
  // Name what is there instead, the first in order of name.
  std::string found;
  for (fs::directory_iterator it(path, code), end; !code && it != end; it.increment(code)) {
    const std::string file = it->path().filename().string();
    for (const ModelFormat& format : kFormats) {
      if (file.ends_with(format.suffix) && (found.empty() || file < found)) found = file;
    }
  }
  if (code) return fail(ErrorCode::kIo, fmt::format("can't read the folder {}: {}", path, code.message()));
  return fail(
      ErrorCode::kUnsupported,
      found.empty() ? fmt::format("the folder {} holds no config.json", path)
                    : fmt::format("the folder {} holds {} but no config.json", path, found),
      "give a folder with a Hugging Face config.json, or describe the model by model.summary or model.operators",
      SourceSpan{path, 0, 0, 0, 0});
}

}  // namespace

std::span<const ModelFormat> model_formats() {
  return kFormats;
}

Result<Model> read_model(const std::string& path, const ReadOptions& options) {
  std::error_code code;
  const fs::file_status status = fs::status(path, code);
  if (!fs::exists(status)) {
    return fail(ErrorCode::kIo, fmt::format("there is no file or folder {}", shorten(path, 200)), "check the path");
  }
  if (fs::is_directory(status)) return read_folder(path, options);
  if (!fs::is_regular_file(status)) {
    return fail(ErrorCode::kIo, fmt::format("{} is neither a file nor a folder", shorten(path, 200)), "check the path");
  }
  return read_file(path, options);
}

}  // namespace berth
