#include <fmt/format.h>

#include <array>

#include "berth/readers.hpp"
#include "core/text.hpp"
#include "readers/hf/builders.hpp"

namespace berth {
namespace {

// Python writes Infinity and NaN, which aren't JSON; no key that matters here holds them. Blanks of the
// same length keep every position.
std::string without_infinities(std::string_view text) {
  std::string out(text);
  bool quoted = false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (out[i] == '\\' && quoted) {
      ++i;
      continue;
    }
    if (out[i] == '"') quoted = !quoted;
    if (quoted) continue;
    for (const std::string_view word : {"-Infinity", "Infinity", "NaN"}) {
      if (out.compare(i, word.size(), word) != 0) continue;
      const std::string_view value = word.size() > 3 ? "null" : "0";
      out.replace(i, word.size(), std::string(value) + std::string(word.size() - value.size(), ' '));
    }
  }
  return out;
}

// torch's words for number formats.
constexpr std::array<std::pair<std::string_view, DType>, 8> kDTypes{{{"float32", DType::kFp32},
                                                                     {"float64", DType::kFp64},
                                                                     {"float16", DType::kFp16},
                                                                     {"half", DType::kFp16},
                                                                     {"bfloat16", DType::kBf16},
                                                                     {"float8_e4m3fn", DType::kFp8},
                                                                     {"float8_e5m2", DType::kFp8},
                                                                     {"int8", DType::kInt8}}};

void read_dtype(HfConfig& config, Model& model) {
  for (const char* key : {"dtype", "torch_dtype"}) {
    std::string word = config.word(key);
    if (word.starts_with("torch.")) word.erase(0, 6);
    for (const auto& known : kDTypes) {
      if (known.first == word && !model.declared_dtype) model.declared_dtype = known.second;
    }
  }
}

// vLLM's compressed-tensors name a format and the bits of the first group of layers.
std::string compressed_format(HfConfig& config) {
  std::string format = config.word("format");
  for (const std::string_view known : {"mxfp4", "nvfp4"}) {
    if (format.starts_with(known)) return std::string(known);
  }
  std::optional<HfConfig> groups = config.optional_object("config_groups");
  std::optional<HfConfig> group = groups ? groups->optional_object("group_0") : std::nullopt;
  std::optional<HfConfig> weights = group ? group->optional_object("weights") : std::nullopt;
  const std::int64_t bits = weights ? weights->find({"num_bits"}, {1, 64}).value_or(0) : 0;
  const bool floats = weights && weights->word("type") == "float";
  if (bits == 4) return floats ? "mxfp4" : "int4";
  if (bits == 8) return floats ? "fp8" : "int8";
  return "compressed-tensors";
}

// The weight format that quantization_config names; its own word where berth knows no better.
void read_quantization(HfConfig& config, Model& model) {
  std::optional<HfConfig> nested = config.optional_object("quantization_config");
  if (!nested) return;
  std::string method = nested->word("quant_method");
  if (method == "bitsandbytes" || method.empty()) {
    if (nested->flag("load_in_4bit", false)) {
      // fp4 without nesting is BitsAndBytesConfig's default.
      const bool nested_scales = nested->flag("bnb_4bit_use_double_quant", false);
      const bool nf4 = nested->word("bnb_4bit_quant_type") == "nf4";
      method = !nf4 ? "fp4_bnb" : nested_scales ? "nf4" : "nf4_plain";
    } else if (nested->flag("load_in_8bit", false)) {
      method = "int8";
    }
  } else if (method == "fp8" && nested->has("weight_block_size")) {
    method = "fp8_block";
  } else if (method == "gptq" && nested->find({"bits"}, {1, 64}).value_or(4) == 8) {
    method = "gptq_8bit";
  }
  if (method == "compressed-tensors") method = compressed_format(*nested);
  config.absorb(*nested);
  model.declared_quantization = method;
}

// The logits layer is part of the model unless the class named is a bare or a task model.
Head head_of(const HfClass& hf_class, const Family& family) {
  if (family.type == "chatglm") return Head::kLogits;  // its "ChatGLMModel" is the language model
  const bool bare = hf_class.ends("Model") && !hf_class.ends("LMHeadModel");
  const bool task = hf_class.ends("ForSequenceClassification") || hf_class.ends("ForTokenClassification") ||
                    hf_class.ends("ForQuestionAnswering");
  return bare || task ? Head::kNone : Head::kLogits;
}

const Family* family_of(HfConfig& config, const HfClass& hf_class, std::string& type) {
  type = config.word("model_type");
  if (type.empty() && !hf_class.name.empty()) {
    const Family* family = find_family_of_class(hf_class.name);
    if (family != nullptr) config.note(fmt::format("model_type not given: taken from the class {}", hf_class.name));
    return family;
  }
  const Family* family = find_family(type);
  // A text type at the top, of a model that also has an image tower (Ministral 3).
  if (config.has("vision_config") && (family == nullptr || family->build != Build::kVisionLanguage)) {
    const Family* by_class = find_family_of_class(hf_class.name);
    return by_class != nullptr && by_class->build == Build::kVisionLanguage ? by_class : nullptr;
  }
  return family;
}

Error unknown_type(HfConfig& config, const std::string& type, const HfClass& hf_class) {
  const std::vector<std::string_view> names = hf_family_names();
  const Node* at = config.node().find("model_type");
  const SourceSpan span =
      at != nullptr ? SourceSpan{std::string(config.file()), at->line, at->column, 0, 0} : config.span();
  if (type.empty() && hf_class.name.empty()) {
    return Error{ErrorCode::kUnsupported, "no model_type and no architectures: is this a Hugging Face config.json?",
                 "give a file that names its model_type", span};
  }
  const std::string& word = type.empty() ? hf_class.name : type;
  const bool known = find_family(type) != nullptr;  // a known text model with a tower that isn't
  const std::string near = known ? "" : suggest(word, names);
  return Error{ErrorCode::kUnsupported,
               known ? fmt::format("'{}' with this image tower isn't understood", shorten(word))
                     : fmt::format("model type '{}' isn't understood", shorten(word)),
               fmt::format("{}describe the model by model.transformer or model.summary; known types: {}",
                           near.empty() ? "" : fmt::format("did you mean '{}'? Else ", near), join_or(names)),
               span};
}

HfReading build(HfConfig& config, const Family& family, const HfClass& hf_class) {
  HfReading reading;
  const Head head = head_of(hf_class, family);
  switch (family.build) {
    case Build::kDecoder: build_decoder(config, family, head, reading); break;
    case Build::kEncoder: build_encoder(config, family, hf_class, reading); break;
    case Build::kSeq2Seq: build_seq2seq(config, family, head, reading); break;
    case Build::kImage: build_image(config, family, hf_class, reading); break;
    case Build::kVisionLanguage: build_vision_language(config, family, head, reading); break;
  }
  return reading;
}

void add_notes(HfConfig& config, const Family& family, Model& model) {
  for (const FileExtra& extra : model.file_extras) {
    if (extra.what.find("prediction") == std::string::npos) continue;
    config.note(fmt::format("{} ({} parameters) aren't part of the model and not counted; its files may hold them",
                            extra.what, extra.elements));
  }
  if (family.recurrent != Recurrent::kNone) {
    config.note("the short form (transformer) describes the attention layers; some layers are recurrent");
  }
  model.notes = config.take_notes();
}

}  // namespace

Result<Model> read_hf_config(std::string_view text, std::string_view name) {
  const Result<Node> document = parse_document(without_infinities(text), name, Syntax::kJson);
  if (!document) return tl::unexpected(document.error());
  HfConfig config(*document, name);
  if (!config.ok()) return tl::unexpected(config.error());
  HfClass hf_class;
  if (const std::vector<std::string> classes = config.words("architectures"); !classes.empty()) {
    hf_class.name = classes.front();
  }
  std::string type;
  const Family* family = family_of(config, hf_class, type);
  if (!config.ok()) return tl::unexpected(config.error());
  if (family == nullptr) return tl::unexpected(unknown_type(config, type, hf_class));
  Model model;
  model.format = "hf_config";
  model.architecture = type.empty() ? std::string(family->type) : type;
  HfReading reading = build(config, *family, hf_class);
  read_dtype(config, model);
  if (std::optional<HfConfig> nested = config.optional_object("text_config"); nested) {
    read_dtype(*nested, model);
    if (!config.has("quantization_config")) read_quantization(*nested, model);
    config.absorb(*nested);
  }
  read_quantization(config, model);
  model.file_extras = std::move(reading.file_extras);
  add_notes(config, *family, model);
  if (!config.ok()) return tl::unexpected(config.error());
  model.tensors = layout_tensors(reading.layout);
  model.layout = std::move(reading.layout);
  model.transformer = reading.transformer;
  if (Status status = count_parameters(model); !status) {
    Error error = status.error();
    error.span = config.span();
    return tl::unexpected(std::move(error));
  }
  return model;
}

}  // namespace berth
