#include <algorithm>
#include <array>

#include "facts/fact_writer.hpp"
#include "facts/facts.hpp"

namespace berth {
namespace {

constexpr std::array<std::string_view, 6> kSummaryFamilies = {"transformer", "dense-cnn", "depthwise-cnn",
                                                              "vit",         "rnn",       "mlp"};

const char* word_of(Transformer::Kind kind) {
  switch (kind) {
    case Transformer::Kind::kDecoder: return "decoder";
    case Transformer::Kind::kEncoder: return "encoder";
    default: return "encoder_decoder";
  }
}

void add_family(FactWriter& writer, const Model& model) {
  if (model.transformer) {
    writer.set("model.family", "transformer");
    writer.set("model.kind", word_of(model.transformer->kind));
    return;
  }
  if (model.trees) {
    writer.set("model.family", "trees");
  } else if (model.summary && !model.summary->family.empty()) {
    const bool known =
        std::find(kSummaryFamilies.begin(), kSummaryFamilies.end(), model.summary->family) != kSummaryFamilies.end();
    writer.set("model.family", known ? model.summary->family : std::string("other"));
    if (model.summary->family == "transformer") return;  // which half it has isn't said
  } else if (model.operators.empty()) {
    return;
  }
  writer.put("model.kind", std::monostate());
}

void add_transformer(FactWriter& writer, const Transformer& t, double parameters) {
  writer.set("model.layers", t.layers);
  writer.set("model.heads", t.heads);
  writer.set("model.kv_heads", t.kv_heads);
  writer.set("model.hidden", t.hidden);
  writer.set("model.experts", t.experts);
  if (t.max_positions > 0) writer.set("model.max_positions", t.max_positions);
  if (parameters <= 0 || t.vocab <= 0) return;
  const double tables = t.tied_embeddings ? 1 : 2;  // the output projection is a table of the same size
  const double share = tables * static_cast<double>(t.vocab) * static_cast<double>(t.hidden) / parameters;
  writer.set("model.embedding_share", std::min(1.0, share));
}

void add_size(FactWriter& writer, const Model& model, const Profile* profile) {
  std::int64_t parameters = model.parameters;
  if (parameters == 0 && profile != nullptr) parameters = profile->parameters;
  if (parameters == 0 && model.summary && model.summary->parameters) {
    parameters = static_cast<std::int64_t>(*model.summary->parameters);
  }
  if (parameters > 0) writer.set("model.parameters", parameters);
  std::int64_t active = model.active_parameters;
  if (active == 0 && profile != nullptr) active = profile->active_parameters;
  if (active > 0) writer.set("model.active_parameters", active);
  if (model.transformer) add_transformer(writer, *model.transformer, static_cast<double>(parameters));
}

void add_trees(FactWriter& writer, const Model& model) {
  const bool otherwise = model.transformer || model.summary || !model.operators.empty();
  if (model.trees) {
    writer.set("model.trees.count", model.trees->count);
    writer.set("model.trees.depth", model.trees->depth);
  } else if (otherwise) {
    writer.set("model.trees.count", 0);
    writer.put("model.trees.depth", std::monostate());
  }
}

bool is_narrow(DType dtype) {
  return dtype != DType::kFp64 && dtype != DType::kFp32 && dtype != DType::kTf32;
}

}  // namespace

Status add_model_facts(FactSheet& sheet, const Workload& workload, const Profile* profile) {
  if (!workload.model) return {};
  const Model& model = *workload.model;
  FactWriter writer(sheet, {Origin::Kind::kModel, model.name.empty() ? model.format : model.name, {}});
  writer.set_word("model.format", model.format);
  writer.set_word("model.architecture", model.architecture);
  add_family(writer, model);
  add_size(writer, model, profile);
  add_trees(writer, model);
  if (model.declared_dtype) writer.set("model.declared_precision", to_string(*model.declared_dtype));
  writer.set_word("model.declared_quantization", model.declared_quantization);
  // Weights that are stored in a narrow format show that the model works in one.
  if (!workload.traits.needs_high_precision && model.declared_dtype && is_narrow(*model.declared_dtype)) {
    writer.set("model.needs_high_precision", false);
  }
  if (profile == nullptr) return writer.status();
  const auto& share =
      profile->matmul_share_of_roofline_time ? profile->matmul_share_of_roofline_time : profile->matmul_share_of_flops;
  writer.set("profile.matmul_share", share);
  writer.set("profile.operational_intensity", profile->operational_intensity);
  // The operator table says what the document's word would have said.
  if (!workload.traits.massively_parallel) writer.put("model.massively_parallel", std::monostate());
  if (profile->flops > 0) writer.set("profile.flops", profile->flops);
  if (profile->lowest_precision) writer.set("profile.lowest_precision", to_string(*profile->lowest_precision));
  return writer.status();
}

}  // namespace berth
