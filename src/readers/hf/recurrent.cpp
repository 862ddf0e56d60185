#include "readers/hf/builders.hpp"

namespace berth {

// Gated delta net, the linear attention of Qwen3-Next (modeling_qwen3_next.py; arXiv:2412.06464).
void add_gated_delta_net(HfConfig& config, std::int64_t hidden, LayerGroup& layer) {
  const std::int64_t key_heads = config.need({"linear_num_key_heads"}, 16);
  const std::int64_t value_heads = config.need({"linear_num_value_heads"}, 32);
  const std::int64_t key_dim = config.need({"linear_key_head_dim"}, 128);
  const std::int64_t value_dim = config.need({"linear_value_head_dim"}, 128);
  const std::int64_t kernel = config.need({"linear_conv_kernel_dim"}, 4, kPatch);
  const std::int64_t keys = key_heads * key_dim;
  const std::int64_t values = value_heads * value_dim;
  layer.projections.push_back({"linear_attention.in_proj_qkvz", hidden, 2 * keys + 2 * values, false});
  layer.projections.push_back({"linear_attention.in_proj_ba", hidden, 2 * value_heads, false});
  layer.projections.push_back({"linear_attention.out_proj", values, hidden, false});
  layer.extras.push_back({"linear_attention.conv.weight", {2 * keys + values, kernel}, 1, 1});
  layer.extras.push_back({"linear_attention.dt_bias", {value_heads}, 1, 1});
  layer.extras.push_back({"linear_attention.A_log", {value_heads}, 1, 1});
  layer.extras.push_back({"linear_attention.norm.weight", {value_dim}, 1, 1});
  layer.state_elements = static_cast<double>(values) * static_cast<double>(key_dim);
}

// Kimi delta attention (arXiv:2510.26692; modeling_kimi_linear.py beside the weights): gated delta rule with
// a gate a channel. Gates are low-rank, of the head's width, unless the config says full rank.
void add_kimi_delta(HfConfig& config, std::int64_t hidden, LayerGroup& layer) {
  std::optional<HfConfig> linear = config.object("linear_attn_config");
  if (!linear) return;
  const std::int64_t heads = linear->need({"num_heads"}, 0);
  const std::int64_t dim = linear->need({"head_dim"}, 0);
  const std::int64_t kernel = linear->need({"short_conv_kernel_size"}, 4, kPatch);
  const bool full = linear->flag("use_full_rank_gate", false);
  config.absorb(*linear);
  const std::int64_t width = heads * dim;
  for (const char* name : {"linear_attention.q_proj", "linear_attention.k_proj", "linear_attention.v_proj"}) {
    layer.projections.push_back({name, hidden, width, false});
  }
  layer.projections.push_back({"linear_attention.f_a_proj", hidden, dim, false});
  layer.projections.push_back({"linear_attention.f_b_proj", dim, width, false});
  layer.projections.push_back({"linear_attention.b_proj", hidden, heads, false});
  if (full) {
    layer.projections.push_back({"linear_attention.g_proj", hidden, width, false});
  } else {
    layer.projections.push_back({"linear_attention.g_a_proj", hidden, dim, false});
    layer.projections.push_back({"linear_attention.g_b_proj", dim, width, true});
  }
  layer.projections.push_back({"linear_attention.o_proj", width, hidden, false});
  layer.extras.push_back({"linear_attention.conv.weight", {width, kernel}, 3, 3});
  layer.extras.push_back({"linear_attention.A_log", {heads}, 1, 1});
  layer.extras.push_back({"linear_attention.dt_bias", {width}, 1, 1});
  layer.extras.push_back({"linear_attention.norm.weight", {dim}, 1, 1});
  layer.state_elements = static_cast<double>(width) * static_cast<double>(dim);
}

// Mamba with Jamba's extra norms (modeling_jamba.py; arXiv:2312.00752).
void add_mamba(HfConfig& config, std::int64_t hidden, LayerGroup& layer) {
  const std::int64_t inner = config.need({"mamba_expand"}, 2, {1, 1000}) * hidden;
  const std::int64_t state = config.need({"mamba_d_state"}, 16);
  const std::int64_t kernel = config.need({"mamba_d_conv"}, 4, kPatch);
  const std::int64_t rank = config.find({"mamba_dt_rank"}, kWidth).value_or((hidden + 15) / 16);
  const bool bias = config.flag("mamba_proj_bias", false);
  layer.projections.push_back({"mamba.in_proj", hidden, 2 * inner, bias});
  layer.projections.push_back({"mamba.x_proj", inner, rank + 2 * state, false});
  layer.projections.push_back({"mamba.dt_proj", rank, inner, true});
  layer.projections.push_back({"mamba.out_proj", inner, hidden, bias});
  layer.extras.push_back({"mamba.conv.weight", {inner, kernel}, 1, 1});
  if (config.flag("mamba_conv_bias", true)) layer.extras.push_back({"mamba.conv.bias", {inner}, 1, 1});
  layer.extras.push_back({"mamba.A_log", {inner, state}, 1, 1});
  layer.extras.push_back({"mamba.D", {inner}, 1, 1});
  layer.extras.push_back({"mamba.dt_norm.weight", {rank}, 1, 1});
  layer.extras.push_back({"mamba.b_norm.weight", {state}, 1, 1});
  layer.extras.push_back({"mamba.c_norm.weight", {state}, 1, 1});
  layer.state_elements = static_cast<double>(inner) * static_cast<double>(state);
}

// Mamba-2 as Nemotron-H has it (modeling_nemotron_h.py beside the weights; arXiv:2405.21060).
void add_mamba2(HfConfig& config, std::int64_t hidden, LayerGroup& layer) {
  const std::int64_t heads = config.need({"mamba_num_heads"}, 0);
  const std::int64_t inner = heads * config.need({"mamba_head_dim"}, 0);
  const std::int64_t state = config.need({"ssm_state_size"}, 128);
  const std::int64_t groups = config.need({"n_groups"}, 8);
  const std::int64_t kernel = config.need({"conv_kernel"}, 4, kPatch);
  const std::int64_t convolved = inner + 2 * groups * state;
  const bool bias = config.flag("use_bias", false);
  layer.projections.push_back({"mamba.in_proj", hidden, inner + convolved + heads, bias});
  layer.projections.push_back({"mamba.out_proj", inner, hidden, bias});
  layer.extras.push_back({"mamba.conv.weight", {convolved, kernel}, 1, 1});
  if (config.flag("use_conv_bias", true)) layer.extras.push_back({"mamba.conv.bias", {convolved}, 1, 1});
  for (const char* name : {"mamba.dt_bias", "mamba.A_log", "mamba.D"}) layer.extras.push_back({name, {heads}, 1, 1});
  layer.extras.push_back({"mamba.norm.weight", {inner}, 1, 1});
  layer.state_elements = static_cast<double>(inner) * static_cast<double>(state);
}

}  // namespace berth
