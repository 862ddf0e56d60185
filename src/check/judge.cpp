#include "check/judge.hpp"

#include <fmt/format.h>

#include "check/fixes.hpp"
#include "check/suppressions.hpp"
#include "rules/state.hpp"

namespace berth::checking {
namespace {

Severity level_of(const Rule& rule) {
  if (rule.severity == "error") return Severity::kError;
  return rule.severity == "note" ? Severity::kNote : Severity::kWarning;
}

Finding start(const Rule& rule) {
  Finding out;
  out.rule_id = rule.id;
  out.rule_name = rule.name;
  out.level = level_of(rule);
  return out;
}

// What the finding stands on; every finding has a line.
void stand(Finding& out, const Place& place, const Config& config) {
  out.span = place.span;
  if (out.span.file.empty() || !place.own) out.span.file = config.file;
  if (out.span.line < 1) {
    const SourceSpan start = config.tree->nearest("");
    out.span = {config.file, std::max(1, start.line), 1, std::max(1, start.line), 1};
  }
  if (out.span.column < 1) out.span.column = 1;
  if (out.span.end_line < out.span.line) {
    out.span.end_line = out.span.line;
    out.span.end_column = out.span.column;
  }
  out.key_path = place.key;
  const bool scalar = place.exists && place.tree != nullptr && place.node != nullptr &&
                      !place.node->is(Node::Kind::kObject) && !place.node->is(Node::Kind::kArray);
  if (scalar) out.value = std::string(place.tree->written(*place.node));
}

// The first fact of `at` that the file has; else the first.
Place best_place(const RuleDetails& details, const JobSheet& sheet) {
  Place first;
  for (const std::string& fact : details.at) {
    Place place = sheet.place_of(fact);
    if (place.exists && place.span.line > 0) return place;
    if (first.key.empty()) first = std::move(place);
  }
  return first;
}

void set_item(FactSheet& facts, const Item& item) {
  static_cast<void>(facts.set("item.key", item.key));
  static_cast<void>(facts.set("item.value", item.value));
  static_cast<void>(facts.set("item.other", item.other));
}

std::string render(const Message& message, FactSheet& facts) {
  cel::Arena arena;
  return message.render(facts.state().slots, arena);
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

}  // namespace

bool Judge::wanted(const Rule& rule) const {
  if (!options.select.empty() && !names_rule(options.select, rule.id, rule.name)) return false;
  return !names_rule(options.ignore, rule.id, rule.name);
}

std::size_t Judge::run(JobSheet& sheet, std::vector<Finding>& out) const {
  const Evaluation evaluation = rules.evaluate(sheet.facts(), Scope::kWorkload, options.as_of);
  std::size_t judged = 0;
  for (const RuleOutcome& outcome : evaluation.outcomes) {
    if (outcome.rule->effect != Effect::kCheck || !wanted(*outcome.rule)) continue;
    if (outcome.verdict == Verdict::kUndetermined) {
      out.push_back(open(outcome, sheet));
      continue;
    }
    ++judged;
    if (outcome.verdict == Verdict::kNot) continue;
    if (details.at(outcome.rule->id).each.empty())
      out.push_back(fired(outcome, sheet));
    else
      fired_each(outcome, sheet, out);
  }
  return judged;
}

Finding Judge::fired(const RuleOutcome& outcome, JobSheet& sheet) const {
  const RuleDetails& detail = details.at(outcome.rule->id);
  Finding out = start(*outcome.rule);
  out.message = outcome.message;
  stand(out, best_place(detail, sheet), sheet.config());
  out.because = rules.decisive(*outcome.rule, sheet.facts());
  add_fix(*outcome.rule, detail, sheet, nullptr, out);
  return out;
}

void Judge::fired_each(const RuleOutcome& outcome, JobSheet& sheet, std::vector<Finding>& out) const {
  const RuleDetails& detail = details.at(outcome.rule->id);
  for (const Item& item : sheet.items(detail.each)) {
    set_item(sheet.facts(), item);
    Finding finding = start(*outcome.rule);
    finding.message = render(detail.message, sheet.facts());
    stand(finding, item.place, sheet.config());
    finding.because = rules.decisive(*outcome.rule, sheet.facts());
    add_fix(*outcome.rule, detail, sheet, &item, finding);
    out.push_back(std::move(finding));
  }
}

Finding Judge::about(const std::string& rule_id, FactSheet& facts, const Item& item) const {
  const Rule* rule = rules.find(rule_id);
  if (rule == nullptr) return {};
  Finding out = start(*rule);
  set_item(facts, item);
  out.message = render(details.at(rule_id).message, facts);
  out.span = item.place.span;
  out.key_path = item.key;
  out.value = item.value;
  return out;
}

Finding Judge::open(const RuleOutcome& outcome, JobSheet& sheet) const {
  Finding out = start(*outcome.rule);
  out.level = Severity::kOpen;
  out.missing = outcome.missing;
  out.message = fmt::format("not checked: needs {} ({})", joined(outcome.missing), outcome.rule->title);
  stand(out, best_place(details.at(outcome.rule->id), sheet), sheet.config());
  return out;
}

void Judge::add_fix(const Rule& rule, const RuleDetails& detail, JobSheet& sheet, const Item* item,
                    Finding& out) const {
  if (rule.fix.empty()) return;
  FindingFix fix;
  fix.description = render(detail.fix, sheet.facts());
  fix.safe = detail.doc.safe;
  std::vector<PlacedEdit> placed;
  for (const RuleEdit& edit : detail.edits) {
    PlacedEdit one{edit.kind, edit.fact == "item" && item != nullptr ? item->place : sheet.place_of(edit.fact),
                   render(edit.to, sheet.facts())};
    const bool unknown =
        one.to == "unknown" || one.to == "?" || one.to == "null" || (one.to.empty() && edit.kind != EditKind::kRemove);
    if (unknown) {
      placed.clear();
      break;
    }
    placed.push_back(std::move(one));
  }
  if (auto edits = placed.empty() ? std::nullopt : text_edits(placed)) fix.edits = std::move(*edits);
  out.fix = std::move(fix);
}

}  // namespace berth::checking
