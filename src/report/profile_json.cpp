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
  Json need = Json::object();
  if (profile.lowest_precision) need["lowest"] = to_string(*profile.lowest_precision);
  need["basis"] = profile.precision_basis;
  out["precision_need"] = std::move(need);
  out["unknown_operators"] = profile.unknown_operators;
  if (!profile.notes.empty()) out["notes"] = profile.notes;
  out["berth"] = {{"version", stamp.version}, {"rules", stamp.rules_hash}, {"catalog", stamp.catalog_date}};
  return json_text(out, style == JsonStyle::kIndented ? 2 : -1) + "\n";
}

}  // namespace berth
