#include "berth/probe.hpp"
#include "core/json.hpp"

namespace berth {
namespace {

Json rates_json(const std::array<std::optional<FlopsPerSecond>, kDTypeCount>& rates) {
  Json out = Json::object();
  for (std::size_t i = 0; i < rates.size(); ++i) {
    if (rates[i] && rates[i]->value() > 0) out[to_string(static_cast<DType>(i))] = json_number(rates[i]->value(), 4);
  }
  return out;
}

Json host_details(const HostDetails& host) {
  Json caches = Json::array();
  for (const HostCache& cache : host.caches) {
    caches.push_back({{"level", cache.level}, {"bytes", cache.size.value()}, {"shared_by", cache.shared_by}});
  }
  Json rates = Json::array();
  for (const HostRates& r : host.rates) {
    Json row({{"threads", r.threads},
              {"gemm_flops_per_s", rates_json(r.gemm)},
              {"read_bytes_per_s", json_number(r.read.value(), 4)},
              {"copy_bytes_per_s", json_number(r.copy.value(), 4)},
              {"triad_bytes_per_s", json_number(r.triad.value(), 4)},
              {"cache_copy_bytes_per_s", json_number(r.cache_copy.value(), 4)}});
    if (r.exchange) row["exchange_bytes_per_s"] = json_number(r.exchange->value(), 4);
    rates.push_back(std::move(row));
  }
  return {{"caches", std::move(caches)}, {"rates", std::move(rates)}};
}

}  // namespace

std::string host_json(const Device& host, const std::string& date) {
  Json device = Json::object();
  device["id"] = host.id;
  device["name"] = host.name;
  if (!host.vendor.empty()) device["vendor"] = host.vendor;
  device["class"] = "cpu";
  if (host.memory) device["memory_bytes"] = host.memory->value();
  if (host.memory_bandwidth) device["memory_bytes_per_s"] = json_number(host.memory_bandwidth->value(), 4);
  device["peak_flops_per_s"] = rates_json(host.peak);
  Json dtypes = Json::array();
  for (const DType dtype : host.dtypes) dtypes.push_back(to_string(dtype));
  device["dtypes"] = std::move(dtypes);
  if (host.cores) device["cores"] = *host.cores;
  if (host.host) device["host"] = host_details(*host.host);
  device["frameworks"] = host.frameworks;
  device["status"] = host.status;
  Json provenance = Json::object();
  for (const auto& figure : host.provenance) {
    provenance[figure.first] = {{"sources", figure.second.sources}, {"confidence", figure.second.confidence}};
    if (!figure.second.note.empty()) provenance[figure.first]["note"] = figure.second.note;
  }
  device["provenance"] = std::move(provenance);
  Json out = Json::object();
  out["schema"] = "berth/devices/v1";
  out["as_of"] = date;
  out["doc"] = "This machine, measured by `berth probe`. Use it with --host FILE, or put it in a --catalog folder.";
  out["devices"] = Json::array({std::move(device)});
  return json_text(out, 2) + "\n";
}

}  // namespace berth
