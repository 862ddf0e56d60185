#include "estimate/communication.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace berth::estimation {
namespace {

// PCIe 3.0 x16, one direction: the oldest host link of the catalog's accelerators.
constexpr double kSlowestHostLink = 15.75e9;

double scale_up_rate(const Device& device, Notes& notes) {
  if (device.scale_up_one_way) return device.scale_up_one_way->value();
  if (device.host_link_one_way) return device.host_link_one_way->value();
  note(notes, "the link between devices is unknown: PCIe 3.0 x16 is assumed");
  return kSlowestHostLink;
}

double network_rate(const Device& device, const Cluster& cluster, const Machine* machine,
                    const Calibration& calibration, Notes& notes) {
  if (cluster.network_per_device) return cluster.network_per_device->value();
  if (machine != nullptr && machine->network_one_way_per_device) return machine->network_one_way_per_device->value();
  const double scale_up = device.scale_up_one_way ? device.scale_up_one_way->value() : 0;
  const double rate =
      std::max(scale_up * calibration("link.network_share_of_scale_up"), calibration("link.network_floor_bytes_per_s"));
  if (cluster.machines > 1) {
    note(notes,
         fmt::format("the network between machines is not given: {:.1f} GB/s per device, one direction, is assumed",
                     rate / 1e9));
  }
  return rate;
}

}  // namespace

Links links_of(const Device& device, const Cluster& cluster, const Machine* machine, const Calibration& calibration,
               Notes& notes) {
  Links links;
  links.whole_slice = device.device_class == DeviceClass::kTpu;
  links.domain = static_cast<double>(cluster.devices_per_machine);
  if (!links.whole_slice && device.max_pod) links.domain = std::max(links.domain, static_cast<double>(*device.max_pod));
  if (cluster.devices() > 1) {
    links.scale_up_bytes_per_s = scale_up_rate(device, notes) * calibration("link.efficiency");
    links.network_bytes_per_s = links.whole_slice ? links.scale_up_bytes_per_s
                                                  : network_rate(device, cluster, machine, calibration, notes) *
                                                        calibration("link.network_efficiency");
  } else {
    links.scale_up_bytes_per_s = links.network_bytes_per_s = kSlowestHostLink;
  }
  return links;
}

double all_reduce_bytes(double bytes, double ranks) {
  return ranks > 1 ? 2 * (ranks - 1) / ranks * bytes : 0;
}

double gather_bytes(double bytes, double ranks) {
  return ranks > 1 ? (ranks - 1) / ranks * bytes : 0;
}

}  // namespace berth::estimation
