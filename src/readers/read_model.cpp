#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "berth/readers.hpp"
#include "core/text.hpp"

namespace berth {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kLargestConfig = 16 << 20;  // the largest known config.json is below 200 KB

// Formats that are recognised by their first bytes or name, and not read yet.
struct Recognised {
  const char* what;
  const char* suffix;
  std::string_view magic;
  std::size_t at;  // where the magic stands
};
constexpr std::array<Recognised, 8> kRecognised{{
    {"a GGUF file", ".gguf", "GGUF", 0},
    {"a TensorFlow Lite file", ".tflite", "TFL3", 4},
    {"a HDF5 (Keras) file", ".h5", "\x89HDF", 0},
    {"a safetensors file", ".safetensors", "", 0},
    {"an ONNX file", ".onnx", "", 0},
    {"a PyTorch or Keras archive", ".keras", "PK\x03\x04", 0},
    {"a PyTorch pickle", ".pt", "", 0},
    {"a TensorFlow graph", ".pb", "", 0},
}};

Error not_read_yet(const std::string& path, const char* what) {
  return Error{ErrorCode::kUnsupported, fmt::format("{} is {}, which this version does not read yet", path, what),
               "give the config.json beside it, or describe the model by model.summary or model.operators",
               SourceSpan{path, 0, 0, 0, 0}};
}

Result<std::string> read_text(const std::string& path) {
  std::error_code code;
  const std::uintmax_t size = fs::file_size(path, code);
  if (code) return fail(ErrorCode::kIo, fmt::format("can't read {}: {}", path, code.message()));
  if (size > kLargestConfig) {
    return fail(ErrorCode::kLimit, fmt::format("{} has {} bytes, too large for a config.json (16 MiB)", path, size));
  }
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) return fail(ErrorCode::kIo, fmt::format("can't read {}: {}", path, std::strerror(errno)));
  return text.str();
}

Result<std::string> first_bytes(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(ErrorCode::kIo, fmt::format("can't read {}: {}", path, std::strerror(errno)));
  std::string head(16, '\0');
  in.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(in.gcount()));
  return head;
}

Result<Model> read_file(const std::string& path) {
  const Result<std::string> head = first_bytes(path);
  if (!head) return tl::unexpected(head.error());
  for (const Recognised& format : kRecognised) {
    const bool magic = !format.magic.empty() && head->size() >= format.at + format.magic.size() &&
                       head->compare(format.at, format.magic.size(), format.magic) == 0;
    if (magic || path.ends_with(format.suffix)) return tl::unexpected(not_read_yet(path, format.what));
  }
  const std::size_t start = head->find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  if (start == std::string::npos || (*head)[start] != '{') {
    return fail(ErrorCode::kUnsupported, fmt::format("{} is no model file that berth can read", path),
                "give a Hugging Face config.json or the folder that holds it", SourceSpan{path, 0, 0, 0, 0});
  }
  const Result<std::string> text = read_text(path);
  if (!text) return tl::unexpected(text.error());
  Result<Model> model = read_hf_config(*text, path);
  if (model) {
    const fs::path folder = fs::path(path).parent_path();
    model->name = folder.filename().string();
    if (model->name.empty()) model->name = model->architecture;
  }
  return model;
}

Result<Model> read_folder(const std::string& path) {
  const fs::path config = fs::path(path) / "config.json";
  std::error_code code;
  if (fs::is_regular_file(config, code)) return read_file(config.string());
  // Name what is there instead, the first in order of name.
  std::string found;
  for (fs::directory_iterator it(path, code), end; !code && it != end; it.increment(code)) {
    const std::string file = it->path().filename().string();
    for (const Recognised& format : kRecognised) {
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

Result<Model> read_model(const std::string& path) {
  std::error_code code;
  const fs::file_status status = fs::status(path, code);
  if (!fs::exists(status)) {
    return fail(ErrorCode::kIo, fmt::format("there is no file or folder {}", shorten(path, 200)), "check the path");
  }
  if (fs::is_directory(status)) return read_folder(path);
  if (!fs::is_regular_file(status)) {
    return fail(ErrorCode::kIo, fmt::format("{} is neither a file nor a folder", shorten(path, 200)), "check the path");
  }
  return read_file(path);
}

}  // namespace berth
