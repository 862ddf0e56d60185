#include <algorithm>
#include <ostream>

#include "cli/inputs.hpp"
#include "core/json.hpp"
#include "rules/bare.hpp"

namespace berth::cli {
namespace {

// The file of --rules: the neutral form stands alone; a berth/rules/v1 file takes facts and decisions
// from the rule set.
Result<RuleSet> load_rule_file(const RulesEvalOptions& options, Terminal& terminal) {
  Result<std::string> text = terminal.read(options.rules);
  if (!text) return tl::unexpected<Error>(text.error());
  SourceFile file{options.rules, std::move(*text)};
  if (file.text.find("berth/rules/v1") == std::string::npos) return RuleSet::load_file(file);
  Result<std::vector<SourceFile>> files = load_files(options.knowledge);
  if (!files) return tl::unexpected<Error>(files.error());
  std::vector<SourceFile> kept;
  for (SourceFile& known : *files) {
    if (known.text.find("berth/rules/v1") == std::string::npos) kept.push_back(std::move(known));
  }
  kept.push_back(std::move(file));
  return RuleSet::load(kept);
}

std::string error_line(const Error& error) {
  return json_text({{"error", {{"code", to_string(error.code)}, {"message", to_string(error)}}}}, -1) + "\n";
}

}  // namespace

int run_rules_eval(const RulesEvalOptions& options, Terminal& terminal) {
  const Result<RuleSet> rules =
      options.rules.empty() ? load_rules(options.knowledge, options.family) : load_rule_file(options, terminal);
  if (!rules) return terminal.report(rules.error());
  const Result<std::string> text = terminal.read(options.facts);
  if (!text) return terminal.report(text.error());
  const BareOutput output = options.ids_only ? BareOutput::kIds
                            : options.trace  ? BareOutput::kTrace
                                             : BareOutput::kVerdicts;
  BareEngine engine(*rules, output);
  std::string out;
  int code = kDone;
  int number = 0;
  for (std::size_t at = 0; at < text->size();) {
    const std::size_t end = std::min(text->find('\n', at), text->size());
    const std::string_view line = std::string_view(*text).substr(at, end - at);
    at = end + 1;
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    if (const Status status = engine.judge(line, options.facts, number, out); !status) {
      code = terminal.report(status.error());
      out += output == BareOutput::kIds ? "\n" : error_line(status.error());
    }
  }
  terminal.out() << out;
  return code;
}

}  // namespace berth::cli
