#include "estimate/stack.hpp"

#include <algorithm>
#include <cctype>
#include <initializer_list>

namespace berth::estimation {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

bool has(const std::string& text, std::initializer_list<const char*> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](const char* word) { return text.find(word) != std::string::npos; });
}

std::optional<Trainer> named_trainer(const std::string& name) {
  if (has(name, {"megatron-deepspeed", "megatron-lm"})) return Trainer::kMegatron2021;
  if (has(name, {"megatron", "nemo", "nvidia"})) return Trainer::kFused;
  if (has(name, {"maxtext", "pax", "jax", "levanter"})) return Trainer::kXla;
  if (has(name, {"composer", "fsdp", "torchtitan"})) return Trainer::kFsdp;
  if (has(name, {"tensorflow", "keras"})) return Trainer::kTensorflow;
  if (has(name, {"litgpt", "torchtune"})) return Trainer::kEager;
  if (has(name, {"transformers", "hf", "hugging", "deepspeed", "axolotl", "trl", "llama-factory", "llamafactory"})) {
    return Trainer::kHuggingFace;
  }
  return std::nullopt;
}

}  // namespace

Trainer trainer_of(const Workload& workload, DeviceClass device_class, std::string* assumed) {
  if (workload.job.trainer) {
    if (const auto named = named_trainer(lower(*workload.job.trainer))) return *named;
  }
  if (device_class == DeviceClass::kTpu || device_class == DeviceClass::kNpu) return Trainer::kXla;
  const std::string framework = lower(workload.traits.framework.value_or(""));
  if (framework == "jax") return Trainer::kXla;
  if (framework == "tensorflow") return Trainer::kTensorflow;
  if (assumed != nullptr) {
    *assumed = workload.job.trainer ? "job.trainer '" + *workload.job.trainer +
                                          "' isn't one that was calibrated: taken as PyTorch without fused kernels"
                                    : "job.trainer is not given: PyTorch without fused kernels is assumed";
  }
  return Trainer::kGeneric;
}

bool has_flash_attention(Trainer trainer) {
  return trainer != Trainer::kMegatron2021 && trainer != Trainer::kTensorflow && trainer != Trainer::kGeneric;
}

bool has_fused_loss(const std::optional<std::string>& trainer) {
  return trainer && has(lower(*trainer), {"composer", "foundry", "liger", "unsloth"});
}

bool is_fused(Trainer trainer) {
  return trainer == Trainer::kFused || trainer == Trainer::kXla || trainer == Trainer::kFsdp;
}

Runtime runtime_of(const std::optional<std::string>& engine, const std::optional<std::string>& framework,
                   const std::optional<bool>& compile) {
  const std::string name = lower(engine.value_or(framework.value_or("")));
  if (has(name, {"tensorrt"})) return Runtime::kTensorRt;
  if (has(name, {"vulkan"})) return Runtime::kVulkan;
  // Whole graphs, fused before they run.
  if (has(name, {"mxnet", "dynamo", "compile", "xla", "jax", "onnxruntime", "openvino", "tflite", "litert", "ncnn",
                 "coreml", "mnn", "iree", "tvm"}) ||
      compile.value_or(false)) {
    return Runtime::kCompiled;
  }
  if (has(name, {"tensorflow"})) return Runtime::kTensorflow2020;
  if (has(name, {"ngc"})) return Runtime::kTorch2020;
  return Runtime::kEager;
}

Engine engine_of(const std::optional<std::string>& engine, const std::optional<std::string>& framework) {
  const std::string name = lower(engine.value_or(framework.value_or("")));
  if (has(name, {"trtllm", "tensorrt", "trt-llm"})) return Engine::kTensorRtLlm;
  if (has(name, {"vllm"})) return Engine::kVllm;
  if (has(name, {"sglang"})) return Engine::kSglang;
  if (has(name, {"llama.cpp", "llamacpp", "ollama", "gguf"})) return Engine::kLlamaCpp;
  if (has(name, {"pytorch", "torch", "transformers"})) return Engine::kEager;
  return Engine::kUnknown;
}

}  // namespace berth::estimation
