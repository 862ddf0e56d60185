#include <algorithm>
#include <cmath>

#include "berth/profile.hpp"

namespace berth {
namespace {

using Pass = ProfileOptions::Pass;

// Operations per element of the cheap kinds, counted from their formulas: RMSNorm squares, adds, scales
// and multiplies; LayerNorm also subtracts a mean and adds a bias; softmax takes a maximum, subtracts,
// exponentiates, adds and divides; an activation is an exponential, a sum, a quotient and a product.
constexpr double kRmsNormOps = 4;
constexpr double kLayerNormOps = 7;
constexpr double kSoftmaxOps = 5;
constexpr double kActivationOps = 4;
constexpr double kStateOps = 6;  // decay, outer product and read of a recurrent state, two each
// Fused attention recomputes the scores going backward: five products where forward has two (arXiv:2307.08691).
constexpr double kAttentionBackward = 2.5;

// What one stack is given to work on.
struct Tokens {
  double batch = 0;   // sequences
  double length = 0;  // query positions a sequence
  double keys = 0;    // positions that can be looked at
  double memory = 0;  // positions of the stack before, for cross-attention
  bool causal = false;
  bool decode = false;

  [[nodiscard]] double all() const { return batch * length; }
};

class Table {
 public:
  explicit Table(const ProfileOptions& options) : dtype_(options.dtype.value_or(DType::kBf16)), pass_(options.pass) {}

  std::vector<Operator> take() { return std::move(rows_); }
  void enter(std::string_view stack) { stack_ = stack; }  // must outlive the rows to come
  void reserve(std::size_t rows) { rows_.reserve(rows); }

  // `batch` products of [m,k] with a weight [k,n].
  void linear(std::string_view name, double m, double k, double n, double count, double batch = 1) {
    row(OperatorKind::kMatmul, name, m, n, k, batch, count).weight_elements = k * n;
    if (pass_ != Pass::kTraining) return;
    backward(OperatorKind::kMatmul, name, ".backward_input", m, k, n, batch, count).weight_elements = k * n;
    backward(OperatorKind::kMatmul, name, ".backward_weight", k, n, m, batch, count);
  }
  void attention(std::string_view name, double m, double n, double k, double batch, double count, double moved) {
    row(OperatorKind::kAttention, name, m, n, k, batch, count).elements_moved = moved;
    if (pass_ != Pass::kTraining) return;
    backward(OperatorKind::kAttention, name, ".backward", m, n, k, batch, count * kAttentionBackward).elements_moved =
        moved;
  }
  void other(OperatorKind kind, std::string_view name, double m, double n, double ops, double count, double moved) {
    // Backward reads the input and the gradient and writes a gradient: three for two.
    row(kind, name, m, n, ops, 1, count).elements_moved = moved;
    if (pass_ != Pass::kTraining) return;
    backward(kind, name, ".backward", m, n, 2 * ops, 1, count).elements_moved = 1.5 * moved;
  }

 private:
  Operator& row(OperatorKind kind, std::string_view name, double m, double n, double k, double batch, double count) {
    Operator& op = rows_.emplace_back();
    op.kind = kind;
    op.name.reserve(stack_.size() + 1 + name.size());
    op.name.append(stack_).append(".").append(name);
    op.m = m;
    op.n = n;
    op.k = k;
    op.batch = batch;
    op.count = count;
    op.dtype = dtype_;
    return op;
  }
  Operator& backward(OperatorKind kind, std::string_view name, std::string_view suffix, double m, double n, double k,
                     double batch, double count) {
    Operator& op = row(kind, name, m, n, k, batch, count);
    op.name.append(suffix);
    return op;
  }

  std::vector<Operator> rows_;
  DType dtype_;
  Pass pass_;
  std::string_view stack_;
};

double as_double(std::int64_t value) {
  return static_cast<double>(value);
}

// Keys that a query sees, averaged over the queries of a sequence.
double keys_seen(const Tokens& tokens, double window) {
  if (tokens.decode) return window > 0 ? std::min(tokens.keys, window) : tokens.keys;
  const double length = tokens.length;
  if (!tokens.causal) return window > 0 ? std::min(tokens.keys, window) : tokens.keys;
  if (window <= 0 || window >= length) return (length + 1) / 2;
  // The first `window` queries see 1, 2, … keys, the rest `window`.
  return window - window * (window - 1) / (2 * length);
}

// The window, or the number of keys that an indexer picks: what bounds the keys of a query; 0: nothing.
double bound_of(const Attention& a) {
  const double window = as_double(a.window);
  const double selected = a.selection ? as_double(a.selection->keys) : 0;
  return window > 0 && selected > 0 ? std::min(window, selected) : std::max(window, selected);
}

double kept_keys(const Tokens& tokens, double window) {
  return tokens.decode && window > 0 ? std::min(tokens.keys, window) : tokens.keys;
}

// Softmax(QK)V for `heads` that share keys in groups; fused, so the score matrix stays on the chip.
void add_core(Table& table, const Tokens& tokens, const Attention& a, double count, double key_dim, double value_dim) {
  const double bound = bound_of(a);
  const double seen = keys_seen(tokens, bound);
  const double kept = kept_keys(tokens, bound);
  const double kv_heads = as_double(a.kv_heads);
  const double rows = tokens.length * as_double(a.heads) / kv_heads;
  const double batch = tokens.batch * kv_heads;
  table.attention("attention.scores", rows, seen, key_dim, batch, count, rows * key_dim + kept * key_dim);
  table.other(OperatorKind::kSoftmax, "attention.softmax", rows * batch, seen, kSoftmaxOps, count, 0);
  table.attention("attention.values", rows, value_dim, seen, batch, count, kept * value_dim + rows * value_dim);
}

// One cached vector a token serves keys and values of all heads: the key projection moves to the query
// side, the value projection to the output side (the "absorbed" form, arXiv:2405.04434, section 2.1.2).
void add_latent_decode(Table& table, const Tokens& tokens, const Attention& a, double count) {
  const LatentAttention& latent = *a.latent;
  const double heads = as_double(a.heads);
  const double rank = as_double(latent.kv_rank);
  const double rope = as_double(latent.rope_head_dim);
  const double seen = keys_seen(tokens, bound_of(a));
  table.linear("attention.k_absorb", tokens.batch, as_double(latent.nope_head_dim), rank, count, heads);
  table.attention("attention.scores", heads, seen, rank + rope, tokens.batch, count, (heads + seen) * (rank + rope));
  table.other(OperatorKind::kSoftmax, "attention.softmax", heads * tokens.batch, seen, kSoftmaxOps, count, 0);
  table.attention("attention.values", heads, rank, seen, tokens.batch, count, heads * rank);
  table.linear("attention.v_absorb", tokens.batch, rank, as_double(latent.value_head_dim), count, heads);
}

void add_latent(Table& table, const Tokens& tokens, const Attention& a, double hidden, double count) {
  const LatentAttention& latent = *a.latent;
  const double heads = as_double(a.heads);
  const double nope = as_double(latent.nope_head_dim);
  const double rope = as_double(latent.rope_head_dim);
  const double rank = as_double(latent.kv_rank);
  const double value_dim = as_double(latent.value_head_dim);
  const double q_rank = as_double(latent.q_rank);
  if (q_rank > 0) table.linear("attention.q_a_proj", tokens.all(), hidden, q_rank, count);
  table.linear(q_rank > 0 ? "attention.q_b_proj" : "attention.q_proj", tokens.all(), q_rank > 0 ? q_rank : hidden,
               heads * (nope + rope), count);
  table.linear("attention.kv_a_proj", tokens.all(), hidden, rank + rope, count);
  if (tokens.decode) {
    add_latent_decode(table, tokens, a, count);
  } else {
    Attention expanded = a;
    expanded.kv_heads = a.heads;
    table.linear("attention.kv_b_proj", tokens.all(), rank, heads * (nope + value_dim), count);
    add_core(table, tokens, expanded, count, nope + rope, value_dim);
  }
  table.linear("attention.o_proj", tokens.all(), heads * value_dim, hidden, count);
}

// The scores of all keys, one key head for all queries; their projections are the layer's own.
void add_selection(Table& table, const Tokens& tokens, const KeySelection& selection, double count) {
  const double rows = tokens.length * as_double(selection.heads);
  const double dim = as_double(selection.head_dim);
  const double seen = keys_seen(tokens, 0);
  table.attention("indexer.scores", rows, seen, dim, tokens.batch, count, (rows + tokens.keys) * dim);
}

void add_attention(Table& table, const Tokens& tokens, const Attention& a, double hidden, double count) {
  if (a.selection) add_selection(table, tokens, *a.selection, count);
  if (a.latent) return add_latent(table, tokens, a, hidden, count);
  const double key_dim = as_double(a.head_dim);
  const double value_dim = a.value_head_dim > 0 ? as_double(a.value_head_dim) : key_dim;
  const double query = as_double(a.heads) * key_dim * (a.output_gate ? 2 : 1);
  const double keys_values = as_double(a.kv_heads) * (key_dim + value_dim);
  table.linear("attention.qkv_proj", tokens.all(), hidden, query + keys_values, count);
  if (a.query_key_norm) {
    const double width = as_double(a.heads + a.kv_heads) * key_dim;
    table.other(OperatorKind::kNorm, "attention.qk_norm", tokens.all(), width, kRmsNormOps, count,
                2 * tokens.all() * width);
  }
  add_core(table, tokens, a, count, key_dim, value_dim);
  table.linear("attention.o_proj", tokens.all(), as_double(a.heads) * value_dim, hidden, count);
}

void add_cross_attention(Table& table, const Tokens& tokens, const Attention& a, double hidden, double memory_hidden,
                         double count) {
  const double dim = as_double(a.head_dim);
  Tokens looking = tokens;
  looking.causal = false;
  looking.keys = tokens.memory;
  table.linear("cross_attention.q_proj", tokens.all(), hidden, as_double(a.heads) * dim, count);
  if (!tokens.decode) {
    table.linear("cross_attention.kv_proj", tokens.batch * tokens.memory, memory_hidden,
                 2 * as_double(a.kv_heads) * dim, count);
  }
  add_core(table, looking, a, count, dim, dim);
  table.linear("cross_attention.o_proj", tokens.all(), as_double(a.heads) * dim, hidden, count);
}

void add_activation(Table& table, std::string_view name, double tokens, double width, bool gated, double count) {
  table.other(OperatorKind::kElementwise, name, tokens, width, kActivationOps + (gated ? 1 : 0), count,
              (gated ? 3 : 2) * tokens * width);
}

void add_dense(Table& table, std::string_view up, std::string_view act, std::string_view down, double tokens,
               double hidden, double width, bool gated, double count) {
  table.linear(up, tokens, hidden, gated ? 2 * width : width, count);
  add_activation(table, act, tokens, width, gated, count);
  table.linear(down, tokens, width, hidden, count);
}

void add_experts(Table& table, double tokens, const FeedForward& f, double hidden, double count) {
  const double experts = as_double(f.experts);
  const double per_token = std::min(as_double(f.experts_per_token), experts);
  const double width = as_double(f.expert_width);
  const double routed = tokens * per_token;
  const double hit = std::max(per_token, experts * -std::expm1(tokens * std::log1p(-per_token / experts)));
  const double used = std::isfinite(hit) ? hit : experts;  // log1p(-1) where every expert takes every token
  table.linear("router", tokens, hidden, experts, count);
  const double inside = f.expert_hidden > 0 ? as_double(f.expert_hidden) : hidden;
  if (f.expert_hidden > 0) {
    table.linear("experts.in_proj", tokens, hidden, inside, count);
    table.linear("experts.out_proj", tokens, inside, hidden, count);
  }
  table.linear("experts.up_proj", routed / used, inside, f.gated ? 2 * width : width, count, used);
  add_activation(table, "experts.activation", routed, width, f.gated, count);
  table.linear("experts.down_proj", routed / used, width, inside, count, used);
  if (f.shared_width > 0) {
    add_dense(table, "shared_expert.up_proj", "shared_expert.activation", "shared_expert.down_proj", tokens, hidden,
              as_double(f.shared_width), f.gated, count);
  }
  if (f.shared_gate) table.linear("shared_expert_gate", tokens, hidden, 1, count);
}

void add_group(Table& table, const Tokens& tokens, const LayerGroup& group, double hidden, double memory_hidden) {
  const double count = as_double(group.count);
  const double all = tokens.all();
  if (group.attention) add_attention(table, tokens, *group.attention, hidden, count);
  if (group.cross_attention) add_cross_attention(table, tokens, *group.cross_attention, hidden, memory_hidden, count);
  for (const Projection& p : group.projections) table.linear(p.name, all, as_double(p.in), as_double(p.out), count);
  if (group.state_elements > 0) {
    const double touched = tokens.decode ? 2 * tokens.batch * group.state_elements : 0;
    table.other(OperatorKind::kElementwise, "state", all, group.state_elements, kStateOps, count, touched);
  }
  if (group.ffn && group.ffn->width > 0) {
    add_dense(table, "ffn.up_proj", "ffn.activation", "ffn.down_proj", all, hidden, as_double(group.ffn->width),
              group.ffn->gated, count);
  }
  if (group.ffn && group.ffn->experts > 0) add_experts(table, all, *group.ffn, hidden, count);
  if (group.norms > 0) {
    const double ops = group.norm == NormKind::kRms ? kRmsNormOps : kLayerNormOps;
    table.other(OperatorKind::kNorm, "norm", all, hidden, ops, count * as_double(group.norms), 2 * all * hidden);
  }
  const double branches =
      (group.attention || !group.projections.empty() ? 1 : 0) + (group.cross_attention ? 1 : 0) + (group.ffn ? 1 : 0);
  table.other(OperatorKind::kElementwise, "residual", all, hidden, 1, count * branches, 3 * all * hidden);
}

Tokens tokens_of(const Stack& stack, const ProfileOptions& options, double memory) {
  Tokens tokens;
  tokens.batch = as_double(options.batch);
  tokens.keys = as_double(stack.fixed_tokens > 0 ? stack.fixed_tokens : options.sequence_length);
  tokens.decode = options.pass == Pass::kDecode;
  tokens.length = tokens.decode ? 1 : tokens.keys;
  tokens.memory = memory;
  tokens.causal = stack.causal;
  return tokens;
}

void add_stack(Table& table, const Stack& stack, const Tokens& tokens, double memory_hidden) {
  for (const Projection& p : stack.once) {
    table.linear(p.name, p.per_token * tokens.all(), as_double(p.in), as_double(p.out), 1);
  }
  for (const LayerGroup& group : stack.layers) {
    if (group.count > 0) add_group(table, tokens, group, as_double(stack.hidden), memory_hidden);
  }
  for (const TensorGroup& extra : stack.extras) {
    if (extra.name != "final_norm.weight") continue;
    table.other(OperatorKind::kNorm, "final_norm", tokens.all(), as_double(stack.hidden), kRmsNormOps, 1,
                2 * tokens.all() * as_double(stack.hidden));
  }
}

void add_head(Table& table, const Layout& layout, const Tokens& tokens, const ProfileOptions& options) {
  if (!layout.has_head) return;
  const bool last = options.logits == ProfileOptions::Logits::kLastToken;
  table.linear("logits", last ? tokens.batch : tokens.all(), as_double(layout.embedding_width), as_double(layout.vocab),
               1);
}

bool generates(const Layout& layout) {
  return !layout.stacks.empty() && layout.stacks.back().causal;
}

}  // namespace

std::vector<Operator> layout_operators(const Layout& layout, const ProfileOptions& options) {
  constexpr std::size_t kUsualRows = 32;
  Table table(options);
  table.reserve(options.pass == Pass::kTraining ? 3 * kUsualRows : kUsualRows);
  Tokens tokens;
  double memory_hidden = 0;
  for (std::size_t i = 0; i < layout.stacks.size(); ++i) {
    const Stack& stack = layout.stacks[i];
    tokens = tokens_of(stack, options, tokens.keys);
    // Generating a token runs the last stack only; the others have run once before.
    const bool runs = options.pass != Pass::kDecode || (i + 1 == layout.stacks.size() && generates(layout));
    table.enter(stack.name);
    if (layout.vocab > 0 && stack.fixed_tokens == 0 && runs) {
      const double width = as_double(layout.embedding_width);
      table.other(OperatorKind::kEmbedding, "embedding", tokens.all(), width, 0, 1, 2 * tokens.all() * width);
    }
    if (runs) add_stack(table, stack, tokens, memory_hidden);
    memory_hidden = as_double(stack.output > 0 ? stack.output : stack.hidden);
  }
  table.enter("head");
  if (options.pass != Pass::kDecode || generates(layout)) add_head(table, layout, tokens, options);
  return table.take();
}

std::vector<Operator> transformer_operators(const Transformer& transformer, const ProfileOptions& options) {
  return layout_operators(layout_of(transformer), options);
}

}  // namespace berth
