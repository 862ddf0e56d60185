#include "estimate/memory_training.hpp"

#include "unit/estimate/fixture.hpp"

namespace berth::estimation {
namespace {

// Weights of round_transformer(): 125,829,120 linear, 1,024,000 in each embedding.
constexpr double kLinear = 125829120;
constexpr double kEmbedding = 1024000;

Calibration plain() {
  return calibration({{"train_memory.runtime_bytes", 1e9},
                      {"train_memory.several_devices_bytes", 5e8},
                      {"train_memory.hidden_buffers", 5},
                      {"train_memory.logit_bytes", 10}});
}

TrainingPlan one_device(const Device& device) {
  TrainingPlan p;
  p.device = &device;
  p.trainer = Trainer::kFused;
  p.sequence = 1024;
  return p;
}

TEST(TrainingMemory, CountsStateActivationsAndLogits) {
  const Device device = round_device();
  const Parts parts = training_memory(shape_of(round_transformer()), one_device(device), 1, plain());
  const double weights = kLinear + 2 * kEmbedding;
  EXPECT_DOUBLE_EQ(parts.weights, 2 * weights);
  EXPECT_DOUBLE_EQ(parts.gradients, 4 * weights);
  EXPECT_DOUBLE_EQ(parts.optimizer, 12 * weights);  // fp32 copy and two moments
  // Per token and layer: 2 * (5*1024 + 2*1024 + 2*1024 + 2*4096) = 34,816 bytes = 34 h.
  EXPECT_DOUBLE_EQ(parts.activations, 34816.0 * 1024 * 10);
  EXPECT_DOUBLE_EQ(parts.logits, 10.0 * 1024 * 1000);
  EXPECT_DOUBLE_EQ(parts.runtime, 1e9);
}

TEST(TrainingMemory, KeepsSixteenBitLogitsUnderAFusedLoss) {
  const Device device = round_device();
  TrainingPlan p = one_device(device);
  p.fused_loss = true;
  const Parts parts = training_memory(shape_of(round_transformer()), p, 1, plain());
  EXPECT_DOUBLE_EQ(parts.logits, 4.0 * 1024 * 1000);  // two bytes each for logits and gradient
}

TEST(TrainingMemory, HasNoGapsUnderXla) {
  const Device device = round_device();
  TrainingPlan p = one_device(device);
  p.trainer = Trainer::kXla;
  EXPECT_EQ(training_memory(shape_of(round_transformer()), p, 1, plain()).workspace, 0);
}

TEST(TrainingMemory, KeepsOnlyLayerInputsUnderFullCheckpointing) {
  const Device device = round_device();
  TrainingPlan p = one_device(device);
  p.checkpointing = Checkpointing::kFull;
  const Parts parts = training_memory(shape_of(round_transformer()), p, 1, plain());
  EXPECT_DOUBLE_EQ(parts.activations, 1024.0 * (2 * 1024 * 10 + 34816));  // inputs and one working layer
}

TEST(TrainingMemory, ShardsByZeroStage) {
  const Device device = round_device();
  const Shape shape = shape_of(round_transformer());
  TrainingPlan p = one_device(device);
  p.data = 8;
  const double weights = kLinear + 2 * kEmbedding;
  p.zero_stage = 1;
  EXPECT_DOUBLE_EQ(training_memory(shape, p, 8, plain()).optimizer, 12 * weights / 8);
  EXPECT_DOUBLE_EQ(training_memory(shape, p, 8, plain()).gradients, 4 * weights);
  p.zero_stage = 2;
  EXPECT_DOUBLE_EQ(training_memory(shape, p, 8, plain()).gradients, 4 * weights / 8);
  p.zero_stage = 3;
  const Parts parts = training_memory(shape, p, 8, plain());
  EXPECT_DOUBLE_EQ(parts.weights, 2 * weights / 8);
  EXPECT_DOUBLE_EQ(parts.workspace, 2 * kLinear / 10 + 2 * 2 * kEmbedding);  // one gathered layer, the embeddings
}

TEST(TrainingMemory, HoldsAsManyMicroBatchesAsStages) {
  const Device device = round_device();
  TrainingPlan p = one_device(device);
  p.pipeline = 2;
  p.accumulation = 8;
  const Parts parts = training_memory(shape_of(round_transformer()), p, 2, plain());
  EXPECT_DOUBLE_EQ(parts.activations, 34816.0 * 1024 * 5 * 2);  // 5 layers, 2 in flight
  EXPECT_EQ(parts.logits, 0);                                   // the last stage holds less
}

TEST(TrainingMemory, KeepsFrozenWeightsInTheirFormat) {
  const Device device = round_device();
  TrainingPlan p = one_device(device);
  p.trainer = Trainer::kHuggingFace;
  p.frozen = true;
  p.adapter_parameters = 1e6;
  p.quantization = "gptq";
  p.bits_per_weight = 4;
  const Calibration c = calibration({{"train_memory.lora_state_bytes", 16}, {"train_memory.deepspeed_bytes", 0}});
  const Parts parts = training_memory(shape_of(round_transformer()), p, 1, c);
  EXPECT_DOUBLE_EQ(parts.weights, kLinear / 2 + 2 * 2 * kEmbedding);
  EXPECT_DOUBLE_EQ(parts.gradients + parts.optimizer, 16e6);
}

TEST(StateBytes, FollowTheOptimizerAndHabit) {
  TrainingPlan p;
  p.trainer = Trainer::kFsdp;
  EXPECT_EQ(state_bytes(p, plain()).optimizer, 8);  // two fp32 moments; the weights are fp32 themselves
  p.optimizer = "sgd";
  EXPECT_EQ(state_bytes(p, plain()).optimizer, 0);
  p.optimizer = "adamw_8bit";
  EXPECT_EQ(state_bytes(p, plain()).optimizer, 2);
  p.optimizer = "adamw";
  p.master_weights = false;
  EXPECT_EQ(state_bytes(p, plain()).optimizer, 4);  // 16-bit moments
}

}  // namespace
}  // namespace berth::estimation
