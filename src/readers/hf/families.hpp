// The model types of Hugging Face's transformers: what their layers are made of, and what their config
// classes assume when a key is absent. The rows are data, rules/catalog/model_families.json.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "berth/layout.hpp"
#include "berth/result.hpp"
#include "readers/hf/config_file.hpp"

namespace berth {

// Which builder reads the config.
enum class Build : std::uint8_t { kDecoder, kEncoder, kSeq2Seq, kImage, kVisionLanguage };

// A switch: its value when the key (if there is one) is absent.
struct Flag {
  bool value = false;
  std::string key = {};
};

enum class QueryKeyNorm : std::uint8_t {
  kNone,
  kShared,   // one vector of head_dim each for queries and keys
  kPerHead,  // one for every head
};

// What stands beside softmax attention in some of the layers.
enum class Recurrent : std::uint8_t { kNone, kGatedDeltaNet, kKimiDelta, kMamba, kMamba2 };

// What picks the keys that are looked at: DeepSeek-V3.2's token indexer, MiniMax-M3's block indexer.
enum class Indexer : std::uint8_t { kNone, kLightning, kBlocks };

// Towers in front of a language model, and what joins the two (vision_language.cpp).
enum class Tower : std::uint8_t { kNone, kImage, kNamed, kQwen2, kQwen25, kQwen3, kMllama, kMolmo, kKimi, kAudio };
enum class Projector : std::uint8_t {
  kNone,
  kLlava,
  kMistral,
  kGemma,
  kMerger,
  kMllama,
  kMolmo,
  kAligner,
  kPhi3V,
  kAudioLinear,
  kAudioStacked
};

// Rotary tables that files of the type store although they are computed.
enum class RotaryBuffers : std::uint8_t { kNone, kModel, kLayer };

// Sliding windows: kNone, or the layers that keep full attention.
inline constexpr int kNoWindow = -1;
inline constexpr int kWindowEverywhere = 0;

struct Family {
  std::string type;
  Build build = Build::kDecoder;
  NormKind norm = NormKind::kRms;
  int norms = 2;  // a layer
  bool gated = true;
  bool packed_gate = false;  // intermediate_size is the width of both halves of the gated block together
  Flag qkv_bias = {};
  Flag output_bias = {};
  Flag mlp_bias = {};
  Flag tied = {false, "tie_word_embeddings"};
  QueryKeyNorm qk_norm = QueryKeyNorm::kNone;
  Flag qk_norm_used = {true};
  int window = kNoWindow;         // kWindowEverywhere, or n: every n-th layer is full
  bool positions = false;         // a learned table
  int position_offset = 0;        // rows before the first position
  bool embedding_norm = false;    // after the embedding
  std::int64_t extra_tokens = 0;  // rows of the embedding beyond the vocabulary
  bool final_norm = true;
  bool head_bias = false;
  bool sinks = false;        // a learned logit a head (gpt-oss)
  bool output_gate = false;  // Qwen3-Next
  bool shared_gate = false;  // Qwen's shared experts
  bool expert_bias = false;
  bool router_bias = false;
  Flag correction_bias = {};  // a bias an expert that only steers the routing
  bool latent = false;        // DeepSeek's attention
  Indexer indexer = Indexer::kNone;
  bool pooler = false;  // encoders: a dense layer on the first token
  int token_types = 0;  // encoders: rows when the key is absent
  Recurrent recurrent = Recurrent::kNone;
  // What weight files hold beyond the model: copies of the embedding in each extra prediction layer, and
  // rotary tables.
  int prediction_copies = 0;
  RotaryBuffers rotary_buffers = RotaryBuffers::kNone;
  // A tower in front: families of the language model and of the tower, where the config doesn't name them.
  std::string text;
  std::string image;
  Tower tower = Tower::kNone;
  Projector projector = Projector::kNone;
  // Defaults of the config class; 0: the key must be there.
  std::int64_t hidden = 0, layers = 0, heads = 0, kv_heads = 0, head_dim = 0, ffn = 0, vocab = 0, max_positions = 0;
  std::int64_t ffn_ratio = 0;  // ffn = ratio · hidden when absent
  std::int64_t patch = 16, image_size = 224;
};

// Errors (file:line:column): kInvalid for unknown keys and words, two rows of one type, or a row that is
// like none before it.
Result<std::vector<Family>> read_families(std::string_view text, std::string_view name);

// The embedded rows, read once. Thread-safe.
std::span<const Family> hf_families();
// nullptr when unknown.
const Family* find_family(std::string_view model_type);
// By class name, "GPTNeoXForCausalLM": the family whose name, without case and punctuation, stands before
// "For…", "Model" or "LMHead". nullptr when there is none.
const Family* find_family_of_class(std::string_view class_name);
std::vector<std::string_view> hf_family_names();

}  // namespace berth
