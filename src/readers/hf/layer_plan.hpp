// Which kind of layer stands where in a decoder, from the many ways in which configs say so.
#pragma once

#include <cstdint>
#include <vector>

#include "readers/hf/config_file.hpp"
#include "readers/hf/families.hpp"

namespace berth {

// What a layer is made of, so that equal layers can share a group.
enum class Mixer : std::uint8_t { kFull, kWindow, kCross, kRecurrent, kNone };
enum class Block : std::uint8_t { kDense, kSparse, kNone };
struct LayerPlan {
  Mixer mixer = Mixer::kFull;
  Block block = Block::kDense;
  bool indexer = false;
  bool operator==(const LayerPlan&) const = default;
};

enum class HasExperts : std::uint8_t { kNo, kYes };

// One entry a layer, in order. @param window  keys that a windowed layer sees; 0: there are none
// Errors stick in the config: lists of the wrong length, unknown blocks.
std::vector<LayerPlan> plan_layers(HfConfig& config, const Family& family, std::int64_t layers, std::int64_t window,
                                   HasExperts has_experts);

}  // namespace berth
