#include "recommend/placement.hpp"

#include <algorithm>

namespace berth {
namespace {

bool fills(const Service& service, const std::string& role, const std::string& cloud) {
  return service.cloud == cloud && service.status == "current" &&
         std::find(service.roles.begin(), service.roles.end(), role) != service.roles.end();
}

const Service* service_for(const std::string& role, const std::vector<std::string>& clouds, const Catalog& catalog) {
  for (const std::string& cloud : clouds) {
    for (const Service& service : catalog.services()) {
      if (fills(service, role, cloud)) return &service;
    }
  }
  return nullptr;
}

}  // namespace

std::vector<Component> components_for(const std::vector<std::string>& roles, const std::vector<std::string>& clouds,
                                      const Catalog& catalog, std::vector<std::string>& missing) {
  std::vector<std::string> order = clouds;
  order.emplace_back("any");
  std::vector<Component> out;
  for (const std::string& role : roles) {
    const Service* service = service_for(role, order, catalog);
    if (service == nullptr) {
      missing.push_back(role);
      continue;
    }
    out.push_back({role, service->product, service->at, service->status});
  }
  return out;
}

std::optional<DataReduction> data_reduction(const Edge& edge) {
  if (!edge.sensors || !edge.sample_rate_per_s || !edge.window) return std::nullopt;
  DataReduction out;
  const double rate = static_cast<double>(*edge.sensors) * *edge.sample_rate_per_s;
  out.values_in_per_window = rate * edge.window->value();
  const bool aggregated = edge.aggregate && *edge.aggregate != "none";
  out.values_out_per_window = aggregated ? 1 : out.values_in_per_window;
  if (edge.sample_bytes) {
    const double measurements = static_cast<double>(edge.measurements.value_or(1));
    const auto bytes = static_cast<double>(edge.sample_bytes->value());
    out.bytes_in_per_s = rate * measurements * bytes;
    out.bytes_out_per_s = out.values_out_per_window / edge.window->value() * measurements * bytes;
  }
  return out;
}

}  // namespace berth
