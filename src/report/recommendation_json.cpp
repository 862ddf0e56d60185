#include "berth/report.hpp"
#include "core/json.hpp"
#include "report/estimate_json.hpp"
#include "report/recommendation_parts.hpp"

namespace berth {
namespace {

void put_text(Json& out, const char* key, const std::string& text) {
  if (!text.empty()) out[key] = text;
}

Json accelerator_json(const AcceleratorChoice& choice) {
  Json out = Json::object();
  put_text(out, "class", choice.device_class);
  put_text(out, "device", choice.device);
  if (choice.count) out["count"] = *choice.count;
  put_text(out, "precision", choice.precision);
  put_text(out, "basis", choice.basis);
  return out;
}

Json parallelism_json(const Parallelism& parallelism) {
  Json out = Json::object();
  const auto put = [&](const char* key, const auto& value) {
    if (value) out[key] = *value;
  };
  put("data", parallelism.data);
  put("tensor", parallelism.tensor);
  put("pipeline", parallelism.pipeline);
  put("context", parallelism.context);
  put("expert", parallelism.expert);
  put("zero_stage", parallelism.zero_stage);
  put("interleave", parallelism.interleave);
  put("sequence", parallelism.sequence);
  return out;
}

Json distribution_json(const DistributionChoice& choice) {
  Json out = Json::object();
  put_text(out, "mode", choice.mode);
  put_text(out, "strategy", choice.strategy);
  if (choice.machines) out["machines"] = *choice.machines;
  if (choice.parallelism) out["parallelism"] = parallelism_json(*choice.parallelism);
  put_text(out, "resource", choice.resource);
  return out;
}

Json placement_json(const PlacementChoice& choice) {
  Json out = Json::object();
  put_text(out, "mode", choice.mode);
  put_text(out, "where", choice.where);
  if (!choice.components.empty()) {
    Json components = Json::array();
    for (const Component& component : choice.components) {
      components.push_back({{"role", component.role},
                            {"product", component.product},
                            {"at", component.at},
                            {"status", component.status}});
    }
    out["components"] = std::move(components);
  }
  if (choice.data_reduction) {
    const DataReduction& reduction = *choice.data_reduction;
    Json& json = out["data_reduction"];
    json["values_in_per_window"] = json_number(reduction.values_in_per_window);
    json["values_out_per_window"] = json_number(reduction.values_out_per_window);
    if (reduction.bytes_in_per_s) json["bytes_in_per_s"] = json_number(*reduction.bytes_in_per_s);
    if (reduction.bytes_out_per_s) json["bytes_out_per_s"] = json_number(*reduction.bytes_out_per_s);
  }
  if (!choice.checklist.empty()) out["checklist"] = choice.checklist;
  return out;
}

Json serving_json(const ServingChoice& choice) {
  Json out = Json::object();
  put_text(out, "mode", choice.mode);
  if (choice.min_replicas) out["replicas"]["min"] = *choice.min_replicas;
  if (choice.max_replicas) out["replicas"]["max"] = *choice.max_replicas;
  put_text(out, "scale_on", choice.scale_on);
  put_text(out, "rollout", choice.rollout);
  return out;
}

Json candidate_json(const Candidate& candidate) {
  Json out{{"rank", candidate.rank}};
  put_text(out, "machine", candidate.machine);
  out["device"] = candidate.device;
  out["devices_per_machine"] = candidate.devices_per_machine;
  out["machines"] = candidate.machines;
  if (!candidate.machine.empty()) out["rented"] = candidate.rented;
  if (candidate.score) out["score"] = json_interval(*candidate.score);
  put_text(out, "score_unit", candidate.score_unit);
  out["verdicts"] = candidate.verdicts;
  if (!candidate.planned.empty()) out["planned"] = candidate.planned;
  if (candidate.estimate) out["estimate"] = estimate_to_json(*candidate.estimate);
  return out;
}

Json facts_json(const std::vector<std::pair<std::string, std::string>>& facts) {
  Json out = Json::object();
  for (const auto& [fact, value] : facts) out[fact] = json_parsed(value);
  return out;
}

Json because_json(const Because& because) {
  Json out{{"rule", because.rule},
           {"target", because.target},
           {"fired_on", facts_json(because.fired_on)},
           {"statement", because.statement}};
  if (because.weight != 0) out["weight"] = json_number(because.weight);
  Json source = Json::object();
  put_text(source, "title", because.source_title);
  put_text(source, "locator", because.source_locator);
  put_text(source, "url", because.source_url);
  out["source"] = std::move(source);
  if (because.seed.size() == 1) {
    out["seed"] = because.seed.front();
  } else if (!because.seed.empty()) {
    out["seed"] = because.seed;
  }
  return out;
}

template <class T, class F>
Json list_json(const std::vector<T>& items, F&& to_json_of) {
  Json out = Json::array();
  for (const T& item : items) out.push_back(to_json_of(item));
  return out;
}

}  // namespace

Json json_parsed(const std::string& text) {
  Json value = Json::parse(text, nullptr, false);
  return value.is_discarded() ? Json(text) : value;
}

Json would_change_json(const WouldChange& change) {
  Json out;
  out["change"] = {{"fact", change.fact}, {"from", json_parsed(change.from)}, {"to", json_parsed(change.to)}};
  for (const ChangedFact& other : change.also)
    out["also"].push_back({{"fact", other.fact}, {"from", json_parsed(other.from)}, {"to", json_parsed(other.to)}});
  out["then"] = facts_json(change.then);
  out["minimal"] = change.minimal;
  return out;
}

std::string recommendation_json(const Recommendation& recommendation, const Stamp& stamp, JsonStyle style) {
  const Recommendation& r = recommendation;
  Json out{{"schema", "berth/recommendation/v1"}, {"name", r.name}, {"decided", r.decided}};
  out["feasible"] = r.feasible;
  out["accelerator"] = accelerator_json(r.accelerator);
  out["distribution"] = distribution_json(r.distribution);
  out["placement"] = placement_json(r.placement);
  if (r.serving) out["serving"] = serving_json(*r.serving);
  out["problems"] = list_json(r.problems, [](const Problem& problem) {
    return Json{{"kind", problem.kind}, {"message", problem.message}};
  });
  out["candidates"] = list_json(r.candidates, candidate_json);
  out["rejected"] = list_json(r.rejected, [](const Rejected& rejected) {
    return Json{{"what", rejected.what}, {"by", rejected.by}, {"because", rejected.because}};
  });
  out["because"] = list_json(r.because, because_json);
  out["unknown"] = list_json(r.unknown, [](const Unknown& unknown) {
    return Json{{"fact", unknown.fact}, {"could_change", unknown.could_change}, {"ask", unknown.ask}};
  });
  out["would_change"] = list_json(r.would_change, would_change_json);
  out["warnings"] = r.warnings;
  out["berth"] = {{"version", stamp.version}, {"rules", stamp.rules_hash}, {"catalog", stamp.catalog_date}};
  return json_text(out, style == JsonStyle::kIndented ? 2 : -1) + "\n";
}

}  // namespace berth
