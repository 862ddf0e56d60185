#include "estimate/time_summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "berth/profile.hpp"
#include "estimate/shape.hpp"

namespace berth::estimation {
namespace {

struct FamilyFacts {
  Family family;
  const char* efficiency;      // calibration parameter
  double operators;            // kernels of a typical forward pass
  double activations_per_mac;  // where the summary doesn't give the elements
};

// Kernels and elements are medians over published models of each family (timm operator counts); they
// matter for the launch floor and for models whose activation elements aren't given.
constexpr std::array<FamilyFacts, 12> kFamilies{{
    {Family::kDense, "vision.family_dense", 60, 2.5e-3},
    {Family::kGrouped, "vision.family_grouped", 110, 3.5e-3},
    {Family::kConcat, "vision.family_concat", 250, 2.4e-3},
    {Family::kDepthwise, "vision.family_depthwise", 120, 1.7e-2},
    {Family::kLargeKernel, "vision.family_large_kernel", 200, 2.5e-3},
    {Family::kVit, "vision.family_vit", 150, 1.3e-3},
    {Family::kWindow, "vision.family_window", 250, 2.5e-3},
    {Family::kMlp, "vision.family_mlp", 130, 1.2e-3},
    {Family::kDetector, "vision.family_detector", 120, 3e-3},
    {Family::kSegmentation, "vision.family_segmentation", 100, 3e-3},
    {Family::kEncoder, "vision.family_encoder", 180, 0.6e-3},
    {Family::kOther, "vision.family_other", 100, 3e-3},
}};

const FamilyFacts& facts_of(Family family) {
  return kFamilies[static_cast<std::size_t>(family)];
}

Result<ItemWork> from_summary(const Summary& summary, Notes& notes) {
  ItemWork work;
  work.family = family_of(summary.family);
  if (summary.family.empty()) note(notes, "model.summary.family is not given: typical values are assumed");
  if (!summary.macs_per_item) {
    return fail(ErrorCode::kIncomplete, "'model.summary.macs_per_item' is not given",
                "give the multiply-accumulates of one item");
  }
  work.macs = *summary.macs_per_item;
  work.parameters = summary.parameters.value_or(0);
  if (!summary.parameters)
    note(notes, "model.summary.parameters is not given: the weights' memory and traffic are left out");
  work.operators = facts_of(work.family).operators;
  if (summary.activation_elements_per_item) {
    work.activations = *summary.activation_elements_per_item;
  } else {
    work.activations = facts_of(work.family).activations_per_mac * work.macs;
    note(notes, "model.summary.activation_elements_per_item is not given: typical of the family");
  }
  return work;
}

Family family_of_profile(const Profile& profile) {
  double conv = 0;
  double depthwise = 0;
  double attention = 0;
  double total = 0;
  for (const OperatorWork& row : profile.operators) {
    if (row.op.kind == OperatorKind::kConv) conv += row.flops;
    if (row.op.kind == OperatorKind::kDepthwiseConv) depthwise += row.flops;
    if (row.op.kind == OperatorKind::kAttention) attention += row.flops;
    total += row.flops;
  }
  if (depthwise > 0.01 * total) return Family::kDepthwise;
  if (conv > 0.5 * total) return Family::kDense;
  return attention > 0 ? Family::kVit : Family::kMlp;
}

Result<ItemWork> from_profile(const Model& model, double sequence_length, Notes& notes) {
  ProfileOptions options;
  options.sequence_length = static_cast<std::int64_t>(sequence_length);
  const Result<Profile> profiled = profile(model, options);
  if (!profiled) return tl::unexpected(profiled.error());
  ItemWork work;
  work.family = model.transformer ? Family::kEncoder : family_of_profile(*profiled);
  work.macs = profiled->macs;
  work.parameters = static_cast<double>(model.parameters);
  for (const OperatorWork& row : profiled->operators) {
    work.operators += row.op.count;
    if (work.parameters == 0) continue;
  }
  if (model.parameters == 0) {
    for (const OperatorWork& row : profiled->operators) work.parameters += row.op.weight_elements * row.op.count;
  }
  work.activations = profiled->activation_elements;
  for (const std::string& text : profiled->notes) note(notes, text);
  if (work.macs <= 0) {
    return fail(ErrorCode::kIncomplete, "'model.operators' hold no multiply-accumulates",
                "describe the matrix products and convolutions");
  }
  return work;
}

const char* base_efficiency(Silicon silicon, Runtime runtime) {
  switch (silicon) {
    case Silicon::kGpu: return runtime == Runtime::kVulkan ? "vision.efficiency_vulkan" : "vision.efficiency_gpu";
    case Silicon::kCpu: return "vision.efficiency_cpu";
    case Silicon::kTpu: return "vision.efficiency_tpu";
    case Silicon::kNpu: return "vision.efficiency_npu";
    case Silicon::kDataflow: return "vision.efficiency_dataflow";
    case Silicon::kEdgeTpu: return "vision.efficiency_edge_tpu";
    case Silicon::kEdgeNpu: return "vision.efficiency_edge_npu";
  }
  return "vision.efficiency_gpu";
}

const char* stack_efficiency(Runtime runtime) {
  switch (runtime) {
    case Runtime::kTensorRt: return "vision.stack_tensorrt";
    case Runtime::kCompiled: return "vision.stack_compiled";
    case Runtime::kChannelsLast: return "vision.stack_channels_last";
    case Runtime::kTorch2020: return "vision.stack_torch_2020";
    case Runtime::kTensorflow2020: return "vision.stack_tensorflow_2020";
    default: return "vision.stack_eager";
  }
}

const char* launch_name(Runtime runtime) {
  switch (runtime) {
    case Runtime::kTensorRt: return "vision.launch_tensorrt_s";
    case Runtime::kCompiled: return "vision.launch_compiled_s";
    case Runtime::kTorch2020: return "vision.launch_torch_2020_s";
    case Runtime::kTensorflow2020: return "vision.launch_tensorflow_2020_s";
    case Runtime::kVulkan: return "vision.launch_vulkan_s";
    default: return "vision.launch_eager_s";
  }
}

bool is_edge_asic(Silicon silicon) {
  return silicon == Silicon::kDataflow || silicon == Silicon::kEdgeTpu || silicon == Silicon::kEdgeNpu;
}

// Cores share memory and clock down: n of them are worth n / (1 + (n-1)/k).
double thread_share(double threads, double cores, double knee) {
  const auto worth = [&](double n) { return n / (1 + (n - 1) / knee); };
  return worth(std::min(threads, cores)) / worth(cores);
}

double efficiency(const ItemWork& work, Silicon silicon, Runtime runtime, const Calibration& c) {
  double e = c(base_efficiency(silicon, runtime)) * c(facts_of(work.family).efficiency);
  if (silicon == Silicon::kGpu && runtime != Runtime::kVulkan) e *= c(stack_efficiency(runtime));
  if (is_edge_asic(silicon)) {
    // Multiplier arrays made for convolutions: attention and depthwise layers leave most of them idle.
    const bool attention =
        work.family == Family::kVit || work.family == Family::kWindow || work.family == Family::kEncoder;
    if (attention) e *= c("vision.attention_on_edge");
    if (work.family == Family::kDepthwise) e *= c("vision.depthwise_on_edge");
  }
  return e;
}

}  // namespace

Family family_of(std::string_view name) {
  const auto has = [&](std::string_view part) { return name.find(part) != std::string_view::npos; };
  if (has("large-kernel")) return Family::kLargeKernel;
  if (has("depthwise") || has("mobilenet") || has("efficientnet")) return Family::kDepthwise;
  if (has("grouped") || has("multibranch")) return Family::kGrouped;
  if (has("concat") || has("densenet")) return Family::kConcat;
  if (has("dense-cnn") || has("resnet") || name == "cnn") return Family::kDense;
  if (has("window") || name == "hybrid" || name == "metaformer") return Family::kWindow;
  if (has("encoder") || has("bert")) return Family::kEncoder;
  if (has("vit") || has("transformer")) return Family::kVit;
  if (name == "mlp") return Family::kMlp;
  if (has("yolo") || has("detector")) return Family::kDetector;
  if (has("seg")) return Family::kSegmentation;
  return Family::kOther;
}

Result<ItemWork> item_work(const Model& model, double sequence_length, Notes& notes) {
  if (model.summary) return from_summary(*model.summary, notes);
  return from_profile(model, sequence_length, notes);
}

Result<BatchTime> batch_time(const ItemWork& work, const Device& device, DType precision, Runtime runtime, double batch,
                             std::optional<double> threads, Direction direction, const Calibration& c) {
  const Silicon silicon = silicon_of(device);
  auto peak = peak_for(device, precision);
  if (!peak && device.inference_only) peak = peak_for(device, DType::kInt8);
  const bool trains = direction == Direction::kTraining;
  if (!peak || (trains && device.inference_only)) {
    return fail(
        ErrorCode::kUnsupported,
        fmt::format("'{}' {} {}", device.id,
                    trains && device.inference_only ? "can't train, nor run" : "has no path for", to_string(precision)),
        "choose another device or precision");
  }
  double rate = peak->flops_per_s;
  if (silicon == Silicon::kCpu && peak->dtype == DType::kInt8) {  // dot-product paths gain less than their peak
    const auto wide = peak_for(device, DType::kFp16);
    if (wide) rate = std::min(rate, c("vision.cpu_int8_gain") * wide->flops_per_s);
  }
  double e = efficiency(work, silicon, runtime, c);
  const double flops = 2 * work.macs * batch;
  if (silicon == Silicon::kGpu) {  // an operator must be large enough to fill the device
    const double fills = c("vision.saturation_flops") * rate / 100e12 * work.operators;
    e *= flops / (flops + fills);
  }
  if (silicon == Silicon::kCpu && threads && device.cores) {
    e *= thread_share(*threads, static_cast<double>(*device.cores), c("vision.thread_knee"));
  }
  const double bandwidth =
      device.memory_bandwidth ? device.memory_bandwidth->value() : c("vision.fallback_bandwidth_bytes_per_s");
  const double bytes = std::min(4.0, bytes_per_element(precision));
  BatchTime out;
  out.compute_s = flops / (rate * e) * (trains ? c("vision.train_compute") : 1);
  if (is_edge_asic(silicon)) {
    out.launch_s = silicon == Silicon::kEdgeTpu ? 0 : work.operators * c("vision.launch_edge_s");
    if (silicon == Silicon::kDataflow) {
      // Networks beyond the chip are cut into parts that are loaded in turn, once a batch.
      const double size = rate / 26e12;
      const double ratio = std::pow(work.parameters / (c("vision.dataflow_weights") * size), 3);
      out.memory_s = work.parameters / (c("vision.dataflow_swap_per_s") * size) * ratio / (1 + ratio);
    } else if (silicon == Silicon::kEdgeTpu) {
      const double kept = static_cast<double>(device.on_chip_memory->value()) * 0.9;
      const double link = device.host_link_one_way ? device.host_link_one_way->value() : 500e6;
      out.memory_s = std::max(0.0, work.parameters - kept) / (link * c("vision.spill_share_of_host_link"));
      out.host_s = c("vision.host_s");
    } else {
      out.memory_s = work.parameters * bytes / bandwidth;
      out.host_s = c("vision.host_s");
    }
    out.seconds = out.compute_s + out.memory_s + out.launch_s + out.host_s;
    return out;
  }
  const double fusion = runtime == Runtime::kCompiled || silicon == Silicon::kTpu ? c("vision.traffic_compiled")
                        : runtime == Runtime::kTensorRt                           ? c("vision.traffic_tensorrt")
                                                                                  : 1;
  out.memory_s = (work.activations * batch * c("vision.traffic") * fusion * (trains ? c("vision.train_traffic") : 1) +
                  work.parameters * (trains ? 8 : 1)) *
                 bytes / bandwidth;
  if (silicon == Silicon::kCpu) {
    out.launch_s = work.operators * c("vision.launch_cpu_s");
    out.seconds = out.compute_s + out.memory_s + out.launch_s;
    return out;
  }
  out.launch_s = silicon == Silicon::kTpu ? 0 : work.operators * c(launch_name(runtime)) * (trains ? 3 : 1);
  out.seconds = soft_max(out.compute_s + out.memory_s, out.launch_s, c("vision.norm"));
  return out;
}

}  // namespace berth::estimation
