#include "berth/report.hpp"
#include "core/json.hpp"

namespace berth {
namespace {

Json parameters_json(const Profile& profile) {
  Json out = Json::object();
  if (profile.parameters > 0) {
    out["total"] = profile.parameters;
    out["active"] = profile.active_parameters;
  }
  if (profile.parameters_in_file) out["in_file"] = *profile.parameters_in_file;
  if (!profile.why_different.empty()) out["why_different"] = profile.why_different;
  return out;
}

Json operator_json(const OperatorWork& work) {
  Json out = Json::object();
  out["kind"] = to_string(work.op.kind);
  if (!work.op.name.empty()) out["name"] = work.op.name;
  out["m"] = json_number(work.op.m);
  out["n"] = json_number(work.op.n);
  out["k"] = json_number(work.op.k);
  out["batch"] = json_number(work.op.batch);
  out["count"] = json_number(work.op.count);
  out["dtype"] = to_string(work.op.dtype);
  out["flops"] = json_number(work.flops);
  out["bytes"] = json_number(work.bytes);
  out["intensity"] = json_number(work.intensity);
  return out;
}

Json totals_json(const Profile& profile) {
  Json out = Json::object();
  const auto put = [&](const char* key, double value) {
    if (value > 0) out[key] = json_number(value, 9);
  };
  put("macs", profile.macs);
  put("flops", profile.flops);
  put("bytes", profile.bytes);
  put("activation_elements", profile.activation_elements);
  return out;
}

void put_shares(const Profile& profile, Json& out) {
  Json share = Json::object();
  if (profile.matmul_share_of_flops) share["of_flops"] = json_number(*profile.matmul_share_of_flops);
  if (profile.matmul_share_of_roofline_time) {
    share["of_roofline_time"] = json_number(*profile.matmul_share_of_roofline_time);
  }
  if (!share.empty()) out["matmul_share"] = std::move(share);
  if (profile.operational_intensity) out["operational_intensity"] = json_number(*profile.operational_intensity);
}

Json format_json(int index) {
  const RoundingFormat& format = rounding_format(index);
  Json out = Json::object();
  out["format"] = format.name;
  out["scaling"] = format.scaling;
  return out;
}

Json matrix_json(const MatrixPrecision& matrix) {
  Json out = Json::object();
  out["tensor"] = matrix.tensor;
  out["stored_as"] = std::string(matrix.stored_as);
  out["rows"] = matrix.rows;
  out["columns"] = matrix.columns;
  out["largest"] = json_number(matrix.largest, 4);
  out["range_bits"] = json_number(matrix.range_bits, 4);
  out["outlier_channels"] = json_number(matrix.outlier_channels, 4);
  if (matrix.condition > 0) out["condition"] = json_number(matrix.condition, 4);
  Json errors = Json::array();
  for (const double error : matrix.errors) errors.push_back(json_number(error, 4));
  out["errors"] = std::move(errors);
  return out;
}

// The matrices come with the operator table: there may be many.
Json precision_json(const Profile& profile, OperatorRows rows) {
  Json need = Json::object();
  if (profile.lowest_precision) need["lowest"] = to_string(*profile.lowest_precision);
  if (profile.lowest_precision && profile.parameters > 0) {
    need["weight_bytes"] =
        json_number(static_cast<double>(profile.parameters) * bytes_per_element(*profile.lowest_precision), 9);
  }
  if (profile.precision && profile.precision->tolerance) need["tolerance"] = json_number(*profile.precision->tolerance);
  need["basis"] = profile.precision_basis;
  if (!profile.precision) return need;
  const PrecisionReport& report = *profile.precision;
  if (report.lowest) need["within_tolerance"] = format_json(*report.lowest);
  Json formats = Json::array();
  for (int i = 0; i < kRoundingFormatCount; ++i) {
    Json format = format_json(i);
    format["median_error"] = json_number(report.median_error[static_cast<std::size_t>(i)], 4);
    format["worst_error"] = json_number(report.worst_error[static_cast<std::size_t>(i)], 4);
    formats.push_back(std::move(format));
  }
  need["formats"] = std::move(formats);
  if (rows == OperatorRows::kIncluded) {
    Json matrices = Json::array();
    for (const MatrixPrecision& matrix : report.matrices) matrices.push_back(matrix_json(matrix));
    need["matrices"] = std::move(matrices);
  }
  need["seed"] = report.seed;
  need["notes"] = report.notes;
  return need;
}

Json edge_tpu_json(const OperatorFit& fit) {
  Json out = Json::object();
  out["device"] = fit.device;
  out["operators"] = fit.operators;
  out["mapped"] = fit.mapped;
  out["fitting"] = fit.fitting;
  if (!fit.first_unmapped.empty()) {
    out["first_unmapped"] = fit.first_unmapped;
    out["why"] = fit.why;
  }
  out["parameter_bytes"] = fit.parameter_bytes;
  if (fit.on_chip_bytes) {
    out["on_chip_memory_bytes"] = *fit.on_chip_bytes;
    out["parameters_fit"] = fit.parameter_bytes <= *fit.on_chip_bytes;
  }
  return out;
}

}  // namespace

std::string profile_json(const Profile& profile, OperatorRows rows, const Stamp& stamp, JsonStyle style) {
  Json out = Json::object();
  out["schema"] = "berth/profile/v1";
  out["name"] = profile.name;
  out["format"] = profile.format;
  out["pass"] = to_string(profile.pass);
  out["batch"] = profile.batch;
  if (profile.sequence_length > 0) out["sequence_length"] = profile.sequence_length;
  out["parameters"] = parameters_json(profile);
  if (rows == OperatorRows::kIncluded) {
    Json table = Json::array();
    for (const OperatorWork& work : profile.operators) table.push_back(operator_json(work));
    out["operators"] = std::move(table);
  }
  out["totals"] = totals_json(profile);
  put_shares(profile, out);
  if (!profile.host_latency.empty()) {
    Json runs = Json::array();
    for (const HostLatency& run : profile.host_latency) {
      runs.push_back({{"threads", run.threads}, {"latency_s", json_interval(run.seconds)}});
    }
    out["host_latency"] = std::move(runs);
  }
  out["precision_need"] = precision_json(profile, rows);
  if (profile.edge_tpu) out["edge_tpu"] = edge_tpu_json(*profile.edge_tpu);
  out["unknown_operators"] = profile.unknown_operators;
  if (!profile.notes.empty()) out["notes"] = profile.notes;
  out["berth"] = {{"version", stamp.version}, {"rules", stamp.rules_hash}, {"catalog", stamp.catalog_date}};
  return json_text(out, style == JsonStyle::kIndented ? 2 : -1) + "\n";
}

}  // namespace berth
