// devices.json. The bounds are sanity bounds: they catch slips of unit (GB for bytes, sparse for dense,
// two directions for one), not unusual hardware. They are listed in docs/guide/catalog.md.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "catalog/loader.hpp"
#include "core/text.hpp"

namespace berth {
namespace {

constexpr Range kYear{1990, 2100};
constexpr Range kMemory{0, 64e12};       // none (Edge TPU) to 64 TB
constexpr Range kOnChip{1024, 1e12};     // microcontroller to wafer scale
constexpr Range kMemoryRate{1e6, 1e15};  // 1 MB/s to 1 PB/s (SRAM)
constexpr Range kPeak{1e6, 1e18};        // 1 Mflop/s to 1 Eflop/s per device
constexpr Range kLinkRate{1e4, 1e14};    // serial line to on-package
constexpr Range kPower{1e-4, 1e5};       // microcontroller to wafer scale
constexpr Range kCores{1, 4096};
constexpr Range kPerMachine{1, 1024};
constexpr Range kPod{1, 1e6};

constexpr std::array<std::pair<std::string_view, DeviceClass>, 5> kClasses{{{"cpu", DeviceClass::kCpu},
                                                                            {"gpu", DeviceClass::kGpu},
                                                                            {"tpu", DeviceClass::kTpu},
                                                                            {"npu", DeviceClass::kNpu},
                                                                            {"edge", DeviceClass::kEdge}}};
constexpr std::array<std::string_view, 4> kStatuses{"current", "legacy", "retired", "preview"};
constexpr std::array<std::string_view, 11> kFigures{
    "memory", "on_chip_memory", "memory_bandwidth", "peak",  "scale_up", "host_link", "cores",
    "power",  "max_pod",        "max_per_machine",  "status"};

// Formats in which the second is at least as fast as the first on every device that has both: the first
// asks more of the hardware. fp16 stands apart (Gaudi 3 runs it slower than bf16), as does int8 from fp8.
constexpr std::array<std::pair<DType, DType>, 7> kNotSlower{{{DType::kFp64, DType::kFp32},
                                                             {DType::kFp32, DType::kTf32},
                                                             {DType::kFp32, DType::kBf16},
                                                             {DType::kTf32, DType::kBf16},
                                                             {DType::kBf16, DType::kFp8},
                                                             {DType::kFp8, DType::kFp4},
                                                             {DType::kInt8, DType::kInt4}}};

std::optional<DType> dtype_at(Fields& fields, const Node& node, std::string_view word) {
  const std::optional<DType> dtype = parse_dtype(word);
  if (dtype) return dtype;
  std::vector<std::string> words;
  for (int i = 0; i < kDTypeCount; ++i) words.emplace_back(to_string(static_cast<DType>(i)));
  fields.fail_at(node, fmt::format("'{}' is no number format", shorten(word)),
                 fmt::format("use {}{}", join_or(words), did_you_mean(word, words)));
  return std::nullopt;
}

void read_peaks(Fields& fields, std::string_view file, Device& device) {
  const Node* node = fields.child("peak_flops_per_s");
  if (node == nullptr) return;
  if (!node->is(Node::Kind::kObject)) {
    return fields.fail_at(*node, "'" + fields.path_of("peak_flops_per_s") +
                                     "' must be an object, such as {\"bf16\": " + "312e12}, found " + describe(*node));
  }
  Fields peaks(*node, file, fields.path_of("peak_flops_per_s"));
  for (const Member& member : node->as_object()) {
    const std::optional<DType> dtype = dtype_at(fields, member.value, member.key);
    if (!dtype) return;
    double value = 0;
    peaks.read(member.key, value, kPeak);
    device.peak[static_cast<std::size_t>(*dtype)] = FlopsPerSecond(value);
  }
  if (Status status = peaks.finish(); !status) return fields.fail_with(status.error());
  for (const auto& pair : kNotSlower) {
    const auto wide = device.peak_of(pair.first);
    const auto narrow = device.peak_of(pair.second);
    if (!wide || !narrow || !(*narrow < *wide)) continue;
    return fields.fail_at(*node,
                          fmt::format("'{}': {} ({}) can't be slower than {} ({})", fields.path_of("peak_flops_per_s"),
                                      to_string(pair.second), number_text(narrow->value()), to_string(pair.first),
                                      number_text(wide->value())),
                          "give dense peaks of one device, in operations per second");
  }
}

void read_dtypes(Fields& fields, Device& device) {
  std::array<bool, kDTypeCount> can{};
  if (const Node* node = fields.child("dtypes"); node != nullptr) {
    std::vector<std::string> words;
    fields.read("dtypes", words);
    if (!fields.ok()) return;
    for (std::size_t i = 0; i < words.size(); ++i) {
      const std::optional<DType> dtype = dtype_at(fields, node->as_array()[i], words[i]);
      if (!dtype) return;
      can[static_cast<std::size_t>(*dtype)] = true;
    }
  }
  // What has a peak can run.
  for (std::size_t i = 0; i < can.size(); ++i) {
    if (can[i] || device.peak[i]) device.dtypes.push_back(static_cast<DType>(i));
  }
}

Status read_host_rates(const Node& node, std::string_view file, std::string path, HostRates& out) {
  Fields fields(node, file, std::move(path));
  fields.read("threads", out.threads, kCores);
  if (const Node* gemm = fields.child("gemm_flops_per_s"); gemm != nullptr) {
    Fields rates(*gemm, file, fields.path_of("gemm_flops_per_s"));
    for (int i = 0; i < kDTypeCount; ++i) {
      std::optional<double> rate;
      rates.read(to_string(static_cast<DType>(i)), rate, kPeak);
      if (rate) out.gemm[static_cast<std::size_t>(i)] = FlopsPerSecond(*rate);
    }
    if (Status status = rates.finish(); !status) fields.fail_with(status.error());
  }
  fields.read("read_bytes_per_s", out.read, kMemoryRate);
  fields.read("copy_bytes_per_s", out.copy, kMemoryRate);
  fields.read("triad_bytes_per_s", out.triad, kMemoryRate);
  fields.read("cache_copy_bytes_per_s", out.cache_copy, kMemoryRate);
  fields.read("exchange_bytes_per_s", out.exchange, kMemoryRate);
  const bool has_all = fields.has_value("read_bytes_per_s") && fields.has_value("cache_copy_bytes_per_s") &&
                       out.gemm[static_cast<std::size_t>(DType::kFp32)] && (out.threads == 1 || out.exchange);
  if (fields.ok() && !has_all) fields.fail_at(node, "the rates of a host lack a figure", "run berth probe again");
  return fields.finish();
}

Status read_host_cache(const Node& node, std::string_view file, std::string path, HostCache& out) {
  Fields fields(node, file, std::move(path));
  fields.read("level", out.level, Range{1, 5});
  fields.read("bytes", out.size, kOnChip);
  fields.read("shared_by", out.shared_by, kCores);
  return fields.finish();
}

// What `berth probe` writes.
void read_host(Fields& fields, std::string_view file, Device& device) {
  const Node* node = fields.child("host");
  if (node == nullptr) return;
  Fields host(*node, file, fields.path_of("host"));
  HostDetails out;
  const auto each = [&](const char* key, auto& list, auto read_one) {
    const Node* all = host.child(key);
    if (all == nullptr || !host.ok()) return;
    if (!all->is(Node::Kind::kArray))
      return host.fail_at(*all, fmt::format("'{}' must be an array", host.path_of(key)));
    for (std::size_t i = 0; i < all->as_array().size() && host.ok(); ++i) {
      Status status =
          read_one(all->as_array()[i], file, fmt::format("{}[{}]", host.path_of(key), i), list.emplace_back());
      if (!status) host.fail_with(status.error());
    }
  };
  each("caches", out.caches, &read_host_cache);
  each("rates", out.rates, &read_host_rates);
  if (host.ok() && out.rates.empty()) host.fail_at(*node, "a host needs measured 'rates'", "run berth probe again");
  if (Status status = host.finish(); !status) return fields.fail_with(status.error());
  device.host = std::move(out);
}

}  // namespace

Status CatalogLoader::read_devices(Fields& top) {
  return each(top, "devices",
              [this](const Node& node, std::string path) { return read_device(node, std::move(path)); });
}

Status CatalogLoader::read_device(const Node& node, std::string path) {
  Device device;
  Fields fields(node, file_, std::move(path));
  fields.read("id", device.id);
  fields.read("name", device.name);
  fields.read("vendor", device.vendor);
  fields.read_word<DeviceClass>("class", device.device_class, kClasses);
  fields.read("arch", device.arch);
  fields.read("year", device.year, kYear);
  fields.read("memory_bytes", device.memory, kMemory);
  fields.read("on_chip_memory_bytes", device.on_chip_memory, kOnChip);
  fields.read("memory_bytes_per_s", device.memory_bandwidth, kMemoryRate);
  read_peaks(fields, file_, device);
  read_dtypes(fields, device);
  fields.read("scale_up_one_way_bytes_per_s", device.scale_up_one_way, kLinkRate);
  fields.read("scale_up_kind", device.scale_up_kind);
  fields.read("host_link_one_way_bytes_per_s", device.host_link_one_way, kLinkRate);
  fields.read("cores", device.cores, kCores);
  fields.read("power_w", device.power, kPower);
  fields.read("max_per_machine", device.max_per_machine, kPerMachine);
  fields.read("max_pod", device.max_pod, kPod);
  read_host(fields, file_, device);
  fields.read("frameworks", device.frameworks);
  fields.read("limits", device.limits);
  fields.read("inference_only", device.inference_only);
  std::optional<std::string> status;
  fields.read_word("status", status, kStatuses);
  device.status = status.value_or("current");
  fields.read("status_note", device.status_note);
  fields.read("seed", device.seed);
  if (fields.ok() && device.id.empty()) fields.fail_at(node, "a device needs an \"id\"");
  if (fields.ok() && !fields.has_value("class"))
    fields.fail_at(node, "a device needs a \"class\"", "cpu, gpu, tpu, npu or edge");
  if (const Node* all = fields.child("provenance"); all != nullptr) {
    Fields figures(*all, file_, fields.path_of("provenance"));
    for (const std::string_view figure : kFigures) {
      const Node* one = figures.child(figure);
      if (one == nullptr) continue;
      Fields entry(*one, file_, figures.path_of(figure));
      read_provenance(entry, device.provenance[std::string(figure)]);
      if (Status done = entry.finish(); !done) figures.fail_with(done.error());
    }
    if (Status done = figures.finish(); !done) fields.fail_with(done.error());
  }
  if (Status done = fields.finish(); !done) return done;
  device.as_of = as_of_;
  return put(catalog_.devices_, devices_, std::move(device), node);
}

}  // namespace berth
