/// The workload document (berth/workload/v1): model + job + environment + cluster, as typed values.
///
/// An absent optional is unknown; nothing is defaulted here. A key given as null is known to be
/// absent: it is listed in Workload::given with is_null set.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "berth/catalog.hpp"
#include "berth/dtype.hpp"
#include "berth/model.hpp"
#include "berth/readers.hpp"
#include "berth/result.hpp"
#include "berth/units.hpp"

namespace berth {

enum class Task : std::uint8_t { kPrototype, kTrain, kFinetune, kSearch, kServe };
enum class Checkpointing : std::uint8_t { kNone, kSelective, kFull };
enum class Objective : std::uint8_t { kCost, kTime, kBalanced };
const char* to_string(Task);
const char* to_string(Checkpointing);
const char* to_string(Objective);

struct Traits {
  std::optional<std::string> framework;      ///< "pytorch", "tensorflow", …
  std::optional<std::string> source_access;  ///< "modifiable", "hard_to_change", "binary_only"
  std::optional<std::string> custom_ops;     ///< "none", "some_on_cpu", "heavy_cpp", "in_training_loop"
  std::optional<std::vector<std::string>> unsupported_tpu_ops;
  std::optional<bool> needs_high_precision;
  std::optional<bool> massively_parallel;
};

struct Parallelism {
  std::optional<std::int64_t> data, tensor, pipeline, context, expert, interleave;
  std::optional<int> zero_stage;
  std::optional<bool> sequence;
};

struct Peft {
  std::string method;  ///< "lora", "qlora", …
  std::optional<std::int64_t> rank;
  std::vector<std::string> target_modules;  ///< {"all-linear"} or names; empty unknown
  std::vector<std::string> modules_to_save;
  std::optional<std::int64_t> trainable_parameters;
};

struct Offload {
  std::optional<std::string> optimizer, parameters, activations;  ///< "none", "cpu", "nvme"
};

struct Dataset {
  std::optional<double> items, tokens;
  std::optional<Bytes> bytes;
  std::optional<std::string> location;
};

struct Serving {
  std::optional<std::string> mode;    ///< "online", "batch"
  std::optional<std::string> engine;  ///< "vllm", "tensorrt-llm", "onnxruntime", …
  std::optional<std::int64_t> batch;
  std::optional<double> requests_per_s;
  std::optional<double> concurrency;
  std::optional<std::int64_t> prompt_tokens, output_tokens;
  std::optional<Seconds> latency_p99, ttft, tpot, preprocessing;
  std::optional<DType> kv_precision;
};

struct Job {
  std::optional<Task> task;
  std::optional<bool> interactive, synchronous, packed, compile, master_weights;
  std::optional<Seconds> time_on_cpu;
  std::optional<DType> precision;
  std::optional<std::string> optimizer, trainer, fp8_recipe;
  std::optional<std::string> quantization;  ///< weight format id (catalog)
  std::optional<std::int64_t> micro_batch, gradient_accumulation, global_batch, sequence_length, steps, trials;
  std::optional<double> mean_length, epochs;
  std::optional<Checkpointing> activation_checkpointing;
  std::optional<Peft> peft;
  Parallelism parallelism;
  Offload offload;
  Dataset dataset;
  std::optional<Serving> serving;
};

struct User {
  std::string name;
  double distance_km = 0;
};

struct Edge {
  std::vector<std::string> devices;
  std::optional<Watts> power;
  std::optional<std::int64_t> sensors, measurements;
  std::optional<double> sample_rate_per_s;
  std::optional<Bytes> sample_bytes;
  std::optional<std::string> aggregate;  ///< "mean", "sum", "max", "none", …
  std::optional<Seconds> window;
  std::optional<double> uplink_bits_per_s;
  std::optional<bool> uplink_reliable, closed_loop_control, raw_data_needed_centrally;
};

struct Environment {
  std::optional<Objective> objective;
  std::optional<Usd> budget;
  std::optional<Seconds> deadline;
  std::vector<std::string> clouds;   ///< allowed; empty = any
  std::vector<std::string> regions;  ///< allowed; empty = any
  std::optional<DeviceClass> accelerator;
  std::vector<std::string> allow_devices, deny_devices;
  std::optional<bool> survive_machine_loss, spot;
  std::vector<User> users;
  std::optional<Edge> edge;
  double price_factor = 1.0;
};

/// Fixed hardware.
struct Cluster {
  std::string device;  ///< catalog id
  std::int64_t devices_per_machine = 1;
  std::int64_t machines = 1;
  std::optional<std::int64_t> threads;
  std::optional<Bytes> host_memory;
  std::string topology;
  std::optional<BytesPerSecond> network_per_device;  ///< one direction; absent: the catalog's

  [[nodiscard]] std::int64_t devices() const { return devices_per_machine * machines; }
};

/// A key that the document gives: its dotted path ("job.micro_batch"), its place, and whether it is null.
struct GivenKey {
  std::string path;
  int line = 0;
  int column = 0;
  bool is_null = false;
};

struct Workload {
  std::string name;
  std::string file;            ///< the document's name, for origins
  std::optional<Model> model;  ///< absent: a qualitative document
  Traits traits;
  Job job;
  Environment environment;
  std::optional<Cluster> cluster;
  std::vector<GivenKey> given;
};

/// Reads files that a document names (model.file). Given by the caller, so the library stays pure.
using ModelResolver = Result<Model> (*)(const std::string& path, const ReadOptions& options);

struct ParseOptions {
  /// Called for `model.file`, resolved against `base_folder`; nullptr: an error says files are off.
  ModelResolver resolve_model = nullptr;
  std::string base_folder;
  /// `--set` assignments, "job.micro_batch=32", applied before checking. Values are YAML scalars or flow.
  std::vector<std::string> overrides;
};

/// Parses and checks one document, YAML or JSON.
/// @param text  the document   @param name  its name, for messages
/// Errors: one Error at the first thing that is wrong, with file:line:column: syntax, unknown key (with
/// "did you mean"), wrong type, out of range, not finite, not UTF-8, more than one model form,
/// nesting deeper than 64, unknown device id. Cost: linear; thread-safe.
Result<Workload> parse_workload(std::string_view text, std::string_view name, const Catalog& catalog,
                                const ParseOptions& options = {});

}  // namespace berth
