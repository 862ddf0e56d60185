#include <fmt/format.h>

#include "berth/report.hpp"
#include "report/recommendation_parts.hpp"

namespace berth {
namespace {

std::string place_of(const TracedFact& fact) {
  if (fact.origin.empty()) return "unknown";
  std::string out = fact.from;
  if (fact.origin == "option") out = "--set " + fact.from;
  if (fact.origin == "rule") out = "derived by " + fact.from;
  if (fact.origin == "assumption") out = "assumed: " + fact.from;
  if (fact.origin == "estimate") out = "estimate: " + fact.from;
  if (fact.origin == "catalog") out = "catalog: " + fact.from;
  if (fact.origin == "model") out = "model: " + fact.from;
  if (fact.span.line > 0) out = fmt::format("{}:{}", fact.span.file, fact.span.line);
  if (fact.origin == "rule" && fact.span.line > 0) out += ", rule " + fact.from;
  return out;
}

void rule_text(std::string& out, const TracedRule& rule) {
  const char* open = rule.verdict == Verdict::kUndetermined ? ", open" : "";
  const std::string weight = rule.weight == 0 ? std::string() : fmt::format(" {:+g}", rule.weight);
  out += fmt::format("  {} {} {}{}{}\n", rule.rule, rule.effect, rule.target, weight, open);
  out += fmt::format("      {}\n", rule.message.empty() ? rule.statement : rule.message);
  for (const TraceLeaf& leaf : rule.leaves) {
    if (!leaf.facts.empty()) out += fmt::format("      {} is {}\n", leaf.text, leaf.value);
  }
  for (const TracedFact& fact : rule.facts) {
    out += fmt::format("        {} = {}  ({})\n", fact.fact, fact.value.empty() ? "?" : fact.value, place_of(fact));
    for (const std::string& assumption : fact.assumptions) out += fmt::format("          {}\n", assumption);
  }
  if (!rule.residual.empty()) out += fmt::format("      open: {}\n", rule.residual);
}

void candidates_text(std::string& out, const Explanation& e) {
  if (!e.candidates.empty()) out += "\nCandidates\n";
  for (const TracedCandidate& c : e.candidates) {
    out += fmt::format("  {} {} ({} x {})", c.rank > 0 ? fmt::format("rank {}:", c.rank) : "rejected:",
                       c.machine.empty() ? c.device : c.machine, c.devices, c.device);
    if (c.score)
      out +=
          fmt::format(", {:.4g} ({:.4g} to {:.4g}) {}", c.score->expected, c.score->low, c.score->high, c.score_unit);
    out += "\n";
    if (c.rank == 0 && !c.because.empty()) out += fmt::format("      {}\n", c.because);
    std::string rules;
    for (const TracedRule& rule : c.rules) rule_text(rules, rule);
    out += rules;
  }
  if (!e.rejected.empty()) out += "\nRejected\n";
  for (std::size_t i = 0; i < e.rejected.size(); ++i) {
    const Rejected& rejected = e.rejected[i];
    out +=
        fmt::format("  {} by {}: {} (first: {})\n", e.rejected_counts[i], rejected.by, rejected.because, rejected.what);
  }
}

}  // namespace

std::string explanation_text(const Explanation& e, const Stamp& stamp) {
  std::string out = fmt::format("{}: {} {}\n{}.\n", e.name.empty() ? "explanation" : e.name,
                                e.question == "why" ? "why" : "why not", e.target, e.summary);
  if (!e.options.empty()) out += "\nWhat the rules give\n";
  for (const TracedOption& option : e.options) {
    const std::string range = option.low == option.high ? fmt::format("{:+g}", option.low)
                                                        : fmt::format("{:+g} to {:+g}", option.low, option.high);
    out += fmt::format("  {:<14} {}{}{}\n", option.option, range, option.vetoed ? ", ruled out" : "",
                       option.at_risk ? ", may be ruled out" : "");
  }
  if (!e.rules.empty()) out += "\nRules\n";
  for (const TracedRule& rule : e.rules) rule_text(out, rule);
  candidates_text(out, e);
  if (!e.unknown.empty()) out += "\nUnknown\n";
  for (const Unknown& unknown : e.unknown) out += fmt::format("  {}: {}\n", unknown.fact, unknown.ask);
  if (!e.would_change.empty())
    out += e.question == "why" ? "\nWould change it\n" : fmt::format("\nWould make it {}\n", e.target);
  for (const WouldChange& change : e.would_change) out += would_change_text(change);
  out += fmt::format("\nberth {}, rules {}, catalog {}\n", stamp.version, stamp.rules_hash, stamp.catalog_date);
  return out;
}

}  // namespace berth
