// Time of models known by a summary or an operator table: vision, encoders, edge models.
#pragma once

#include <optional>

#include "estimate/efficiency.hpp"
#include "estimate/notes.hpp"
#include "estimate/stack.hpp"

namespace berth::estimation {

// The work of one item's forward pass.
struct ItemWork {
  WorkKind kind = WorkKind::kConvolution;
  bool attention = false;
  bool depthwise = false;
  double macs = 0;
  double parameters = 0;
  double activations = 0;  // outputs of convolutions and linear layers
  double layers = 0;       // of those
};

// The catalog's family whose words the name holds; nullptr when none does.
const SummaryFamily* family_of(const Catalog& catalog, std::string_view name);

// Errors: kIncomplete naming what the model lacks. Cost: O(operators).
Result<ItemWork> item_work(const Model& model, double sequence_length, const Catalog& catalog,
                           const Calibration& calibration, Notes& notes);

enum class Direction : std::uint8_t { kInference, kTraining };

struct BatchTime {
  double seconds = 0;  // of one batch on one device
  double compute_s = 0, memory_s = 0, launch_s = 0, host_s = 0;
};

// Errors: kUnsupported when the device has no path for the precision, or no figures.
Result<BatchTime> batch_time(const ItemWork& work, const Device& device, DType precision, Runtime runtime, double batch,
                             std::optional<double> threads, Direction direction, const Calibration& calibration);

}  // namespace berth::estimation
