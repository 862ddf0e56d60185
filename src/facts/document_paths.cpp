#include "facts/document_paths.hpp"

#include <array>

namespace berth {
namespace {

using Value = std::optional<FactValue>;

template <class T>
Value fact(const std::optional<T>& value) {
  return value ? Value(FactValue(*value)) : std::nullopt;
}
Value fact(const std::optional<int>& value) {
  return value ? Value(FactValue(static_cast<std::int64_t>(*value))) : std::nullopt;
}
// A quantity in base units.
template <class T>
Value number(const std::optional<T>& value) {
  return value ? Value(FactValue(value->value())) : std::nullopt;
}
template <class T>
Value word(const std::optional<T>& value) {
  return value ? Value(FactValue(std::string(to_string(*value)))) : std::nullopt;
}
Value text(const std::string& value) {
  return value.empty() ? std::nullopt : Value(FactValue(value));
}
Value names(const std::vector<std::string>& value) {
  return value.empty() ? std::nullopt : Value(FactValue(value));
}

constexpr std::array kFacts = {
    DocumentFact{"model.framework", [](const Workload& w) -> Value { return fact(w.traits.framework); }},
    DocumentFact{"model.source_access", [](const Workload& w) -> Value { return fact(w.traits.source_access); }},
    DocumentFact{"model.custom_ops", [](const Workload& w) -> Value { return fact(w.traits.custom_ops); }},
    DocumentFact{"model.unsupported_tpu_ops",
                 [](const Workload& w) -> Value { return fact(w.traits.unsupported_tpu_ops); }},
    DocumentFact{"model.needs_high_precision",
                 [](const Workload& w) -> Value { return fact(w.traits.needs_high_precision); }},
    DocumentFact{"model.massively_parallel",
                 [](const Workload& w) -> Value { return fact(w.traits.massively_parallel); }},
    DocumentFact{"job.task", [](const Workload& w) -> Value { return word(w.job.task); }},
    DocumentFact{"job.interactive", [](const Workload& w) -> Value { return fact(w.job.interactive); }},
    DocumentFact{"job.synchronous", [](const Workload& w) -> Value { return fact(w.job.synchronous); }},
    DocumentFact{"job.time_on_cpu_s", [](const Workload& w) -> Value { return number(w.job.time_on_cpu); }},
    DocumentFact{"job.precision", [](const Workload& w) -> Value { return word(w.job.precision); }},
    DocumentFact{"job.optimizer", [](const Workload& w) -> Value { return fact(w.job.optimizer); }},
    DocumentFact{"job.micro_batch", [](const Workload& w) -> Value { return fact(w.job.micro_batch); }},
    DocumentFact{"job.gradient_accumulation",
                 [](const Workload& w) -> Value { return fact(w.job.gradient_accumulation); }},
    DocumentFact{"job.global_batch", [](const Workload& w) -> Value { return fact(w.job.global_batch); }},
    DocumentFact{"job.sequence_length", [](const Workload& w) -> Value { return fact(w.job.sequence_length); }},
    DocumentFact{"job.packed", [](const Workload& w) -> Value { return fact(w.job.packed); }},
    DocumentFact{"job.mean_length", [](const Workload& w) -> Value { return fact(w.job.mean_length); }},
    DocumentFact{"job.trainer", [](const Workload& w) -> Value { return fact(w.job.trainer); }},
    DocumentFact{"job.master_weights", [](const Workload& w) -> Value { return fact(w.job.master_weights); }},
    DocumentFact{"job.fp8_recipe", [](const Workload& w) -> Value { return fact(w.job.fp8_recipe); }},
    DocumentFact{"job.activation_checkpointing",
                 [](const Workload& w) -> Value { return word(w.job.activation_checkpointing); }},
    DocumentFact{"job.quantization", [](const Workload& w) -> Value { return fact(w.job.quantization); }},
    DocumentFact{"job.compile", [](const Workload& w) -> Value { return fact(w.job.compile); }},
    DocumentFact{"job.epochs", [](const Workload& w) -> Value { return fact(w.job.epochs); }},
    DocumentFact{"job.steps", [](const Workload& w) -> Value { return fact(w.job.steps); }},
    DocumentFact{"job.trials", [](const Workload& w) -> Value { return fact(w.job.trials); }, true},
    DocumentFact{"job.peft.method",
                 [](const Workload& w) -> Value { return w.job.peft ? text(w.job.peft->method) : std::nullopt; }},
    DocumentFact{"job.peft.rank",
                 [](const Workload& w) -> Value { return w.job.peft ? fact(w.job.peft->rank) : std::nullopt; }},
    DocumentFact{"job.parallelism.data", [](const Workload& w) -> Value { return fact(w.job.parallelism.data); }},
    DocumentFact{"job.parallelism.tensor", [](const Workload& w) -> Value { return fact(w.job.parallelism.tensor); }},
    DocumentFact{"job.parallelism.pipeline",
                 [](const Workload& w) -> Value { return fact(w.job.parallelism.pipeline); }},
    DocumentFact{"job.parallelism.context", [](const Workload& w) -> Value { return fact(w.job.parallelism.context); }},
    DocumentFact{"job.parallelism.expert", [](const Workload& w) -> Value { return fact(w.job.parallelism.expert); }},
    DocumentFact{"job.parallelism.zero_stage",
                 [](const Workload& w) -> Value { return fact(w.job.parallelism.zero_stage); }},
    DocumentFact{"job.dataset.items", [](const Workload& w) -> Value { return fact(w.job.dataset.items); }},
    DocumentFact{"job.dataset.tokens", [](const Workload& w) -> Value { return fact(w.job.dataset.tokens); }},
    DocumentFact{"job.dataset.location", [](const Workload& w) -> Value { return fact(w.job.dataset.location); }},
    DocumentFact{"job.dataset.bytes", [](const Workload& w) -> Value { return number(w.job.dataset.bytes); }},
    DocumentFact{"job.serving.mode",
                 [](const Workload& w) -> Value { return w.job.serving ? fact(w.job.serving->mode) : std::nullopt; }},
    DocumentFact{"job.serving.engine",
                 [](const Workload& w) -> Value { return w.job.serving ? fact(w.job.serving->engine) : std::nullopt; }},
    DocumentFact{"job.serving.batch",
                 [](const Workload& w) -> Value { return w.job.serving ? fact(w.job.serving->batch) : std::nullopt; }},
    DocumentFact{
        "job.serving.requests_per_s",
        [](const Workload& w) -> Value { return w.job.serving ? fact(w.job.serving->requests_per_s) : std::nullopt; }},
    DocumentFact{
        "job.serving.concurrency",
        [](const Workload& w) -> Value { return w.job.serving ? fact(w.job.serving->concurrency) : std::nullopt; }},
    DocumentFact{
        "job.serving.prompt_tokens",
        [](const Workload& w) -> Value { return w.job.serving ? fact(w.job.serving->prompt_tokens) : std::nullopt; }},
    DocumentFact{
        "job.serving.output_tokens",
        [](const Workload& w) -> Value { return w.job.serving ? fact(w.job.serving->output_tokens) : std::nullopt; }},
    DocumentFact{
        "job.serving.latency_p99_s",
        [](const Workload& w) -> Value { return w.job.serving ? number(w.job.serving->latency_p99) : std::nullopt; }},
    DocumentFact{"job.serving.ttft_s",
                 [](const Workload& w) -> Value { return w.job.serving ? number(w.job.serving->ttft) : std::nullopt; },
                 true},
    DocumentFact{"job.serving.tpot_s",
                 [](const Workload& w) -> Value { return w.job.serving ? number(w.job.serving->tpot) : std::nullopt; },
                 true},
    DocumentFact{
        "job.serving.kv_precision",
        [](const Workload& w) -> Value { return w.job.serving ? word(w.job.serving->kv_precision) : std::nullopt; }},
    DocumentFact{
        "job.serving.preprocessing_s",
        [](const Workload& w) -> Value { return w.job.serving ? number(w.job.serving->preprocessing) : std::nullopt; }},
    DocumentFact{"environment.objective", [](const Workload& w) -> Value { return word(w.environment.objective); }},
    DocumentFact{"environment.budget_usd", [](const Workload& w) -> Value { return number(w.environment.budget); },
                 true},
    DocumentFact{"environment.deadline_s", [](const Workload& w) -> Value { return number(w.environment.deadline); },
                 true},
    DocumentFact{"environment.clouds", [](const Workload& w) -> Value { return names(w.environment.clouds); }, true},
    DocumentFact{"environment.regions", [](const Workload& w) -> Value { return names(w.environment.regions); }, true},
    DocumentFact{"environment.accelerator", [](const Workload& w) -> Value { return word(w.environment.accelerator); },
                 true},
    DocumentFact{"environment.devices.allow",
                 [](const Workload& w) -> Value { return names(w.environment.allow_devices); }, true},
    DocumentFact{"environment.devices.deny",
                 [](const Workload& w) -> Value { return names(w.environment.deny_devices); }, true},
    DocumentFact{"environment.availability.survive_machine_loss",
                 [](const Workload& w) -> Value { return fact(w.environment.survive_machine_loss); }, true},
    DocumentFact{"environment.availability.spot", [](const Workload& w) -> Value { return fact(w.environment.spot); }},
    DocumentFact{"environment.edge.devices",
                 [](const Workload& w)
                     -> Value { return w.environment.edge ? names(w.environment.edge->devices) : std::nullopt; }},
    DocumentFact{"environment.edge.power_w",
                 [](const Workload& w)
                     -> Value { return w.environment.edge ? number(w.environment.edge->power) : std::nullopt; }},
    DocumentFact{"environment.edge.sensors",
                 [](const Workload& w)
                     -> Value { return w.environment.edge ? fact(w.environment.edge->sensors) : std::nullopt; }},
    DocumentFact{"environment.edge.measurements",
                 [](const Workload& w)
                     -> Value { return w.environment.edge ? fact(w.environment.edge->measurements) : std::nullopt; }},
    DocumentFact{
        "environment.edge.sample_rate_per_s",
        [](const Workload& w)
            -> Value { return w.environment.edge ? fact(w.environment.edge->sample_rate_per_s) : std::nullopt; }},
    DocumentFact{"environment.edge.sample_bytes",
                 [](const Workload& w)
                     -> Value { return w.environment.edge ? number(w.environment.edge->sample_bytes) : std::nullopt; }},
    DocumentFact{"environment.edge.aggregate",
                 [](const Workload& w)
                     -> Value { return w.environment.edge ? fact(w.environment.edge->aggregate) : std::nullopt; }},
    DocumentFact{"environment.edge.window_s",
                 [](const Workload& w)
                     -> Value { return w.environment.edge ? number(w.environment.edge->window) : std::nullopt; }},
    DocumentFact{
        "environment.edge.uplink_bits_per_s",
        [](const Workload& w)
            -> Value { return w.environment.edge ? fact(w.environment.edge->uplink_bits_per_s) : std::nullopt; }},
    DocumentFact{
        "environment.edge.uplink_reliable",
        [](const Workload& w)
            -> Value { return w.environment.edge ? fact(w.environment.edge->uplink_reliable) : std::nullopt; }},
    DocumentFact{
        "environment.edge.closed_loop_control",
        [](const Workload& w)
            -> Value { return w.environment.edge ? fact(w.environment.edge->closed_loop_control) : std::nullopt; }},
    DocumentFact{
        "environment.edge.raw_data_needed_centrally",
        [](const Workload& w)
            -> Value { return w.environment.edge ? fact(w.environment.edge->raw_data_needed_centrally) : std::nullopt; }},
    DocumentFact{"cluster.device",
                 [](const Workload& w) -> Value { return w.cluster ? text(w.cluster->device) : std::nullopt; }},
    DocumentFact{"cluster.devices_per_machine",
                 [](const Workload& w)
                     -> Value { return w.cluster ? Value(FactValue(w.cluster->devices_per_machine)) : std::nullopt; }},
    DocumentFact{
        "cluster.machines",
        [](const Workload& w) -> Value { return w.cluster ? Value(FactValue(w.cluster->machines)) : std::nullopt; }},
};

}  // namespace

std::span<const DocumentFact> document_facts() {
  return kFacts;
}

}  // namespace berth
