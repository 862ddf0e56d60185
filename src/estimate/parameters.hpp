// The names of every fitted or empirical number that the estimate uses; their values, units and
// origins are in rules/catalog/calibration.json. docs/guide/estimates.md has the formulas.
#pragma once

#include <array>
#include <string_view>

namespace berth::estimation {

inline constexpr std::array kParameterNames = {
    // Latency on a measured host.
    "host.gemm_share", "host.conv_share", "host.half_m", "host.half_n", "host.half_k", "host.depthwise_share",
    "host.read_share", "host.cached_read_share", "host.large_copy_share", "host.cache_bytes",
    "host.elementwise_bandwidth", "host.elementwise_arithmetic", "host.norm_arithmetic", "host.softmax_arithmetic",
    "host.reduce_bandwidth", "host.reduce_arithmetic", "host.move_bandwidth", "host.power_s", "host.call_s",
    "host.share_s", "host.run_s", "width.host.low", "width.host.high",
    // Training time.
    "train.gemm_efficiency", "train.gemm_efficiency_decline", "train.gemm_efficiency_tpu", "train.fp8_gain",
    "train.fp4_gain", "train.attention_efficiency", "train.score_bytes", "train.elementwise_fused",
    "train.elementwise_eager", "train.elementwise_unfused", "train.elementwise_tensorflow", "train.launch_fused_s",
    "train.launch_fsdp_s", "train.launch_megatron_2021_s", "train.launch_hugging_face_s", "train.launch_tensorflow_s",
    "train.launch_expert_s", "train.tensor_exposed_fused", "train.tensor_exposed", "train.expert_exposed",
    "train.data_overlap", "train.expert_gemm_share", "train.dequantize_gptq_s", "train.dequantize_s",
    "train.optimizer_bytes", "train.optimizer_bytes_unfused", "train.gradient_bytes_deepspeed", "train.misaligned_cost",
    "train.step_constant_s", "train.norm", "train.masked_token_share",
    // Links.
    "link.efficiency", "link.network_efficiency", "link.network_share_of_scale_up", "link.network_floor_bytes_per_s",
    "link.alpha_s", "link.alpha_old_s",
    // Memory bandwidth that kernels reach.
    "memory.bandwidth_share",
    // Device memory that a program can get.
    "memory.usable_share",
    // Training memory.
    "train_memory.runtime_bytes", "train_memory.several_devices_bytes", "train_memory.deepspeed_bytes",
    "train_memory.hidden_buffers", "train_memory.gated_buffers", "train_memory.gated_buffers_xla",
    "train_memory.score_bytes", "train_memory.gradient_bytes_megatron", "train_memory.state_bytes_deepspeed",
    "train_memory.lora_state_bytes", "train_memory.saved_module_state_bytes", "train_memory.logit_bytes",
    "train_memory.fragmentation", "train_memory.working_layers", "train_memory.working_layers_xla",
    "train_memory.gathered_layers", "train_memory.load_share", "train_memory.load_shards",
    // Summary models (training memory).
    "summary_memory.activation_copies", "summary_memory.state_bytes", "summary_memory.runtime_bytes",
    "summary_memory.edge_runtime_bytes",
    // Serving.
    "serve.bandwidth_share", "serve.kv_bandwidth_share", "serve.expert_bandwidth_share", "serve.gemm_efficiency",
    "serve.fp8_gain", "serve.expert_gemm_share", "serve.attention_efficiency", "serve.layer_s", "serve.expert_layer_s",
    "serve.all_reduce_s", "serve.all_reduce_link_share", "serve.sequence_s", "serve.first_token_s", "serve.own_prefill",
    "serve.queue", "serve.queue_power_vllm", "serve.queue_power_tensorrt_llm", "serve.queue_power_sglang",
    "serve.memory_share", "serve.workspace_bytes", "serve.runtime_bytes", "serve.eager_layer_s",
    // One sequence at a time (llama.cpp).
    "decode.bandwidth_share", "decode.kernel_bytes_per_s", "decode.kernel_bytes_per_s_16bit", "decode.norm",
    "decode.kv_bandwidth_share", "decode.layer_s", "decode.device_s", "decode.head_bits_quantized",
    // Models known by a summary or an operator table.
    "vision.efficiency_gpu", "vision.efficiency_cpu", "vision.efficiency_dataflow", "vision.efficiency_edge_npu",
    "vision.efficiency_edge_tpu", "vision.efficiency_vulkan", "vision.efficiency_npu", "vision.efficiency_tpu",
    "vision.family_dense", "vision.family_grouped", "vision.family_concat", "vision.family_depthwise",
    "vision.family_large_kernel", "vision.family_vit", "vision.family_window", "vision.family_mlp",
    "vision.family_detector", "vision.family_segmentation", "vision.family_encoder", "vision.family_other",
    "vision.attention_on_edge", "vision.depthwise_on_edge", "vision.stack_tensorrt", "vision.stack_compiled",
    "vision.stack_eager", "vision.stack_channels_last", "vision.stack_torch_2020", "vision.stack_tensorflow_2020",
    "vision.traffic", "vision.traffic_compiled", "vision.traffic_tensorrt", "vision.launch_tensorrt_s",
    "vision.launch_compiled_s", "vision.launch_eager_s", "vision.launch_tensorflow_2020_s",
    "vision.launch_torch_2020_s", "vision.launch_vulkan_s", "vision.launch_cpu_s", "vision.launch_edge_s",
    "vision.saturation_flops", "vision.norm", "vision.train_compute", "vision.train_traffic", "vision.host_s",
    "vision.dataflow_weights", "vision.dataflow_swap_per_s", "vision.thread_knee", "vision.cpu_int8_gain",
    "vision.spill_share_of_host_link", "vision.fallback_bandwidth_bytes_per_s",
    // Tree ensembles.
    "trees.node_s", "trees.row_s",
    // Ends of the 80 % interval, as factors on the expected value.
    "width.train_time.low", "width.train_time.high", "width.train_memory.low", "width.train_memory.high",
    "width.serve_memory.low", "width.serve_memory.high", "width.decode.low", "width.decode.high", "width.tpot.low",
    "width.tpot.high", "width.ttft.low", "width.ttft.high", "width.vision.low", "width.vision.high",
    "width.vision_train.low", "width.vision_train.high", "width.vision_edge.low", "width.vision_edge.high",
    "width.trees.low", "width.trees.high", "width.extrapolated"};

}  // namespace berth::estimation
