// What must hold for every workload: more work never takes less, more devices never need more memory
// each, intervals are ordered and finite.
#include <cmath>

#include "estimate/interval.hpp"
#include "unit/estimate/fixture.hpp"

namespace berth::estimation {
namespace {

std::string training(const std::string& device, int batch, int devices, int zero, const std::string& trainer,
                     int experts) {
  const std::string moe =
      experts > 0 ? fmt::format(R"(, "experts": {}, "experts_per_token": 2, "expert_ffn": 1024)", experts) : "";
  return fmt::format(R"({{"schema": "berth/workload/v1",
    "model": {{"transformer": {{"kind": "decoder", "layers": 16, "hidden": 2048, "heads": 16, "ffn": 5632, "gated_ffn": true,
              "vocab": 32000{}}}}},
    "job": {{"task": "train", "precision": "bf16", "trainer": "{}", "micro_batch": {}, "sequence_length": 2048,
            "activation_checkpointing": "none", "optimizer": "adamw", "parallelism": {{"zero_stage": {}}}}},
    "cluster": {{"device": "{}", "devices_per_machine": {}, "machines": 1}}}})",
                     moe, trainer, batch, zero, device, devices);
}

const char* const kTrainers[] = {"megatron-core",    "torch-fsdp", "hf-trainer", "litgpt",
                                 "megatron-lm-2021", "keras",      "other"};

TEST(TrainingProperties, GrowWithTheBatch) {
  for (const char* trainer : kTrainers) {
    double memory = 0;
    double step = 0;
    for (const int batch : {1, 2, 4, 8, 16}) {
      const auto e = estimate_text_document(training("nvidia-a100-sxm-80gb", batch, 8, 1, trainer, 0));
      ASSERT_TRUE(e) << to_string(e.error());
      EXPECT_GT(e->memory->per_device_bytes.expected, memory) << trainer << batch;
      EXPECT_GE(e->time->step_s->expected, step) << trainer << batch;
      memory = e->memory->per_device_bytes.expected;
      step = e->time->step_s->expected;
    }
  }
}

TEST(TrainingProperties, NeedNoMoreMemoryEachWithMoreDevices) {
  for (const char* trainer : kTrainers) {
    for (const int zero : {1, 2, 3}) {
      double before = 1e30;
      for (const int devices : {2, 4, 8}) {
        const auto e = estimate_text_document(training("nvidia-h100-sxm", 1, devices, zero, trainer, 0));
        ASSERT_TRUE(e) << to_string(e.error());
        EXPECT_LE(e->memory->per_device_bytes.expected, before) << trainer << zero << devices;
        before = e->memory->per_device_bytes.expected;
      }
    }
  }
}

void expect_sound(const Estimate& e, const std::string& what) {
  if (e.memory) {
    EXPECT_TRUE(is_sound(e.memory->per_device_bytes)) << what;
  }
  if (!e.time) return;
  const TimeEstimate& t = *e.time;
  for (const auto& x : {t.step_s, t.items_per_s, t.tokens_per_s, t.latency_s, t.ttft_s, t.tpot_s, t.job_s}) {
    if (x) {
      EXPECT_TRUE(is_sound(*x)) << what;
    }
  }
}

TEST(AllDevices, AnswerSoundlyOrSayWhyNot) {
  for (const Device& device : knowledge().catalog.devices()) {
    const std::string documents[] = {
        training(device.id, 1, 1, 0, "hf-trainer", 8),
        fmt::format(
            R"({{"schema": "berth/workload/v1", "model": {{"summary": {{"family": "dense-cnn", "macs_per_item": 4e9}}}},
                    "job": {{"task": "serve"}}, "cluster": {{"device": "{}"}}}})",
            device.id),
        fmt::format(
            R"({{"schema": "berth/workload/v1", "model": {{"transformer": {{"kind": "decoder", "layers": 16, "hidden": 2048,
                    "heads": 16, "ffn": 5632, "vocab": 32000}}}}, "job": {{"task": "serve", "serving": {{"engine": "vllm",
                    "concurrency": 1000, "prompt_tokens": 1000, "output_tokens": 1000}}}}, "cluster": {{"device": "{}"}}}})",
            device.id)};
    for (const std::string& document : documents) {
      const auto e = estimate_text_document(document);
      if (e) {
        expect_sound(*e, device.id);
      } else {
        EXPECT_FALSE(e.error().message.empty());
        EXPECT_NE(e.error().code, ErrorCode::kInternal) << to_string(e.error());
      }
    }
  }
}

TEST(ExtremeSizes, NeverGiveNonFiniteFigures) {
  for (const char* macs : {"1", "1e18", "1e300"}) {
    const auto e = estimate_text_document(fmt::format(
        R"({{"schema": "berth/workload/v1", "model": {{"summary": {{"macs_per_item": {}, "parameters": 1e15}}}},
            "job": {{"task": "serve", "serving": {{"batch": 1000000}}}}, "cluster": {{"device": "nvidia-t4"}}}})",
        macs));
    if (e) expect_sound(*e, macs);
  }
}

}  // namespace
}  // namespace berth::estimation
