// Round numbers to derive expectations from by hand: a calibration whose parameters are all 1 unless
// overridden, a device, and the embedded catalog for whole documents.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "berth/data.hpp"
#include "berth/estimate.hpp"
#include "estimate/parameters.hpp"

namespace berth::estimation {

inline std::string calibration_text(const std::map<std::string, double>& overrides) {
  std::string text = R"({"schema": "berth/calibration/v1", "id": "test", "parameters": {)";
  bool first = true;
  for (const std::string_view name : kParameterNames) {
    const auto found = overrides.find(std::string(name));
    text += fmt::format(R"({}"{}": {{"value": {}, "unit": "", "from": "test"}})", first ? "" : ", ", name,
                        found == overrides.end() ? 1.0 : found->second);
    first = false;
  }
  return text + "}}";
}

inline Calibration calibration(const std::map<std::string, double>& overrides = {}) {
  Result<Calibration> loaded = Calibration::load({"test.json", calibration_text(overrides)});
  EXPECT_TRUE(loaded) << (loaded ? "" : to_string(loaded.error()));
  return *loaded;
}

// 100 TFLOP/s in 16 bit, 50 in 32 bit, 1 TB/s, 80 GB, 100 GB/s to its neighbours.
inline Device round_device() {
  Device device;
  device.id = "round";
  device.vendor = "NVIDIA";
  device.device_class = DeviceClass::kGpu;
  device.memory = Bytes(80'000'000'000);
  device.memory_bandwidth = BytesPerSecond(1e12);
  device.peak[static_cast<std::size_t>(DType::kFp16)] = FlopsPerSecond(100e12);
  device.peak[static_cast<std::size_t>(DType::kBf16)] = FlopsPerSecond(100e12);
  device.peak[static_cast<std::size_t>(DType::kFp32)] = FlopsPerSecond(50e12);
  device.scale_up_one_way = BytesPerSecond(100e9);
  return device;
}

// A dense decoder: hidden 1024, 16 heads of 64, 10 layers, feed-forward 4096 ungated, vocabulary 1000.
inline Transformer round_transformer() {
  Transformer t;
  t.layers = 10;
  t.hidden = 1024;
  t.heads = t.kv_heads = 16;
  t.head_dim = 64;
  t.ffn = 4096;
  t.vocab = 1000;
  return t;
}

struct Knowledge {
  Catalog catalog;
  Calibration calibration;
};

// The embedded catalog and calibration, loaded once.
inline const Knowledge& knowledge() {
  static const Knowledge loaded = [] {
    const std::vector<SourceFile> files = embedded_data();
    Result<Catalog> catalog = Catalog::load(files);
    EXPECT_TRUE(catalog) << (catalog ? "" : to_string(catalog.error()));
    for (const SourceFile& file : files) {
      if (file.name != "catalog/calibration.json") continue;
      Result<Calibration> calibration = Calibration::load(file);
      EXPECT_TRUE(calibration) << (calibration ? "" : to_string(calibration.error()));
      return Knowledge{std::move(*catalog), std::move(*calibration)};
    }
    ADD_FAILURE() << "no embedded calibration";
    return Knowledge{};
  }();
  return loaded;
}

// Parses and estimates a document on its own cluster.
inline Result<Estimate> estimate_text_document(const std::string& text) {
  const Result<Workload> workload = parse_workload(text, "test.yaml", knowledge().catalog);
  if (!workload) return tl::unexpected<Error>(workload.error());
  const EstimateContext context{knowledge().catalog, knowledge().calibration};
  return estimate(*workload, *workload->cluster, nullptr, context);
}

}  // namespace berth::estimation
