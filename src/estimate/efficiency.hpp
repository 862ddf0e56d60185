// What a device can do at best, and how its number formats stand in for each other.
#pragma once

#include <optional>

#include "berth/catalog.hpp"
#include "berth/dtype.hpp"
#include "berth/estimate.hpp"

namespace berth::estimation {

struct Peak {
  double flops_per_s = 0;
  DType dtype = DType::kBf16;  // the format whose path is used
};

// The dense peak for work asked for in `wanted`; where the device lacks that path, the next wider one
// that it has (fp8 on an A100 runs as int8 or bf16). nullopt: no figure at all.
std::optional<Peak> peak_for(const Device& device, DType wanted);

// What kind of machine a device is to a roofline.
enum class Silicon : std::uint8_t {
  kGpu,
  kCpu,
  kTpu,
  kNpu,       // data-centre ASIC
  kDataflow,  // edge ASIC without memory of its own: weights on chip, or streamed in parts
  kEdgeTpu,   // edge ASIC with on-chip memory that spills to the host
  kEdgeNpu,   // neural unit of an edge chip, next to its memory
  kPhoneNpu   // Hexagon: matrix and vector units, so attention and depthwise layers run as well
};
Silicon silicon_of(const Device& device);

// Cores of a neural unit, from an arch such as "RKNPU2, 3 cores"; 1 where none are told. One model runs on one.
double unit_cores(const Device& device);

// (a^p + b^p)^(1/p): a soft maximum of two times that overlap in part.
double soft_max(double a, double b, double p);

// Share of the dense matrix peak that large matrix products reach in training. Falls with the peak:
// larger engines are harder to feed and clock down (A100 0.6, H100 0.5 measured end to end).
double training_gemm_efficiency(const Device& device, double peak_16bit, const Calibration& calibration);

}  // namespace berth::estimation
