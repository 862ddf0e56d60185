#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ostream>

#include "berth/rule_check.hpp"
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

Json witness_json(const RuleFinding& finding) {
  Json out = Json::object();
  for (const auto& [path, value] : *finding.witness) out[path] = Json::parse(value, nullptr, false);
  return out;
}

Json finding_json(const RuleFinding& finding) {
  Json out = {
      {"check", finding.check}, {"severity", finding.severity}, {"rule", finding.rule}, {"message", finding.message}};
  if (!finding.other.empty()) out["other"] = finding.other;
  if (!finding.fix.empty()) out["fix"] = finding.fix;
  out["certainty"] = finding.proven ? "proven" : "possible";
  if (!finding.doubt.empty()) out["doubt"] = finding.doubt;
  if (!finding.allowed.empty()) out["allowed"] = finding.allowed;
  if (finding.span.line > 0) {
    out["file"] = finding.span.file;
    out["line"] = finding.span.line;
    out["column"] = finding.span.column;
  }
  if (finding.witness) {
    out["witness"] = witness_json(finding);
    out["fires"] = finding.fires;
    out["silent"] = finding.silent;
  }
  return out;
}

// "fires a, b; not c": what `rules eval` says of the witness.
std::string claim_of(const RuleFinding& finding) {
  const auto listed = [](const std::vector<std::string>& ids) {
    constexpr std::ptrdiff_t kMost = 4;
    const std::ptrdiff_t shown = std::min<std::ptrdiff_t>(std::ssize(ids), kMost);
    std::string text = fmt::format("{}", fmt::join(ids.begin(), ids.begin() + shown, ", "));
    return std::ssize(ids) > shown ? fmt::format("{} and {} more", text, std::ssize(ids) - shown) : text;
  };
  std::string out;
  if (!finding.fires.empty()) out += " fires " + listed(finding.fires);
  if (!finding.silent.empty()) out += (out.empty() ? " not " : "; not ") + listed(finding.silent);
  return out.empty() ? out : "  #" + out;
}

std::string finding_text(const RuleFinding& finding) {
  const std::string where = to_string(finding.span);
  std::string out =
      fmt::format("{}{}{}: {}{}{} [{}{}]\n", where, where.empty() ? "" : ": ", finding.severity, finding.rule,
                  finding.rule.empty() ? "" : ": ", finding.message, finding.check, finding.proven ? "" : ", possible");
  if (!finding.doubt.empty()) out += fmt::format("    not proven: {}\n", finding.doubt);
  if (finding.witness) out += fmt::format("    facts: {}{}\n", json_text(witness_json(finding), -1), claim_of(finding));
  if (!finding.fix.empty()) out += fmt::format("    fix: {}\n", finding.fix);
  return out;
}

// How many findings of a severity stand.
long count(const std::vector<RuleFinding>& findings, std::string_view severity) {
  return std::count_if(findings.begin(), findings.end(),
                       [&](const RuleFinding& f) { return f.severity == severity && f.allowed.empty(); });
}

}  // namespace

int run_rules_list(const RulesListOptions& options, Terminal& terminal) {
  const Result<RuleSet> rules = load_rules(options.knowledge);
  if (!rules) return terminal.report(rules.error());
  if (options.format == Format::kText) {
    for (const Rule& rule : rules->rules()) terminal.out() << listed(rule);
    terminal.out() << fmt::format("{} rules, set {}\n", rules->rules().size(), rules->hash());
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

int run_rules_check(const RulesCheckOptions& options, Terminal& terminal) {
  const Result<std::vector<SourceFile>> files = load_files(options.knowledge);
  if (!files) return terminal.report(files.error());
  const Result<RuleCheck> check = check_rules(*files, {options.as_of, options.family});
  if (!check) return terminal.report(check.error());
  const std::vector<RuleFinding>& findings = check->findings;
  const auto allowed = std::count_if(findings.begin(), findings.end(),
                                     [](const RuleFinding& finding) { return !finding.allowed.empty(); });
  if (options.format == Format::kJson) {
    Json list = Json::array();
    for (const RuleFinding& finding : findings) list.push_back(finding_json(finding));
    terminal.out() << json_text({{"schema", "berth/rule-findings/v1"},
                                 {"rule_set", check->hash},
                                 {"rules", check->rules},
                                 {"findings", std::move(list)}})
                   << "\n";
  } else {
    for (const RuleFinding& finding : findings) {
      if (finding.allowed.empty()) terminal.out() << finding_text(finding);
    }
    terminal.out() << fmt::format("{} rules, set {}: {} errors, {} warnings, {} notes, {} allowed with a reason\n",
                                  check->rules, check->hash, count(findings, "error"), count(findings, "warning"),
                                  count(findings, "note"), allowed);
  }
  return count(findings, "error") + count(findings, "warning") > 0 ? kFindings : kDone;
}

int run_rules_test(const RulesFolderOptions& options, Terminal& terminal) {
  const Result<RuleSet> rules = load_rules(options.knowledge, options.family);
  if (!rules) return terminal.report(rules.error());
  const std::vector<RuleTestResult> results = run_tests(*rules);
  const std::vector<RuleFinding> missing = missing_tests(*rules);
  std::size_t failed = 0;
  Json failures = Json::array(), lacking = Json::array();
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
  for (const RuleFinding& finding : missing) {
    if (!finding.allowed.empty()) continue;
    if (options.format == Format::kText) terminal.out() << finding_text(finding);
    lacking.push_back(finding_json(finding));
  }
  if (options.format == Format::kJson) {
    terminal.out() << json_text({{"schema", "berth/rule-tests/v1"},
                                 {"rule_set", rules->hash()},
                                 {"tests", results.size()},
                                 {"failures", std::move(failures)},
                                 {"missing", std::move(lacking)}})
                   << "\n";
  } else {
    terminal.out() << fmt::format("{} tests of {} rules, set {}: {} passed, {} failed, {} missing\n", results.size(),
                                  rules->rules().size(), rules->hash(), results.size() - failed, failed,
                                  count(missing, "warning") + count(missing, "note"));
  }
  return failed > 0 || count(missing, "warning") > 0 ? kFindings : kDone;
}

}  // namespace berth::cli
