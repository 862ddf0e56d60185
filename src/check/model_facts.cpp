// The model behind a config: its own dimensions, the context's, a config.json beside it, the table.
#include <array>

#include "berth/readers.hpp"
#include "check/job_sheet.hpp"
#include "facts/facts.hpp"

namespace berth::checking {
namespace {

struct Dimension {
  std::string_view fact;
  std::optional<std::int64_t> ContextModel::*member;
};
constexpr std::array<Dimension, 10> kDimensions = {{{"model.layers", &ContextModel::layers},
                                                    {"model.hidden", &ContextModel::hidden},
                                                    {"model.heads", &ContextModel::heads},
                                                    {"model.kv_heads", &ContextModel::kv_heads},
                                                    {"model.head_dim", &ContextModel::head_dim},
                                                    {"model.ffn", &ContextModel::ffn},
                                                    {"model.vocab", &ContextModel::vocab},
                                                    {"model.max_positions", &ContextModel::max_positions},
                                                    {"model.experts", &ContextModel::experts},
                                                    {"model.experts_per_token", &ContextModel::experts_per_token}}};

// What `known` has and `out` lacks.
void complete(ContextModel& out, const ContextModel& known) {
  if (out.id.empty()) out.id = known.id;
  if (out.architecture.empty()) out.architecture = known.architecture;
  if (out.block_class.empty()) out.block_class = known.block_class;
  if (!out.position) out.position = known.position;
  if (!out.parameters) out.parameters = known.parameters;
  for (const Dimension& dimension : kDimensions) {
    if (!(out.*dimension.member)) out.*dimension.member = known.*dimension.member;
  }
}

// A model folder that the config names by path.
std::optional<Model> local_model(const SheetWriter& writer, const std::string& id) {
  if (!writer.options.resolve || id.empty()) return std::nullopt;
  const std::optional<std::string> text = writer.options.resolve(id + "/config.json");
  if (!text) return std::nullopt;
  Result<Model> model = read_hf_config(*text, id + "/config.json");
  if (!model) return std::nullopt;
  return std::move(*model);
}

void take(ContextModel& out, const Model& model) {
  if (out.architecture.empty()) out.architecture = model.architecture;
  if (!out.parameters && model.parameters > 0) out.parameters = static_cast<double>(model.parameters);
  if (!model.transformer) return;
  const Transformer& t = *model.transformer;
  const std::array<std::int64_t, 10> values = {t.layers, t.hidden, t.heads,         t.kv_heads, t.head_dim,
                                               t.ffn,    t.vocab,  t.max_positions, t.experts,  t.experts_per_token};
  for (std::size_t i = 0; i < values.size(); ++i) {
    auto& member = out.*kDimensions[i].member;
    if (!member && values[i] > 0) member = values[i];
  }
}

void publish(SheetWriter& writer, const ContextModel& d, bool dense_known) {
  for (const Dimension& dimension : kDimensions) {
    if (writer.get(dimension.fact) != nullptr && writer.whole(dimension.fact)) continue;  // the file's own
    if (d.*dimension.member) writer.set(dimension.fact, *(d.*dimension.member));
  }
  if (!d.experts && dense_known && !writer.whole("model.experts")) writer.set("model.experts", std::int64_t{0});
  if (d.layers && d.heads && !d.kv_heads && !writer.whole("model.kv_heads") && dense_known)
    writer.set("model.kv_heads", *d.heads);
  if (d.parameters) writer.set("model.parameters", static_cast<std::int64_t>(*d.parameters));
  if (!d.architecture.empty()) writer.set("model.architecture", d.architecture);
  if (!d.block_class.empty()) writer.set("model.block_class", d.block_class);
  if (d.position) writer.set("model.position", *d.position);
}

}  // namespace

std::optional<Model> add_model_facts_of(SheetWriter& writer) {
  ContextModel dimensions;
  bool own = false;
  for (const Dimension& dimension : kDimensions) {
    dimensions.*dimension.member = writer.whole(dimension.fact);
    own = own || writer.whole(dimension.fact).has_value();
  }
  // Dimensions of the file itself describe a model that no table holds, unless they are the whole of it.
  const bool whole = dimensions.layers && dimensions.hidden && dimensions.heads;
  const std::string id = writer.text("config.model_id");
  std::vector<std::string> modules = writer.context.modules;
  const KnownModel* known = nullptr;
  std::optional<Model> model;
  if (!whole) {
    if (writer.context.model) complete(dimensions, *writer.context.model);
    if (!dimensions.layers) {
      model = local_model(writer, id);
      if (model) take(dimensions, *model);
    }
    for (const std::string& name : {id, writer.context.model ? writer.context.model->id : std::string()}) {
      if (known == nullptr && !name.empty()) known = writer.tables().models.find(name);
    }
    if (known != nullptr) complete(dimensions, known->dimensions);
  }
  const Architecture* architecture = writer.tables().models.architecture(dimensions.architecture);
  if (architecture != nullptr) {
    if (dimensions.block_class.empty()) dimensions.block_class = architecture->block_class;
    if (!dimensions.position && !architecture->position.empty()) dimensions.position = architecture->position;
    if (modules.empty()) modules = architecture->modules;
  } else if (modules.empty() && known != nullptr) {
    modules = known->modules;
  }
  const bool from_outside = !whole && (writer.context.model || known != nullptr || model);
  publish(writer, dimensions, from_outside);
  if (!modules.empty()) writer.set("model.modules", modules);
  if (!model) model = model_of(dimensions, writer.tables().models, known);
  if (model && !writer.whole("model.parameters") && model->parameters > 0)
    writer.set("model.parameters", model->parameters);
  static_cast<void>(own);
  return model;
}

}  // namespace berth::checking
