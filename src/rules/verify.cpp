#include <fmt/format.h>

#include <algorithm>

#include "rules/verifier.hpp"

namespace berth {

Verifier::Verifier(const RuleSet::State& set, const VerifyOptions& options)
    : set_(set), as_of_(options.as_of), search_(set) {
  for (std::uint32_t i = 0; i < set.rules.size(); ++i) given_.push_back(search_.given_facts({&i, 1}));
  for (const Rule& rule : set.rules) {
    if (options.as_of.empty()) as_of_ = std::max(as_of_, rule.source.retrieved);
  }
}

std::vector<RuleFinding> Verifier::run() {
  conditions();
  texts();
  tests();
  pairs();
  decisions();
  allowances();
  // By rule; what is about no rule stands last.
  std::stable_sort(findings_.begin(), findings_.end(), [](const RuleFinding& a, const RuleFinding& b) {
    return a.rule.empty() != b.rule.empty() ? b.rule.empty() : a.rule < b.rule;
  });
  return std::move(findings_);
}

std::vector<RuleFinding> Verifier::run_tests_only() {
  tests();
  for (const Rule& rule : set_.rules) {
    for (const Allowance& allowance : rule.allow) allow(allowance, rule.id, {});
  }
  return std::move(findings_);
}

RuleFinding& Verifier::add(const char* check, std::uint32_t rule, const char* severity, std::string message) {
  RuleFinding& finding = findings_.emplace_back();
  finding.check = check;
  finding.rule = id(rule);
  finding.severity = severity;
  finding.message = std::move(message);
  finding.span = set_.rules[rule].span;
  return finding;
}

RuleFinding& Verifier::add(const char* check, const DecisionInfo& decision, const char* severity, std::string message) {
  RuleFinding& finding = findings_.emplace_back();
  finding.check = check;
  finding.other = decision.dimension;
  finding.severity = severity;
  finding.message = std::move(message);
  finding.span = decision.span;
  return finding;
}

void Verifier::doubt(RuleFinding& finding, const Answer& none) {
  if (none.proven_none()) return;
  finding.proven = false;
  finding.doubt = none.doubt;
  finding.severity = "note";
}

void Verifier::show(RuleFinding& finding, const Answer& sheet, const Rules& fires, const Rules& silent) const {
  if (!sheet.found()) return;
  finding.witness = sheet.witness;
  finding.fires = ids(fires);
  finding.silent = ids(silent);
}

std::vector<std::string> Verifier::ids(const Rules& rules) const {
  std::vector<std::string> out;
  for (const std::uint32_t rule : rules) {
    if (set_.rules[rule].effect != Effect::kDerive) out.push_back(id(rule));
  }
  return out;
}

// ---- what the rule files say is meant

bool Verifier::allow(const Allowance& allowance, std::string_view rule, std::string_view dimension) {
  bool used = false;
  for (RuleFinding& finding : findings_) {
    if (finding.check != allowance.finding || finding.rule != rule) continue;
    bool about = allowance.with.empty() || finding.other == allowance.with;
    if (!dimension.empty()) {
      const std::string option = fmt::format("{}={}", dimension, allowance.with);
      about = allowance.with.empty() ? finding.other == dimension || finding.other.starts_with(option)
                                     : finding.other == option;
    }
    if (!about) continue;
    if (finding.allowed.empty()) finding.allowed = allowance.reason;
    used = true;
  }
  return used;
}

void Verifier::unused(const Allowance& allowance, std::string_view rule) {
  RuleFinding& finding = findings_.emplace_back();
  finding.check = "unused_allow";
  finding.rule = rule;
  finding.other = allowance.with;
  finding.severity = "warning";
  finding.message = fmt::format("allows {}{}{}, but there is no such finding", allowance.finding,
                                allowance.with.empty() ? "" : " with ", allowance.with);
  finding.fix = "remove it";
  finding.span = allowance.span;
}

void Verifier::allowances() {
  for (const Rule& rule : set_.rules) {
    for (const Allowance& allowance : rule.allow) {
      if (!allow(allowance, rule.id, {})) unused(allowance, rule.id);
    }
  }
  for (const DecisionInfo& decision : set_.decisions) {
    for (const Allowance& allowance : decision.allow) {
      const bool used = allowance.where.empty()
                            ? allow(allowance, {}, decision.dimension)
                            : std::find(regional_.begin(), regional_.end(), &allowance) != regional_.end();
      if (!used) unused(allowance, {});
    }
  }
}

std::vector<RuleFinding> verify(const RuleSet& rules, const VerifyOptions& options) {
  return Verifier(rules.state(), options).run();
}

std::vector<RuleFinding> missing_tests(const RuleSet& rules) {
  return Verifier(rules.state(), {}).run_tests_only();
}

}  // namespace berth
