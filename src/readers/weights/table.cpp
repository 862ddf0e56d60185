#include <fmt/format.h>

#include <filesystem>

#include "berth/readers.hpp"
#include "readers/model_folder.hpp"
#include "readers/tflite/tflite.hpp"

namespace berth {
namespace {

namespace fs = std::filesystem;

// The first file of a folder that holds weights, by the formats in the order in which they are tried.
std::string weights_in_folder(const std::string& folder) {
  std::string best;
  std::error_code code;
  for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code)) {
    const std::string path = it->path().string();
    const bool known = path.ends_with(".gguf") || path.ends_with(".onnx") || path.ends_with(".tflite");
    if (known && (best.empty() || path < best)) best = path;
  }
  return best;
}

bool has_safetensors(const std::string& folder) {
  std::error_code code;
  for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code)) {
    if (it->path().extension() == ".safetensors") return true;
  }
  return false;
}

Result<WeightTable> weights_of_tflite(const std::string& path) {
  const Result<MappedFile> file = MappedFile::open(path);
  if (!file) return tl::unexpected<Error>(file.error());
  const Result<TfliteFile> parsed = parse_tflite(file->bytes(), path);
  if (!parsed) return tl::unexpected<Error>(parsed.error());
  return tflite_weights(*parsed, path);
}

}  // namespace

Result<WeightTable> read_weights(const std::string& path) {
  std::error_code code;
  std::string at = path;
  if (fs::is_directory(path, code)) {
    if (has_safetensors(path)) return safetensors_weights(path);
    at = weights_in_folder(path);
  } else if (path.ends_with("config.json")) {
    return read_weights(fs::path(path).parent_path().string().empty() ? "." : fs::path(path).parent_path().string());
  }
  const Result<MappedFile> file = at.empty() ? MappedFile::open(path) : MappedFile::open(at);
  if (!at.empty() && !file) return tl::unexpected<Error>(file.error());
  const std::string_view head = at.empty() ? std::string_view() : file->bytes().substr(0, 16);
  if (head.starts_with("GGUF")) return gguf_weights(at);
  if (head.size() >= 8 && head.substr(4, 4) == "TFL3") return weights_of_tflite(at);
  if (at.ends_with(".safetensors") || at.ends_with(".index.json")) return safetensors_weights(at);
  return fail(ErrorCode::kUnsupported, fmt::format("the weights of {} can't be found", path),
              "give a safetensors, GGUF, TFLite or ONNX file, or the folder that holds one",
              SourceSpan{path, 0, 0, 0, 0});
}

}  // namespace berth
