#include "report/catalog_entry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/text.hpp"

namespace berth {
namespace {

constexpr std::array<const char*, 5> kKindWords{"devices", "machines", "links", "services", "weight-formats"};

// "989 TFLOP/s", "450 GB/s": decimal prefixes.
std::string rate_text(double value, std::string_view unit) {
  constexpr std::array<std::string_view, 7> kPrefixes{"", "k", "M", "G", "T", "P", "E"};
  std::size_t prefix = 0;
  while (value >= 1000 && prefix + 1 < kPrefixes.size()) {
    value /= 1000;
    ++prefix;
  }
  return fmt::format("{:.4g} {}{}", value, kPrefixes[prefix], unit);
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

// Collects figures; what is absent or empty is left out.
class Entry {
 public:
  Entry(std::string kind, const std::string& id, const std::string& as_of) : entry_{std::move(kind), id, as_of, {}} {}

  void add(std::string key, std::string label, const std::string& text, const Provenance* from = nullptr) {
    if (!text.empty()) entry_.figures.push_back({std::move(key), std::move(label), text, text, from});
  }
  void add(std::string key, std::string label, const std::vector<std::string>& words,
           const Provenance* from = nullptr) {
    if (!words.empty()) entry_.figures.push_back({std::move(key), std::move(label), words, joined(words), from});
  }
  void number(std::string key, std::string label, double value, std::string text, const Provenance* from = nullptr) {
    constexpr int kAllDigits = 17;  // list prices and capacities are exact
    entry_.figures.push_back({std::move(key), std::move(label), json_number(value, kAllDigits), std::move(text), from});
  }
  void bytes(std::string key, std::string label, const std::optional<Bytes>& value, const Provenance* from) {
    if (!value) return;
    const auto size = static_cast<double>(value->value());
    number(std::move(key), std::move(label), size, size > 0 ? format_bytes(size) : "none", from);
  }
  void rate(std::string key, std::string label, const std::optional<BytesPerSecond>& value, const Provenance* from) {
    if (value) number(std::move(key), std::move(label), value->value(), rate_text(value->value(), "B/s"), from);
  }
  void count(std::string key, std::string label, const std::optional<int>& value, const Provenance* from) {
    if (value) number(std::move(key), std::move(label), *value, std::to_string(*value), from);
  }
  void price(std::string key, std::string label, const std::optional<UsdPerHour>& value, const Provenance* from) {
    if (value) number(std::move(key), std::move(label), value->value(), number_text(value->value()) + " USD/h", from);
  }
  void flag(std::string key, std::string label, Json value, std::string text) {
    entry_.figures.push_back({std::move(key), std::move(label), std::move(value), std::move(text), nullptr});
  }
  CatalogEntry take() { return std::move(entry_); }

 private:
  CatalogEntry entry_;
};

bool is_integer(DType dtype) {
  return dtype == DType::kInt8 || dtype == DType::kInt4;
}

const Provenance* from(const Device& device, const char* figure) {
  const auto it = device.provenance.find(figure);
  return it == device.provenance.end() ? nullptr : &it->second;
}

void add_peaks(Entry& out, const Device& device) {
  const Provenance* source = from(device, "peak");
  std::vector<std::string> dtypes;
  for (const DType dtype : device.dtypes) dtypes.emplace_back(to_string(dtype));
  for (int i = 0; i < kDTypeCount; ++i) {
    const auto dtype = static_cast<DType>(i);
    const auto peak = device.peak_of(dtype);
    if (!peak) continue;
    out.number(fmt::format("peak_{}_flops_per_s", to_string(dtype)), fmt::format("peak {}", to_string(dtype)),
               peak->value(), rate_text(peak->value(), is_integer(dtype) ? "OP/s" : "FLOP/s"), source);
  }
  out.add("dtypes", "formats", dtypes, source);
}

template <class T>
void append(std::vector<CatalogEntry>& out, const std::vector<T>& items) {
  for (const T& item : items) out.push_back(entry_of(item));
}

template <class T>
void append_id(std::vector<CatalogEntry>& out, const std::vector<T>& items, std::string_view id,
               std::vector<std::string>& ids) {
  for (const T& item : items) {
    ids.push_back(item.id);
    if (item.id == id) out.push_back(entry_of(item));
  }
}

}  // namespace

const char* to_string(CatalogKind kind) {
  return kKindWords[static_cast<std::size_t>(kind)];
}

std::optional<CatalogKind> parse_catalog_kind(std::string_view word) {
  for (std::size_t i = 0; i < kKindWords.size(); ++i) {
    if (word == kKindWords[i]) return static_cast<CatalogKind>(i);
  }
  return std::nullopt;
}

CatalogEntry entry_of(const Device& device) {
  Entry out("device", device.id, device.as_of);
  out.add("name", "name", device.name);
  out.add("vendor", "vendor", device.vendor);
  out.add("class", "class", to_string(device.device_class));
  out.add("arch", "architecture", device.arch);
  if (device.year > 0) out.number("year", "year", device.year, std::to_string(device.year));
  out.add("status", "status", device.status, from(device, "status"));
  out.add("status_note", "", device.status_note);
  out.bytes("memory_bytes", "memory", device.memory, from(device, "memory"));
  out.bytes("on_chip_memory_bytes", "on-chip memory", device.on_chip_memory, from(device, "on_chip_memory"));
  out.rate("memory_bytes_per_s", "memory bandwidth", device.memory_bandwidth, from(device, "memory_bandwidth"));
  add_peaks(out, device);
  out.rate("scale_up_one_way_bytes_per_s", "scale-up, one way", device.scale_up_one_way, from(device, "scale_up"));
  out.add("scale_up_kind", "scale-up kind", device.scale_up_kind);
  out.rate("host_link_one_way_bytes_per_s", "host link, one way", device.host_link_one_way, from(device, "host_link"));
  out.count("cores", "cores", device.cores, from(device, "cores"));
  if (device.power) {
    out.number("power_w", "power", device.power->value(), number_text(device.power->value()) + " W",
               from(device, "power"));
  }
  out.count("max_per_machine", "most per machine", device.max_per_machine, from(device, "max_per_machine"));
  out.count("max_pod", "largest pod", device.max_pod, from(device, "max_pod"));
  out.add("frameworks", "frameworks", device.frameworks);
  if (device.inference_only) out.flag("inference_only", "inference only", true, "yes");
  out.add("limits", "limits", device.limits);
  out.add("seed", "seed rows", device.seed);
  return out.take();
}

CatalogEntry entry_of(const Machine& machine) {
  Entry out("machine", machine.id, machine.as_of);
  const Provenance* source = &machine.provenance;
  out.add("cloud", "cloud", machine.cloud);
  out.add("instance", "instance", machine.instance);
  out.add("region", "region", machine.region);
  out.add("device", "device", machine.device);
  if (machine.count > 0) out.number("count", "count", machine.count, number_text(machine.count), source);
  out.add("topology", "topology", machine.topology);
  if (machine.hosts > 1) out.number("hosts", "hosts", machine.hosts, std::to_string(machine.hosts), source);
  out.add("cpu", "CPU", machine.cpu);
  if (machine.vcpus > 0) out.number("vcpus", "vCPUs", machine.vcpus, number_text(machine.vcpus), source);
  if (machine.cores > 0) out.number("cores", "cores", machine.cores, number_text(machine.cores), source);
  out.bytes("memory_bytes", "memory", machine.memory, source);
  out.rate("network_one_way_bytes_per_s_per_device", "network, one way", machine.network_one_way_per_device, source);
  out.price("on_demand_usd_per_hour", "on demand", machine.on_demand, source);
  out.price("spot_usd_per_hour", "spot", machine.spot, source);
  return out.take();
}

CatalogEntry entry_of(const Link& link) {
  Entry out("link", link.id, link.as_of);
  out.add("name", "name", link.name);
  out.add("scope", "scope", link.scope);
  out.rate("one_way_bytes_per_s", "one way", link.one_way, &link.provenance);
  if (link.cards > 0) out.number("cards", "cards", link.cards, std::to_string(link.cards), &link.provenance);
  if (link.devices_per_machine > 0) {
    out.number("devices_per_machine", "devices", link.devices_per_machine, std::to_string(link.devices_per_machine),
               &link.provenance);
  }
  out.add("machines", "machines", link.machines);
  return out.take();
}

CatalogEntry entry_of(const LinkFit& fit) {
  Entry out("link_fit", fit.id, fit.as_of);
  constexpr double kMicro = 1e6;
  out.add("scope", "scope", fit.scope);
  out.add("collective", "collective", fit.collective);
  out.flag("device_prefix", "devices", fit.device_prefix, fit.device_prefix.empty() ? "any" : fit.device_prefix + "…");
  out.number("alpha_s", "fixed time", fit.alpha_s, fmt::format("{:.4g} us", fit.alpha_s * kMicro), &fit.provenance);
  out.number("efficiency", "efficiency", fit.efficiency, number_text(fit.efficiency), &fit.provenance);
  return out.take();
}

CatalogEntry entry_of(const LinkMeasurement& point) {
  Entry out("link_measurement", point.id, point.as_of);
  out.add("hardware", "hardware", point.hardware);
  out.add("collective", "collective", point.collective);
  if (point.devices > 0) {
    out.number("devices", "devices", point.devices, std::to_string(point.devices), &point.provenance);
  }
  out.bytes("size_bytes", "size", point.size, &point.provenance);
  out.rate("bus_bytes_per_s", "bus bandwidth", point.bus, &point.provenance);
  return out.take();
}

CatalogEntry entry_of(const Service& service) {
  Entry out("service", service.id, service.as_of);
  out.add("product", "product", service.product);
  out.add("cloud", "cloud", service.cloud);
  out.add("roles", "roles", service.roles);
  out.add("at", "at", service.at);
  out.add("status", "status", service.status, &service.provenance);
  out.add("replacement", "replacement", service.replacement, &service.provenance);
  out.add("aliases", "other names", service.aliases);
  out.add("seed", "seed rows", service.seed);
  return out.take();
}

CatalogEntry entry_of(const WeightFormat& format) {
  Entry out("weight_format", format.id, format.as_of);
  out.add("name", "name", format.name);
  out.number("bits_per_weight", "bits per weight", format.bits_per_weight, number_text(format.bits_per_weight),
             &format.provenance);
  if (format.block > 0) {
    out.number("block", "weights per scale", format.block, std::to_string(format.block), &format.provenance);
  }
  out.flag("linear_only", "linear layers only", format.linear_only, format.linear_only ? "yes" : "no");
  return out.take();
}

std::vector<CatalogEntry> entries_of(const Catalog& catalog, CatalogKind kind) {
  std::vector<CatalogEntry> out;
  switch (kind) {
    case CatalogKind::kDevices: append(out, catalog.devices()); break;
    case CatalogKind::kMachines: append(out, catalog.machines()); break;
    case CatalogKind::kLinks:
      append(out, catalog.links());
      append(out, catalog.link_fits());
      append(out, catalog.link_measurements());
      break;
    case CatalogKind::kServices: append(out, catalog.services()); break;
    case CatalogKind::kWeightFormats: append(out, catalog.weight_formats()); break;
  }
  return out;
}

Result<std::vector<CatalogEntry>> find_entries(const Catalog& catalog, std::string_view id) {
  std::vector<CatalogEntry> out;
  std::vector<std::string> ids;
  append_id(out, catalog.devices(), id, ids);
  for (const Machine& machine : catalog.machines()) {
    ids.push_back(machine.instance);
    if (machine.id == id || machine.instance == id || machine.cloud + "/" + machine.instance == id) {
      out.push_back(entry_of(machine));
    }
  }
  append_id(out, catalog.links(), id, ids);
  append_id(out, catalog.link_fits(), id, ids);
  append_id(out, catalog.link_measurements(), id, ids);
  append_id(out, catalog.services(), id, ids);
  append_id(out, catalog.weight_formats(), id, ids);
  if (out.empty()) {
    if (const Service* service = catalog.find_service(id)) out.push_back(entry_of(*service));
  }
  if (!out.empty()) return out;
  const std::string near = suggest(id, ids);
  return fail(ErrorCode::kNotFound, fmt::format("the catalog has no entry '{}'", shorten(id)),
              near.empty() ? "'berth catalog list' shows all ids" : fmt::format("did you mean '{}'?", near));
}

}  // namespace berth
