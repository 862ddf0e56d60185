#include <cmath>

#include "core/fields.hpp"
#include "workload/sections.hpp"
#include "workload/words.hpp"

namespace berth {
namespace {

constexpr Range kMillions{1, 1e9};

Status read_parallelism(const Node& node, std::string_view file, Parallelism& out) {
  Fields fields(node, file, "job.parallelism");
  fields.read("data", out.data, kMillions);
  fields.read("tensor", out.tensor, kMillions);
  fields.read("pipeline", out.pipeline, kMillions);
  fields.read("context", out.context, kMillions);
  fields.read("expert", out.expert, kMillions);
  fields.read("interleave", out.interleave, kMillions);
  fields.read("zero_stage", out.zero_stage, Range{0, 3});
  fields.read("sequence", out.sequence);
  return fields.finish();
}

// target_modules is a list of names or one word such as "all-linear".
void read_names(Fields& fields, std::string_view key, std::vector<std::string>& out) {
  const Node* node = fields.child(key);
  if (node != nullptr && node->is(Node::Kind::kString)) {
    out = {node->as_string()};
  } else {
    fields.read(key, out);
  }
}

Status read_peft(const Node& node, std::string_view file, Peft& out) {
  Fields fields(node, file, "job.peft");
  fields.read("method", out.method);
  fields.read("rank", out.rank, Range{1, 65536});
  read_names(fields, "target_modules", out.target_modules);
  read_names(fields, "modules_to_save", out.modules_to_save);
  fields.read("trainable_parameters", out.trainable_parameters, kPositiveCount);
  if (fields.ok() && out.method.empty()) {
    fields.fail_at(node, "'job.peft' needs a method", "add method: lora, or leave job.peft out");
  }
  return fields.finish();
}

Status read_offload(const Node& node, std::string_view file, Offload& out) {
  Fields fields(node, file, "job.offload");
  fields.read_word("optimizer", out.optimizer, kOffloadTargets);
  fields.read_word("parameters", out.parameters, kOffloadTargets);
  fields.read_word("activations", out.activations, kOffloadTargets);
  return fields.finish();
}

Status read_dataset(const Node& node, std::string_view file, Dataset& out) {
  Fields fields(node, file, "job.dataset");
  fields.read("items", out.items, kPositive);
  fields.read("tokens", out.tokens, kPositive);
  fields.read("bytes", out.bytes);
  fields.read("location", out.location);
  return fields.finish();
}

Status read_serving(const Node& node, std::string_view file, Serving& out) {
  Fields fields(node, file, "job.serving");
  fields.read_word("mode", out.mode, kServingModes);
  fields.read("engine", out.engine);
  fields.read("batch", out.batch, kMillions);
  fields.read("requests_per_s", out.requests_per_s, kPositive);
  fields.read("concurrency", out.concurrency, kPositive);
  fields.read("prompt_tokens", out.prompt_tokens, kCount);
  fields.read("output_tokens", out.output_tokens, kCount);
  fields.read("latency_p99_s", out.latency_p99, kPositive);
  fields.read("ttft_s", out.ttft, kPositive);
  fields.read("tpot_s", out.tpot, kPositive);
  fields.read_word<DType>("kv_precision", out.kv_precision, kDTypes);
  fields.read("preprocessing_s", out.preprocessing);
  return fields.finish();
}

// Reads the object `key` with `read` into `out`; an absent key leaves `out` as it is.
template <class T>
void read_object(Fields& fields, std::string_view key, std::string_view file, T& out,
                 Status (*read)(const Node&, std::string_view, T&)) {
  const Node* node = fields.child(key);
  if (node == nullptr) return;
  if (Status status = read(*node, file, out); !status) fields.fail_with(status.error());
}

template <class T>
void read_object(Fields& fields, std::string_view key, std::string_view file, std::optional<T>& out,
                 Status (*read)(const Node&, std::string_view, T&)) {
  if (!fields.has_value(key)) return;
  T value;
  read_object(fields, key, file, value, read);
  if (fields.ok()) out = std::move(value);
}

}  // namespace

Status read_job_section(const Node& node, std::string_view file, Job& out) {
  Fields fields(node, file, "job");
  fields.read_word<Task>("task", out.task, kTasks);
  fields.read("interactive", out.interactive);
  fields.read("synchronous", out.synchronous);
  fields.read("packed", out.packed);
  fields.read("compile", out.compile);
  fields.read("master_weights", out.master_weights);
  fields.read("time_on_cpu_s", out.time_on_cpu, kPositive);
  fields.read_word<DType>("precision", out.precision, kDTypes);
  fields.read("optimizer", out.optimizer);
  fields.read("trainer", out.trainer);
  fields.read_word("fp8_recipe", out.fp8_recipe, kFp8Recipes);
  fields.read("quantization", out.quantization);
  fields.read("micro_batch", out.micro_batch, kMillions);
  fields.read("gradient_accumulation", out.gradient_accumulation, kMillions);
  fields.read("global_batch", out.global_batch, kMillions);
  fields.read("sequence_length", out.sequence_length, kMillions);
  fields.read("mean_length", out.mean_length, kPositive);
  fields.read("epochs", out.epochs, kPositive);
  fields.read("steps", out.steps, kPositiveCount);
  fields.read("trials", out.trials, kMillions);
  fields.read_word<Checkpointing>("activation_checkpointing", out.activation_checkpointing, kCheckpointings);
  read_object(fields, "peft", file, out.peft, read_peft);
  read_object(fields, "parallelism", file, out.parallelism, read_parallelism);
  read_object(fields, "offload", file, out.offload, read_offload);
  read_object(fields, "dataset", file, out.dataset, read_dataset);
  read_object(fields, "serving", file, out.serving, read_serving);
  if (fields.ok() && out.mean_length && out.sequence_length &&
      *out.mean_length > static_cast<double>(*out.sequence_length)) {
    fields.fail_at(*node.find("mean_length"), "'job.mean_length' is longer than 'job.sequence_length'",
                   "mean_length counts the real tokens of a sequence");
  }
  return fields.finish();
}

}  // namespace berth
