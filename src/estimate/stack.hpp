// Software stacks, sorted into the few kinds that behave alike. The words come from job.trainer,
// job.serving.engine and model.framework; what each kind costs is in the calibration.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "berth/workload.hpp"

namespace berth::estimation {

// How a training step is run.
enum class Trainer : std::uint8_t {
  kFused,         // Megatron-Core, NeMo: fused kernels, flash attention, distributed optimizer
  kXla,           // JAX, TPUs and other compiled accelerators
  kFsdp,          // Composer, torchtitan: flash attention, otherwise eager PyTorch, FSDP
  kEager,         // LitGPT, torchtune: as kFsdp; full-weight loading
  kHuggingFace,   // transformers + DeepSpeed/accelerate, axolotl, TRL
  kMegatron2021,  // Megatron-LM/Megatron-DeepSpeed of 2020-22: attention scores in memory
  kTensorflow,    // TensorFlow 1 and 2
  kGeneric,       // PyTorch with nothing known: as kMegatron2021
};
// `assumed` is set when neither trainer nor framework says which.
Trainer trainer_of(const Workload& workload, DeviceClass device_class, std::string* assumed);

bool has_flash_attention(Trainer trainer);
// Logits stay in 16 bit and their gradient takes their place: fused cross-entropy kernels.
bool has_fused_loss(const std::optional<std::string>& trainer);
bool is_fused(Trainer trainer);  // element-wise work is fused and communication overlaps

// How a model that is no language model is run.
enum class Runtime : std::uint8_t { kTensorRt, kCompiled, kEager, kTorch2020, kTensorflow2020, kVulkan };
Runtime runtime_of(const std::optional<std::string>& engine, const std::optional<std::string>& framework,
                   const std::optional<bool>& compile);

// How a language model is served.
enum class Engine : std::uint8_t { kVllm, kTensorRtLlm, kSglang, kLlamaCpp, kEager, kUnknown };
Engine engine_of(const std::optional<std::string>& engine, const std::optional<std::string>& framework);

}  // namespace berth::estimation
