// machines.json: groups of rows that share cloud, region, device, date and source, since a thousand rows
// with all of it cost a cold start twice the time.
#include <fmt/format.h>

#include <utility>

#include "catalog/loader.hpp"
#include "core/text.hpp"

namespace berth {
namespace {

// Sanity bounds, see docs/guide/catalog.md.
constexpr Range kVcpus{0.1, 1e4};
constexpr Range kHostMemory{1e6, 1e15};
constexpr Range kDevices{1.0 / 1024, 1e6};  // a fraction of a card to a full pod
constexpr Range kHosts{1, 1e6};
constexpr Range kPrice{1e-6, 1e7};  // above nothing, below what the largest pod costs
constexpr Range kNetwork{1e4, 1e14};
constexpr Range kThreads{1, 8};

}  // namespace

// The defaults of a group are a Machine without instance and price.
struct CatalogLoader::MachineGroup {
  Machine shared;
  double vcpus_per_core = 0;
};

namespace {

void read_shared(Fields& fields, Machine& machine, double& vcpus_per_core) {
  fields.read("cloud", machine.cloud);
  fields.read("region", machine.region);
  fields.read("device", machine.device);
  fields.read("cpu", machine.cpu);
  fields.read("vcpus_per_core", vcpus_per_core, kThreads);
  fields.read("network_one_way_bytes_per_s_per_device", machine.network_one_way_per_device, kNetwork);
  read_date(fields, "as_of", machine.as_of);
}

void read_price(Fields& fields, std::string_view key, std::optional<UsdPerHour>& out) {
  std::optional<double> price;
  fields.read(key, price, kPrice);
  if (price) out = UsdPerHour(*price);
}

void check_machine(Fields& fields, const Node& node, const Machine& machine) {
  if (!fields.ok()) return;
  if (machine.cloud.empty()) return fields.fail_at(node, "a machine needs a \"cloud\", its own or its group's");
  if (machine.instance.empty()) return fields.fail_at(node, "a machine needs an \"instance\"");
  if (!machine.device.empty() && machine.count <= 0) {
    return fields.fail_at(node,
                          fmt::format("a machine with a device needs a \"count\": how many '{}'", machine.device));
  }
  if (machine.device.empty() && machine.count > 0) {
    return fields.fail_at(node, "'count' counts devices, and this machine has no \"device\"");
  }
  if (machine.on_demand && machine.spot && *machine.on_demand < *machine.spot) {
    fields.fail_at(node, fmt::format("the spot price ({}) is above the on-demand price ({})",
                                     number_text(machine.spot->value()), number_text(machine.on_demand->value())));
  }
}

}  // namespace

Status CatalogLoader::read_machines(Fields& top) {
  if (const Node* groups = top.child("groups"); groups != nullptr && groups->is(Node::Kind::kArray)) {
    std::size_t rows = catalog_.machines_.size();
    for (const Node& group : groups->as_array()) {
      const Node* machines = group.find("machines");
      if (machines != nullptr && machines->is(Node::Kind::kArray)) rows += machines->as_array().size();
    }
    catalog_.machines_.reserve(rows);
  }
  return each(top, "groups", [this](const Node& node, const std::string& path) { return read_group(node, path); });
}

Status CatalogLoader::read_group(const Node& node, const std::string& path) {
  MachineGroup group;
  Fields fields(node, file_, path);
  read_shared(fields, group.shared, group.vcpus_per_core);
  read_provenance(fields, group.shared.provenance);
  refer(Reference::To::kDevice, fields, "device", group.shared.device);
  refer(Reference::To::kDevice, fields, "cpu", group.shared.cpu);
  if (!fields.ok()) return fields.finish();
  if (Status status =
          each(fields, "machines",
               [&](const Node& row, const std::string& row_path) { return read_machine(row, row_path, group); });
      !status) {
    return status;
  }
  return fields.finish();
}

Status CatalogLoader::read_machine(const Node& node, const std::string& path, const MachineGroup& group) {
  Machine machine = group.shared;
  double vcpus_per_core = group.vcpus_per_core;
  Fields fields(node, file_, path);
  fields.read("instance", machine.instance);
  fields.read("vcpus", machine.vcpus, kVcpus);
  fields.read("memory_bytes", machine.memory, kHostMemory);
  fields.read("count", machine.count, kDevices);
  fields.read("topology", machine.topology);
  fields.read("hosts", machine.hosts, kHosts);
  read_price(fields, "on_demand_usd_per_hour", machine.on_demand);
  read_price(fields, "spot_usd_per_hour", machine.spot);
  read_shared(fields, machine, vcpus_per_core);
  read_provenance(fields, machine.provenance);
  refer(Reference::To::kDevice, fields, "device", node.find("device") == nullptr ? std::string() : machine.device);
  refer(Reference::To::kDevice, fields, "cpu", node.find("cpu") == nullptr ? std::string() : machine.cpu);
  if (vcpus_per_core > 0) machine.cores = machine.vcpus / vcpus_per_core;
  machine.id = machine.cloud + "/" + machine.instance;
  if (!machine.region.empty()) machine.id += "/" + machine.region;
  check_machine(fields, node, machine);
  if (Status done = fields.finish(); !done) return done;
  return put(catalog_.machines_, machines_, std::move(machine), node);
}

}  // namespace berth
