/// The catalog: devices, machines with dated prices, links, services, weight formats.
///
/// Facts about hardware and products only; what follows from them is estimated (estimate.hpp) or
/// judged by rules (rules.hpp). Every figure has a source and a confidence. A Catalog is immutable
/// after loading and may be shared between threads.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "berth/dtype.hpp"
#include "berth/result.hpp"
#include "berth/source_file.hpp"
#include "berth/units.hpp"

namespace berth {

/// kNpu: data-centre inference and training ASICs that are neither GPU nor TPU (Trainium, Gaudi, …).
enum class DeviceClass : std::uint8_t { kCpu, kGpu, kTpu, kNpu, kEdge };
const char* to_string(DeviceClass device_class);
std::optional<DeviceClass> parse_device_class(std::string_view word);

/// Where a figure comes from. confidence: V2 two sources agree, V1 one source read, D computed,
/// R recalled and not re-read, DISAGREE sources conflict.
struct Provenance {
  std::vector<std::string> sources;  ///< keys of Catalog::source_text, or the source itself
  std::string confidence;
  std::string note;
};

/// One level of cache as a core sees it.
struct HostCache {
  int level = 0;
  Bytes size{};
  int shared_by = 1;  ///< cores that share it
};

/// Rates of a machine that berth has measured itself, with a number of threads at once (probe.hpp).
struct HostRates {
  int threads = 1;
  std::array<std::optional<FlopsPerSecond>, kDTypeCount> gemm;  ///< multiply-accumulate = 2 operations
  BytesPerSecond read{};                                        ///< a sum over memory
  BytesPerSecond copy{};                                        ///< memory to memory, both counted
  BytesPerSecond triad{};                                       ///< a = b + s·c, all three counted
  BytesPerSecond cache_copy{};             ///< within half of a core's second-level cache, both counted
  std::optional<BytesPerSecond> exchange;  ///< copying what another core wrote over what it read, both counted;
                                           ///< nullopt: one thread
};

struct HostDetails {
  std::vector<HostCache> caches;
  std::vector<HostRates> rates;  ///< by rising number of threads
};

struct Device {
  std::string id;  ///< "nvidia-h100-sxm"
  std::string name;
  std::string vendor;
  DeviceClass device_class = DeviceClass::kCpu;
  std::string arch;  ///< "Hopper", empty when unknown
  int year = 0;      ///< of introduction; 0 unknown
  /// Memory of one device. nullopt: set by the machine (CPUs) or unknown; 0: has none (Edge TPU).
  std::optional<Bytes> memory;
  std::optional<Bytes> on_chip_memory;  ///< SRAM that holds weights (Edge TPU, Hailo)
  std::optional<BytesPerSecond> memory_bandwidth;
  /// Dense peak per number format, multiply-accumulate = 2 operations; nullopt: no such path. The
  /// fastest path of the format (matrix units where there are any), accumulating in 32 bit.
  std::array<std::optional<FlopsPerSecond>, kDTypeCount> peak;
  std::vector<DType> dtypes;                       ///< formats it can run, fast or not
  std::optional<BytesPerSecond> scale_up_one_way;  ///< NVLink, xGMI, ICI: per device, one direction
  /// "nvlink4", "ici-2d", "ici-3d", "xgmi", "roce", "neuronlink"; "…-bridge": joins two devices only;
  /// empty: PCIe only.
  std::string scale_up_kind;
  std::optional<BytesPerSecond> host_link_one_way;  ///< PCIe or USB, one direction
  std::optional<int> cores;                         ///< CPUs: physical cores that `peak` is for
  std::optional<Watts> power;
  std::optional<int> max_per_machine;
  std::optional<int> max_pod;  ///< TPU: largest slice, chips
  std::vector<std::string> frameworks;
  std::string limits;  ///< what it can't do, in words
  bool inference_only = false;
  std::string status;  ///< "current", "legacy", "retired", "preview"
  std::string status_note;
  std::vector<std::string> seed;                 ///< seed rows that this entry encodes
  std::map<std::string, Provenance> provenance;  ///< by figure: "memory", "peak", …
  std::string as_of;                             ///< date of its file; empty when undated
  std::optional<HostDetails> host;               ///< a machine at hand, measured by `berth probe`

  [[nodiscard]] std::optional<FlopsPerSecond> peak_of(DType dtype) const {
    return peak[static_cast<std::size_t>(dtype)];
  }
};

/// One thing that can be rented: a cloud instance or a TPU slice, in one region, at a dated price.
struct Machine {
  std::string id;        ///< "gcp/a3-highgpu-8g/us-central1"
  std::string cloud;     ///< "gcp", "aws", "azure", "lambda", …
  std::string instance;  ///< "a3-highgpu-8g"
  std::string region;
  double vcpus = 0;             ///< 0 unknown
  double cores = 0;             ///< physical cores behind the vcpus; 0 unknown
  std::optional<Bytes> memory;  ///< host memory
  std::string device;           ///< accelerator's catalog id; empty for CPU-only machines
  std::string cpu;              ///< CPU's catalog id; empty when unknown
  double count = 0;             ///< accelerators (TPU: chips of the whole slice); may be a fraction
  std::string topology;         ///< TPU slices: "4x4x4"; empty otherwise
  int hosts = 1;                ///< TPU slices of several hosts
  std::optional<UsdPerHour> on_demand;
  std::optional<UsdPerHour> spot;
  /// Network per accelerator (per machine when there is none), one direction.
  std::optional<BytesPerSecond> network_one_way_per_device;
  std::string as_of;      ///< date of the price, "2026-08-03"; empty when undated
  Provenance provenance;  ///< of the price and the size
};

struct Service {
  std::string id;                    ///< "pubsub"
  std::string product;               ///< today's name: "Pub/Sub"
  std::string cloud;                 ///< "gcp", "any" (open source, own)
  std::vector<std::string> roles;    ///< "ingestion", "stream_processing", "training", …
  std::string at;                    ///< "edge", "gateway", "cloud"
  std::string status;                ///< "current", "legacy", "renamed", "retired"
  std::string replacement;           ///< id of the service to use instead; empty when there is none
  std::vector<std::string> aliases;  ///< earlier names: "Cloud ML Engine", …
  std::string note;
  std::vector<std::string> seed;
  Provenance provenance;
  std::string as_of;  ///< date of its file; empty when undated
};

/// How quantised weights are stored ("nf4", "q4_k_m", "awq", "mxfp4", …).
struct WeightFormat {
  std::string id;
  std::string name;
  double bits_per_weight = 0;  ///< with scales and block overhead
  int block = 0;               ///< weights that share a scale; 0: one scale a channel or tensor, or none
  bool linear_only = true;     ///< embeddings and norms stay in 16 bit
  Provenance provenance;
  std::string as_of;  ///< date of its file; empty when undated
};

/// What work a family of models is made of, where operators aren't known one by one.
enum class WorkKind : std::uint8_t {
  kMatmul,       ///< large matrix products: transformers, MLPs
  kConvolution,  ///< dense convolutions
  kThin          ///< grouped, concatenated or depthwise: little work per element moved
};

/// Medians over published models of a family ("dense-cnn", "depthwise-cnn", …).
struct SummaryFamily {
  std::string id;
  std::vector<std::string> words;  ///< parts of a family's name that mean this one; first match counts
  WorkKind kind = WorkKind::kConvolution;
  bool attention = false;          ///< has it
  bool depthwise = false;          ///< mostly of depthwise layers
  double layers = 0;               ///< convolutions and linear layers of a forward pass
  double parameters = 0;           ///< of the model with that many layers
  double activations_per_mac = 0;  ///< output elements of those layers, where a document doesn't give them
  Provenance provenance;
  std::string as_of;  ///< date of its file; empty when undated
};

/// The nominal rate of a link or a network card: what the maker says, one direction.
struct Link {
  std::string id;
  std::string name;
  std::string scope;                  ///< "scale_up" (device to device), "host", "network"
  BytesPerSecond one_way{};           ///< per device for scale_up and network, per slot for host
  int cards = 0;                      ///< network: cards of a machine; 0 unknown
  int devices_per_machine = 0;        ///< network: devices that share the cards; 0 unknown
  std::vector<std::string> machines;  ///< network: instances that have it
  Provenance provenance;
  std::string as_of;  ///< date of its file; empty when undated
};

/// A collective fitted to a published sweep: t = alpha + bytes * 2(n-1)/n / (efficiency * link rate)
/// for all_reduce among n devices (see docs/guide/estimates.md).
struct LinkFit {
  std::string id;
  std::string scope;          ///< "intra" or "inter" machine
  std::string collective;     ///< "all_reduce"
  std::string device_prefix;  ///< devices it holds for: "nvidia-a100"; empty any. The longest match holds.
  double alpha_s = 0;         ///< fixed time of one collective
  /// Achieved share of the one-way link rate. May exceed 1 where a switch does the sum. Between machines
  /// it is the share of a device's network rate when each machine first reduces within itself.
  double efficiency = 0;
  Provenance provenance;
  std::string as_of;  ///< date of its file; empty when undated
};

/// One published point of a collective, for comparison; no estimate uses it.
struct LinkMeasurement {
  std::string id;
  std::string hardware;
  std::string collective;
  int devices = 0;  ///< 0 unknown
  Bytes size{};
  BytesPerSecond bus{};  ///< "bus bandwidth" of NCCL's tests
  Provenance provenance;
  std::string as_of;  ///< date of its file; empty when undated
};

class Catalog {
 public:
  /// Reads catalog files; the kind of each is its "schema" ("berth/devices/v1", …).
  /// Later files add entries and replace those of the same id.
  /// Errors: kInvalid with file:line:column for syntax, unknown keys, wrong types, values out of the
  /// sanity bounds (docs/guide/catalog.md), duplicate ids within a file, references to unknown ids.
  /// Files of berth's other kinds (rules, facts, …) are skipped unread, as are names starting with
  /// "schema/". Cost: linear in the text. Thread-safe.
  static Result<Catalog> load(std::span<const SourceFile> files);

  [[nodiscard]] const std::vector<Device>& devices() const { return devices_; }
  [[nodiscard]] const std::vector<Machine>& machines() const { return machines_; }
  [[nodiscard]] const std::vector<Service>& services() const { return services_; }
  [[nodiscard]] const std::vector<WeightFormat>& weight_formats() const { return weight_formats_; }
  [[nodiscard]] const std::vector<SummaryFamily>& summary_families() const { return summary_families_; }
  [[nodiscard]] const std::vector<Link>& links() const { return links_; }
  [[nodiscard]] const std::vector<LinkFit>& link_fits() const { return link_fits_; }
  [[nodiscard]] const std::vector<LinkMeasurement>& link_measurements() const { return link_measurements_; }
  /// The newest date of any file: "2026-11-24".
  [[nodiscard]] const std::string& as_of() const { return as_of_; }

  /// nullptr when there is none. O(log n). Pointers live as long as the Catalog.
  [[nodiscard]] const Device* find_device(std::string_view id) const;
  [[nodiscard]] const Machine* find_machine(std::string_view id) const;             ///< O(n)
  [[nodiscard]] const Service* find_service(std::string_view id_or_alias) const;    ///< O(n)
  [[nodiscard]] const WeightFormat* find_weight_format(std::string_view id) const;  ///< O(n)
  /// The fit for a device: longest matching prefix, or nullptr. scope: "intra", "inter". O(n).
  [[nodiscard]] const LinkFit* find_link_fit(std::string_view scope, std::string_view collective,
                                             std::string_view device_id) const;
  /// Like find_device, with a "did you mean" in the error. `where` is put into the error.
  [[nodiscard]] Result<const Device*> device(std::string_view id, const SourceSpan& where = {}) const;
  /// The full reference behind a key of Provenance::sources; the key itself when there is none.
  [[nodiscard]] std::string_view source_text(std::string_view key) const;

 private:
  friend class CatalogLoader;
  std::vector<Device> devices_;
  std::vector<Machine> machines_;
  std::vector<Service> services_;
  std::vector<WeightFormat> weight_formats_;
  std::vector<SummaryFamily> summary_families_;
  std::vector<Link> links_;
  std::vector<LinkFit> link_fits_;
  std::vector<LinkMeasurement> link_measurements_;
  std::map<std::string, std::string, std::less<>> sources_;
  std::map<std::string, std::size_t, std::less<>> device_index_;
  std::string as_of_;
};

}  // namespace berth
