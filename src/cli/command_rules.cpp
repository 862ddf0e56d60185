#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ostream>

#include "cli/inputs.hpp"
#include "core/json.hpp"

namespace berth::cli {
namespace {

std::string target_of(const Rule& rule) {
  return rule.option.empty() ? rule.dimension : rule.dimension + "=" + rule.option;
}

const char* word_of(Verdict verdict) {
  return verdict == Verdict::kFired ? "fired" : verdict == Verdict::kNot ? "not" : "unknown";
}

std::string listed(const Rule& rule) {
  std::string weight = rule.effect == Effect::kRecommend ? fmt::format(" {:+g}", rule.weight) : std::string();
  return fmt::format("{:<8} {:<34} {:<9} {}{}\n", rule.id, rule.name, to_string(rule.effect), target_of(rule), weight);
}

Json finding_json(const RuleFinding& finding) {
  Json out = {
      {"check", finding.check}, {"severity", finding.severity}, {"rule", finding.rule}, {"message", finding.message}};
  if (!finding.other.empty()) out["other"] = finding.other;
  out["certainty"] = finding.proven ? "proven" : "possible";
  if (finding.span.line > 0) {
    out["file"] = finding.span.file;
    out["line"] = finding.span.line;
  }
  if (!finding.witness.empty()) {
    out["witness"] = Json::object();
    for (const auto& [path, value] : finding.witness) out["witness"][path] = Json::parse(value, nullptr, false);
  }
  return out;
}

}  // namespace

int run_rules_list(const RulesListOptions& options, Terminal& terminal) {
  const Result<RuleSet> rules = load_rules(options.knowledge);
  if (!rules) return terminal.report(rules.error());
  if (options.format == Format::kText) {
    for (const Rule& rule : rules->rules()) terminal.out() << listed(rule);
    return kDone;
  }
  Json list = Json::array();
  for (const Rule& rule : rules->rules()) {
    list.push_back({{"id", rule.id},
                    {"name", rule.name},
                    {"title", rule.title},
                    {"effect", to_string(rule.effect)},
                    {"target", target_of(rule)},
                    {"seed", rule.seed},
                    {"tags", rule.tags}});
  }
  terminal.out() << json_text(
                        {{"schema", "berth/rule-list/v1"}, {"rule_set", rules->hash()}, {"rules", std::move(list)}})
                 << "\n";
  return kDone;
}

int run_rules_check(const RulesFolderOptions& options, Terminal& terminal) {
  const Result<RuleSet> rules = load_rules(options.knowledge);
  if (!rules) return terminal.report(rules.error());
  const std::vector<RuleFinding> findings = verify(*rules);
  const auto count = [&](std::string_view severity) {
    return std::count_if(findings.begin(), findings.end(),
                         [&](const RuleFinding& f) { return f.severity == severity; });
  };
  if (options.format == Format::kJson) {
    Json list = Json::array();
    for (const RuleFinding& finding : findings) list.push_back(finding_json(finding));
    terminal.out() << json_text({{"schema", "berth/rule-findings/v1"},
                                 {"rule_set", rules->hash()},
                                 {"findings", std::move(list)}})
                   << "\n";
  } else {
    for (const RuleFinding& finding : findings) {
      const std::string where = to_string(finding.span);
      terminal.out() << fmt::format("{}{}{}: {}{}{} [{}]\n", where, where.empty() ? "" : ": ", finding.severity,
                                    finding.rule, finding.rule.empty() ? "" : ": ", finding.message, finding.check);
    }
    terminal.out() << fmt::format("{} rules: {} errors, {} warnings, {} notes\n", rules->rules().size(), count("error"),
                                  count("warning"), count("note"));
  }
  return count("error") > 0 ? kFindings : kDone;
}

int run_rules_test(const RulesFolderOptions& options, Terminal& terminal) {
  const Result<RuleSet> rules = load_rules(options.knowledge);
  if (!rules) return terminal.report(rules.error());
  const std::vector<RuleTestResult> results = run_tests(*rules);
  std::size_t failed = 0;
  Json failures = Json::array();
  for (const RuleTestResult& result : results) {
    if (result.passed()) continue;
    ++failed;
    if (options.format == Format::kText) {
      terminal.out() << fmt::format("{}: {}: test {}: expected {}, found {}\n", to_string(result.span), result.rule->id,
                                    result.index + 1, word_of(result.expected), word_of(result.found));
    }
    failures.push_back({{"rule", result.rule->id},
                        {"test", result.index + 1},
                        {"expected", word_of(result.expected)},
                        {"found", word_of(result.found)},
                        {"file", result.span.file},
                        {"line", result.span.line}});
  }
  if (options.format == Format::kJson) {
    terminal.out() << json_text({{"schema", "berth/rule-tests/v1"},
                                 {"rule_set", rules->hash()},
                                 {"tests", results.size()},
                                 {"failures", std::move(failures)}})
                   << "\n";
  } else {
    terminal.out() << fmt::format("{} tests of {} rules: {} passed, {} failed\n", results.size(), rules->rules().size(),
                                  results.size() - failed, failed);
  }
  return failed > 0 ? kFindings : kDone;
}

}  // namespace berth::cli
