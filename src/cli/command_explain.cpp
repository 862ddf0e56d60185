#include <fmt/format.h>

#include <optional>
#include <ostream>

#include "berth/version.hpp"
#include "cli/inputs.hpp"
#include "core/json.hpp"
#include "core/node.hpp"
#include "core/text.hpp"

namespace berth::cli {
namespace {

// One of the tests that travel with a rule.
struct Example {
  std::vector<std::pair<std::string, std::string>> facts;  // path, value as text
  std::string expect;                                      // "fired", "not", "unknown"
};

std::string value_text(const Node& node) {
  switch (node.kind()) {
    case Node::Kind::kNull: return "null";
    case Node::Kind::kBool: return node.as_bool() ? "true" : "false";
    case Node::Kind::kInt: return std::to_string(node.as_int());
    case Node::Kind::kDouble: return number_text(node.as_double());
    case Node::Kind::kString: return "\"" + node.as_string() + "\"";
    case Node::Kind::kArray: break;
    case Node::Kind::kObject: return "{…}";
  }
  std::string out = "[";
  for (const Node& item : node.as_array()) out += (out.size() > 1 ? ", " : "") + value_text(item);
  return out + "]";
}

const Node* find_rule(const Node& document, std::string_view id) {
  const Node* rules = document.find("rules");
  if (rules == nullptr || !rules->is(Node::Kind::kArray)) return nullptr;
  for (const Node& rule : rules->as_array()) {
    const Node* found = rule.find("id");
    if (found != nullptr && found->is(Node::Kind::kString) && found->as_string() == id) return &rule;
  }
  return nullptr;
}

Example example_of(const Node& test) {
  Example out;
  if (const Node* facts = test.find("facts"); facts != nullptr && facts->is(Node::Kind::kObject)) {
    for (const Member& fact : facts->as_object()) out.facts.emplace_back(fact.key, value_text(fact.value));
  }
  if (const Node* expect = test.find("expect"); expect != nullptr && expect->is(Node::Kind::kString)) {
    out.expect = expect->as_string();
  }
  return out;
}

// The engine doesn't keep the tests of its rules; the file does.
std::vector<Example> examples_of(const Rule& rule, const std::vector<SourceFile>& files) {
  std::vector<Example> out;
  for (const SourceFile& file : files) {
    if (file.name != rule.span.file) continue;
    const Result<Node> document = parse_document(file.text, file.name);
    const Node* found = document ? find_rule(*document, rule.id) : nullptr;
    const Node* tests = found != nullptr ? found->find("tests") : nullptr;
    if (tests == nullptr || !tests->is(Node::Kind::kArray)) continue;
    for (const Node& test : tests->as_array()) out.push_back(example_of(test));
  }
  return out;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

std::string target_of(const Rule& rule) {
  return rule.option.empty() ? rule.dimension : rule.dimension + "=" + rule.option;
}

std::string consequence(const Rule& rule) {
  switch (rule.effect) {
    case Effect::kDerive: return fmt::format("{} is {}", rule.dimension, rule.value);
    case Effect::kRequire: return fmt::format("{} needs {}", rule.dimension, joined(rule.facts));
    case Effect::kVeto: return fmt::format("{} is ruled out", target_of(rule));
    case Effect::kRecommend:
      return fmt::format("speaks {} {} with weight {}", rule.weight < 0 ? "against" : "for", target_of(rule),
                         number_text(rule.weight));
    case Effect::kCheck: return fmt::format("a finding of level {}", rule.severity);
  }
  return {};
}

std::string example_text(const Example& example) {
  std::string facts;
  for (const auto& [path, value] : example.facts) {
    facts += fmt::format("{}{} = {}", facts.empty() ? "" : ", ", path, value);
  }
  return fmt::format("{:<9}{}", example.expect, facts.empty() ? "nothing known" : facts);
}

std::string rule_text(const Rule& rule, const std::vector<Example>& examples) {
  std::string out = fmt::format("{} {}: {}\n", rule.id, rule.name, rule.title);
  const auto line = [&](std::string_view label, const std::string& value) {
    if (!value.empty()) out += fmt::format("  {:<10}{}\n", label, value);
  };
  line("says", rule.statement);
  line("when", rule.when.empty() ? "always" : rule.when);
  line("then", consequence(rule));
  line("judged", rule.scope == Scope::kWorkload ? "once a document" : "once a candidate machine");
  line("message", rule.message);
  line("fix", rule.fix);
  line("since", rule.since);
  line("until", rule.until);
  std::string source = rule.source.title;
  if (!rule.source.locator.empty()) source += ", " + rule.source.locator;
  if (!rule.source.url.empty()) source += " <" + rule.source.url + ">";
  if (!rule.source.retrieved.empty()) source += ", read " + rule.source.retrieved;
  line("source", source);
  line("seed", joined(rule.seed));
  line("tags", joined(rule.tags));
  line("defined", to_string(rule.span));
  for (const Example& example : examples) line(&example == &examples.front() ? "examples" : "", example_text(example));
  return out;
}

Json rule_json(const Rule& rule, const std::vector<Example>& examples) {
  Json out = {{"schema", "berth/rule/v1"},
              {"id", rule.id},
              {"name", rule.name},
              {"title", rule.title},
              {"scope", rule.scope == Scope::kWorkload ? "workload" : "candidate"},
              {"when", rule.when},
              {"effect", to_string(rule.effect)},
              {"target", target_of(rule)}};
  if (rule.effect == Effect::kRecommend) out["weight"] = json_number(rule.weight);
  for (const auto& [key, text] :
       {std::pair{"value", &rule.value}, std::pair{"statement", &rule.statement}, std::pair{"message", &rule.message},
        std::pair{"fix", &rule.fix}, std::pair{"severity", &rule.severity}, std::pair{"since", &rule.since},
        std::pair{"until", &rule.until}}) {
    if (!text->empty()) out[key] = *text;
  }
  if (!rule.facts.empty()) out["facts"] = rule.facts;
  Json source = Json::object();
  for (const auto& [key, text] :
       {std::pair{"title", &rule.source.title}, std::pair{"url", &rule.source.url},
        std::pair{"locator", &rule.source.locator}, std::pair{"retrieved", &rule.source.retrieved}}) {
    if (!text->empty()) source[key] = *text;
  }
  out["source"] = std::move(source);
  out["seed"] = rule.seed;
  out["tags"] = rule.tags;
  out["file"] = rule.span.file;
  out["line"] = rule.span.line;
  out["examples"] = Json::array();
  for (const Example& example : examples) {
    Json facts = Json::object();
    for (const auto& [path, value] : example.facts)
      facts[path] = Json::parse(value, nullptr, /*allow_exceptions=*/false);
    out["examples"].push_back({{"facts", std::move(facts)}, {"expect", example.expect}});
  }
  return out;
}

}  // namespace

int run_explain(const ExplainOptions& options, Terminal& terminal) {
  const Result<std::vector<SourceFile>> files = load_files(options.knowledge);
  if (!files) return terminal.report(files.error());
  const Result<RuleSet> rules = RuleSet::load(*files);
  if (!rules) return terminal.report(rules.error());
  const Rule* rule = rules->find(options.rule);
  if (rule == nullptr) {
    std::vector<std::string> known;
    for (const Rule& other : rules->rules()) {
      known.push_back(other.id);
      known.push_back(other.name);
    }
    return terminal.report({ErrorCode::kNotFound,
                            "there is no rule '" + options.rule + "'" + did_you_mean(options.rule, known),
                            "berth rules list shows them all",
                            {}});
  }
  const std::vector<Example> examples = examples_of(*rule, *files);
  if (options.format == Format::kText) {
    terminal.out() << rule_text(*rule, examples) << fmt::format("\nberth {}, rules {}\n", version(), rules->hash());
    return kDone;
  }
  Json json = rule_json(*rule, examples);
  json["berth"] = {{"version", version()}, {"rules", rules->hash()}};
  terminal.out() << json_text(json) << "\n";
  return kDone;
}

}  // namespace berth::cli
