#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "berth/readers.hpp"
#include "readers/formats.hpp"
#include "readers/tflite/tflite.hpp"
#include "readers/weights/tables.hpp"

namespace berth {
namespace {

namespace fs = std::filesystem;

// The file of a folder that holds weights: the first by name of the first format that has any. Safetensors
// files belong together: the folder stands for them.
std::string weights_in_folder(const std::string& folder) {
  std::string best;
  std::error_code code;
  for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code)) {
    const std::string path = it->path().string();
    if (path.ends_with(".safetensors")) return folder;
    const auto formats = model_formats();
    const bool known = std::any_of(formats.begin(), formats.end(), [&](const ModelFormat& format) {
      return format.weights != nullptr && path.ends_with(format.suffix);
    });
    if (known && (best.empty() || path < best)) best = path;
  }
  return best;
}

std::string folder_of(const std::string& path) {
  const std::string folder = fs::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

}  // namespace

Result<WeightTable> tflite_weights(const std::string& path) {
  const Result<MappedFile> file = MappedFile::open(path);
  if (!file) return tl::unexpected<Error>(file.error());
  const Result<TfliteFile> parsed = parse_tflite(file->bytes(), path);
  if (!parsed) return tl::unexpected<Error>(parsed.error());
  return tflite_weights(*parsed, path);
}

Result<WeightTable> read_weights(const std::string& path) {
  std::error_code code;
  std::string at = path;
  if (fs::path(path).filename() == "config.json") at = folder_of(path);
  if (fs::is_directory(at, code)) {
    at = weights_in_folder(at);
    if (!at.empty() && fs::is_directory(at, code)) return safetensors_weights(at);
  }
  if (at.ends_with(".index.json")) return safetensors_weights(at);
  if (!at.empty()) {
    const Result<MappedFile> file = MappedFile::open(at);
    if (!file) return tl::unexpected<Error>(file.error());
    const ModelFormat* format = format_of(file->bytes().substr(0, kFormatHead), at);
    if (format != nullptr && format->weights != nullptr) return format->weights(at);
  }
  return fail(ErrorCode::kUnsupported, fmt::format("the weights of {} can't be found", path),
              "give a safetensors, GGUF, TFLite or ONNX file, or the folder that holds one",
              SourceSpan{path, 0, 0, 0, 0});
}

}  // namespace berth
