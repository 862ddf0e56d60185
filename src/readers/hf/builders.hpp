// The builders behind read_hf_config: each turns one object of a config into stacks of a layout.
// Errors stick in the HfConfig.
#pragma once

#include "berth/model.hpp"
#include "readers/hf/config_file.hpp"
#include "readers/hf/families.hpp"

namespace berth {

// What a builder fills. `transformer` is the short form of the stack that works on text (of the only
// stack, for images).
struct HfReading {
  Layout layout;
  Transformer transformer;
  std::vector<FileExtra> file_extras;
};

// Whether the class that the config names computes logits over the vocabulary.
enum class Head : std::uint8_t { kLogits, kNone };

// The class name's ending says what was put on top of the base model: "Model", "MaskedLM", …
struct HfClass {
  std::string name;
  [[nodiscard]] bool ends(std::string_view word) const { return name.ends_with(word); }
};

void build_decoder(HfConfig& config, const Family& family, Head head, HfReading& out);
void build_encoder(HfConfig& config, const Family& family, const HfClass& hf_class, HfReading& out);
void build_seq2seq(HfConfig& config, const Family& family, Head head, HfReading& out);
void build_image(HfConfig& config, const Family& family, const HfClass& hf_class, HfReading& out);
void build_vision_language(HfConfig& config, const Family& family, Head head, HfReading& out);

// Towers in front of a language model, and the layers between the two (towers.cpp, projectors.cpp).
void build_tower(HfConfig& config, const Family& family, HfReading& out);
void add_projector(HfConfig& config, const Family& family, std::int64_t text_hidden, HfReading& out);

// Dimensions of the attention of any family; heads that don't divide are an error.
struct HfDims {
  std::int64_t hidden = 0, layers = 0, heads = 0, kv_heads = 0, head_dim = 0;
};
HfDims read_dims(HfConfig& config, const Family& family);
Attention attention_of(const HfDims& dims, HfConfig& config, const Family& family);
Attention windowed_attention(HfConfig& config, const Attention& full, std::int64_t window);
void add_query_key_norm(HfConfig& config, const Family& family, const Attention& a, LayerGroup& layer);
// What picks the keys of layer.attention.
void add_indexer(HfConfig& config, const Family& family, std::int64_t hidden, LayerGroup& layer);
// What files of the type hold beyond the model (file_extras.cpp). @param last  a layer like the extra
// prediction layers
void add_file_extras(HfConfig& config, const Family& family, const LayerGroup& last, HfReading& out);
// A norm over `width` as tensors of a stack or layer.
void add_norm(std::vector<TensorGroup>& to, const std::string& name, NormKind kind, std::int64_t width);

// The short form of a stack of encoder layers.
void describe_encoder(const HfDims& dims, const FeedForward& ffn, Transformer& out);

// Recurrent layers (recurrent.cpp): fill the projections, extras and state of a layer.
void add_gated_delta_net(HfConfig& config, std::int64_t hidden, LayerGroup& layer);
void add_kimi_delta(HfConfig& config, std::int64_t hidden, LayerGroup& layer);
void add_mamba(HfConfig& config, std::int64_t hidden, LayerGroup& layer);
void add_mamba2(HfConfig& config, std::int64_t hidden, LayerGroup& layer);

}  // namespace berth
