#include "cli/inputs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <future>
#include <istream>
#include <ostream>

#include "berth/data.hpp"
#include "berth/readers.hpp"
#include "berth/version.hpp"
#include "cli/jsonl.hpp"
#include "core/json.hpp"
#include "core/node.hpp"

namespace berth::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kWorkloadSchema = "berth/workload/v1";
constexpr std::string_view kCalibrationSchema = "\"berth/calibration/v1\"";
// How far into a data file its "schema" may stand.
constexpr std::size_t kSchemaWithin = 4096;

Result<std::vector<SourceFile>> base_files(const KnowledgeOptions& options) {
  if (options.rules_dir.empty()) return embedded_data();
  Result<std::vector<SourceFile>> files = read_data_folder(options.rules_dir);
  if (files && files->empty()) {
    return fail(ErrorCode::kNotFound, "the folder holds no .json files", "name a folder like the project's rules/",
                {options.rules_dir, 0, 0, 0, 0});
  }
  return files;
}

Status add_own_catalogs(const KnowledgeOptions& options, std::vector<SourceFile>& files) {
  for (const std::string& folder : options.catalog_dirs) {
    Result<std::vector<SourceFile>> own = read_data_folder(folder);
    if (!own) return tl::unexpected<Error>(own.error());
    for (SourceFile& file : *own) files.push_back({folder + "/" + file.name, std::move(file.text)});
  }
  if (options.host.empty()) return {};
  std::ifstream in(options.host, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in) {
    return fail(ErrorCode::kNotFound, "can't read the file", "write it by `berth probe > FILE`",
                {options.host, 0, 0, 0, 0});
  }
  if (text.find("\"berth/devices/v1\"") == std::string::npos) {
    return fail(ErrorCode::kInvalid, "this is no file of `berth probe`", "write one by `berth probe > FILE`",
                {options.host, 0, 0, 0, 0});
  }
  files.push_back({options.host, std::move(text)});
  return {};
}

Result<Calibration> calibration_file(const std::string& path, Terminal& terminal) {
  Result<std::string> text = terminal.read(path);
  if (!text) return tl::unexpected<Error>(text.error());
  return Calibration::load({path, std::move(*text)});
}

Result<Calibration> calibration_among(const std::vector<SourceFile>& files, const KnowledgeOptions& options) {
  for (const SourceFile& file : files) {
    const std::string_view head = std::string_view(file.text).substr(0, kSchemaWithin);
    if (!file.name.starts_with("schema/") && head.find(kCalibrationSchema) != std::string_view::npos) {
      return Calibration::load(file);
    }
  }
  return fail(ErrorCode::kNotFound, "no data file holds a calibration (berth/calibration/v1)",
              "name one with --calibration FILE", {options.rules_dir, 0, 0, 0, 0});
}

// A file that only a model reader can read; it may be far larger than any document.
bool has_model_name(const std::string& path) {
  constexpr std::array<std::string_view, 14> kNames{".onnx", ".gguf",  ".safetensors", ".tflite",    ".bin",
                                                    ".pt",   ".pt2",   ".pth",         ".pb",        ".h5",
                                                    ".hdf5", ".keras", ".ckpt",        ".index.json"};
  return std::any_of(kNames.begin(), kNames.end(), [&](std::string_view end) { return path.ends_with(end); });
}

// A model's config.json, told from a workload document by what only the former has.
bool looks_like_model(std::string_view text, const std::string& name) {
  const Result<Node> root = parse_document(text, name);
  if (!root || root->find("schema") != nullptr) return false;
  return root->find("model_type") != nullptr || root->find("architectures") != nullptr;
}

ParseOptions parse_options(const DocumentOptions& options, const std::string& input) {
  ParseOptions out;
  out.resolve_model = &read_model;
  out.base_folder = input == "-" ? std::string() : fs::path(input).parent_path().string();
  out.overrides = options.set;
  return out;
}

// A workload that says nothing but "this model".
Result<Workload> workload_of_model(const DocumentOptions& options, const std::string& path, const Catalog& catalog) {
  fs::path stem = fs::path(path).lexically_normal();
  if (!stem.has_filename()) stem = stem.parent_path();
  // Every model calls it config.json; its folder has the name.
  if (stem.filename() == "config.json" && stem.has_parent_path()) stem = stem.parent_path();
  std::error_code ignored;
  const bool is_file = fs::is_regular_file(path, ignored) && has_model_name(path);
  const std::string name = is_file ? stem.stem().string() : stem.filename().string();
  const Json document = {{"schema", kWorkloadSchema}, {"name", name}, {"model", {{"file", path}}}};
  ParseOptions parse = parse_options(options, "-");
  Result<Workload> workload = parse_workload(json_text(document, -1), path, catalog, parse);
  if (workload) return workload;
  Error error = workload.error();
  if (error.span.file == path && error.span.line == 1) error.span = {path, 0, 0, 0, 0};  // no place in a real file
  return tl::unexpected<Error>(std::move(error));
}

Result<Workload> read_workload(const DocumentOptions& options, const std::string& input, const Catalog& catalog,
                               Terminal& terminal) {
  std::error_code ignored;
  if (input != "-" && (fs::is_directory(input, ignored) || (has_model_name(input) && fs::exists(input, ignored)))) {
    return workload_of_model(options, input, catalog);
  }
  const Result<std::string> text = terminal.read(input);
  if (!text) return tl::unexpected<Error>(text.error());
  const std::string name = input == "-" ? "<stdin>" : input;
  if (looks_like_model(*text, name)) {
    if (input != "-") return workload_of_model(options, input, catalog);
    return fail(ErrorCode::kUnsupported, "this is a model's config.json, not a workload document",
                "give its path instead of -", {name, 0, 0, 0, 0});
  }
  return parse_workload(*text, name, catalog, parse_options(options, input));
}

int answer_lines_of(const DocumentOptions& options, const std::string& input, const Catalog& catalog,
                    Terminal& terminal, const Answerer& answer) {
  const std::string name = input == "-" ? "<stdin>" : input;
  const ParseOptions parse = parse_options(options, input);
  const LineFunction on_line = [&](std::string_view line) -> Result<LineAnswer> {
    const Result<Workload> workload = parse_workload(line, name, catalog, parse);
    if (!workload) return tl::unexpected<Error>(workload.error());
    Result<Answer> answered = answer(*workload, Layout::kJsonLine);
    if (!answered) return tl::unexpected<Error>(answered.error());
    while (answered->text.ends_with('\n')) answered->text.pop_back();
    return LineAnswer{std::move(answered->text), answered->exit_code};
  };
  if (input == "-") return answer_lines(terminal.in(), name, terminal.out(), on_line);
  std::ifstream stream(input, std::ios::binary);
  if (std::error_code ignored; !stream || fs::is_directory(input, ignored)) {
    return terminal.report({ErrorCode::kNotFound,
                            "can't open the file",
                            "give the path of a file, or - for standard input",
                            {input, 0, 0, 0, 0}});
  }
  return answer_lines(stream, name, terminal.out(), on_line);
}

int answer_one(const DocumentOptions& options, const std::string& input, Layout layout, const Catalog& catalog,
               Terminal& terminal, const Answerer& answer) {
  const Result<Workload> workload = read_workload(options, input, catalog, terminal);
  if (!workload) return terminal.report(workload.error());
  const Result<Answer> answered = answer(*workload, layout);
  if (!answered) return terminal.report(answered.error());
  terminal.out() << answered->text;
  return answered->exit_code;
}

}  // namespace

Result<std::vector<SourceFile>> load_files(const KnowledgeOptions& options) {
  Result<std::vector<SourceFile>> files = base_files(options);
  if (!files) return files;
  if (Status status = add_own_catalogs(options, *files); !status) return tl::unexpected<Error>(status.error());
  return files;
}

Result<Catalog> load_catalog(const KnowledgeOptions& options) {
  const Result<std::vector<SourceFile>> files = load_files(options);
  if (!files) return tl::unexpected<Error>(files.error());
  return Catalog::load(*files);
}

Result<RuleSet> load_rules(const KnowledgeOptions& options, RuleFamily family) {
  const Result<std::vector<SourceFile>> files = base_files(options);
  if (!files) return tl::unexpected<Error>(files.error());
  return RuleSet::load(*files, family);
}

Result<Calibration> load_calibration(const KnowledgeOptions& options, Terminal& terminal) {
  if (!options.calibration.empty()) return calibration_file(options.calibration, terminal);
  const Result<std::vector<SourceFile>> files = base_files(options);
  if (!files) return tl::unexpected<Error>(files.error());
  return calibration_among(*files, options);
}

Result<Knowledge> load_knowledge(const KnowledgeOptions& options, Terminal& terminal) {
  Result<std::vector<SourceFile>> files = base_files(options);
  if (!files) return tl::unexpected<Error>(files.error());
  const std::size_t shipped = files->size();
  if (Status status = add_own_catalogs(options, *files); !status) return tl::unexpected<Error>(status.error());
  // Rules and catalog are most of a cold start and know nothing of each other: one thread each.
  std::future<Result<Catalog>> catalog = std::async(std::launch::async, [&] { return Catalog::load(*files); });
  Result<RuleSet> rules = RuleSet::load(std::span(*files).first(shipped));
  Result<Catalog> loaded = catalog.get();
  if (!rules) return tl::unexpected<Error>(rules.error());
  if (!loaded) return tl::unexpected<Error>(loaded.error());
  Result<Calibration> calibration = options.calibration.empty() ? calibration_among(*files, options)
                                                                : calibration_file(options.calibration, terminal);
  if (!calibration) return tl::unexpected<Error>(calibration.error());
  return Knowledge{std::move(*loaded), std::move(*rules), std::move(*calibration)};
}

Stamp stamp_of(const Knowledge& knowledge) {
  return {version(), knowledge.rules.hash(), knowledge.catalog.as_of()};
}

int answer_documents(const DocumentOptions& options, const Catalog& catalog, Terminal& terminal,
                     const Answerer& answer) {
  Layout layout = Layout::kText;
  if (options.format == Format::kJson) layout = options.inputs.size() > 1 ? Layout::kJsonLine : Layout::kJson;
  int worst = kDone;
  for (const std::string& input : options.inputs) {
    const int code = options.jsonl ? answer_lines_of(options, input, catalog, terminal, answer)
                                   : answer_one(options, input, layout, catalog, terminal, answer);
    worst = std::max(worst, code);
  }
  return worst;
}

Result<std::vector<Measurement>> load_measurement_files(const std::vector<std::string>& inputs, const Catalog& catalog,
                                                        Terminal& terminal) {
  std::vector<std::string> files;
  for (const std::string& input : inputs) {
    std::error_code error;
    if (input == "-" || !fs::is_directory(input, error)) {
      files.push_back(input);
      continue;
    }
    std::vector<std::string> inside;
    for (const fs::directory_entry& entry : fs::directory_iterator(input, error)) {
      if (entry.path().extension() == ".jsonl") inside.push_back(entry.path().string());
    }
    if (inside.empty()) {
      return fail(ErrorCode::kNotFound, "the folder holds no .jsonl files", "name measurements files",
                  {input, 0, 0, 0, 0});
    }
    std::sort(inside.begin(), inside.end());
    files.insert(files.end(), inside.begin(), inside.end());
  }
  std::vector<Measurement> out;
  for (const std::string& file : files) {
    Result<std::string> text = terminal.read(file);
    if (!text) return tl::unexpected<Error>(text.error());
    Result<std::vector<Measurement>> rows =
        load_measurements({file == "-" ? "<stdin>" : file, std::move(*text)}, catalog);
    if (!rows) return tl::unexpected<Error>(rows.error());
    out.insert(out.end(), std::make_move_iterator(rows->begin()), std::make_move_iterator(rows->end()));
  }
  return out;
}

}  // namespace berth::cli
