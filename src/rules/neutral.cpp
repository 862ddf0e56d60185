// The neutral form: one file with facts as nested groups of type words, and rules whose target is a
// single word. For engines side by side, and for small rule sets of one's own.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/text.hpp"
#include "rules/loader.hpp"

namespace berth {
namespace {

constexpr std::array<std::pair<std::string_view, FactType>, 5> kWords = {{{"bool", FactType::kBool},
                                                                          {"int", FactType::kInt},
                                                                          {"double", FactType::kDouble},
                                                                          {"string", FactType::kString},
                                                                          {"list(string)", FactType::kStringList}}};
constexpr std::array<std::pair<std::string_view, Effect>, 3> kEffects = {
    {{"recommend", Effect::kRecommend}, {"veto", Effect::kVeto}, {"check", Effect::kCheck}}};

Status read_group(const Node& group, const std::string& file, const std::string& prefix, std::vector<FactInfo>& facts) {
  Fields fields(group, file, prefix.empty() ? "facts" : prefix);
  for (const Member& member : group.as_object()) {
    const std::string path = prefix.empty() ? member.key : prefix + "." + member.key;
    if (member.value.is(Node::Kind::kObject)) {
      fields.child(member.key);
      if (const Status status = read_group(member.value, file, path, facts); !status) return status;
      continue;
    }
    FactInfo info;
    info.path = path;
    info.mutable_by = "user";
    fields.read_word(member.key, info.type, std::span<const std::pair<std::string_view, FactType>>(kWords));
    facts.push_back(std::move(info));
  }
  return fields.finish();
}

constexpr const char* kDimension = "target";

Status read_rule(const Node& node, const std::string& file, std::size_t index, DecisionInfo& decision,
                 std::vector<WrittenRule>& rules) {
  WrittenRule written;
  written.file = file;
  Rule& rule = written.rule;
  Fields fields(node, file, fmt::format("rules[{}]", index));
  rule.span = fields.span_of(node);
  fields.read("id", rule.id);
  fields.read("when", rule.when);
  fields.read_word("effect", rule.effect, std::span<const std::pair<std::string_view, Effect>>(kEffects));
  rule.weight = 1;
  fields.read("weight", rule.weight, Range{-1000, 1000});
  fields.read("target", rule.option);
  fields.read("statement", rule.statement);
  written.when = fields.child("when");
  written.target = fields.child("target");
  if (fields.ok() && (rule.id.empty() || !written.when)) fields.fail_at(node, "a rule needs an \"id\" and a \"when\"");
  if (!rule.option.empty()) rule.dimension = kDimension;
  if (!rule.option.empty() &&
      std::find(decision.options.begin(), decision.options.end(), rule.option) == decision.options.end()) {
    decision.options.push_back(rule.option);
  }
  rules.push_back(std::move(written));
  return fields.finish();
}

}  // namespace

Result<RuleSet> RuleSet::load_file(const SourceFile& file) {
  Result<Node> root = parse_document(file.text, file.name);
  if (!root) return tl::unexpected<Error>(root.error());
  auto state = std::make_unique<State>();
  Fields fields(*root, file.name, "");
  std::string note;
  fields.read("note", note);
  const Node* facts = fields.child("facts");
  const Node* list = fields.child("rules");
  if (fields.ok() && (!facts || !facts->is(Node::Kind::kObject)))
    fields.fail_at(*root, "expected \"facts\", groups of type words", "or a file of schema berth/rules/v1");
  if (fields.ok() && (!list || !list->is(Node::Kind::kArray))) fields.fail_at(*root, "expected \"rules\", a list");
  Status status = fields.finish();
  if (status) status = read_group(*facts, file.name, {}, state->facts);
  if (status) status = declare_facts(*state);
  DecisionInfo decision;
  decision.dimension = kDimension;
  std::vector<WrittenRule> written;
  for (std::size_t i = 0; status && i < list->as_array().size(); ++i)
    status = read_rule(list->as_array()[i], file.name, i, decision, written);
  if (!status) return tl::unexpected<Error>(status.error());
  state->decisions.push_back(std::move(decision));
  std::vector<RuleFault> faults;
  compile_rules(std::move(written), *state, faults);
  if (!faults.empty()) return tl::unexpected<Error>(faults.front().error);
  state->hash = hash_files({&file});
  return RuleSet(std::move(state));
}

}  // namespace berth
