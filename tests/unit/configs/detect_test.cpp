#include "unit/configs/fixture.hpp"

namespace berth::test {
namespace {

struct Sample {
  const char* ecosystem;
  const char* text;
};

constexpr const char* kTorchrun = "torchrun pretrain_gpt.py --num-layers 2 --hidden-size 64 --seq-length 128 --bf16\n";

// The least that each format is recognised by, named so that the name says nothing.
const std::vector<Sample>& samples() {
  static const std::vector<Sample> kSamples = {
      {"axolotl", "base_model: a/b\nmicro_batch_size: 1\nsequence_len: 8\nadapter: lora\n"},
      {"llamafactory", "model_name_or_path: a/b\nstage: sft\nfinetuning_type: lora\ncutoff_len: 8\n"},
      {"llamafactory-v1", "model: a/b\ntrain_dataset: d.yaml\nmicro_batch_size: 1\n"},
      {"hf-trainer", "per_device_train_batch_size: 1\nlearning_rate: 1.0e-5\n"},
      {"torchtune", "model: {_component_: torchtune.models.llama3.llama3_8b}\noptimizer: {_component_: AdamW}\n"},
      {"litgpt", "checkpoint_dir: a\ntrain: {global_batch_size: 8}\n"},
      {"accelerate", "distributed_type: 'NO'\nmixed_precision: bf16\n"},
      {"accelerate", R"({"compute_environment": "LOCAL_MACHINE", "num_processes": 2, "num_machines": 1})"},
      {"deepspeed", R"({"zero_optimization": {"stage": 2}})"},
      {"deepspeed", R"({"train_batch_size": 8, "optimizer": {"type": "Adam"}, "fp16": {"enabled": true}})"},
      {"torchtitan", "[training]\nlocal_batch_size = 1\n[parallelism]\ntensor_parallel_degree = 2\n"},
      {"megatron", "MODEL_ARGS:\n  --num-layers: 2\n  --hidden-size: 64\n  --seq-length: 128\n"},
      {"megatron", kTorchrun},
      {"nemo", "trainer: {devices: 1}\nmodel: {optim: {name: adam}}\n"},
      {"maxtext", "base_config: base.yml\nrun_name: a\n"},
      {"levanter", "model: {type: gpt2}\ntrainer: {num_train_steps: 5}\n"},
      {"llmfoundry", "max_seq_len: 8\nmodel: {}\ntokenizer: {}\ntrain_loader: {}\noptimizer: {}\n"},
      {"gpt-neox", R"({"num-layers": 2, "hidden-size": 64, "seq-length": 8, "norm": "rmsnorm", # a comment
})"},
      {"nanotron", "parallelism: {dp: 1, tp: 1, pp: 1}\ntokens: {micro_batch_size: 1}\n"},
      {"verl", "actor_rollout_ref: {actor: {strategy: fsdp}}\n"},
      {"kubeflow", "apiVersion: kubeflow.org/v1\nkind: PyTorchJob\nspec: {}\n"},
      {"mpi-operator", "apiVersion: kubeflow.org/v2beta1\nkind: MPIJob\nspec: {}\n"},
      {"kubeflow-trainer", "apiVersion: trainer.kubeflow.org/v1alpha1\nkind: TrainJob\nspec: {}\n"},
      {"jobset", "apiVersion: jobset.x-k8s.io/v1alpha2\nkind: JobSet\nspec: {}\n"},
      {"tf-config", R"({"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 0}})"},
      {"ray", "apiVersion: ray.io/v1\nkind: RayJob\nspec: {}\n"},
      {"skypilot", "resources: {accelerators: A100:8}\nrun: |\n  python train.py\n"},
      {"dstack", "type: task\ncommands: [ls]\n"},
      {"keras", "strategy: TPUStrategy\nglobal_batch_size: 6\n"},
      {"berth", "schema: berth/workload/v1\njob: {task: train}\n"},
  };
  return kSamples;
}

TEST(Detection, KnowsEachFormatByItsContent) {
  for (const Sample& sample : samples()) {
    const Config config = read_one(sample.text);
    EXPECT_EQ(config.detection.answer(), sample.ecosystem) << sample.text << config.detection.why;
    EXPECT_FALSE(config.detection.evidence.empty()) << sample.ecosystem;
  }
}

TEST(Detection, DoesNotLookAtTheName) {
  for (const char* name : {"deepspeed.json", "axolotl.toml", "train.sh", "accelerate.yaml"}) {
    const std::string text = "base_model: a/b\nmicro_batch_size: 1\nsequence_len: 8\nadapter: lora\n";
    const Config config = read_one(text, name);
    // .toml and .sh say which syntax is tried; what doesn't read so is no config.
    if (std::string_view(name).ends_with(".yaml") || std::string_view(name).ends_with(".json")) {
      EXPECT_EQ(config.detection.answer(), "axolotl") << name;
    }
  }
}

TEST(Detection, TellsFragmentsTemplatesAndTheRest) {
  const std::vector<Sample> kinds = {
      {"fragment", "defaults:\n- base\n- _self_\n"},
      {"fragment", "_target_: verl.workers.config.FSDPActorConfig\nstrategy: fsdp\n"},
      {"fragment", "base_emb_dim: 8\nbase_num_decoder_layers: 2\nmlp_activations: [silu]\n"},
      {"template", "kind: {{ .Values.kind }}\n{{- if .Values.x }}\na: 1\n{{- end }}\n"},
      {"template", "{\"train_batch_size\": BATCH_SIZE,\n \"fp16\": {\"enabled\": true}}"},
      {"other", "name: ci\non: push\njobs: {}\n"},
      {"other", "- a\n- b\n"},
      {"other", "# nothing\n"},
      {"other", ""},
      {"other", "version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 3\n"},
      {"other", "apiVersion: v1\nkind: ConfigMap\ndata: {}\n"},
      {"other", "export_dir: out\nmodel_name_or_path: a\ntemplate: x\nexport_size: 5\n"},
      {"unparsable", "a: [1, 2\nb: 3\n"},
      {"unparsable", "a: *nowhere\n"},
      {"unparsable", "[a, b] c: d\n"},
  };
  for (const Sample& sample : kinds) {
    const Config config = read_one(sample.text);
    EXPECT_EQ(config.detection.answer(), sample.ecosystem) << sample.text;
    EXPECT_FALSE(config.detection.why.empty()) << sample.text;
  }
}

TEST(Detection, ReadsEveryDocumentOfAFile) {
  const std::vector<Config> all = read_all(
      "apiVersion: v1\nkind: ServiceAccount\n---\napiVersion: jobset.x-k8s.io/v1alpha2\nkind: JobSet\nspec: {}\n---\n# "
      "end\n");
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].detection.answer(), "other");
  EXPECT_EQ(all[1].detection.answer(), "jobset");
  EXPECT_EQ(all[1].document, 2);
}

TEST(Detection, PlacesWhatItCannotRead) {
  const Config config = read_one("a: 1\nb: [1, 2\n", "x.yaml");
  EXPECT_EQ(config.detection.span.file, "x.yaml");
  EXPECT_EQ(config.detection.span.line, 3);  // where the list should have ended
}

TEST(Formats, SayWhatTheyRead) {
  for (const ConfigFormat& format : shipped_formats().formats()) {
    EXPECT_FALSE(format.title.empty()) << format.id;
    EXPECT_FALSE(format.evidence.empty()) << format.id;
    EXPECT_EQ(format.read == "recognised", format.fields.empty()) << format.id;
  }
}

}  // namespace
}  // namespace berth::test
