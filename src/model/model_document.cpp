#include "model/model_document.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "core/fields.hpp"
#include "core/text.hpp"

namespace berth {
namespace {

using Kind = Transformer::Kind;
constexpr std::array<std::pair<std::string_view, Kind>, 3> kKinds{
    {{"decoder", Kind::kDecoder}, {"encoder", Kind::kEncoder}, {"encoder_decoder", Kind::kEncoderDecoder}}};

// Where the named field stands, or the whole form: errors of the checks that know no document.
SourceSpan span_of_field(const Node& node, std::string_view file, const std::string& message) {
  const Node* at = &node;
  const std::size_t start = message.find('\'');
  const std::size_t end = start == std::string::npos ? start : message.find('\'', start + 1);
  if (end != std::string::npos) {
    std::string_view name = std::string_view(message).substr(start + 1, end - start - 1);
    for (std::size_t dot = 0; dot != std::string_view::npos && at != nullptr;) {
      dot = name.find('.');
      at = at->find(name.substr(0, dot));
      if (dot != std::string_view::npos) name.remove_prefix(dot + 1);
    }
    if (at == nullptr) at = &node;
  }
  return SourceSpan{std::string(file), at->line, at->column, 0, 0};
}

Result<Model> located(Result<Model> model, const Node& node, std::string_view file, const std::string& path) {
  if (model || !model.error().span.file.empty()) return model;
  Error error = model.error();
  error.span = span_of_field(node, file, error.message);
  error.message = fmt::format("{}: {}", path, error.message);
  return tl::unexpected(std::move(error));
}

Status read_latent(const Node& node, std::string_view file, std::string path, LatentAttention& latent) {
  Fields fields(node, file, std::move(path));
  fields.read("kv_rank", latent.kv_rank, kPositiveCount);
  fields.read("q_rank", latent.q_rank);
  fields.read("rope_head_dim", latent.rope_head_dim);
  fields.read("value_head_dim", latent.value_head_dim, kPositiveCount);
  fields.read("nope_head_dim", latent.nope_head_dim);
  return fields.finish();
}

void read_attention(Fields& fields, Transformer& t) {
  fields.read("heads", t.heads, kPositiveCount);
  fields.read("kv_heads", t.kv_heads, kPositiveCount);
  fields.read("head_dim", t.head_dim, kPositiveCount);
  fields.read("max_positions", t.max_positions);
  fields.read("sliding_window", t.sliding_window);
  if (t.sliding_window > 0) t.full_attention_every = 0;
  fields.read("full_attention_every", t.full_attention_every);
}

void read_ffn(Fields& fields, Transformer& t) {
  fields.read("ffn", t.ffn);
  fields.read("gated_ffn", t.gated_ffn);
  fields.read("experts", t.experts);
  fields.read("experts_per_token", t.experts_per_token);
  fields.read("expert_ffn", t.expert_ffn);
  fields.read("shared_experts", t.shared_experts);
  fields.read("dense_layers", t.dense_layers);
}

// One row of the `operators` form.
Result<Operator> read_operator(const Node& node, std::string_view file, const std::string& path) {
  Operator op;
  Fields fields(node, file, path);
  std::string kind = "matmul";
  fields.read("kind", kind);
  std::optional<std::string> dtype;
  std::optional<double> weights;
  fields.read("name", op.name);
  fields.read("m", op.m, kPositive);
  fields.read("n", op.n, kPositive);
  fields.read("k", op.k, kNotNegative);
  fields.read("batch", op.batch, kPositive);
  fields.read("count", op.count, kPositive);
  fields.read("dtype", dtype);
  fields.read("weight_elements", weights, kNotNegative);
  fields.read("elements_moved", op.elements_moved, kNotNegative);
  if (Status status = fields.finish(); !status) return tl::unexpected(status.error());
  if (const auto parsed = parse_operator_kind(kind)) {
    op.kind = *parsed;
  } else {
    std::vector<std::string> words;
    for (int i = 0; i < kOperatorKindCount; ++i) words.emplace_back(to_string(static_cast<OperatorKind>(i)));
    return fail(ErrorCode::kInvalid,
                fmt::format("'{}.kind' must be {}, found '{}'", path, join_or(words), shorten(kind)),
                suggest(kind, words).empty() ? "" : fmt::format("did you mean '{}'?", suggest(kind, words)),
                fields.span_of(*node.find("kind")));
  }
  if (dtype) {
    const auto parsed = parse_dtype(*dtype);
    if (!parsed) {
      return fail(ErrorCode::kInvalid, fmt::format("'{}.dtype' is no number format: '{}'", path, shorten(*dtype)),
                  "use fp64, fp32, tf32, bf16, fp16, fp8, int8, fp4 or int4", fields.span_of(*node.find("dtype")));
    }
    op.dtype = *parsed;
  }
  const bool matrix = op.kind == OperatorKind::kMatmul || op.kind == OperatorKind::kConv;
  op.weight_elements = weights ? *weights : matrix && op.batch == 1 ? op.k * op.n : 0;
  return op;
}

}  // namespace

Result<Model> read_transformer(const Node& node, std::string_view file, const std::string& path) {
  Transformer t;
  Fields fields(node, file, path);
  fields.read_word<Kind>("kind", t.kind, kKinds);
  fields.read("layers", t.layers, kPositiveCount);
  fields.read("encoder_layers", t.encoder_layers);
  fields.read("hidden", t.hidden, kPositiveCount);
  fields.read("vocab", t.vocab);
  fields.read("tied_embeddings", t.tied_embeddings);
  read_attention(fields, t);
  read_ffn(fields, t);
  if (const Node* latent = fields.child("latent"); latent != nullptr && fields.ok()) {
    t.latent.emplace();
    if (Status status = read_latent(*latent, file, path + ".latent", *t.latent); !status) {
      return tl::unexpected(status.error());
    }
  }
  if (Status status = fields.finish(); !status) return tl::unexpected(status.error());
  return located(model_from_transformer(t), node, file, path);
}

Result<Model> read_summary(const Node& node, std::string_view file, const std::string& path) {
  Summary summary;
  Fields fields(node, file, path);
  fields.read("family", summary.family);
  fields.read("parameters", summary.parameters, Range{1, 4e18});
  fields.read("macs_per_item", summary.macs_per_item, kPositive);
  fields.read("activation_elements_per_item", summary.activation_elements_per_item, kPositive);
  if (Status status = fields.finish(); !status) return tl::unexpected(status.error());
  return model_from_summary(summary);
}

Result<Model> read_operators(const Node& node, std::string_view file, const std::string& path) {
  const SourceSpan span{std::string(file), node.line, node.column, 0, 0};
  if (!node.is(Node::Kind::kArray)) {
    return fail(ErrorCode::kInvalid, fmt::format("'{}' must be a list of operators, found {}", path, describe(node)),
                "for example [{kind: matmul, m: 512, n: 4096, k: 4096}]", span);
  }
  std::vector<Operator> operators;
  bool assumed = false;
  for (std::size_t i = 0; i < node.as_array().size(); ++i) {
    const Node& row = node.as_array()[i];
    Result<Operator> op = read_operator(row, file, fmt::format("{}[{}]", path, i));
    if (!op) return tl::unexpected(op.error());
    assumed = assumed || (op->weight_elements > 0 && row.find("weight_elements") == nullptr);
    operators.push_back(std::move(*op));
  }
  Result<Model> model = located(model_from_operators(std::move(operators)), node, file, path);
  if (model && assumed) {
    model->notes.push_back("matrix products with batch 1 are taken to hold a weight of k·n elements");
  }
  return model;
}

Result<Model> read_trees(const Node& node, std::string_view file, const std::string& path) {
  TreeEnsemble trees;
  constexpr Range kDepth{1, 64};
  Fields fields(node, file, path);
  fields.read("count", trees.count, Range{1, 1e9});
  fields.read("depth", trees.depth, kDepth);
  fields.read("outputs", trees.outputs, Range{1, 1e9});
  for (const char* key : {"count", "depth"}) {
    if (fields.ok() && !fields.has_value(key)) {
      fields.fail_at(node, fmt::format("'{}.{}' is missing", path, key), "give it");
    }
  }
  if (Status status = fields.finish(); !status) return tl::unexpected(status.error());
  Model model;
  model.format = "trees";
  model.architecture = "tree_ensemble";
  model.trees = trees;
  return model;
}

}  // namespace berth
