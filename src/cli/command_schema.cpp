#include <ostream>

#include "cli/inputs.hpp"
#include "core/text.hpp"

namespace berth::cli {
namespace {

constexpr std::string_view kFolder = "schema/";
constexpr std::string_view kEnding = ".schema.json";

// "schema/workload.schema.json" -> "workload"; empty for other files.
std::string schema_name(std::string_view file) {
  if (!file.starts_with(kFolder) || !file.ends_with(kEnding)) return {};
  return std::string(file.substr(kFolder.size(), file.size() - kFolder.size() - kEnding.size()));
}

}  // namespace

int run_schema(const SchemaOptions& options, Terminal& terminal) {
  const Result<std::vector<SourceFile>> files = load_files(options.knowledge);
  if (!files) return terminal.report(files.error());
  std::vector<std::string> names;
  for (const SourceFile& file : *files) {
    const std::string name = schema_name(file.name);
    if (name.empty()) continue;
    if (name == options.name) {
      terminal.out() << file.text;
      return kDone;
    }
    names.push_back(name);
  }
  if (options.name.empty()) {
    for (const std::string& name : names) terminal.out() << name << '\n';
    return kDone;
  }
  return terminal.report({ErrorCode::kNotFound,
                          "there is no schema '" + options.name + "'" + did_you_mean(options.name, names),
                          "the names are " + join_or(names),
                          {}});
}

}  // namespace berth::cli
