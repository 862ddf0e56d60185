#include "estimate/efficiency.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <span>

namespace berth::estimation {
namespace {

constexpr std::array kFp64{DType::kFp64};
constexpr std::array kFp32{DType::kFp32, DType::kBf16, DType::kFp16};
constexpr std::array kTf32{DType::kTf32, DType::kFp32, DType::kBf16};
constexpr std::array kBf16{DType::kBf16, DType::kFp16, DType::kFp32};
constexpr std::array kFp16{DType::kFp16, DType::kBf16, DType::kFp32};
constexpr std::array kFp8{DType::kFp8, DType::kInt8, DType::kBf16, DType::kFp16, DType::kFp32};
constexpr std::array kInt8{DType::kInt8, DType::kFp16, DType::kBf16, DType::kFp32};
constexpr std::array kFp4{DType::kFp4, DType::kFp8, DType::kBf16, DType::kFp16, DType::kFp32};
constexpr std::array kInt4{DType::kInt4, DType::kInt8, DType::kFp16, DType::kBf16, DType::kFp32};

std::span<const DType> stand_ins(DType wanted) {
  switch (wanted) {
    case DType::kFp64: return kFp64;
    case DType::kFp32: return kFp32;
    case DType::kTf32: return kTf32;
    case DType::kBf16: return kBf16;
    case DType::kFp16: return kFp16;
    case DType::kFp8: return kFp8;
    case DType::kInt8: return kInt8;
    case DType::kFp4: return kFp4;
    case DType::kInt4: return kInt4;
  }
  return kBf16;
}

}  // namespace

std::optional<Peak> peak_for(const Device& device, DType wanted) {
  for (const DType dtype : stand_ins(wanted)) {
    const auto peak = device.peak_of(dtype);
    if (peak && peak->value() > 0) return Peak{peak->value(), dtype};
  }
  return std::nullopt;
}

Silicon silicon_of(const Device& device) {
  switch (device.device_class) {
    case DeviceClass::kCpu: return Silicon::kCpu;
    case DeviceClass::kGpu: return Silicon::kGpu;
    case DeviceClass::kTpu: return Silicon::kTpu;
    case DeviceClass::kNpu: return Silicon::kNpu;
    case DeviceClass::kEdge: break;
  }
  if (device.cores) return Silicon::kCpu;
  if (device.arch.starts_with("Hexagon")) return Silicon::kPhoneNpu;
  if (device.arch.starts_with("Hailo")) return Silicon::kDataflow;  // Hailo-15 has memory, for images
  if (device.on_chip_memory) return Silicon::kEdgeTpu;
  if (device.memory && device.memory->value() == 0) return Silicon::kDataflow;
  return device.vendor == "NVIDIA" ? Silicon::kGpu : Silicon::kEdgeNpu;
}

double unit_cores(const Device& device) {
  const std::size_t comma = device.arch.find(", ");
  if (comma == std::string::npos || !device.arch.ends_with(" cores")) return 1;
  return std::max(1.0, std::strtod(device.arch.c_str() + comma + 2, nullptr));
}

double soft_max(double a, double b, double p) {
  const double larger = std::max(a, b);
  if (larger <= 0) return 0;
  return larger * std::pow(std::pow(a / larger, p) + std::pow(b / larger, p), 1 / p);
}

double training_gemm_efficiency(const Device& device, double peak_16bit, const Calibration& calibration) {
  if (device.device_class == DeviceClass::kTpu) return calibration("train.gemm_efficiency_tpu");
  constexpr double kReference = 312e12;  // A100, dense bf16
  return calibration("train.gemm_efficiency") *
         std::pow(peak_16bit / kReference, -calibration("train.gemm_efficiency_decline"));
}

}  // namespace berth::estimation
