#include "readers/model_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "core/text.hpp"
#include "readers/gguf/model.hpp"
#include "readers/safetensors.hpp"
#include "readers/stored_model.hpp"
#include "readers/weights/tables.hpp"

namespace berth {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargestConfig = 16 << 20;  // the largest known config.json is below 200 KB
constexpr std::size_t kLargestIndex = 256 << 20;  // the largest known index is below 20 MB
constexpr std::size_t kMostFiles = 100'000;       // in one folder

std::string beside(const std::string& path, std::string_view name) {
  return (fs::path(path).parent_path() / name).string();
}

bool is_file(const std::string& path) {
  std::error_code code;
  return fs::is_regular_file(path, code);
}

SourceSpan span_of(const std::string& path) {
  return SourceSpan{path, 0, 0, 0, 0};
}

// Names of the files in a folder, in order.
Result<std::vector<std::string>> list(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code code;
  for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code)) {
    if (it->is_regular_file(code)) names.push_back(it->path().filename().string());
    if (names.size() > kMostFiles) {
      return fail(ErrorCode::kLimit, fmt::format("the folder {} holds more than {} files", folder, kMostFiles),
                  "name the model file itself", span_of(folder));
    }
  }
  if (code) return fail(ErrorCode::kIo, fmt::format("can't read the folder {}: {}", folder, code.message()));
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> ending(const std::vector<std::string>& names, std::string_view suffix) {
  std::vector<std::string> out;
  std::copy_if(names.begin(), names.end(), std::back_inserter(out),
               [&](const std::string& name) { return name.ends_with(suffix); });
  return out;
}

// All tensors of some safetensors files; StoredTensor::file counts from `table.files`.
Status add_safetensors(const std::string& path, WeightTable& table) {
  const Result<MappedFile> file = MappedFile::open(path);
  if (!file) return tl::unexpected<Error>(file.error());
  Result<std::vector<StoredTensor>> tensors = read_safetensors(file->bytes(), path);
  if (!tensors) return tl::unexpected<Error>(tensors.error());
  for (StoredTensor& t : *tensors) t.file = static_cast<std::uint32_t>(table.files.size());
  table.files.push_back(path);
  std::move(tensors->begin(), tensors->end(), std::back_inserter(table.tensors));
  return {};
}

// The weight files of a folder in Hugging Face's form.
struct Shards {
  std::optional<SafetensorsIndex> index;
  std::string index_path;
  std::vector<std::string> present;  // paths
  std::vector<std::string> missing;  // names
};

Result<SafetensorsIndex> read_index(const std::string& path) {
  const Result<MappedFile> file = MappedFile::open(path);
  if (!file) return tl::unexpected<Error>(file.error());
  if (file->bytes().size() > kLargestIndex) {
    return fail(ErrorCode::kLimit,
                fmt::format("{} has {} bytes, too large for an index (256 MiB)", path, file->bytes().size()), "",
                span_of(path));
  }
  return read_shard_index(file->bytes(), path);
}

Result<Shards> shards_of_index(const std::string& path) {
  Result<SafetensorsIndex> index = read_index(path);
  if (!index) return tl::unexpected<Error>(index.error());
  Shards shards;
  shards.index_path = path;
  for (const std::string& name : index->files) {
    const std::string file = beside(path, name);
    if (is_file(file)) {
      shards.present.push_back(file);
    } else {
      shards.missing.push_back(name);
    }
  }
  shards.index = std::move(*index);
  return shards;
}

Result<Shards> shards_of_folder(const std::string& folder, const std::vector<std::string>& names) {
  const auto path = [&](const std::string& name) { return (fs::path(folder) / name).string(); };
  for (const char* suffix : {".safetensors.index.json", ".bin.index.json"}) {
    const std::vector<std::string> found = ending(names, suffix);
    if (!found.empty()) return shards_of_index(path(found.front()));
  }
  Shards shards;
  std::vector<std::string> files = ending(names, ".safetensors");
  // Beside the model itself there may be adapters and copies in other forms: "consolidated.safetensors".
  if (std::find(files.begin(), files.end(), "model.safetensors") != files.end()) files = {"model.safetensors"};
  for (const std::string& name : files) shards.present.push_back(path(name));
  return shards;
}

// Headers of all shards that are there; an index that says something else is noted.
Result<WeightTable> read_shards(const Shards& shards, std::vector<std::string>& notes) {
  WeightTable table;
  for (const std::string& path : shards.present) {
    if (Status status = add_safetensors(path, table); !status) return tl::unexpected<Error>(status.error());
  }
  if (shards.index && shards.missing.empty() && shards.index->tensors.size() != table.tensors.size()) {
    notes.push_back(fmt::format("the index names {} tensors, the files hold {}", shards.index->tensors.size(),
                                table.tensors.size()));
  }
  return table;
}

bool has_headers(const Shards& shards) {
  return !shards.present.empty() && shards.missing.empty() && shards.present.front().ends_with(".safetensors");
}

Status add_weights(const Shards& shards, Model& model) {
  if (has_headers(shards)) {
    const Result<WeightTable> table = read_shards(shards, model.notes);
    if (!table) return tl::unexpected<Error>(table.error());
    explain_files(table->tensors, model);
    return {};
  }
  if (!shards.index) return {};
  if (!shards.missing.empty() && !shards.present.empty()) {
    model.notes.push_back(fmt::format("{} of the {} files in the index aren't there, the first is {}",
                                      shards.missing.size(), shards.index->files.size(), shards.missing.front()));
  }
  explain_index(shards.index->tensors, shards.index->total_bytes.value_or(0), model);
  return {};
}

Result<Model> model_of_shards(const Shards& shards, const std::string& where) {
  if (!has_headers(shards)) {
    const std::string what =
        shards.missing.empty() ? "no safetensors files" : fmt::format("no {}", shards.missing.front());
    return fail(ErrorCode::kIncomplete,
                fmt::format("{} has neither a config.json beside it nor all its files: {}", where, what),
                "give the config.json, or all files of the index", span_of(where));
  }
  std::vector<std::string> notes;
  const Result<WeightTable> table = read_shards(shards, notes);
  if (!table) return tl::unexpected<Error>(table.error());
  Result<Model> model = model_from_tensors(table->tensors, where);
  if (model) model->notes.insert(model->notes.begin(), notes.begin(), notes.end());
  return model;
}

Result<Model> read_config(const std::string& path, const Shards& shards) {
  const Result<MappedFile> file = MappedFile::open(path);
  if (!file) return tl::unexpected<Error>(file.error());
  if (file->bytes().size() > kLargestConfig) {
    return fail(ErrorCode::kLimit,
                fmt::format("{} has {} bytes, too large for a config.json (16 MiB)", path, file->bytes().size()));
  }
  Result<Model> model = read_hf_config(file->bytes(), path);
  if (!model) return model;
  model->name = fs::path(path).parent_path().filename().string();
  if (model->name.empty()) model->name = model->architecture;
  if (Status status = add_weights(shards, *model); !status) return tl::unexpected<Error>(status.error());
  return model;
}

std::string name_of_folder(const std::string& folder) {
  const fs::path path = fs::path(folder).lexically_normal();
  return (path.has_filename() ? path : path.parent_path()).filename().string();
}

// Several parts of one split file count as one.
std::vector<std::string> without_later_parts(std::vector<std::string> files) {
  std::erase_if(files, [](const std::string& name) {
    const std::size_t of = name.rfind("-of-");
    return of != std::string::npos && of >= 6 && name.compare(of - 6, 6, "-00001") != 0;
  });
  return files;
}

// The one file of a format that a folder without config.json holds.
Result<Model> read_only_file(const std::string& folder, const std::vector<std::string>& names,
                             const ReadOptions& options) {
  // A TensorFlow SavedModel is a folder around one file.
  if (std::find(names.begin(), names.end(), "saved_model.pb") != names.end()) {
    return read_model((fs::path(folder) / "saved_model.pb").string(), options);
  }
  for (const ModelFormat& format : model_formats()) {
    const std::vector<std::string> files = without_later_parts(ending(names, format.suffix));
    if (files.empty()) continue;
    if (files.size() > 1 && format.read != nullptr) {
      return fail(ErrorCode::kInvalid,
                  fmt::format("the folder {} holds {} models: {}, {}{}", folder, files.size(), files[0], files[1],
                              files.size() > 2 ? ", …" : ""),
                  "name one of them", span_of(folder));
    }
    return read_model((fs::path(folder) / files.front()).string(), options);
  }
  return fail(ErrorCode::kUnsupported, fmt::format("the folder {} holds no model file that berth knows", folder),
              "give a folder with a Hugging Face config.json, safetensors, GGUF, ONNX or TFLite files, or describe the "
              "model by model.summary or model.operators",
              span_of(folder));
}

}  // namespace

Result<Model> read_model_folder(const std::string& folder, const ReadOptions& options) {
  const Result<std::vector<std::string>> names = list(folder);
  if (!names) return tl::unexpected<Error>(names.error());
  const Result<Shards> shards = shards_of_folder(folder, *names);
  if (!shards) return tl::unexpected<Error>(shards.error());
  const std::string config = (fs::path(folder) / "config.json").string();
  if (is_file(config)) return read_config(config, *shards);
  Result<Model> model = shards->present.empty() && !shards->index ? read_only_file(folder, *names, options)
                                                                  : model_of_shards(*shards, folder);
  if (model && (model->name.empty() || !shards->present.empty())) model->name = name_of_folder(folder);
  return model;
}

Result<Model> read_json_file(const MappedFile& file, const ReadOptions& options) {
  const std::string& path = file.path();
  const bool index = path.ends_with(".index.json");
  if (!index) {
    const std::string folder = fs::path(path).parent_path().string();
    const Result<std::vector<std::string>> names = list(folder.empty() ? "." : folder);
    if (fs::path(path).filename() != "config.json" || !names) return read_config(path, Shards{});
    const Result<Shards> shards = shards_of_folder(folder, *names);
    if (!shards) return tl::unexpected<Error>(shards.error());
    return read_config(path, *shards);
  }
  const Result<Shards> shards = shards_of_index(path);
  if (!shards) return tl::unexpected<Error>(shards.error());
  (void)options;
  const std::string config = beside(path, "config.json");
  return is_file(config) ? read_config(config, *shards) : model_of_shards(*shards, path);
}

Result<Model> read_safetensors_file(const MappedFile& file, const ReadOptions& options) {
  const std::string& path = file.path();
  const fs::path name = fs::path(path).filename();
  const std::string config = beside(path, "config.json");
  (void)options;
  const bool model_file = name.string().starts_with("model");
  if (model_file && is_file(config)) {
    const Result<std::vector<std::string>> names =
        list(fs::path(config).parent_path().string().empty() ? "." : fs::path(config).parent_path().string());
    if (!names) return tl::unexpected<Error>(names.error());
    const Result<Shards> shards = shards_of_folder(fs::path(config).parent_path().string(), *names);
    if (!shards) return tl::unexpected<Error>(shards.error());
    return read_config(config, *shards);
  }
  const Result<std::vector<StoredTensor>> tensors = read_safetensors(file.bytes(), path);
  if (!tensors) return tl::unexpected<Error>(tensors.error());
  return model_from_tensors(*tensors, path);
}

Result<Model> read_gguf_file(const MappedFile& file, const ReadOptions& options) {
  (void)options;
  Result<GgufFile> first = read_gguf(file.bytes(), file.path());
  if (!first) return tl::unexpected<Error>(first.error());
  const Result<std::vector<std::string>> parts = gguf_parts(*first, file.path());
  if (!parts) return tl::unexpected<Error>(parts.error());
  if (parts->size() == 1) {
    Result<Model> model = model_from_gguf(*first, first->tensors, file.path());
    if (model && !first->text("general.name").empty()) model->name = std::string(first->text("general.name"));
    return model;
  }
  // The metadata is in the first part, wherever the user pointed.
  std::vector<StoredTensor> tensors;
  const Result<MappedFile> head = MappedFile::open(parts->front());
  if (!head) return tl::unexpected<Error>(head.error());
  const Result<GgufFile> metadata = read_gguf(head->bytes(), parts->front());
  if (!metadata) return tl::unexpected<Error>(metadata.error());
  for (const std::string& path : *parts) {
    const Result<MappedFile> mapped = MappedFile::open(path);
    if (!mapped) return tl::unexpected<Error>(mapped.error());
    Result<GgufFile> part = read_gguf(mapped->bytes(), path);
    if (!part) return tl::unexpected<Error>(part.error());
    std::move(part->tensors.begin(), part->tensors.end(), std::back_inserter(tensors));
  }
  const auto said = metadata->integer("split.tensors.count");
  if (said && *said != static_cast<std::int64_t>(tensors.size())) {
    return fail(ErrorCode::kInvalid, fmt::format("the parts hold {} tensors, the first says {}", tensors.size(), *said),
                "get all parts of the same model", span_of(parts->front()));
  }
  return model_from_gguf(*metadata, tensors, parts->front());
}

Result<WeightTable> safetensors_weights(const std::string& path) {
  WeightTable table;
  std::error_code code;
  std::vector<std::string> files{path};
  if (fs::is_directory(path, code)) {
    const Result<std::vector<std::string>> names = list(path);
    if (!names) return tl::unexpected<Error>(names.error());
    const Result<Shards> shards = shards_of_folder(path, *names);
    if (!shards) return tl::unexpected<Error>(shards.error());
    files = shards->present;
  } else if (path.ends_with(".json")) {
    const Result<Shards> shards = shards_of_index(path);
    if (!shards) return tl::unexpected<Error>(shards.error());
    files = shards->present;
  }
  for (const std::string& file : files) {
    if (Status status = add_safetensors(file, table); !status) return tl::unexpected<Error>(status.error());
  }
  return table;
}

Result<WeightTable> gguf_weights(const std::string& path) {
  const Result<MappedFile> first = MappedFile::open(path);
  if (!first) return tl::unexpected<Error>(first.error());
  const Result<GgufFile> head = read_gguf(first->bytes(), path);
  if (!head) return tl::unexpected<Error>(head.error());
  const Result<std::vector<std::string>> parts = gguf_parts(*head, path);
  if (!parts) return tl::unexpected<Error>(parts.error());
  WeightTable table;
  for (const std::string& part : *parts) {
    const Result<MappedFile> file = MappedFile::open(part);
    if (!file) return tl::unexpected<Error>(file.error());
    Result<GgufFile> read = read_gguf(file->bytes(), part);
    if (!read) return tl::unexpected<Error>(read.error());
    for (StoredTensor& t : read->tensors) t.file = static_cast<std::uint32_t>(table.files.size());
    table.files.push_back(part);
    std::move(read->tensors.begin(), read->tensors.end(), std::back_inserter(table.tensors));
  }
  return table;
}

}  // namespace berth
