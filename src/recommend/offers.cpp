#include "recommend/offers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "core/text.hpp"

namespace berth {
namespace {

bool contains(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

bool device_allowed(const Workload& workload, const Device& device) {
  const Environment& environment = workload.environment;
  if (!environment.allow_devices.empty() && !contains(environment.allow_devices, device.id)) return false;
  return !contains(environment.deny_devices, device.id) && class_allowed(workload, device.device_class);
}

Cluster cluster_of(const Machine& machine, const Device& device) {
  Cluster cluster;
  cluster.device = device.id;
  cluster.machines = machine.hosts;
  if (machine.device.empty()) {
    // Estimates count physical cores; a machine whose cores aren't known uses its vCPUs as they are named.
    cluster.threads = std::llround(machine.cores > 0 ? machine.cores : machine.vcpus);
  } else {
    cluster.devices_per_machine = std::llround(machine.count / machine.hosts);
  }
  cluster.host_memory = machine.memory;
  cluster.topology = machine.topology;
  cluster.network_per_device = machine.network_one_way_per_device;
  return cluster;
}

// Machines that give the same estimate share one offer.
auto key_of(const Cluster& cluster) {
  const bool cpu = cluster.threads.has_value();
  return std::tuple(cluster.device, cluster.devices_per_machine, cluster.machines, cluster.threads.value_or(0),
                    cpu && cluster.host_memory ? cluster.host_memory->value() : 0,
                    cluster.network_per_device ? cluster.network_per_device->value() : 0.0, cluster.topology);
}

using OfferKey = decltype(key_of(Cluster{}));

bool region_allowed(const Environment& environment, const Machine& machine) {
  return environment.regions.empty() || contains(environment.regions, machine.region);
}

// Adds the machines that pass `in_region` to `groups`. @return how many
std::size_t group_machines(const Workload& workload, const Catalog& catalog,
                           bool (*in_region)(const Environment&, const Machine&),
                           std::map<OfferKey, std::size_t>& index, std::vector<Offer>& offers) {
  std::size_t found = 0;
  for (const Machine& machine : catalog.machines()) {
    if (!workload.environment.clouds.empty() && !contains(workload.environment.clouds, machine.cloud)) continue;
    if (!in_region(workload.environment, machine)) continue;
    const Device* device = catalog.find_device(machine.device.empty() ? machine.cpu : machine.device);
    if (device == nullptr || !device_allowed(workload, *device)) continue;
    // A fraction of a device has a fraction of everything but no figure says how much: left out.
    if (!machine.device.empty() && machine.count < 1) continue;
    if (!price_of(machine, workload.environment)) continue;
    const Cluster cluster = cluster_of(machine, *device);
    const auto [at, added] = index.try_emplace(key_of(cluster), offers.size());
    if (added) offers.push_back({device, {}, cluster});
    offers[at->second].machines.push_back(&machine);
    ++found;
  }
  return found;
}

void add_cloud_offers(const Workload& workload, const Catalog& catalog, OfferList& out) {
  std::map<OfferKey, std::size_t> index;
  const Environment& environment = workload.environment;
  if (group_machines(workload, catalog, region_allowed, index, out.offers) == 0 && !environment.regions.empty()) {
    const auto anywhere = [](const Environment&, const Machine&) { return true; };
    if (group_machines(workload, catalog, anywhere, index, out.offers) > 0) {
      out.warnings.push_back(
          fmt::format("the catalog has no prices for {}: machines and prices of other regions stand in for them",
                      join_or(environment.regions)));
    }
  }
  for (Offer& offer : out.offers) {
    std::stable_sort(offer.machines.begin(), offer.machines.end(), [&](const Machine* a, const Machine* b) {
      return price_of(*a, environment)->value() < price_of(*b, environment)->value();
    });
  }
}

void add_edge_offers(const Workload& workload, const Catalog& catalog, OfferList& out) {
  const std::vector<std::string> wanted =
      workload.environment.edge ? workload.environment.edge->devices : std::vector<std::string>();
  for (const Device& device : catalog.devices()) {
    const bool named = contains(wanted, device.id);
    if (!named && (device.device_class != DeviceClass::kEdge || !wanted.empty())) continue;
    if (!device_allowed(workload, device)) continue;
    Offer offer;
    offer.device = &device;
    offer.cluster.device = device.id;
    out.offers.push_back(std::move(offer));
  }
}

// A machine that was measured with `berth probe` is there already: no cloud, no price.
void add_host_offers(const Workload& workload, const Catalog& catalog, OfferList& out) {
  for (const Device& device : catalog.devices()) {
    if (!device.host || !device_allowed(workload, device)) continue;
    Offer offer;
    offer.device = &device;
    offer.cluster.device = device.id;
    offer.cluster.threads = device.cores;
    offer.cluster.host_memory = device.memory;
    out.offers.push_back(std::move(offer));
  }
}

}  // namespace

bool class_allowed(const Workload& workload, DeviceClass device_class) {
  return !workload.environment.accelerator || *workload.environment.accelerator == device_class;
}

std::optional<UsdPerHour> price_of(const Machine& machine, const Environment& environment) {
  if (environment.spot.value_or(false) && machine.spot) return machine.spot;
  return machine.on_demand;
}

OfferList list_offers(const Workload& workload, const Catalog& catalog) {
  OfferList out;
  if (workload.cluster) {
    Offer offer;
    offer.device = catalog.find_device(workload.cluster->device);
    offer.cluster = *workload.cluster;
    out.offers.push_back(std::move(offer));
    return out;
  }
  add_cloud_offers(workload, catalog, out);
  add_host_offers(workload, catalog, out);
  // Edge hardware is own hardware: it is a question only where the document speaks of an edge.
  const bool edge = workload.environment.edge || workload.environment.accelerator == DeviceClass::kEdge;
  if (edge) add_edge_offers(workload, catalog, out);
  return out;
}

}  // namespace berth
