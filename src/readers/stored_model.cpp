#include "readers/stored_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "readers/stored_sizes.hpp"

namespace berth {
namespace {

// What a tensor is to the model, told by its name. Sources: the modeling_*.py of huggingface/transformers
// for buffers; compressed-tensors, AutoGPTQ, AutoAWQ, bitsandbytes, gpt-oss and DeepSeek's fp8 files for scales.
enum class Role : std::uint8_t { kWeight, kBuffer, kScale, kExtraLayer, kTiedHead };

constexpr std::array<std::string_view, 9> kBuffers{"inv_freq",
                                                   "masked_bias",
                                                   "position_ids",
                                                   "rope_freqs.weight",
                                                   "rope_factors_long.weight",
                                                   "rope_factors_short.weight",
                                                   "rotary_emb.cos_cached",
                                                   "rotary_emb.sin_cached",
                                                   "num_batches_tracked"};
constexpr std::array<std::string_view, 18> kScales{"weight_scale_inv",
                                                   "weight_scale",
                                                   "weight_scale_2",
                                                   "input_scale",
                                                   "_scales",
                                                   ".scales",
                                                   ".qzeros",
                                                   ".g_idx",
                                                   ".absmax",
                                                   ".quant_map",
                                                   ".nested_absmax",
                                                   ".nested_quant_map",
                                                   "quant_state.bitsandbytes__nf4",
                                                   "quant_state.bitsandbytes__fp4",
                                                   ".weight_shape",
                                                   ".weight_zero_point",
                                                   ".SCB",
                                                   ".weight_global_scale"};
constexpr std::array<std::string_view, 4> kHeads{"lm_head.weight", "output.weight", "embed_out.weight",
                                                 "output_layer.weight"};
constexpr std::array<std::string_view, 5> kTowers{"vision", "visual", "audio", "encoder", "image"};

template <class List>
bool ends_with_any(std::string_view name, const List& endings) {
  return std::any_of(endings.begin(), endings.end(), [&](std::string_view e) { return name.ends_with(e); });
}

// The layer that "model.layers.61.mlp…" belongs to; -1: none, or one of a tower.
std::int64_t layer_number(std::string_view name) {
  if (std::any_of(kTowers.begin(), kTowers.end(), [&](std::string_view t) { return name.find(t) != name.npos; })) {
    return -1;
  }
  const std::size_t at = name.find("layers.");
  if (at == std::string_view::npos) return -1;
  std::int64_t number = -1;
  const std::string_view digits = name.substr(at + 7);
  if (std::from_chars(digits.data(), digits.data() + digits.size(), number).ec != std::errc()) return -1;
  return number;
}

Role role_of(std::string_view name, const Model& model) {
  if (is_buffer(name)) return Role::kBuffer;
  if (ends_with_any(name, kScales)) return Role::kScale;
  const bool apart = name.starts_with("mtp.") || name.find(".mtp") != std::string_view::npos ||
                     name.find(".nextn.") != std::string_view::npos;
  const std::int64_t layers = model.transformer ? model.transformer->layers : 0;
  if (apart || (layers > 0 && layer_number(name) >= layers)) return Role::kExtraLayer;
  if (model.layout && model.layout->tied_head && ends_with_any(name, kHeads)) return Role::kTiedHead;
  return Role::kWeight;
}

std::string separated(std::int64_t value) {
  std::string digits = fmt::format("{}", value);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

class Reasons {
 public:
  void add(const std::string& what, std::int64_t elements) {
    if (elements == 0) return;
    text_ += fmt::format("{}{} ({})", text_.empty() ? "" : "; ", what, separated(elements));
  }
  void say(const std::string& what) { text_ += (text_.empty() ? "" : "; ") + what; }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

bool has_head_tensor(const std::vector<StoredTensor>& tensors) {
  return std::any_of(tensors.begin(), tensors.end(),
                     [](const StoredTensor& t) { return ends_with_any(std::string_view(t.name), kHeads); });
}

// "model.layers.12.mlp.up_proj.weight" -> "model.layers.*.mlp.up_proj.weight".
std::string without_numbers(std::string_view name) {
  std::string out;
  std::size_t at = 0;
  while (at < name.size()) {
    const std::size_t dot = std::min(name.find('.', at), name.size());
    const std::string_view part = name.substr(at, dot - at);
    const bool number = !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
    out += number ? std::string_view("*") : part;
    if (dot < name.size()) out += '.';
    at = dot + 1;
  }
  return out;
}

std::optional<DType> plain_dtype(const std::string& storage) {
  if (storage == "F64") return DType::kFp64;
  if (storage == "F32") return DType::kFp32;
  if (storage == "F16") return DType::kFp16;
  if (storage == "BF16") return DType::kBf16;
  if (storage == "F8_E4M3" || storage == "F8_E5M2") return DType::kFp8;
  return std::nullopt;
}

}  // namespace

bool is_buffer(std::string_view tensor) {
  return ends_with_any(tensor, kBuffers);
}

std::string main_storage(const std::vector<StoredTensor>& tensors) {
  std::map<std::string_view, double> elements;
  for (const StoredTensor& t : tensors) elements[t.type] += static_cast<double>(elements_of(t));
  const auto most = std::max_element(elements.begin(), elements.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == elements.end() ? std::string() : std::string(most->first);
}

std::int64_t weights_in(const StoredTensor& t) {
  const std::string_view name = t.name;
  const std::int64_t stored = elements_of(t);
  if (t.type == "I32" && (name.ends_with(".qweight") || name.ends_with(".weight_packed"))) return 8 * stored;
  if (t.type == "U8" && (name.ends_with("_blocks") || name.ends_with(".weight"))) return 2 * stored;
  return stored;
}

void explain_files(const std::vector<StoredTensor>& tensors, Model& model) {
  std::array<std::int64_t, 5> sums{};
  std::int64_t packed = 0;
  for (const StoredTensor& t : tensors) {
    // Four-dimensional attention "biases" are GPT-2's and GPT-NeoX's causal masks.
    const bool mask = t.shape.size() == 4 && t.name.ends_with("bias");
    const Role role = mask ? Role::kBuffer : role_of(t.name, model);
    const std::int64_t weights = weights_in(t);
    sums[static_cast<std::size_t>(role)] += weights;
    if (weights != elements_of(t)) packed += weights;
  }
  const auto of = [&](Role role) { return sums[static_cast<std::size_t>(role)]; };
  std::int64_t total = 0;
  for (const std::int64_t sum : sums) total += sum;
  model.parameters_in_file = total;
  Reasons reasons;
  if (packed > 0) reasons.add("4-bit weights are packed and counted one by one", packed);
  if (total == model.parameters) return;
  reasons.add("the files store the head although it shares the embedding's weights", of(Role::kTiedHead));
  reasons.add("extra prediction layers", of(Role::kExtraLayer));
  reasons.add("buffers that are computed, not trained", of(Role::kBuffer));
  reasons.add("scales and tables of quantised weights", of(Role::kScale));
  std::int64_t rest = of(Role::kWeight) - model.parameters;
  const bool headless = model.layout && model.layout->has_head && !model.layout->tied_head && !has_head_tensor(tensors);
  if (headless && rest < 0) {
    const std::int64_t head = model.layout->vocab * model.layout->embedding_width;
    reasons.add("the files hold no head, which the config's class has", -head);
    rest += head;
  }
  if (rest != 0)
    reasons.add(rest > 0 ? "more than the architecture needs, not explained"
                         : "fewer than the architecture needs, not explained",
                rest);
  model.why_different = reasons.take();
}

void explain_index(const std::vector<std::string>& names, std::int64_t total_bytes, Model& model) {
  std::array<std::int64_t, 5> tensors{};
  for (const std::string& name : names) ++tensors[static_cast<std::size_t>(role_of(name, model))];
  const double element = model.declared_dtype ? bytes_per_element(*model.declared_dtype) : 0;
  Reasons reasons;
  if (tensors[static_cast<std::size_t>(Role::kTiedHead)] > 0) {
    reasons.add("the files store the head although it shares the embedding's weights",
                model.layout->vocab * model.layout->embedding_width);
  }
  const auto count = [&](Role role, const char* what) {
    const std::int64_t n = tensors[static_cast<std::size_t>(role)];
    if (n > 0) reasons.say(fmt::format("{} tensors of {}", n, what));
  };
  count(Role::kExtraLayer, "extra prediction layers");
  count(Role::kBuffer, "buffers");
  count(Role::kScale, "scales of quantised weights");
  // Mixed formats can't be told apart without the headers.
  if (total_bytes > 0 && element > 0 && tensors[static_cast<std::size_t>(Role::kScale)] == 0) {
    model.parameters_in_file = static_cast<std::int64_t>(static_cast<double>(total_bytes) / element);
    model.notes.push_back(fmt::format("in the files: {} bytes by their index, taken as {}", separated(total_bytes),
                                      to_string(*model.declared_dtype)));
  }
  model.why_different = reasons.take();
}

Result<Model> model_from_tensors(const std::vector<StoredTensor>& tensors, std::string_view file) {
  Model model;
  model.format = "safetensors";
  std::map<std::pair<std::string, std::vector<std::int64_t>>, std::size_t> groups;
  for (const StoredTensor& t : tensors) {
    if (is_buffer(t.name)) continue;
    std::string name = without_numbers(t.name);
    const auto found = groups.emplace(std::make_pair(name, t.shape), model.tensors.size());
    if (found.second) model.tensors.push_back({std::move(name), t.shape, 0, 0});
    TensorGroup& group = model.tensors[found.first->second];
    ++group.count;
    ++group.active;
  }
  if (Status status = count_parameters(model); !status) {
    Error error = status.error();
    error.span.file = std::string(file);
    return tl::unexpected<Error>(std::move(error));
  }
  explain_files(tensors, model);
  const std::string main = main_storage(tensors);
  model.declared_dtype = plain_dtype(main);
  model.summary = Summary{"", static_cast<double>(model.parameters), std::nullopt, std::nullopt};
  model.notes.push_back(
      "a safetensors file names tensors, not what is computed with them: give the config.json beside it for operators");
  return model;
}

}  // namespace berth
