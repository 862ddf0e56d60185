#include <algorithm>
#include <array>
#include <cstdlib>

#include "facts/fact_writer.hpp"
#include "facts/facts.hpp"

namespace berth {
namespace {

std::vector<std::string> words_of(const std::vector<DType>& dtypes) {
  std::vector<std::string> out;
  for (const DType dtype : dtypes) out.emplace_back(to_string(dtype));
  return out;
}

bool runs(const Device& device, DType dtype) {
  return device.peak_of(dtype) || std::find(device.dtypes.begin(), device.dtypes.end(), dtype) != device.dtypes.end();
}

bool contains(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

// What a word of the catalog must hold to stand for a framework of the workload document. Trained models of
// TensorFlow, JAX and PyTorch convert to LiteRT, and compilers of edge devices read TensorFlow models.
struct Software {
  std::string_view framework;
  std::array<std::string_view, 6> words;
};
constexpr std::array<Software, 7> kSoftware = {{
    {"pytorch", {"pytorch", "litert", "onnx", "tflm", "dataflow compiler", "mps"}},
    {"tensorflow", {"tensorflow", "litert", "tflite", "tflm", "dataflow compiler", "tf,"}},
    {"jax", {"jax", "litert", "tflm", "jax", "jax", "jax"}},
    {"onnxruntime", {"onnx", "openvino", "dataflow compiler", "onnx", "onnx", "onnx"}},
    {"tflite", {"litert", "tflite", "tflm", "dataflow compiler", "tensorflow", "tf,"}},
    {"llama.cpp", {"llama.cpp", "llama.cpp", "llama.cpp", "llama.cpp", "llama.cpp", "llama.cpp"}},
    {"vllm", {"vllm", "pytorch", "pytorch", "vllm", "vllm", "vllm"}},
}};

void add_device(FactWriter& writer, const Device& device) {
  writer.set("device.id", device.id);
  writer.set("device.class", to_string(device.device_class));
  writer.set_word("device.vendor", device.vendor);
  writer.set_word("device.arch", device.arch);
  writer.set_word("device.status", device.status);
  writer.set("device.inference_only", device.inference_only);
  writer.set("device.memory_bytes", device.memory);
  writer.set_or_null("device.on_chip_memory_bytes", device.on_chip_memory);
  writer.set("device.power_w", device.power);
  writer.set("device.dtypes", words_of(device.dtypes));
  std::vector<DType> fast;
  for (int i = 0; i < kDTypeCount; ++i) {
    if (device.peak[static_cast<std::size_t>(i)]) fast.push_back(static_cast<DType>(i));
  }
  writer.set("device.fast_dtypes", words_of(fast));
  writer.set("device.frameworks", device.frameworks);
  writer.set_or_null("device.max_per_machine", device.max_per_machine);
  writer.set_or_null("device.max_pod", device.max_pod);
}

void add_machine(FactWriter& writer, const Machine& machine, std::string_view as_of) {
  writer.set("machine.cloud", machine.cloud);
  writer.set("machine.region", machine.region);
  writer.set("machine.instance", machine.instance);
  if (machine.vcpus > 0) writer.set("machine.vcpus", machine.vcpus);
  writer.set("machine.memory_bytes", machine.memory);
  writer.set("machine.usd_per_hour", machine.on_demand);
  writer.set("machine.spot_offered", machine.spot.has_value());
  writer.set("machine.price_age_days", days_between(machine.as_of, as_of));
}

void add_fit(FactWriter& writer, const CandidateFacts& facts, const Workload& workload) {
  const Device& device = *facts.device;
  if (facts.cluster != nullptr) {
    writer.set("candidate.devices", facts.cluster->devices());
    writer.set("candidate.devices_per_machine", facts.cluster->devices_per_machine);
    writer.set("candidate.machines", facts.cluster->machines);
  }
  const Environment& environment = workload.environment;
  const bool allowed = environment.allow_devices.empty() || contains(environment.allow_devices, device.id);
  writer.set("candidate.denied", !allowed || contains(environment.deny_devices, device.id));
  const std::optional<DType> precision =
      facts.job != nullptr && facts.job->precision ? facts.job->precision : workload.job.precision;
  writer.set("candidate.precision_given", workload.job.precision.has_value());
  if (precision) {
    writer.set("candidate.precision", to_string(*precision));
    writer.set("candidate.supports_precision", runs(device, *precision));
    writer.set("candidate.fast_precision", device.peak_of(*precision).has_value());
    if (const auto peak = device.peak_of(*precision); peak && device.memory_bandwidth) {
      writer.set("device.ridge_flops_per_byte", peak->value() / device.memory_bandwidth->value());
    }
  } else {
    writer.put("candidate.supports_precision", std::monostate());
    writer.put("candidate.fast_precision", std::monostate());
  }
  writer.set_or_null("candidate.supports_framework",
                     workload.traits.framework ? runs_framework(device, *workload.traits.framework) : std::nullopt);
}

void add_memory(FactWriter& writer, const Estimate& estimate, const Device& device) {
  if (!estimate.memory || !estimate.memory->fits) {
    writer.put("estimate.memory_fits", std::monostate());
  } else {
    writer.set("estimate.memory_fits", to_string(*estimate.memory->fits));
  }
  if (estimate.memory) {
    writer.set("estimate.memory_low_bytes", estimate.memory->per_device_bytes.low);
    writer.set("estimate.memory_expected_bytes", estimate.memory->per_device_bytes.expected);
    writer.set("estimate.memory_high_bytes", estimate.memory->per_device_bytes.high);
    if (estimate.memory->capacity) {
      writer.set("estimate.capacity_bytes", static_cast<double>(estimate.memory->capacity->value()));
    }
  }
  std::optional<bool> on_chip;
  if (estimate.memory && device.on_chip_memory) {
    for (const auto& [part, bytes] : estimate.memory->breakdown_bytes) {
      if (part == "weights") on_chip = bytes <= static_cast<double>(device.on_chip_memory->value());
    }
  }
  writer.set_or_null("estimate.weights_fit_on_chip", on_chip);
}

void expected(FactWriter& writer, std::string_view path, const std::optional<Interval>& interval) {
  if (interval) writer.set(path, interval->expected);
}
void high(FactWriter& writer, std::string_view path, const std::optional<Interval>& interval) {
  if (interval) writer.set(path, interval->high);
}

void add_time(FactWriter& writer, const TimeEstimate& time) {
  expected(writer, "estimate.job_s", time.job_s);
  high(writer, "estimate.job_high_s", time.job_s);
  expected(writer, "estimate.step_s", time.step_s);
  expected(writer, "estimate.latency_s", time.latency_s);
  high(writer, "estimate.latency_high_s", time.latency_s);
  expected(writer, "estimate.ttft_s", time.ttft_s);
  expected(writer, "estimate.tpot_s", time.tpot_s);
  expected(writer, "estimate.requests_per_s", time.items_per_s);
  if (time.mfu && *time.mfu <= 1) writer.set("estimate.mfu", *time.mfu);
  writer.set_word("estimate.bottleneck", time.bottleneck);
}

// The known parts of an answer's time: the way (none at the edge), the preprocessing, the model.
void add_end_to_end(FactWriter& writer, const CandidateFacts& facts, const Workload& workload, const FactSheet& sheet) {
  const auto& time = facts.estimate->time;
  if (!time || !time->latency_s) return;
  double total = time->latency_s->expected;
  if (workload.job.serving && workload.job.serving->preprocessing)
    total += workload.job.serving->preprocessing->value();
  const FactValue* way = sheet.get("estimate.network_rtt_s");
  if (facts.device->device_class != DeviceClass::kEdge && way != nullptr && std::holds_alternative<double>(*way)) {
    total += std::get<double>(*way);
  }
  writer.set("estimate.end_to_end_s", total);
}

void add_estimate(FactWriter& writer, const CandidateFacts& facts, const Workload& workload, const FactSheet& sheet) {
  const Estimate& estimate = *facts.estimate;
  add_memory(writer, estimate, *facts.device);
  if (estimate.time) add_time(writer, *estimate.time);
  add_end_to_end(writer, facts, workload, sheet);
  if (estimate.cost) {
    expected(writer, "estimate.cost_usd", estimate.cost->job_usd);
    high(writer, "estimate.cost_high_usd", estimate.cost->job_usd);
  }
  const bool extrapolated =
      std::any_of(estimate.basis.begin(), estimate.basis.end(), [](const Basis& basis) { return basis.extrapolated; });
  writer.set("estimate.extrapolated", extrapolated);
  if (estimate.parameters_total > 0 && estimate.parameters_trainable > 0) {
    const double share =
        static_cast<double>(estimate.parameters_trainable) / static_cast<double>(estimate.parameters_total);
    writer.set("estimate.trainable_share", std::min(1.0, share));
  }
}

}  // namespace

std::optional<bool> runs_framework(const Device& device, std::string_view framework) {
  if (device.device_class == DeviceClass::kCpu) return true;  // every framework of the document computes on CPUs
  const auto software =
      std::find_if(kSoftware.begin(), kSoftware.end(), [&](const Software& row) { return row.framework == framework; });
  if (software == kSoftware.end() || device.frameworks.empty()) return std::nullopt;
  for (const std::string& offered : device.frameworks) {
    const std::string word = lower(offered);
    for (const std::string_view wanted : software->words) {
      if (word.find(wanted) != std::string::npos) return true;
    }
  }
  return false;
}

Status add_candidate_facts(FactSheet& sheet, const CandidateFacts& facts, const Workload& workload,
                           std::string_view as_of) {
  FactWriter writer(sheet, {Origin::Kind::kCatalog, facts.device->id, {}});
  add_device(writer, *facts.device);
  add_fit(writer, facts, workload);
  if (facts.machine != nullptr) {
    writer.origin({Origin::Kind::kCatalog, facts.machine->id, {}});
    add_machine(writer, *facts.machine, as_of);
  }
  if (facts.estimate != nullptr) {
    writer.origin({Origin::Kind::kEstimate, facts.device->id, {}});
    add_estimate(writer, facts, workload, sheet);
  } else {
    writer.put("estimate.memory_fits", std::monostate());
  }
  return writer.status();
}

Status add_reference_facts(FactSheet& sheet, DeviceClass device_class, const Cluster& cluster,
                           const Estimate& estimate) {
  const std::string prefix = std::string("estimate.") + to_string(device_class) + ".";
  FactWriter writer(sheet, {Origin::Kind::kEstimate, cluster.device, {}});
  const Origin* known = sheet.origin(prefix + "job_s");
  const bool given = known != nullptr && known->kind != Origin::Kind::kEstimate;
  if (estimate.memory && estimate.memory->fits) writer.set(prefix + "fits", to_string(*estimate.memory->fits));
  if (estimate.time) {
    if (!given) expected(writer, prefix + "job_s", estimate.time->job_s);
    expected(writer, prefix + "latency_s", estimate.time->latency_s);
    const bool fast = device_class != DeviceClass::kCpu && device_class != DeviceClass::kEdge;
    if (fast && !estimate.time->bottleneck.empty()) {
      const FactValue* bound = sheet.get("estimate.input_bound");
      const bool already = bound != nullptr && *bound == FactValue(true);
      writer.set("estimate.input_bound", already || estimate.time->bottleneck == "host_input");
    }
  }
  if (estimate.cost) expected(writer, prefix + "cost_usd", estimate.cost->job_usd);
  if (!given) writer.set(prefix + "devices", cluster.devices());
  return writer.status();
}

Status add_layout_facts(FactSheet& sheet, const LayoutFacts& facts) {
  FactWriter writer(sheet, {Origin::Kind::kEstimate, "layout search", {}});
  const Parallelism& p = facts.job->parallelism;
  writer.set("layout.data", p.data);
  writer.set("layout.tensor", p.tensor);
  writer.set("layout.pipeline", p.pipeline);
  writer.set("layout.context", p.context);
  writer.set("layout.expert", p.expert);
  if (p.zero_stage) writer.set("layout.zero_stage", *p.zero_stage);
  writer.set("layout.micro_batch", facts.job->micro_batch);
  writer.set("layout.accumulation", facts.job->gradient_accumulation);
  if (facts.job->activation_checkpointing)
    writer.set("layout.checkpointing", to_string(*facts.job->activation_checkpointing));
  writer.set("layout.devices_per_machine", facts.cluster->devices_per_machine);
  if (facts.memory_bytes && facts.device->memory)
    writer.set("layout.memory_share", *facts.memory_bytes / static_cast<double>(facts.device->memory->value()));
  return writer.status();
}

}  // namespace berth
