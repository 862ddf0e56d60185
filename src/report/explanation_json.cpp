#include "berth/report.hpp"
#include "core/json.hpp"
#include "report/recommendation_parts.hpp"

namespace berth {
namespace {

void put_text(Json& out, const char* key, const std::string& text) {
  if (!text.empty()) out[key] = text;
}

const char* word_of(Verdict verdict) {
  return verdict == Verdict::kFired ? "fired" : verdict == Verdict::kUndetermined ? "undetermined" : "not";
}

Json fact_json(const TracedFact& fact) {
  Json out{{"fact", fact.fact}};
  if (!fact.value.empty()) out["value"] = json_parsed(fact.value);
  put_text(out, "origin", fact.origin);
  put_text(out, "from", fact.from);
  put_text(out, "file", fact.span.line > 0 ? fact.span.file : std::string());
  if (fact.span.line > 0) {
    out["line"] = fact.span.line;
    out["column"] = fact.span.column;
  }
  if (!fact.assumptions.empty()) out["assumptions"] = fact.assumptions;
  return out;
}

Json rule_json(const TracedRule& rule) {
  Json out{{"rule", rule.rule}, {"name", rule.name}, {"effect", rule.effect}, {"target", rule.target}};
  if (rule.weight != 0) out["weight"] = json_number(rule.weight);
  out["verdict"] = word_of(rule.verdict);
  out["when"] = rule.when;
  out["decisive"] = Json::array();
  for (const TraceLeaf& leaf : rule.leaves)
    out["decisive"].push_back({{"part", leaf.text}, {"is", leaf.value}, {"facts", leaf.facts}});
  out["facts"] = Json::array();
  for (const TracedFact& fact : rule.facts) out["facts"].push_back(fact_json(fact));
  put_text(out, "left", rule.residual);
  out["statement"] = rule.statement;
  put_text(out, "message", rule.message);
  Json source = Json::object();
  put_text(source, "title", rule.source_title);
  put_text(source, "locator", rule.source_locator);
  put_text(source, "url", rule.source_url);
  out["source"] = std::move(source);
  return out;
}

Json rules_json(const std::vector<TracedRule>& rules) {
  Json out = Json::array();
  for (const TracedRule& rule : rules) out.push_back(rule_json(rule));
  return out;
}

Json option_json(const TracedOption& option) {
  Json out{{"option", option.option}, {"low", json_number(option.low)}, {"high", json_number(option.high)}};
  if (option.vetoed) out["vetoed"] = true;
  if (option.at_risk) out["at_risk"] = true;
  if (option.chosen) out["chosen"] = true;
  return out;
}

Json candidate_json(const TracedCandidate& candidate) {
  Json out = Json::object();
  if (candidate.rank > 0) out["rank"] = candidate.rank;
  put_text(out, "machine", candidate.machine);
  out["device"] = candidate.device;
  out["devices"] = candidate.devices;
  if (candidate.score) out["score"] = json_interval(*candidate.score);
  put_text(out, "score_unit", candidate.score_unit);
  put_text(out, "because", candidate.because);
  out["rules"] = rules_json(candidate.rules);
  return out;
}

}  // namespace

std::string explanation_json(const Explanation& e, const Stamp& stamp, JsonStyle style) {
  Json out{{"schema", "berth/explanation/v1"},
           {"name", e.name},
           {"question", e.question},
           {"target", e.target},
           {"chosen", e.chosen},
           {"summary", e.summary},
           {"basis", e.basis}};
  out["answer"] = Json::object();
  for (const auto& [key, value] : e.answer) out["answer"][key] = json_parsed(value);
  out["options"] = Json::array();
  for (const TracedOption& option : e.options) out["options"].push_back(option_json(option));
  out["rules"] = rules_json(e.rules);
  out["candidates"] = Json::array();
  for (const TracedCandidate& candidate : e.candidates) out["candidates"].push_back(candidate_json(candidate));
  out["rejected"] = Json::array();
  for (std::size_t i = 0; i < e.rejected.size(); ++i) {
    const Rejected& rejected = e.rejected[i];
    out["rejected"].push_back({{"by", rejected.by},
                               {"candidates", e.rejected_counts[i]},
                               {"first", rejected.what},
                               {"because", rejected.because}});
  }
  out["unknown"] = Json::array();
  for (const Unknown& unknown : e.unknown)
    out["unknown"].push_back({{"fact", unknown.fact}, {"could_change", unknown.could_change}, {"ask", unknown.ask}});
  out["would_change"] = Json::array();
  for (const WouldChange& change : e.would_change) out["would_change"].push_back(would_change_json(change));
  out["berth"] = {{"version", stamp.version}, {"rules", stamp.rules_hash}, {"catalog", stamp.catalog_date}};
  return json_text(out, style == JsonStyle::kIndented ? 2 : -1) + "\n";
}

}  // namespace berth
