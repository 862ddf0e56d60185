#include "rules/bare.hpp"

#include <algorithm>

#include "core/json.hpp"
#include "core/node.hpp"
#include "rules/loader.hpp"
#include "rules/run.hpp"

namespace berth {
namespace {

// Reads a nested or dotted object of facts into a sheet.
class FactReader {
 public:
  FactReader(FactSheet::State& sheet, std::string_view file) : sheet_(sheet), set_(*sheet.rules), file_(file) {}

  Status read(const Node& object) {
    const std::size_t before = path_.size();
    for (const Member& member : object.as_object()) {
      path_.resize(before);
      if (before > 0) path_ += '.';
      path_ += member.key;
      const auto slot = set_.environment.find(path_);
      if (!slot && member.value.is(Node::Kind::kObject)) {
        if (const Status status = read(member.value); !status) return status;
        continue;
      }
      const SourceSpan span{std::string(file_), member.line, member.column, 0, 0};
      if (!slot) {
        Error error = slot_of(set_, path_).error();
        error.span = span;
        return tl::unexpected<Error>(error);
      }
      Result<FactValue> value = read_fact_value(member.value, set_.facts[*slot], file_);
      if (!value) return tl::unexpected<Error>(value.error());
      sheet_.put(*slot, std::move(*value), {}, Known::kSet);
    }
    path_.resize(before);
    return {};
  }

 private:
  FactSheet::State& sheet_;
  const RuleSet::State& set_;
  std::string_view file_;
  std::string path_;
};

Json trace_of(const RuleSet& rules, const RuleOutcome& outcome, const FactSheet& sheet) {
  Json facts = Json::object();
  for (const auto& [path, value] : rules.decisive(*outcome.rule, sheet))
    facts[path] = Json::parse(value, nullptr, false);
  Json trace = {{"when", outcome.rule->when}, {"facts", std::move(facts)}};
  if (outcome.verdict == Verdict::kUndetermined) trace["left"] = rules.residual(*outcome.rule, sheet);
  if (!outcome.message.empty()) trace["message"] = outcome.message;
  if (!outcome.note.empty()) trace["note"] = outcome.note;
  return trace;
}

// What the rules derived, by path.
Json derived_of(const RuleSet::State& set, const FactSheet::State& sheet) {
  Json out = Json::object();
  for (const DerivedFact& fact : set.derived) {
    if (sheet.known[fact.slot] == Known::kDerived)
      out[set.facts[fact.slot].path] = Json::parse(to_json(sheet.values[fact.slot]), nullptr, false);
  }
  return out;
}

}  // namespace

BareEngine::BareEngine(const RuleSet& rules, BareOutput output) : rules_(rules), output_(output), sheet_(rules) {}

Status BareEngine::judge(std::string_view line, std::string_view file, int line_number, std::string& out) {
  Result<Node> root = parse_document(line, file, Syntax::kJson);
  if (root && !root->is(Node::Kind::kObject))
    root = fail(ErrorCode::kInvalid, "expected an object of facts, found " + describe(*root));
  FactSheet::State& sheet = sheet_.state();
  sheet.forget_all();
  Status status;
  if (!root)
    status = tl::unexpected<Error>(root.error());
  else
    status = FactReader(sheet, file).read(*root);
  if (!status) {
    status.error().span.line = line_number;
    return status;
  }
  const RuleSet::State& set = rules_.state();
  Run run(set, sheet, {}, sheet.scratch);
  run.derive();
  if (output_ == BareOutput::kIds) {
    const std::size_t before = out.size();
    for (std::uint32_t i = 0; i < set.rules.size(); ++i) {
      if (set.rules[i].effect == Effect::kDerive || run.truth(i) != Truth::kTrue) continue;
      if (out.size() > before) out += ',';
      out += set.rules[i].id;
    }
    out += '\n';
    return {};
  }
  Json fired = Json::array(), undetermined = Json::object(), trace = Json::object();
  for (std::uint32_t i = 0; i < set.rules.size(); ++i) {
    if (set.rules[i].effect == Effect::kDerive) continue;
    const RuleOutcome outcome = run.judge(i);
    if (outcome.verdict == Verdict::kFired) fired.push_back(outcome.rule->id);
    if (outcome.verdict == Verdict::kUndetermined) undetermined[outcome.rule->id] = outcome.missing;
    if (output_ == BareOutput::kTrace) trace[outcome.rule->id] = trace_of(rules_, outcome, sheet_);
  }
  Json answer = {{"fired", std::move(fired)}, {"undetermined", std::move(undetermined)}, {"rules", rules_.hash()}};
  if (output_ == BareOutput::kTrace) {
    answer["trace"] = std::move(trace);
    if (!set.derived.empty()) answer["derived"] = derived_of(set, sheet);
  }
  out += json_text(answer, -1) + "\n";
  return {};
}

}  // namespace berth
