#include "berth/report.hpp"
#include "core/json.hpp"

namespace berth {
namespace {

Json errors_json(double median, double p90, double coverage, double width, double low) {
  return {{"median", json_number(median, 4)},
          {"p90", json_number(p90, 4)},
          {"coverage", json_number(coverage, 4)},
          {"width", json_number(width, 4)},
          {"low_by_3_percent", json_number(low, 4)}};
}

Json row_json(const ErrorRow& r) {
  Json out = {{"source", r.source},
              {"family", r.family},
              {"figure", to_string(r.figure)},
              {"measurements", r.count},
              {"answered", r.answered}};
  if (r.answered == 0) return out;
  out["bias"] = json_number(r.bias, 4);
  out.update(errors_json(r.median, r.p90, r.coverage, r.width, r.low));
  return out;
}

Json figure_json(const FigureSummary& f) {
  Json out = {
      {"figure", to_string(f.figure)}, {"families", f.families}, {"measurements", f.count}, {"answered", f.answered}};
  if (f.answered > 0) out.update(errors_json(f.median, f.p90, f.coverage, f.width, f.low));
  return out;
}

}  // namespace

std::string accuracy_json(const Accuracy& a, const Stamp& stamp, JsonStyle style) {
  Json out = {{"schema", "berth/accuracy/v1"}, {"calibration", a.calibration}, {"sources_left_out", a.left_out}};
  out["figures"] = Json::array();
  for (const FigureSummary& f : a.figures) out["figures"].push_back(figure_json(f));
  out["fits"] = Json::array();
  for (const FitsRow& f : a.fits) {
    out["fits"].push_back({{"source", f.source},
                           {"ran", f.ran},
                           {"runs", f.count},
                           {"answered", f.answered},
                           {"called_out_of_memory", f.called},
                           {"called_marginal", f.marginal}});
  }
  out["sources"] = Json::array();
  for (const ErrorRow& r : a.rows) out["sources"].push_back(row_json(r));
  if (a.order.groups > 0) {
    out["hardware_order"] = {{"groups", a.order.groups},
                             {"rank_correlation", json_number(a.order.rank_correlation, 4)},
                             {"picked_fastest", json_number(a.order.picked_fastest, 4)},
                             {"regret", json_number(a.order.regret, 4)}};
  }
  out["refused"] = Json::array();
  for (const Refusal& r : a.refused) {
    out["refused"].push_back(
        {{"source", r.source}, {"reason", r.reason}, {"measurements", r.count}, {"example", r.example}});
  }
  out["berth"] = {{"version", stamp.version}, {"rules", stamp.rules_hash}, {"catalog", stamp.catalog_date}};
  return json_text(out, style == JsonStyle::kIndented ? 2 : -1) + "\n";
}

}  // namespace berth
