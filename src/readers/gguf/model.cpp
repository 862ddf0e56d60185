#include "readers/gguf/model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "berth/readers.hpp"
#include "core/json.hpp"
#include "core/text.hpp"
#include "readers/gguf/layers.hpp"
#include "readers/hf/families.hpp"
#include "readers/stored_model.hpp"

namespace berth {
namespace {

constexpr std::int64_t kMostParts = 100'000;  // five digits in a part's name
constexpr std::int64_t kMostLayers = 100'000;

// Where tensors belong by the start of their name (llama.cpp, gguf-py/gguf/constants.py).
struct Place {
  std::string_view prefix;
  const char* stack;
};
constexpr Place kPlaces[] = {
    {"blk.", "decoder"}, {"enc.blk.", "encoder"}, {"dec.blk.", "decoder"}, {"v.blk.", "vision"}, {"a.blk.", "audio"}};

// The file types that llama.cpp's quantize makes by mixing formats; others go by their main format
// (llama.h, enum llama_ftype). Ids are those of the weight formats in the catalog.
constexpr std::pair<std::int64_t, const char*> kMixtures[] = {{11, "q3_k_s"}, {12, "q3_k_m"}, {14, "q4_k_s"},
                                                              {15, "q4_k_m"}, {16, "q5_k_s"}, {17, "q5_k_m"}};

class Metadata {
 public:
  explicit Metadata(const GgufFile& file) : file_(file), architecture_(file.text("general.architecture")) {}

  [[nodiscard]] const std::string& architecture() const { return architecture_; }
  [[nodiscard]] std::string key(std::string_view name) const { return fmt::format("{}.{}", architecture_, name); }
  [[nodiscard]] std::int64_t integer(std::string_view name) const { return file_.integer(key(name)).value_or(0); }
  // The value for one layer, of a number or a list of one a layer.
  [[nodiscard]] std::int64_t of_layer(std::string_view name, std::size_t layer) const {
    const std::vector<double> all = file_.numbers(key(name));
    if (all.empty()) return 0;
    const double value = all.size() == 1 ? all[0] : layer < all.size() ? all[layer] : 0;
    return value > 0 && value < 1e12 ? static_cast<std::int64_t>(value) : 0;
  }
  [[nodiscard]] const GgufFile& file() const { return file_; }

 private:
  const GgufFile& file_;
  std::string architecture_;
};

// The Hugging Face type of the same name, for what GGUF leaves to the program: which layers have windows.
const Family* family_of(const std::string& architecture) {
  std::string type = architecture == "gemma3" ? "gemma3_text" : architecture;
  std::replace(type.begin(), type.end(), '-', '_');
  return find_family(type);
}

std::int64_t window_of(const Metadata& meta, std::size_t layer) {
  const std::int64_t window = meta.integer("attention.sliding_window");
  if (window <= 0) return 0;
  const std::vector<double> pattern = meta.file().numbers(meta.key("attention.sliding_window_pattern"));
  if (pattern.size() > 1) return layer < pattern.size() && pattern[layer] != 0 ? window : 0;
  const Family* family = family_of(meta.architecture());
  const std::int64_t every = !pattern.empty()    ? static_cast<std::int64_t>(pattern[0])
                             : family != nullptr ? family->window
                                                 : kNoWindow;
  if (every == kNoWindow || every == 1) return 0;
  return every == kWindowEverywhere || (static_cast<std::int64_t>(layer) + 1) % every != 0 ? window : 0;
}

GgufDims dims_of(const Metadata& meta, std::size_t layer, std::int64_t hidden) {
  GgufDims d;
  d.hidden = hidden;
  d.heads = meta.of_layer("attention.head_count", layer);
  d.kv_heads = meta.of_layer("attention.head_count_kv", layer);
  const auto either = [&](const char* first, const char* second) {
    const std::int64_t value = meta.integer(first);
    return value > 0 ? value : meta.integer(second);
  };
  d.key_length = either("attention.key_length_mla", "attention.key_length");
  d.value_length = either("attention.value_length_mla", "attention.value_length");
  d.window = window_of(meta, layer);
  d.experts_per_token = meta.integer("expert_used_count");
  d.kv_rank = meta.integer("attention.kv_lora_rank");
  d.q_rank = meta.integer("attention.q_lora_rank");
  d.rope_length = meta.integer("rope.dimension_count");
  d.state_elements =
      static_cast<double>(meta.integer("ssm.inner_size")) * static_cast<double>(meta.integer("ssm.state_size"));
  return d;
}

// A stack's tensors: those of its layers by number, and the others.
struct Pile {
  std::map<std::size_t, GgufLayer> layers;
  std::vector<TensorGroup> others;
};

// "blk.12.attn_q.weight" -> 12, "attn_q.weight".
bool split_name(std::string_view name, std::string_view prefix, std::size_t& layer, std::string& rest) {
  if (!name.starts_with(prefix)) return false;
  const char* begin = name.data() + prefix.size();
  const char* end = name.data() + name.size();
  const auto read = std::from_chars(begin, end, layer);
  if (read.ec != std::errc() || read.ptr == end || *read.ptr != '.' || layer >= kMostLayers) return false;
  rest.assign(read.ptr + 1, end);
  return true;
}

std::map<std::string, Pile, std::less<>> sort_tensors(const std::vector<StoredTensor>& tensors) {
  std::map<std::string, Pile, std::less<>> piles;
  std::string rest;
  for (const StoredTensor& t : tensors) {
    if (is_buffer(t.name)) continue;
    std::size_t layer = 0;
    const auto* place = std::find_if(std::begin(kPlaces), std::end(kPlaces),
                                     [&](const Place& p) { return split_name(t.name, p.prefix, layer, rest); });
    if (place != std::end(kPlaces)) {
      piles[place->stack].layers[layer].emplace(rest, t.shape);
    } else {
      const char* stack = t.name.starts_with("v.") || t.name.starts_with("mm.") ? "vision"
                          : t.name.starts_with("a.")                            ? "audio"
                          : t.name.starts_with("enc.")                          ? "encoder"
                                                                                : "decoder";
      piles[stack].others.push_back({t.name, t.shape, 1, 1});
    }
  }
  return piles;
}

std::string signature(const GgufLayer& tensors, const GgufDims& d) {
  std::string out = fmt::format("{},{},{}", d.heads, d.kv_heads, d.window);
  for (const auto& [name, shape] : tensors) {
    out += ';' + name;
    for (const std::int64_t dim : shape) out += fmt::format(",{}", dim);
  }
  return out;
}

// Rows of the width that most norms of the first layer have; the metadata may speak of another stack.
std::int64_t hidden_of(const Metadata& meta, const std::string& stack, const Pile& pile) {
  const std::string key = stack == "vision"  ? "vision.embedding_length"
                          : stack == "audio" ? "audio.embedding_length"
                                             : "embedding_length";
  const std::int64_t given = meta.integer(key);
  if (given > 0 || pile.layers.empty()) return given;
  for (const char* norm : {"attn_norm.weight", "ln1.weight", "attn_output_norm.weight"}) {
    const auto it = pile.layers.begin()->second.find(norm);
    if (it != pile.layers.begin()->second.end() && it->second.size() == 1) return it->second[0];
  }
  return 0;
}

Stack stack_of(const Metadata& meta, const std::string& name, Pile pile) {
  Stack stack;
  stack.name = name;
  stack.hidden = hidden_of(meta, name, pile);
  const bool text = name == "decoder" || name == "encoder";
  stack.causal = name == "decoder" && meta.file().flag(meta.key("attention.causal")).value_or(true);
  if (name == "vision") {
    const std::int64_t image = meta.integer("vision.image_size");
    const std::int64_t patch = meta.integer("vision.patch_size");
    if (patch > 0 && image >= patch && image < 1'000'000) stack.fixed_tokens = (image / patch) * (image / patch);
  }
  if (!text && stack.fixed_tokens == 0) stack.fixed_tokens = 1;
  std::vector<std::string> kinds;
  for (auto& [layer, tensors] : pile.layers) {
    GgufDims dims = dims_of(meta, layer, stack.hidden);
    if (name == "vision" || name == "audio") dims.heads = meta.integer(name + ".attention.head_count");
    if (name == "vision" || name == "audio") dims.kv_heads = dims.key_length = dims.value_length = 0;
    std::string kind = signature(tensors, dims);
    const auto it = std::find(kinds.begin(), kinds.end(), kind);
    if (it != kinds.end()) {
      ++stack.layers[static_cast<std::size_t>(it - kinds.begin())].count;
      continue;
    }
    kinds.push_back(std::move(kind));
    stack.layers.push_back(gguf_layer(std::move(tensors), dims));
  }
  stack.extras = std::move(pile.others);
  return stack;
}

const Attention* attention_in(const Stack& stack) {
  for (const LayerGroup& group : stack.layers) {
    if (group.attention) return &*group.attention;
  }
  return nullptr;
}

// Embedding and head leave the extras: the layout has them apart.
void take_tables(Stack& stack, Layout& layout) {
  bool head = false;
  std::erase_if(stack.extras, [&](const TensorGroup& t) {
    if (t.name == "token_embd.weight" && t.shape.size() == 2) {
      layout.vocab = t.shape[0];
      layout.embedding_width = t.shape[1];
      return true;
    }
    return false;
  });
  std::erase_if(stack.extras, [&](const TensorGroup& t) {
    const bool is_head = t.name == "output.weight" && t.shape.size() == 2 && t.shape[0] == layout.vocab &&
                         t.shape[1] == layout.embedding_width;
    head = head || is_head;
    return is_head;
  });
  for (TensorGroup& t : stack.extras) {
    if (t.name == "output_norm.weight") t.name = "final_norm.weight";
  }
  layout.has_head = layout.vocab > 0 && (head || stack.causal);
  layout.tied_head = layout.has_head && !head;
}

Layout layout_of_tensors(const Metadata& meta, const std::vector<StoredTensor>& tensors) {
  Layout layout;
  auto piles = sort_tensors(tensors);
  for (const char* name : {"vision", "audio", "encoder", "decoder"}) {
    const auto it = piles.find(name);
    if (it == piles.end()) continue;
    layout.stacks.push_back(stack_of(meta, name, std::move(it->second)));
  }
  if (!layout.stacks.empty()) take_tables(layout.stacks.back(), layout);
  return layout;
}

Transformer short_form(const Metadata& meta, const Layout& layout) {
  Transformer t;
  const Stack& stack = layout.stacks.back();
  const bool two = layout.stacks.size() > 1 && layout.stacks[layout.stacks.size() - 2].name == "encoder";
  t.kind = two            ? Transformer::Kind::kEncoderDecoder
           : stack.causal ? Transformer::Kind::kDecoder
                          : Transformer::Kind::kEncoder;
  t.hidden = stack.hidden;
  std::int64_t windowed = 0;
  for (const LayerGroup& group : stack.layers) {
    t.layers += group.count;
    if (group.attention && group.attention->window > 0) windowed += group.count;
    if (group.attention && group.attention->window > 0) t.sliding_window = group.attention->window;
    if (!group.ffn) continue;
    t.gated_ffn = t.gated_ffn || group.ffn->gated;
    t.ffn = std::max(t.ffn, group.ffn->width);
    if (group.ffn->experts == 0) t.dense_layers += group.count;
    if (group.ffn->experts == 0) continue;
    t.experts = group.ffn->experts;
    t.experts_per_token = group.ffn->experts_per_token;
    t.expert_ffn = group.ffn->expert_width;
    t.shared_experts = (group.ffn->shared_width + t.expert_ffn - 1) / t.expert_ffn;
  }
  if (t.experts == 0) t.dense_layers = 0;
  if (two) {
    for (const LayerGroup& group : layout.stacks[layout.stacks.size() - 2].layers) t.encoder_layers += group.count;
  }
  if (windowed > 0) {
    t.full_attention_every = windowed == t.layers ? 0 : std::max<std::int64_t>(1, t.layers / (t.layers - windowed));
  }
  if (const Attention* a = attention_in(stack); a != nullptr) {
    t.heads = a->heads;
    t.kv_heads = a->kv_heads;
    t.head_dim = a->head_dim;
    t.latent = a->latent;
  }
  t.vocab = layout.vocab;
  t.tied_embeddings = layout.tied_head;
  t.max_positions = meta.integer("context_length");
  return t;
}

// The format of most of the weights, and what the file says of its own mixture.
void add_storage(const GgufFile& file, const std::vector<StoredTensor>& tensors, Model& model) {
  const std::string main = main_storage(tensors);
  if (main == "F32") model.declared_dtype = DType::kFp32;
  if (main == "F16") model.declared_dtype = DType::kFp16;
  if (main == "BF16") model.declared_dtype = DType::kBf16;
  if (main.empty() || model.declared_dtype) return;
  model.declared_quantization = main;
  std::transform(main.begin(), main.end(), model.declared_quantization.begin(), [](unsigned char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : static_cast<char>(c);
  });
  const std::int64_t type = file.integer("general.file_type").value_or(-1);
  for (const auto& mixture : kMixtures) {
    if (mixture.first == type) model.declared_quantization = mixture.second;
  }
}

// Without tensors the metadata is read like a config.json of the same family.
Result<Model> model_of_metadata(const Metadata& meta, std::string_view name) {
  const Family* family = family_of(meta.architecture());
  if (family == nullptr) {
    return fail(ErrorCode::kUnsupported,
                fmt::format("the file holds no tensors, and its architecture '{}' isn't known by its metadata alone",
                            shorten(meta.architecture())),
                "give the file with the weights, or the model's config.json",
                SourceSpan{std::string(name), 0, 0, 0, 0});
  }
  Json config = Json::object();
  config["model_type"] = std::string(family->type);
  const auto put = [&](const char* key, std::int64_t value) {
    if (value > 0) config[key] = value;
  };
  put("hidden_size", meta.integer("embedding_length"));
  put("num_hidden_layers", meta.integer("block_count"));
  put("num_attention_heads", meta.of_layer("attention.head_count", 0));
  put("num_key_value_heads", meta.of_layer("attention.head_count_kv", 0));
  put("head_dim", meta.integer("attention.key_length"));
  put("intermediate_size", meta.of_layer("feed_forward_length", 0));
  put("max_position_embeddings", meta.integer("context_length"));
  put("num_experts", meta.integer("expert_count"));
  put("num_experts_per_tok", meta.integer("expert_used_count"));
  put("moe_intermediate_size", meta.integer("expert_feed_forward_length"));
  const auto tokens = static_cast<std::int64_t>(meta.file().length("tokenizer.ggml.tokens"));
  put("vocab_size", tokens > 0 ? tokens : meta.integer("vocab_size"));
  Result<Model> model = read_hf_config(json_text(config, -1), name);
  if (!model) {
    Error error = model.error();
    error.message = "the metadata: " + error.message;
    error.span = SourceSpan{std::string(name), 0, 0, 0, 0};
    return tl::unexpected<Error>(std::move(error));
  }
  model->parameters_in_file = 0;
  model->why_different = "the file holds a vocabulary and no tensors; the model is counted from its metadata";
  return model;
}

}  // namespace

Result<Model> model_from_gguf(const GgufFile& first, const std::vector<StoredTensor>& all, std::string_view name) {
  const Metadata meta(first);
  if (meta.architecture().empty()) {
    return fail(ErrorCode::kUnsupported, "the file has no general.architecture", "convert it with a current llama.cpp",
                SourceSpan{std::string(name), 0, 0, 0, 0});
  }
  if (all.empty()) {
    Result<Model> model = model_of_metadata(meta, name);
    if (model) model->format = "gguf";
    return model;
  }
  Model model;
  model.format = "gguf";
  model.architecture = meta.architecture();
  Layout layout = layout_of_tensors(meta, all);
  const bool known = !layout.stacks.empty() && layout.stacks.back().hidden > 0 && !layout.stacks.back().layers.empty();
  model.tensors = layout_tensors(layout);
  if (known) {
    model.transformer = short_form(meta, layout);
    model.layout = std::move(layout);
    if (!attention_in(model.layout->stacks.back())) {
      model.transformer.reset();
      model.notes.push_back(fmt::format(
          "no attention layers were recognised in '{}': its matrices are counted as they are", meta.architecture()));
    }
  } else {
    model.notes.push_back(
        fmt::format("the layers of '{}' aren't understood: only its size is known", meta.architecture()));
  }
  if (Status status = count_parameters(model); !status) {
    Error error = status.error();
    error.span.file = std::string(name);
    return tl::unexpected<Error>(std::move(error));
  }
  if (!known) model.summary = Summary{"", static_cast<double>(model.parameters), std::nullopt, std::nullopt};
  add_storage(first, all, model);
  explain_files(all, model);
  return model;
}

Result<std::vector<std::string>> gguf_parts(const GgufFile& file, const std::string& path) {
  const std::int64_t count = file.integer("split.count").value_or(1);
  if (count <= 1) return std::vector<std::string>{path};
  const std::int64_t number = file.integer("split.no").value_or(-1);
  const std::string ending = fmt::format("-{:05}-of-{:05}.gguf", number + 1, count);
  if (count > kMostParts || number < 0 || number >= count || !path.ends_with(ending)) {
    return fail(ErrorCode::kInvalid,
                fmt::format("the file says that it is part {} of {}; its name should then end in '{}'", number + 1,
                            count, ending),
                "give the parts the names that llama-gguf-split gave them", SourceSpan{path, 0, 0, 0, 0});
  }
  const std::string stem = path.substr(0, path.size() - ending.size());
  std::vector<std::string> parts;
  for (std::int64_t i = 1; i <= count; ++i) parts.push_back(fmt::format("{}-{:05}-of-{:05}.gguf", stem, i, count));
  return parts;
}

}  // namespace berth
