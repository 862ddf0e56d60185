#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/fields.hpp"
#include "core/text.hpp"
#include "workload/sections.hpp"
#include "workload/words.hpp"

namespace berth {
namespace {

constexpr double kHalfEarth_km = 20100;  // half the circumference: no two places are further apart

// Every element of a list of device ids must be in the catalog.
void check_devices(Fields& fields, std::string_view key, const Catalog& catalog, const std::vector<std::string>& ids) {
  const Node* list = fields.child(key);
  for (std::size_t i = 0; list != nullptr && fields.ok() && i < ids.size(); ++i) {
    const auto device = catalog.device(ids[i], fields.span_of(list->as_array()[i]));
    if (!device) fields.fail_with(device.error());
  }
}

Status read_devices(const Node& node, std::string_view file, const Catalog& catalog, Environment& out) {
  Fields fields(node, file, "environment.devices");
  fields.read("allow", out.allow_devices);
  fields.read("deny", out.deny_devices);
  check_devices(fields, "allow", catalog, out.allow_devices);
  check_devices(fields, "deny", catalog, out.deny_devices);
  return fields.finish();
}

Status read_availability(const Node& node, std::string_view file, Environment& out) {
  Fields fields(node, file, "environment.availability");
  fields.read("survive_machine_loss", out.survive_machine_loss);
  fields.read("spot", out.spot);
  return fields.finish();
}

Status read_edge(const Node& node, std::string_view file, const Catalog& catalog, Edge& out) {
  Fields fields(node, file, "environment.edge");
  fields.read("devices", out.devices);
  check_devices(fields, "devices", catalog, out.devices);
  fields.read("power_w", out.power, kPositive);
  fields.read("sensors", out.sensors, kPositiveCount);
  fields.read("measurements", out.measurements, kPositiveCount);
  fields.read("sample_rate_per_s", out.sample_rate_per_s, kPositive);
  fields.read("sample_bytes", out.sample_bytes, kPositive);
  fields.read_word("aggregate", out.aggregate, kAggregates);
  fields.read("window_s", out.window, kPositive);
  double bits = 0;
  if (fields.has_value("uplink_bits_per_s")) {
    fields.read_quantity("uplink_bits_per_s", bits, Unit::kBitsPerSecond, kPositive);
    out.uplink_bits_per_s = bits;
  }
  fields.read("uplink_reliable", out.uplink_reliable);
  fields.read("closed_loop_control", out.closed_loop_control);
  fields.read("raw_data_needed_centrally", out.raw_data_needed_centrally);
  return fields.finish();
}

Status read_user(const Node& node, std::string_view file, const std::string& path, User& out) {
  Fields fields(node, file, path);
  fields.read("name", out.name);
  std::optional<double> distance;
  fields.read("distance_km", distance, Range{0, kHalfEarth_km});
  if (fields.ok() && !distance) {
    fields.fail_at(node, "a user needs a distance_km", "add the distance to the serving place, in km");
  }
  out.distance_km = distance.value_or(0);
  return fields.finish();
}

void read_users(Fields& fields, std::string_view file, std::vector<User>& out) {
  const Node* list = fields.child("users");
  if (list == nullptr) return;
  if (!list->is(Node::Kind::kArray)) {
    return fields.fail_at(*list, "'environment.users' must be a list, found " + describe(*list),
                          "write users: [{name: …, distance_km: …}]");
  }
  for (std::size_t i = 0; i < list->as_array().size() && fields.ok(); ++i) {
    User user;
    if (Status status = read_user(list->as_array()[i], file, fmt::format("environment.users[{}]", i), user); !status) {
      return fields.fail_with(status.error());
    }
    out.push_back(std::move(user));
  }
}

void check_clouds(Fields& fields, const Catalog& catalog, const std::vector<std::string>& clouds) {
  const Node* list = fields.child("clouds");
  if (list == nullptr || !fields.ok()) return;
  std::set<std::string> known;
  for (const Machine& machine : catalog.machines()) known.insert(machine.cloud);
  const std::vector<std::string> names(known.begin(), known.end());
  for (std::size_t i = 0; i < clouds.size(); ++i) {
    if (known.contains(clouds[i])) continue;
    return fields.fail_at(list->as_array()[i],
                          fmt::format("unknown cloud '{}'{}", shorten(clouds[i]), did_you_mean(clouds[i], names)),
                          "the catalog has " + join_or(names) + "; add others with --catalog");
  }
}

}  // namespace

Status read_environment_section(const Node& node, std::string_view file, const Catalog& catalog, Environment& out) {
  Fields fields(node, file, "environment");
  fields.read_word<Objective>("objective", out.objective, kObjectives);
  fields.read("budget_usd", out.budget, kPositive);
  fields.read("deadline_s", out.deadline, kPositive);
  fields.read("clouds", out.clouds);
  check_clouds(fields, catalog, out.clouds);
  fields.read("regions", out.regions);
  fields.read_word<DeviceClass>("accelerator", out.accelerator, kDeviceClasses);
  fields.read("price_factor", out.price_factor, Range{1e-6, 1e6});
  read_users(fields, file, out.users);
  if (const Node* devices = fields.child("devices")) {
    if (Status status = read_devices(*devices, file, catalog, out); !status) fields.fail_with(status.error());
  }
  if (const Node* availability = fields.child("availability")) {
    if (Status status = read_availability(*availability, file, out); !status) fields.fail_with(status.error());
  }
  if (const Node* edge = fields.child("edge")) {
    out.edge.emplace();
    if (Status status = read_edge(*edge, file, catalog, *out.edge); !status) fields.fail_with(status.error());
  }
  return fields.finish();
}

Status read_cluster_section(const Node& node, std::string_view file, const Catalog& catalog, Cluster& out) {
  Fields fields(node, file, "cluster");
  fields.read("device", out.device);
  fields.read("devices_per_machine", out.devices_per_machine, Range{1, 1e5});
  fields.read("machines", out.machines, Range{1, 1e6});
  fields.read("threads", out.threads, Range{1, 1e5});
  fields.read("host_memory_bytes", out.host_memory, kPositive);
  fields.read("topology", out.topology);
  fields.read("network_bytes_per_s", out.network_per_device, kPositive);
  if (fields.ok() && out.device.empty()) {
    fields.fail_at(node, "'cluster' needs a device", "add device: <id>; `berth catalog list devices` shows the ids");
  }
  if (fields.ok()) {
    const auto device = catalog.device(out.device, fields.span_of(*node.find("device")));
    if (!device) fields.fail_with(device.error());
  }
  if (fields.ok() && out.topology.find_first_not_of("0123456789x") != std::string::npos) {
    fields.fail_at(*node.find("topology"),
                   fmt::format("'cluster.topology' is not of the form 4x4x8: '{}'", out.topology));
  }
  return fields.finish();
}

}  // namespace berth
