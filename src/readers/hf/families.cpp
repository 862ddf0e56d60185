#include "readers/hf/families.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/embedded.hpp"
#include "core/fields.hpp"

namespace berth {
namespace {

constexpr std::string_view kFile = "catalog/model_families.json";
constexpr Range kSmall{-1, 1e6};

template <class E, std::size_t N>
using Words = std::array<std::pair<std::string_view, E>, N>;

constexpr Words<Build, 5> kBuilds{{{"decoder", Build::kDecoder},
                                   {"encoder", Build::kEncoder},
                                   {"seq2seq", Build::kSeq2Seq},
                                   {"image", Build::kImage},
                                   {"vision_language", Build::kVisionLanguage}}};
constexpr Words<NormKind, 4> kNorms{{{"none", NormKind::kNone},
                                     {"rms", NormKind::kRms},
                                     {"layer_no_bias", NormKind::kLayerNoBias},
                                     {"layer", NormKind::kLayer}}};
constexpr Words<QueryKeyNorm, 3> kQueryKeyNorms{
    {{"none", QueryKeyNorm::kNone}, {"shared", QueryKeyNorm::kShared}, {"per_head", QueryKeyNorm::kPerHead}}};
constexpr Words<Recurrent, 5> kRecurrents{{{"none", Recurrent::kNone},
                                           {"gated_delta_net", Recurrent::kGatedDeltaNet},
                                           {"kimi_delta", Recurrent::kKimiDelta},
                                           {"mamba", Recurrent::kMamba},
                                           {"mamba2", Recurrent::kMamba2}}};
constexpr Words<Indexer, 3> kIndexers{
    {{"none", Indexer::kNone}, {"dsa", Indexer::kLightning}, {"blocks", Indexer::kBlocks}}};
constexpr Words<RotaryBuffers, 3> kRotaryBuffers{
    {{"none", RotaryBuffers::kNone}, {"model", RotaryBuffers::kModel}, {"layer", RotaryBuffers::kLayer}}};
constexpr Words<Tower, 9> kTowers{{{"image", Tower::kImage},
                                   {"named", Tower::kNamed},
                                   {"qwen2", Tower::kQwen2},
                                   {"qwen2_5", Tower::kQwen25},
                                   {"qwen3", Tower::kQwen3},
                                   {"mllama", Tower::kMllama},
                                   {"molmo", Tower::kMolmo},
                                   {"kimi", Tower::kKimi},
                                   {"audio", Tower::kAudio}}};
constexpr Words<Projector, 10> kProjectors{{{"llava", Projector::kLlava},
                                            {"mistral", Projector::kMistral},
                                            {"gemma", Projector::kGemma},
                                            {"merger", Projector::kMerger},
                                            {"mllama", Projector::kMllama},
                                            {"molmo", Projector::kMolmo},
                                            {"aligner", Projector::kAligner},
                                            {"phi3_v", Projector::kPhi3V},
                                            {"audio_linear", Projector::kAudioLinear},
                                            {"audio_stacked", Projector::kAudioStacked}}};

// A switch is true, false, "key" (off unless the config says so) or "key=true".
void read_flag(Fields& fields, std::string_view key, Flag& out) {
  const Node* node = fields.child(key);
  if (node == nullptr) return;
  if (node->is(Node::Kind::kBool)) {
    out = {node->as_bool(), {}};
  } else if (node->is(Node::Kind::kString)) {
    std::string word = node->as_string();
    const bool on = word.ends_with("=true");
    if (on) word.resize(word.size() - 5);
    out = {on, std::move(word)};
  } else {
    fields.fail_at(*node, fmt::format("'{}' must be true, false or the name of a key", fields.path_of(key)));
  }
}

// "everywhere", or n: every n-th layer has full attention.
void read_window(Fields& fields, int& out) {
  const Node* node = fields.child("window");
  if (node != nullptr && node->is(Node::Kind::kString) && node->as_string() == "everywhere") {
    out = kWindowEverywhere;
  } else {
    fields.read("window", out, kSmall);
  }
}

void read_structure(Fields& fields, Family& f) {
  fields.read_word<Build>("build", f.build, kBuilds);
  fields.read_word<NormKind>("norm", f.norm, kNorms);
  fields.read("norms", f.norms, kSmall);
  fields.read("gated", f.gated);
  fields.read("packed_gate", f.packed_gate);
  read_flag(fields, "qkv_bias", f.qkv_bias);
  read_flag(fields, "output_bias", f.output_bias);
  read_flag(fields, "mlp_bias", f.mlp_bias);
  read_flag(fields, "tied", f.tied);
  fields.read_word<QueryKeyNorm>("qk_norm", f.qk_norm, kQueryKeyNorms);
  read_flag(fields, "qk_norm_used", f.qk_norm_used);
  read_window(fields, f.window);
  fields.read("positions", f.positions);
  fields.read("position_offset", f.position_offset, kSmall);
  fields.read("embedding_norm", f.embedding_norm);
  fields.read("extra_tokens", f.extra_tokens, kSmall);
  fields.read("final_norm", f.final_norm);
  fields.read("head_bias", f.head_bias);
  fields.read("sinks", f.sinks);
  fields.read("output_gate", f.output_gate);
  fields.read("shared_gate", f.shared_gate);
  fields.read("expert_bias", f.expert_bias);
  fields.read("router_bias", f.router_bias);
  read_flag(fields, "correction_bias", f.correction_bias);
  fields.read("latent", f.latent);
  fields.read_word<Indexer>("indexer", f.indexer, kIndexers);
  fields.read("pooler", f.pooler);
  fields.read("token_types", f.token_types, kSmall);
  fields.read_word<Recurrent>("recurrent", f.recurrent, kRecurrents);
  fields.read("prediction_copies", f.prediction_copies, kSmall);
  fields.read_word<RotaryBuffers>("rotary_buffers", f.rotary_buffers, kRotaryBuffers);
}

void read_defaults(Fields& fields, Family& f) {
  fields.read("text", f.text);
  fields.read("image", f.image);
  fields.read_word<Tower>("tower", f.tower, kTowers);
  fields.read_word<Projector>("projector", f.projector, kProjectors);
  const std::pair<const char*, std::int64_t*> numbers[] = {
      {"hidden", &f.hidden},        {"layers", &f.layers},
      {"heads", &f.heads},          {"kv_heads", &f.kv_heads},
      {"head_dim", &f.head_dim},    {"ffn", &f.ffn},
      {"vocab", &f.vocab},          {"max_positions", &f.max_positions},
      {"ffn_ratio", &f.ffn_ratio},  {"patch", &f.patch},
      {"image_size", &f.image_size}};
  for (const auto& number : numbers) fields.read(number.first, *number.second, {0, 1e8});
}

const Family* find_in(const std::vector<Family>& families, std::string_view type) {
  const auto it = std::find_if(families.begin(), families.end(), [&](const Family& f) { return f.type == type; });
  return it == families.end() ? nullptr : &*it;
}

// A row may be like an earlier one and say only what is different.
Status add_row(const Node& node, std::string_view file, std::vector<Family>& families) {
  Fields fields(node, file, fmt::format("families[{}]", families.size()));
  std::string type;
  std::string like;
  fields.read("type", type);
  fields.read("like", like);
  const Family* base = like.empty() ? nullptr : find_in(families, like);
  if (fields.ok() && (type.empty() || find_in(families, type) != nullptr || (!like.empty() && base == nullptr))) {
    fields.fail_at(node, type.empty() ? "a family needs a type"
                         : find_in(families, type) != nullptr
                             ? fmt::format("two rows for '{}'", type)
                             : fmt::format("'{}' is like '{}', which no row before it describes", type, like));
  }
  Family family = base != nullptr ? *base : Family{};
  family.type = std::move(type);
  read_structure(fields, family);
  read_defaults(fields, family);
  if (Status status = fields.finish(); !status) return status;
  families.push_back(std::move(family));
  return {};
}

// "GPTNeoX" and "gpt_neox" are the same word.
std::string plain(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '_' || c == '-') continue;
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

std::vector<Family> embedded_families() {
  for (const EmbeddedFile& file : embedded_files()) {
    if (file.name != kFile) continue;
    Result<std::vector<Family>> families = read_families(file.text, file.name);
    if (families) return std::move(*families);  // a test reads the file and shows its error
  }
  return {};
}

}  // namespace

Result<std::vector<Family>> read_families(std::string_view text, std::string_view name) {
  const Result<Node> document = parse_document(text, name, Syntax::kJson);
  if (!document) return tl::unexpected<Error>(document.error());
  Fields fields(*document, name, "");
  std::string ignored;
  for (const char* key : {"schema", "doc", "sources"}) fields.read(key, ignored);
  const Node* rows = fields.child("families");
  if (rows == nullptr || !rows->is(Node::Kind::kArray)) fields.fail_at(*document, "'families' must be a list of rows");
  if (Status status = fields.finish(); !status) return tl::unexpected<Error>(status.error());
  std::vector<Family> families;
  families.reserve(rows->as_array().size());
  for (const Node& row : rows->as_array()) {
    if (Status status = add_row(row, name, families); !status) return tl::unexpected<Error>(status.error());
  }
  return families;
}

std::span<const Family> hf_families() {
  static const std::vector<Family> families = embedded_families();
  return families;
}

const Family* find_family(std::string_view model_type) {
  for (const Family& family : hf_families()) {
    if (family.type == model_type) return &family;
  }
  return nullptr;
}

const Family* find_family_of_class(std::string_view class_name) {
  const std::string name = plain(class_name);
  for (const Family& family : hf_families()) {
    const std::string type = plain(family.type);
    if (!name.starts_with(type)) continue;
    const std::string_view rest = std::string_view(name).substr(type.size());
    for (const std::string_view ending : {"for", "model", "lmhead", "withprojection"}) {
      if (rest.empty() || rest.starts_with(ending)) return &family;
    }
  }
  return nullptr;
}

std::vector<std::string_view> hf_family_names() {
  std::vector<std::string_view> names;
  for (const Family& family : hf_families()) names.push_back(family.type);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace berth
