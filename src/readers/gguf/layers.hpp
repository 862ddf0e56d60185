// The layers of a llama.cpp model, from the names and shapes of its tensors: "blk.3.attn_q.weight".
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "berth/layout.hpp"

namespace berth {

// What the metadata says of one layer's attention and experts; 0: unknown.
struct GgufDims {
  std::int64_t hidden = 0;
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;
  std::int64_t key_length = 0;
  std::int64_t value_length = 0;
  std::int64_t window = 0;
  std::int64_t experts_per_token = 0;
  std::int64_t kv_rank = 0;  // latent attention
  std::int64_t q_rank = 0;
  std::int64_t rope_length = 0;
  double state_elements = 0;  // of a recurrent layer
};

// The tensors of one layer: what follows "blk.3." to the shape, in the framework's order.
using GgufLayer = std::map<std::string, std::vector<std::int64_t>, std::less<>>;

// One layer; count = 1. Every tensor ends up in it: what isn't understood becomes a projection (matrices)
// or an extra, so that the layer's parameters are those of the file.
LayerGroup gguf_layer(GgufLayer tensors, const GgufDims& dims);

}  // namespace berth
