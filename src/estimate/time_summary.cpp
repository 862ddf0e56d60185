#include "estimate/time_summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace berth::estimation {
namespace {

// One batch on one device, settled.
struct Pass {
  const ItemWork& work;
  const Device& device;
  const Calibration& c;
  Silicon silicon;
  Runtime runtime;
  double batch = 1;
  bool trains = false;
  double rate = 0;  // FLOP/s of the path that is used
  double bytes = 2;
  double bandwidth = 0;
};

const char* kind_efficiency(WorkKind kind) {
  switch (kind) {
    case WorkKind::kMatmul: return "vision.kind_matmul";
    case WorkKind::kConvolution: return "vision.kind_convolution";
    case WorkKind::kThin: return "vision.kind_thin";
  }
  return "vision.kind_thin";
}

const char* base_efficiency(Silicon silicon) {
  switch (silicon) {
    case Silicon::kGpu: return "vision.efficiency_gpu";
    case Silicon::kCpu: return "vision.efficiency_cpu";
    case Silicon::kTpu: return "vision.efficiency_tpu";
    case Silicon::kNpu: return "vision.efficiency_npu";
    case Silicon::kDataflow: return "vision.efficiency_dataflow";
    case Silicon::kEdgeTpu: return "vision.efficiency_edge_tpu";
    case Silicon::kEdgeNpu: return "vision.efficiency_edge_npu";
    case Silicon::kPhoneNpu: return "vision.efficiency_phone_npu";
  }
  return "vision.efficiency_gpu";
}

bool is_old(Runtime runtime) {
  return runtime == Runtime::kTorch2020 || runtime == Runtime::kTensorflow2020;
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
  return silicon == Silicon::kDataflow || silicon == Silicon::kEdgeTpu || silicon == Silicon::kEdgeNpu ||
         silicon == Silicon::kPhoneNpu;
}

// What n threads do in the time of one, as a share of all cores. The operators of one item are small: threads wait
// for each other, so that n of them are worth n / (1 + (n-1)/k); items of a batch go their own ways.
double thread_share(double threads, double cores, double knee, double batch) {
  const double n = std::min(threads, cores);
  return n / (1 + (n - 1) / (knee * batch)) / cores;
}

double gpu_efficiency(const Pass& x) {
  const Calibration& c = x.c;
  // The faster the matrix units against memory and schedulers, the less of them is reached.
  double e = c("vision.efficiency_gpu") * c(kind_efficiency(x.work.kind)) *
             std::pow(x.rate / 100e12, -c("vision.efficiency_decline"));
  if (is_old(x.runtime)) e *= c("vision.stack_2020");
  if (x.runtime == Runtime::kTensorRt) e *= c("vision.stack_tensorrt");
  // Cards fed by the slot alone can't hold the clock that their peak is for.
  constexpr double kSlotPower = 75;
  if (x.device.power && x.device.power->value() <= kSlotPower && x.device.device_class == DeviceClass::kGpu) {
    e *= c("vision.low_power_share");
  }
  // An operator must be large enough to fill the device.
  const double flops = 2 * x.work.macs * x.batch;
  return e * flops / (flops + c("vision.saturation_flops") * x.rate / 100e12 * x.work.layers);
}

BatchTime on_gpu(const Pass& x) {
  const Calibration& c = x.c;
  BatchTime out;
  out.compute_s = 2 * x.work.macs * x.batch / (x.rate * gpu_efficiency(x)) * (x.trains ? 3 : 1);
  const bool fused = x.runtime == Runtime::kCompiled || x.silicon == Silicon::kTpu;
  const double traffic = c("vision.traffic") * (fused                             ? c("vision.traffic_compiled")
                                                : x.runtime == Runtime::kTensorRt ? c("vision.traffic_tensorrt")
                                                                                  : 1);
  // Weights are read once; training reads and writes them, their gradients and the optimizer's state.
  out.memory_s = (x.work.activations * x.batch * traffic * (x.trains ? c("vision.train_traffic") : 1) +
                  x.work.parameters * (x.trains ? 8 : 1)) *
                 x.bytes / x.bandwidth;
  out.launch_s = x.silicon == Silicon::kTpu ? 0 : x.work.layers * c(launch_name(x.runtime)) * (x.trains ? 3 : 1);
  out.seconds = soft_max(out.compute_s + out.memory_s, out.launch_s, c("vision.norm"));
  return out;
}

// Compute shaders (ncnn). The more there is to feed, the less of it they reach.
BatchTime on_vulkan(const Pass& x) {
  const Calibration& c = x.c;
  BatchTime out;
  const double e = c("vision.efficiency_vulkan") * c(kind_efficiency(x.work.kind)) *
                   std::pow(x.rate / 100e12, -c("vision.efficiency_decline"));
  out.compute_s = 2 * x.work.macs * x.batch / (x.rate * e);
  out.memory_s =
      (x.work.activations * x.batch * c("vision.traffic_compiled") * c("vision.traffic") + x.work.parameters) *
      x.bytes / x.bandwidth;
  out.launch_s = x.work.layers * c("vision.launch_vulkan_s");
  out.seconds = out.compute_s + out.memory_s + out.launch_s;
  return out;
}

BatchTime on_cpu(const Pass& x, std::optional<double> threads) {
  const Calibration& c = x.c;
  BatchTime out;
  double e = c("vision.efficiency_cpu") * c(kind_efficiency(x.work.kind));
  if (x.runtime == Runtime::kCompiled) e *= c("vision.cpu_engine_gain");
  const double cores = x.device.cores ? static_cast<double>(*x.device.cores) : 1;
  const double used = std::min(threads.value_or(cores), cores);
  e *= thread_share(used, cores, c("vision.thread_knee"), x.batch);
  out.compute_s = 2 * x.work.macs * x.batch / (x.rate * e) * (x.trains ? 3 : 1);
  out.memory_s = (x.work.activations * x.batch * c("vision.traffic") * c("vision.traffic_compiled") *
                      (x.trains ? c("vision.train_traffic") : 1) +
                  x.work.parameters * (x.trains ? 8 : 1)) *
                 x.bytes / x.bandwidth;
  out.launch_s = x.work.layers * c("vision.launch_cpu_s") * used;  // all threads meet after each layer
  out.seconds = out.compute_s + out.memory_s + out.launch_s;
  return out;
}

BatchTime on_edge_asic(const Pass& x) {
  const Calibration& c = x.c;
  BatchTime out;
  double e = c(base_efficiency(x.silicon)) * c(kind_efficiency(x.work.kind));
  // Multiplier arrays made for convolutions: attention and depthwise layers leave most of them idle.
  if (x.work.attention && x.silicon != Silicon::kPhoneNpu) e *= c("vision.attention_on_edge");
  if (x.work.depthwise) e *= c("vision.depthwise_on_edge");
  out.compute_s = 2 * x.work.macs * x.batch / (x.rate / unit_cores(x.device) * e);
  if (x.silicon == Silicon::kDataflow) {
    // Networks beyond the chip are cut into parts that are loaded in turn, once a batch.
    const double size = x.rate / 26e12;
    const double ratio = std::pow(x.work.parameters / (c("vision.dataflow_weights") * size), 3);
    out.memory_s = x.work.parameters / (c("vision.dataflow_swap_per_s") * size) * ratio / (1 + ratio);
    out.host_s = c("vision.dataflow_item_s") * x.batch;
  } else if (x.silicon == Silicon::kEdgeTpu) {
    const double kept = static_cast<double>(x.device.on_chip_memory->value()) * 0.9;
    const double link = x.device.host_link_one_way ? x.device.host_link_one_way->value() : 500e6;
    out.memory_s = std::max(0.0, x.work.parameters - kept) / (link * c("vision.spill_share_of_host_link"));
    out.host_s = c("vision.host_s");
  } else {
    out.memory_s = x.work.parameters * x.bytes / x.bandwidth;
    out.host_s = c("vision.host_on_chip_s");
    // The next layer's weights are fetched while one is computed.
    out.seconds = soft_max(out.compute_s, out.memory_s, c("vision.norm")) + out.host_s;
    return out;
  }
  out.seconds = out.compute_s + out.memory_s + out.host_s;
  return out;
}

}  // namespace

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
  Pass x{work, device, c, silicon, runtime, batch, trains, peak->flops_per_s};
  x.bytes = std::min(4.0, bytes_per_element(precision));
  x.bandwidth = device.memory_bandwidth ? device.memory_bandwidth->value() : c("vision.fallback_bandwidth_bytes_per_s");
  if (silicon == Silicon::kCpu) {
    if (peak->dtype == DType::kInt8) {  // dot-product paths gain less than their peak
      const auto wide = peak_for(device, DType::kFp16);
      if (wide) x.rate = std::min(x.rate, c("vision.cpu_int8_gain") * wide->flops_per_s);
    }
    return on_cpu(x, threads);
  }
  if (runtime == Runtime::kVulkan) {
    if (precision == DType::kInt8 || precision == DType::kInt4) {
      return fail(ErrorCode::kUnsupported,
                  "Vulkan runtimes have no 8-bit kernels: the model would run on the host's cores",
                  "estimate it on the CPU, or choose fp16");
    }
    return on_vulkan(x);
  }
  if (is_edge_asic(silicon)) return on_edge_asic(x);
  return on_gpu(x);
}

}  // namespace berth::estimation
