// The rules of one file, as written.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/text.hpp"
#include "rules/loader.hpp"

namespace berth {
namespace {

constexpr std::array<std::pair<std::string_view, Scope>, 2> kScopes = {
    {{"workload", Scope::kWorkload}, {"candidate", Scope::kCandidate}}};
constexpr std::array<std::pair<std::string_view, Effect>, 5> kEffects = {{{"derive", Effect::kDerive},
                                                                          {"require", Effect::kRequire},
                                                                          {"veto", Effect::kVeto},
                                                                          {"recommend", Effect::kRecommend},
                                                                          {"check", Effect::kCheck}}};
constexpr std::array<std::string_view, 3> kSeverities = {"error", "warning", "note"};

bool is_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  for (const std::size_t i : {0U, 1U, 2U, 3U, 5U, 6U, 8U, 9U}) {
    if (text[i] < '0' || text[i] > '9') return false;
  }
  return true;
}

void read_date(Fields& fields, std::string_view key, std::string& out) {
  fields.read(key, out);
  if (!out.empty() && !is_date(out))
    fields.fail_at(*fields.child(key), fmt::format("{} is no date: \"{}\"", key, shorten(out)),
                   "write it as 2026-11-24");
}

void read_source(Fields& fields, RuleSource& out, std::string_view file) {
  const Node* node = fields.child("source");
  if (!node) return;
  Fields source(*node, file, fields.path_of("source"));
  source.read("title", out.title);
  source.read("url", out.url);
  source.read("locator", out.locator);
  read_date(source, "retrieved", out.retrieved);
  if (const Status status = source.finish(); !status) fields.fail_with(status.error());
}

constexpr std::array<std::string_view, 22> kAllowed = {"never_true",
                                                       "always_true",
                                                       "unreachable_branch",
                                                       "duplicate",
                                                       "subsumed",
                                                       "conflict",
                                                       "overlap",
                                                       "gap",
                                                       "total_veto",
                                                       "never_decides",
                                                       "unused_fact",
                                                       "underived_fact",
                                                       "double_equality",
                                                       "cost",
                                                       "no_source",
                                                       "malformed_source",
                                                       "expired",
                                                       "no_test",
                                                       "no_boundary_test",
                                                       "unreachable_option",
                                                       "outside_domain",
                                                       "dates"};

// What each effect must have, and what it can't have.
void check_shape(Fields& fields, const Node& node, const WrittenRule& written) {
  const Rule& rule = written.rule;
  const auto need = [&](const Node* there, const char* key, const char* fix) {
    if (!there)
      fields.fail_at(node, fmt::format("{}: a {} rule needs \"{}\"", rule.id, to_string(rule.effect), key), fix);
  };
  const auto refuse = [&](const Node* there, const char* key) {
    if (there)
      fields.fail_at(*there, fmt::format("{}: \"{}\" means nothing in a {} rule", rule.id, key, to_string(rule.effect)),
                     "remove it");
  };
  const bool derive = rule.effect == Effect::kDerive, require = rule.effect == Effect::kRequire;
  const bool judges = rule.effect == Effect::kVeto || rule.effect == Effect::kRecommend;
  if (!derive && !require) need(written.when, "when", "a condition in CEL");
  if (judges) need(written.target, "target", "as \"dimension=option\"");
  if (derive) need(written.target, "target", "the path of the fact");
  if (derive) need(written.value, "value", "a CEL expression");
  if (require) need(written.target, "target", "the dimension");
  if (require) need(written.facts, "facts", "the facts that must be known before the dimension is decided");
  if (!derive) refuse(written.value, "value");
  if (!require) refuse(written.facts, "facts");
  if (rule.effect != Effect::kRecommend)
    refuse(fields.child("weight"), "weight");
  else if (fields.ok() && rule.weight == 0)
    fields.fail_at(node, fmt::format("{}: a recommend rule needs a \"weight\" other than 0", rule.id));
  if (rule.effect != Effect::kCheck) refuse(fields.child("severity"), "severity");
}

Result<WrittenRule> read_rule(const Node& node, const std::string& file, std::size_t index) {
  WrittenRule written;
  written.file = file;
  Rule& rule = written.rule;
  Fields fields(node, file, fmt::format("rules[{}]", index));
  rule.span = fields.span_of(node);
  fields.read("id", rule.id);
  if (fields.ok() && rule.id.empty()) fields.fail_at(node, "a rule needs an \"id\"", "BRT and four digits");
  fields.read("name", rule.name);
  fields.read("title", rule.title);
  fields.read("seed", rule.seed);
  read_date(fields, "since", rule.since);
  read_date(fields, "until", rule.until);
  fields.read_word("scope", rule.scope, std::span<const std::pair<std::string_view, Scope>>(kScopes));
  fields.read_word("effect", rule.effect, std::span<const std::pair<std::string_view, Effect>>(kEffects));
  fields.read("weight", rule.weight, Range{-1000, 1000});
  fields.read("statement", rule.statement);
  fields.read("fix", rule.fix);
  fields.read("tags", rule.tags);
  fields.read("facts", rule.facts);
  rule.when = "true";
  fields.read("when", rule.when);
  fields.read("value", rule.value);
  fields.read("message", rule.message);
  std::string target;
  fields.read("target", target);
  rule.dimension = target.substr(0, target.find('='));
  if (target.find('=') != std::string::npos) rule.option = target.substr(target.find('=') + 1);
  std::optional<std::string> severity;
  fields.read_word("severity", severity, std::span<const std::string_view>(kSeverities));
  if (rule.effect == Effect::kCheck) rule.severity = severity.value_or("warning");
  read_source(fields, rule.source, file);
  // What only `berth check` reads of a rule (src/check/rule_details.cpp).
  if (rule.effect == Effect::kCheck) static_cast<void>(fields.child("check"));
  read_allowances(fields, file, rule.allow);
  for (const Allowance& allowance : rule.allow) {
    if (!allowance.where.empty())
      fields.fail_at(*fields.child("allow"), fmt::format("{}: \"where\" is for gap and total_veto", rule.id),
                     "they are allowed in the decision");
  }
  written.when = fields.child("when");
  written.value = fields.child("value");
  written.message = fields.child("message");
  written.target = fields.child("target");
  written.facts = fields.child("facts");
  written.tests = fields.child("tests");
  // A misspelt key says more than what is then missing.
  if (fields.finish()) check_shape(fields, node, written);
  if (const Status status = fields.finish(); !status) return tl::unexpected<Error>(status.error());
  return written;
}

}  // namespace

void read_allowances(Fields& fields, std::string_view file, std::vector<Allowance>& out) {
  const Node* list = fields.child("allow");
  if (list == nullptr) return;
  if (!list->is(Node::Kind::kArray)) return fields.fail_at(*list, "\"allow\" must be a list");
  for (std::size_t i = 0; i < list->as_array().size(); ++i) {
    const Node& node = list->as_array()[i];
    Fields entry(node, file, fmt::format("{}[{}]", fields.path_of("allow"), i));
    Allowance allowance;
    std::optional<std::string> finding;
    allowance.span = entry.span_of(node);
    entry.read_word("finding", finding, std::span<const std::string_view>(kAllowed));
    entry.read("with", allowance.with);
    entry.read("where", allowance.where);
    entry.read("reason", allowance.reason);
    if (entry.ok() && (!finding || allowance.reason.empty()))
      entry.fail_at(node, "an entry of \"allow\" needs a \"finding\" and a \"reason\"");
    if (finding) allowance.finding = *finding;
    if (!allowance.where.empty() && allowance.finding != "gap" && allowance.finding != "total_veto")
      entry.fail_at(node, "\"where\" is for gap and total_veto", "name the other rule by \"with\"");
    if (const Status status = entry.finish(); !status) return fields.fail_with(status.error());
    out.push_back(std::move(allowance));
  }
}

Status read_rules(const RuleFile& file, std::vector<WrittenRule>& rules, std::vector<RuleFault>& faults) {
  Fields fields(file.root, file.name, "");
  std::string text;
  fields.read("schema", text);
  fields.read("doc", text);
  fields.read("$schema", text);
  const Node* list = fields.child("rules");
  if (const Status status = fields.finish(); !status) return status;
  if (!list || !list->is(Node::Kind::kArray))
    return fail(ErrorCode::kInvalid, "\"rules\" must be a list", {},
                {file.name, file.root.line, file.root.column, 0, 0});
  for (std::size_t i = 0; i < list->as_array().size(); ++i) {
    const Node& node = list->as_array()[i];
    Result<WrittenRule> rule = read_rule(node, file.name, i);
    if (rule) {
      rules.push_back(std::move(*rule));
      continue;
    }
    const Node* id = node.find("id");
    faults.push_back(
        {"malformed", id && id->is(Node::Kind::kString) ? id->as_string() : std::string(), rule.error(), {}});
  }
  return {};
}

}  // namespace berth
