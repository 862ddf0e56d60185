// hardware.*, version.* and context words; calc.*: products of degrees and other arithmetic over what is known.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "check/job_sheet.hpp"

namespace berth::checking {
namespace {

constexpr double kGib = 1024.0 * 1024.0 * 1024.0;

// "4.46.1" as 44601, "2.7" as 20700: three groups of up to two digits; nullopt for anything else.
std::optional<std::int64_t> version_number(std::string_view text) {
  if (text.starts_with('v')) text.remove_prefix(1);
  std::int64_t out = 0;
  for (int part = 0; part < 3; ++part) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc()) {
      if (part == 0) return std::nullopt;
      value = 0;
    } else {
      text.remove_prefix(static_cast<std::size_t>(end - text.data()));
      if (text.starts_with('.')) text.remove_prefix(1);
    }
    out = out * 100 + std::min(value, 99);
  }
  return out;
}

// Package names people use for a format's framework.
constexpr std::array<std::pair<std::string_view, std::string_view>, 14> kPackages = {{{"hf-trainer", "transformers"},
                                                                                      {"huggingface", "transformers"},
                                                                                      {"torch", "pytorch"},
                                                                                      {"llama-factory", "llamafactory"},
                                                                                      {"llm-foundry", "llmfoundry"},
                                                                                      {"gpt-neox", "neox"},
                                                                                      {"megatron-lm", "megatron"},
                                                                                      {"megatron-core", "megatron"},
                                                                                      {"flash-attn", "flash_attn"},
                                                                                      {"training-operator", "kubeflow"},
                                                                                      {"kubeflow-trainer", "kubeflow"},
                                                                                      {"mpi-operator", "kubeflow"},
                                                                                      {"transformer-engine", "te"},
                                                                                      {"sky", "skypilot"}}};

std::string package_of(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  for (const auto& [alias, package] : kPackages) {
    if (name == alias) return std::string(package);
  }
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

void add_versions(SheetWriter& writer) {
  for (const auto& [name, text] : writer.context.versions) {
    const std::optional<std::int64_t> number = version_number(text);
    if (!number) continue;
    const std::string package = package_of(name.empty() ? writer.config().detection.ecosystem : name);
    for (const char* prefix : {"version.", "newest.", "oldest."}) writer.set(prefix + package, *number);
  }
}

void add_words(SheetWriter& writer) {
  for (const auto& [key, word] : writer.context.words) writer.set("context." + key, word);
  if (writer.context.saves_model) writer.set("context.saves_model", *writer.context.saves_model);
  if (writer.context.overrides_known) writer.set("context.no_overrides", true);
  if (writer.context.dataset_samples) writer.set("dataset.samples", *writer.context.dataset_samples);
  if (writer.context.dataset_mean_tokens) writer.set("dataset.mean_tokens", *writer.context.dataset_mean_tokens);
  if (writer.context.checkpoint_tensor_parallel)
    writer.set("context.checkpoint_tensor_parallel", *writer.context.checkpoint_tensor_parallel);
}

const Device* device_of(const SheetWriter& writer) {
  if (!writer.context.sku) return nullptr;
  return writer.tables().devices.find(*writer.context.sku, writer.context.memory_gib, *writer.tables().catalog);
}

// Whether the format has no word for the field, and nothing outside the file sets it either.
bool unsayable(const SheetWriter& writer, std::string_view fact) {
  const Config& config = writer.config();
  const auto formats = writer.tables().formats->formats();
  const auto format = std::find_if(formats.begin(), formats.end(),
                                   [&](const ConfigFormat& f) { return f.id == config.detection.ecosystem; });
  if (format == formats.end() || config.find(fact) != nullptr) return false;
  const auto names = [&](const std::vector<std::string>& list) {
    return std::find(list.begin(), list.end(), fact) != list.end();
  };
  return !names(format->fields) && !names(format->outside);
}

// A degree: its value; 1 where the file is known to say nothing of it; nullopt unknown.
std::optional<std::int64_t> degree(const SheetWriter& writer, std::string_view fact) {
  const FactValue* value = writer.get(fact);
  if (value == nullptr) return unsayable(writer, fact) ? std::optional<std::int64_t>(1) : std::nullopt;
  if (std::holds_alternative<std::monostate>(*value)) return 1;
  return writer.whole(fact);
}

// Ranks that the job will have: the file's own number, else all devices of the hardware.
void add_world(SheetWriter& writer) {
  std::optional<std::int64_t> world = writer.whole("config.world_size");
  const ConfigField* field = writer.config().find("config.world_size");
  SourceSpan span;
  if (world && field != nullptr) span = field->value_span;
  if (!world) {
    const ConfigField* devices = writer.config().find("cluster.devices_per_machine");
    const std::optional<std::int64_t> per_machine = writer.whole("cluster.devices_per_machine");
    const std::optional<std::int64_t> machines = writer.whole("cluster.machines");
    if (per_machine && machines && devices != nullptr && devices->state == ValueState::kGiven)
      world = *per_machine * *machines;
  }
  if (!world) {
    world = writer.context.cores ? writer.context.cores : writer.whole("hardware.devices");
  }
  if (world && *world > 0) writer.set("calc.world", *world, span);
}

void add_degrees(SheetWriter& writer) {
  const auto tensor = degree(writer, "job.parallelism.tensor");
  const auto pipeline = degree(writer, "job.parallelism.pipeline");
  const auto context = degree(writer, "job.parallelism.context");
  if (!tensor || !pipeline || !context || *tensor < 1 || *pipeline < 1 || *context < 1) return;
  if (*tensor > 1'000'000 || *pipeline > 1'000'000 || *context > 1'000'000) return;
  const std::int64_t group = *tensor * *pipeline * *context;
  writer.set("calc.model_parallel", group);
  const auto shard = writer.whole("config.data_shard");
  const auto replicate = writer.whole("config.data_replicate");
  const auto world = writer.whole("calc.world");
  if (shard && *shard > 0 && *shard < 1'000'000'000) {
    const std::int64_t data = *shard * std::clamp<std::int64_t>(replicate.value_or(1), 1, 1'000'000'000);
    writer.set("calc.data_parallel", data);
    writer.set("calc.mesh", data * group);
  } else if (const auto data = writer.whole("job.parallelism.data"); data && *data > 0 && *data < 1'000'000'000) {
    writer.set("calc.data_parallel", *data);
    writer.set("calc.mesh", *data * group);
  } else if (world) {
    if (*world % group == 0)
      writer.set("calc.data_parallel", *world / group);
    else
      writer.absent("calc.data_parallel");
    writer.absent("calc.mesh");
  }
}

std::optional<double> raw_number(const SheetWriter& writer, std::string_view key) {
  for (const std::string_view prefix : {"hf.", "lf.", "axolotl."}) {
    if (const auto value = writer.number(std::string(prefix) + std::string(key))) return value;
  }
  return std::nullopt;
}
std::string raw_text(const SheetWriter& writer, std::string_view key) {
  for (const std::string_view prefix : {"hf.", "lf.", "axolotl."}) {
    std::string value = writer.text(std::string(prefix) + std::string(key));
    if (!value.empty()) return value;
  }
  return {};
}

bool trains_adapter(const SheetWriter& writer) {
  const std::string method = writer.text("job.peft.method");
  if (!method.empty()) return method != "full" && method != "none" && method != "freeze";
  const std::string task = writer.text("context.task");
  return task.find("lora") != std::string::npos || task.find("adapter") != std::string::npos;
}

// Steps of the whole job: given, or samples x epochs / batch.
std::optional<double> steps_of(const SheetWriter& writer) {
  if (const auto steps = writer.number("job.steps"); steps && *steps > 0) return steps;
  const auto samples = writer.number("dataset.samples");
  const auto epochs = writer.number("job.epochs");
  const auto batch = writer.number("job.global_batch");
  if (!samples || !epochs || !batch || *batch <= 0) return std::nullopt;
  return std::ceil(*samples / *batch) * *epochs;
}

// Checkpoints kept on disk at the end, and the bytes of each.
void add_checkpoints(SheetWriter& writer) {
  const std::string_view ecosystem = writer.config().detection.ecosystem;
  if (ecosystem != "hf-trainer" && ecosystem != "llamafactory" && ecosystem != "axolotl") return;
  const std::string strategy = raw_text(writer, "save_strategy");
  std::optional<double> kept;
  if (strategy == "no") {
    kept = 0;
  } else if (strategy == "epoch") {
    kept = writer.number("job.epochs");
  } else if (const auto steps = steps_of(writer)) {
    const double every = raw_number(writer, "save_steps").value_or(500);  // TrainingArguments' default
    kept = every >= 1 ? std::floor(*steps / every) : every > 0 ? std::floor(1 / every) : 0;
  }
  const auto limit = raw_number(writer, "save_total_limit");
  if (limit && *limit > 0) kept = kept ? std::min(*kept, *limit) : *limit;
  if (kept) writer.set("calc.checkpoints_kept", *kept);
  const auto parameters = writer.number("model.parameters");
  if (!parameters || trains_adapter(writer)) return;
  // Weights in 16 bit; Adam's two moments in 32 bit (arXiv:1910.02054, section 3.1).
  const FactValue* model_only = writer.get(ecosystem == "axolotl"        ? "axolotl.save_only_model"
                                           : ecosystem == "llamafactory" ? "lf.save_only_model"
                                                                         : "hf.save_only_model");
  const bool only = model_only != nullptr && *model_only == FactValue(true);
  const double bytes = *parameters * (only ? 2 : 10);
  writer.set("calc.checkpoint_gib", bytes / kGib);
  if (kept) writer.set("calc.checkpoints_gib", *kept * bytes / kGib);
}

// Host memory that offloading and saving take.
void add_host_memory(SheetWriter& writer) {
  const auto parameters = writer.number("model.parameters");
  if (!parameters) return;
  const double machines = writer.number("hardware.machines").value_or(1);
  const bool adapter = trains_adapter(writer);
  const std::string optimizer = writer.text("job.offload.optimizer");
  const std::string weights = writer.text("job.offload.parameters");
  double bytes = 0;
  // fp32 weights, two moments and gradient of DeepSpeed's CPU Adam: 16 bytes a trained parameter
  // (arXiv:2101.06840, table 1); 16-bit weights on top when those are offloaded too.
  if (optimizer == "cpu" && !adapter) bytes += 16 * *parameters;
  if (weights == "cpu") bytes += 2 * *parameters;
  writer.set("calc.offload_host_gib", bytes / machines / kGib);
  // A full state dict is gathered on one host: 16-bit weights, or the 32-bit ones that mixed precision trains.
  writer.set("calc.weights_gib", 2 * *parameters / kGib);
  writer.set("calc.full_state_gib", (adapter ? 2 : 4) * *parameters / kGib);
}

std::int64_t padded(std::int64_t vocab, std::int64_t multiple) {
  return (vocab + multiple - 1) / multiple * multiple;
}

void add_vocabulary(SheetWriter& writer) {
  const auto vocab = writer.whole("model.vocab");
  const auto tensor = degree(writer, "job.parallelism.tensor");
  const auto before = writer.context.checkpoint_tensor_parallel;
  if (!vocab || !tensor || !before || *tensor < 1 || *before < 1) return;
  const FactValue* given = writer.get("megatron.make_vocab_size_divisible_by");
  const std::int64_t unit = given != nullptr && std::holds_alternative<std::int64_t>(*given)
                                ? std::clamp<std::int64_t>(std::get<std::int64_t>(*given), 1, 1'000'000)
                                : 128;  // Megatron-LM's default
  writer.set("calc.padded_vocab", padded(*vocab, unit * *tensor));
  writer.set("calc.padded_vocab_of_checkpoint", padded(*vocab, unit * *before));
}

}  // namespace

void add_hardware_facts(SheetWriter& writer) {
  const CheckContext& context = writer.context;
  const Device* device = device_of(writer);
  if (context.device_class)
    writer.set("hardware.class", *context.device_class);
  else if (device != nullptr)
    writer.set("hardware.class", std::string(to_string(device->device_class)));
  if (context.sku) writer.set("hardware.sku", *context.sku);
  if (device != nullptr) writer.set("hardware.device", device->id);
  if (context.devices_per_machine) writer.set("hardware.devices_per_machine", *context.devices_per_machine);
  if (context.machines) writer.set("hardware.machines", *context.machines);
  if (context.devices_per_machine && context.machines && *context.machines < 1'000'000'000 &&
      *context.devices_per_machine < 1'000'000)
    writer.set("hardware.devices", *context.devices_per_machine * *context.machines);
  if (context.memory_gib)
    writer.set("hardware.memory_gib", *context.memory_gib);
  else if (device != nullptr && device->memory)
    writer.set("hardware.memory_gib", static_cast<double>(device->memory->value()) / kGib);
  std::optional<double> capability = context.compute_capability;
  if (!capability && device != nullptr) capability = writer.tables().devices.compute_capability(*device);
  if (capability)
    writer.set("hardware.compute_capability", *capability);
  else if (context.device_class && *context.device_class != "gpu")
    writer.absent("hardware.compute_capability");
  if (context.host_memory_gib) writer.set("hardware.host_memory_gib", *context.host_memory_gib);
  if (context.disk_gib) writer.set("hardware.disk_gib", *context.disk_gib);
  if (context.nvme_gib) writer.set("hardware.nvme_gib", *context.nvme_gib);
  add_words(writer);
  add_versions(writer);
  add_world(writer);
  add_degrees(writer);
}

void add_arithmetic_facts(SheetWriter& writer) {
  const bool adapter = trains_adapter(writer);
  if (writer.get("job.peft.method") != nullptr || writer.get("context.task") != nullptr)
    writer.set("calc.trains_adapter", adapter);
  if (const auto steps = steps_of(writer)) writer.set("calc.steps", *steps);
  add_checkpoints(writer);
  add_host_memory(writer);
  add_vocabulary(writer);
}

}  // namespace berth::checking
