#include "berth/report.hpp"
#include "core/json.hpp"

namespace berth {

std::string calibration_json(const Calibration& calibration) {
  Json out = {{"schema", "berth/calibration/v1"}, {"id", calibration.id()}};
  if (!calibration.date().empty()) out["date"] = calibration.date();
  if (!calibration.doc().empty()) out["doc"] = calibration.doc();
  Json parameters = Json::object();
  for (const auto& [name, p] : calibration.parameters()) {
    Json one = {{"value", json_number(p.value, 4)}};
    if (!p.unit.empty()) one["unit"] = p.unit;
    one["from"] = p.from;
    if (p.prior) one["prior"] = json_number(*p.prior, 4);
    if (p.tolerance) one["tolerance"] = json_number(*p.tolerance, 3);
    if (p.standard_error) one["standard_error"] = json_number(*p.standard_error, 2);
    if (p.measurements > 0) one["measurements"] = p.measurements;
    if (!p.sources.empty()) one["sources"] = p.sources;
    parameters[name] = std::move(one);
  }
  out["parameters"] = std::move(parameters);
  if (!calibration.residuals().empty()) {
    Json residuals = Json::array();
    for (const CalibrationResidual& r : calibration.residuals()) {
      Json one = {{"figure", r.figure},
                  {"source", r.source},
                  {"measurements", r.measurements},
                  {"median", json_number(r.median, 3)},
                  {"p90", json_number(r.p90, 3)}};
      if (r.left_out_median) one["left_out_median"] = json_number(*r.left_out_median, 3);
      if (r.left_out_p90) one["left_out_p90"] = json_number(*r.left_out_p90, 3);
      residuals.push_back(std::move(one));
    }
    out["residuals"] = std::move(residuals);
  }
  return json_text(out, 1) + "\n";
}

}  // namespace berth
