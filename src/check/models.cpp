#include "check/models.hpp"

#include <algorithm>
#include <cmath>

#include "core/fields.hpp"

namespace berth::checking {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

std::string_view last_part(std::string_view id) {
  while (id.ends_with('/')) id.remove_suffix(1);
  const std::size_t slash = id.find_last_of('/');
  return slash == std::string_view::npos ? id : id.substr(slash + 1);
}

Status read_architecture(const Node& node, std::string_view file, const std::string& name, Architecture& out) {
  Fields fields(node, file, "architectures." + name);
  fields.read("block_class", out.block_class);
  fields.read("position", out.position);
  fields.read("modules", out.modules);
  fields.read("gated", out.gated);
  return fields.finish();
}

Status read_model(const Node& node, std::string_view file, KnownModel& out, std::vector<std::string>& aliases) {
  Fields fields(node, file, "models");
  ContextModel& d = out.dimensions;
  fields.read("id", d.id);
  fields.read("aliases", aliases);
  fields.read("architecture", d.architecture);
  fields.read("parameters", d.parameters, kPositive);
  fields.read("layers", d.layers, kPositiveCount);
  fields.read("hidden", d.hidden, kPositiveCount);
  fields.read("heads", d.heads, kPositiveCount);
  fields.read("kv_heads", d.kv_heads, kPositiveCount);
  fields.read("head_dim", d.head_dim, kPositiveCount);
  fields.read("ffn", d.ffn, kPositiveCount);
  fields.read("vocab", d.vocab, kPositiveCount);
  fields.read("max_positions", d.max_positions, kPositiveCount);
  fields.read("experts", d.experts, kCount);
  fields.read("experts_per_token", d.experts_per_token, kCount);
  fields.read("position", d.position);
  fields.read("tied", out.tied);
  fields.read("source", out.source);
  return fields.finish();
}

}  // namespace

Result<ModelTable> ModelTable::load(std::span<const SourceFile> files) {
  ModelTable table;
  for (const SourceFile& file : files) {
    if (file.name.starts_with("schema/") || file.text.find("berth/models/v1") == std::string::npos) continue;
    const Result<Node> root = parse_document(file.text, file.name);
    if (!root) return tl::unexpected<Error>(root.error());
    Fields top(*root, file.name, "");
    std::string ignored;
    top.read("schema", ignored);
    top.read("as_of", ignored);
    top.read("doc", ignored);
    static_cast<void>(top.child("sources"));
    const Node* architectures = top.child("architectures");
    const Node* models = top.child("models");
    if (const Status status = top.finish(); !status) return tl::unexpected<Error>(status.error());
    if (architectures != nullptr && architectures->is(Node::Kind::kObject)) {
      for (const Member& member : architectures->as_object()) {
        const Status status = read_architecture(member.value, file.name, member.key, table.architectures_[member.key]);
        if (!status) return tl::unexpected<Error>(status.error());
      }
    }
    if (models == nullptr || !models->is(Node::Kind::kArray)) continue;
    for (const Node& node : models->as_array()) {
      KnownModel model;
      std::vector<std::string> aliases;
      if (const Status status = read_model(node, file.name, model, aliases); !status)
        return tl::unexpected<Error>(status.error());
      aliases.push_back(model.dimensions.id);
      for (const std::string& alias : aliases) table.by_id_[lower(alias)] = table.models_.size();
      // The last part alone is weaker evidence: the first model that has it keeps it.
      for (const std::string& alias : aliases) table.by_id_.try_emplace(lower(last_part(alias)), table.models_.size());
      table.models_.push_back(std::move(model));
    }
  }
  for (KnownModel& model : table.models_) {
    const Architecture* architecture = table.architecture(model.dimensions.architecture);
    if (architecture == nullptr) continue;
    model.dimensions.block_class = architecture->block_class;
    if (!model.dimensions.position && !architecture->position.empty())
      model.dimensions.position = architecture->position;
    model.modules = architecture->modules;
    model.gated = architecture->gated;
  }
  return table;
}

const KnownModel* ModelTable::find(std::string_view id) const {
  auto found = by_id_.find(lower(id));
  if (found == by_id_.end()) found = by_id_.find(lower(last_part(id)));
  return found == by_id_.end() ? nullptr : &models_[found->second];
}

const Architecture* ModelTable::architecture(std::string_view name) const {
  const auto found = architectures_.find(name);
  return found == architectures_.end() ? nullptr : &found->second;
}

namespace {

// The first that is known, then the one whose count comes nearest to the parameters given.
std::optional<Model> nearest(Transformer shape, const ContextModel& dimensions, const KnownModel* known,
                             std::optional<bool> gated) {
  std::optional<Model> best;
  double best_error = 0;
  for (const bool with_gate : {true, false}) {
    if (gated && *gated != with_gate) continue;
    for (const bool tied : {false, true}) {
      if (known != nullptr && known->tied && *known->tied != tied) continue;
      shape.gated_ffn = with_gate;
      shape.tied_embeddings = tied;
      Result<Model> model = model_from_transformer(shape);
      if (!model) return best;
      const double error =
          dimensions.parameters ? std::abs(static_cast<double>(model->parameters) - *dimensions.parameters) : 0;
      if (!best || error < best_error) {
        best = std::move(*model);
        best_error = error;
      }
    }
  }
  return best;
}

}  // namespace

std::optional<Model> model_of(const ContextModel& d, const ModelTable& table, const KnownModel* known) {
  if (!d.layers || !d.hidden || !d.heads) {
    if (!d.parameters) return std::nullopt;
    Summary summary;
    summary.family = "transformer";
    summary.parameters = d.parameters;
    return model_from_summary(summary);
  }
  Transformer shape;
  shape.layers = *d.layers;
  shape.hidden = *d.hidden;
  shape.heads = *d.heads;
  shape.kv_heads = d.kv_heads.value_or(*d.heads);
  shape.head_dim = d.head_dim.value_or(std::max<std::int64_t>(1, *d.hidden / *d.heads));
  const Architecture* architecture = table.architecture(d.architecture);
  std::optional<bool> gated = known != nullptr ? known->gated : std::nullopt;
  if (!gated && architecture != nullptr) gated = architecture->gated;
  shape.ffn = d.ffn.value_or(4 * *d.hidden);  // the width of the first transformers (arXiv:1706.03762)
  if (!d.ffn) gated = gated.value_or(false);
  shape.vocab = d.vocab.value_or(0);
  shape.max_positions = d.max_positions.value_or(0);
  if (d.experts && *d.experts > 1) {
    shape.experts = *d.experts;
    shape.experts_per_token = d.experts_per_token.value_or(2);
    shape.expert_ffn = shape.ffn;
  }
  if (architecture != nullptr && architecture->block_class == "BertLayer") shape.kind = Transformer::Kind::kEncoder;
  std::optional<Model> model = nearest(shape, d, known, gated);
  if (model) model->architecture = d.architecture;
  return model;
}

}  // namespace berth::checking
