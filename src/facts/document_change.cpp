#include "facts/document_change.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "workload/words.hpp"

namespace berth {
namespace {

bool put(std::optional<bool>& to, const FactValue& value) {
  const auto* b = std::get_if<bool>(&value);
  if (b != nullptr) to = *b;
  return b != nullptr;
}
template <class Whole>
bool put_whole(std::optional<Whole>& to, const FactValue& value) {
  const auto* i = std::get_if<std::int64_t>(&value);
  if (i != nullptr) to = static_cast<Whole>(*i);
  return i != nullptr;
}
bool put(std::optional<std::int64_t>& to, const FactValue& value) {
  return put_whole(to, value);
}
bool put(std::optional<int>& to, const FactValue& value) {
  return put_whole(to, value);
}
bool put(std::optional<double>& to, const FactValue& value) {
  if (const auto* i = std::get_if<std::int64_t>(&value)) {
    to = static_cast<double>(*i);
    return true;
  }
  const auto* d = std::get_if<double>(&value);
  if (d != nullptr) to = *d;
  return d != nullptr;
}
template <class Tag>
bool put(std::optional<Quantity<Tag, double>>& to, const FactValue& value) {
  std::optional<double> number;
  if (!put(number, value)) return false;
  to = Quantity<Tag, double>(*number);
  return true;
}
bool put(std::optional<std::string>& to, const FactValue& value) {
  const auto* s = std::get_if<std::string>(&value);
  if (s != nullptr) to = *s;
  return s != nullptr;
}
bool put(std::vector<std::string>& to, const FactValue& value) {
  const auto* list = std::get_if<std::vector<std::string>>(&value);
  if (list != nullptr) to = *list;
  return list != nullptr;
}
bool put(std::optional<std::vector<std::string>>& to, const FactValue& value) {
  const auto* list = std::get_if<std::vector<std::string>>(&value);
  if (list != nullptr) to = *list;
  return list != nullptr;
}
template <class E, std::size_t N>
bool put_word(std::optional<E>& to, const FactValue& value, const std::array<Word<E>, N>& words) {
  const auto* s = std::get_if<std::string>(&value);
  if (s == nullptr) return false;
  for (const auto& [word, meaning] : words) {
    if (word != *s) continue;
    to = meaning;
    return true;
  }
  return false;
}
bool put(std::optional<Task>& to, const FactValue& value) {
  return put_word(to, value, kTasks);
}
bool put(std::optional<Checkpointing>& to, const FactValue& value) {
  return put_word(to, value, kCheckpointings);
}
bool put(std::optional<Objective>& to, const FactValue& value) {
  return put_word(to, value, kObjectives);
}
bool put(std::optional<DeviceClass>& to, const FactValue& value) {
  return put_word(to, value, kDeviceClasses);
}
bool put(std::optional<DType>& to, const FactValue& value) {
  return put_word(to, value, kDTypes);
}

// Null: the key goes.
template <class T>
bool change(T& to, const FactValue& value) {
  if (!std::holds_alternative<std::monostate>(value)) return put(to, value);
  to = T();
  return true;
}

Serving& serving(Workload& w) {
  if (!w.job.serving) w.job.serving.emplace();
  return *w.job.serving;
}
Edge& edge(Workload& w) {
  if (!w.environment.edge) w.environment.edge.emplace();
  return *w.environment.edge;
}

struct Key {
  std::string_view path;
  ReadBy read_by;
  bool (*change)(Workload& workload, const FactValue& value);
};

// @param place  finds the key in a workload
template <class Place>
constexpr Key key(std::string_view path, ReadBy reader, Place) {
  return {path, reader, [](Workload& w, const FactValue& value) { return change(Place()(w), value); }};
}

// Who reads a key: tests/unit/recommend/what_if_test.cpp holds this column against full runs.
constexpr std::array kKeys = {
    key(
        "model.framework", ReadBy::kEstimates, [](Workload& w) -> auto& { return w.traits.framework; }),
    key(
        "model.source_access", ReadBy::kRules, [](Workload& w) -> auto& { return w.traits.source_access; }),
    key(
        "model.custom_ops", ReadBy::kRules, [](Workload& w) -> auto& { return w.traits.custom_ops; }),
    key(
        "model.unsupported_tpu_ops", ReadBy::kRules, [](Workload& w) -> auto& { return w.traits.unsupported_tpu_ops; }),
    key(
        "model.needs_high_precision", ReadBy::kRules,
        [](Workload& w) -> auto& { return w.traits.needs_high_precision; }),
    key(
        "model.massively_parallel", ReadBy::kRules, [](Workload& w) -> auto& { return w.traits.massively_parallel; }),
    key(
        "job.task", ReadBy::kEstimates, [](Workload& w) -> auto& { return w.job.task; }),
    key(
        "job.interactive", ReadBy::kRules, [](Workload& w) -> auto& { return w.job.interactive; }),
    key(
        "job.synchronous", ReadBy::kRules, [](Workload& w) -> auto& { return w.job.synchronous; }),
    key(
        "job.precision", ReadBy::kEstimates, [](Workload& w) -> auto& { return w.job.precision; }),
    key(
        "job.optimizer", ReadBy::kEstimates, [](Workload& w) -> auto& { return w.job.optimizer; }),
    key(
        "job.micro_batch", ReadBy::kEstimates, [](Workload& w) -> auto& { return w.job.micro_batch; }),
    key(
        "job.gradient_accumulation", ReadBy::kEstimates,
        [](Workload& w) -> auto& { return w.job.gradient_accumulation; }),
    key(
        "job.global_batch", ReadBy::kEstimates, [](Workload& w) -> auto& { return w.job.global_batch; }),
    key(
        "job.sequence_length", ReadBy::kEstimates, [](Workload& w) -> auto& { return w.job.sequence_length; }),
    key(
        "job.packed", ReadBy::kEstimates, [](Workload& w) -> auto& { return w.job.packed; }),
    key(
        "job.trainer", ReadBy::kEstimates, [](Workload& w) -> auto& { return w.job.trainer; }),
    key(
        "job.master_weights", ReadBy::kEstimates, [](Workload& w) -> auto& { return w.job.master_weights; }),
    key(
        "job.fp8_recipe", ReadBy::kEstimates, [](Workload& w) -> auto& { return w.job.fp8_recipe; }),
    key(
        "job.activation_checkpointing", ReadBy::kEstimates,
        [](Workload& w) -> auto& { return w.job.activation_checkpointing; }),
    key(
        "job.quantization", ReadBy::kEstimates, [](Workload& w) -> auto& { return w.job.quantization; }),
    key(
        "job.compile", ReadBy::kEstimates, [](Workload& w) -> auto& { return w.job.compile; }),
    key(
        "job.parallelism.data", ReadBy::kEstimates, [](Workload& w) -> auto& { return w.job.parallelism.data; }),
    key(
        "job.parallelism.tensor", ReadBy::kEstimates, [](Workload& w) -> auto& { return w.job.parallelism.tensor; }),
    key(
        "job.parallelism.pipeline", ReadBy::kEstimates,
        [](Workload& w) -> auto& { return w.job.parallelism.pipeline; }),
    key(
        "job.parallelism.context", ReadBy::kEstimates, [](Workload& w) -> auto& { return w.job.parallelism.context; }),
    key(
        "job.parallelism.expert", ReadBy::kEstimates, [](Workload& w) -> auto& { return w.job.parallelism.expert; }),
    key(
        "job.parallelism.zero_stage", ReadBy::kEstimates,
        [](Workload& w) -> auto& { return w.job.parallelism.zero_stage; }),
    key(
        "job.epochs", ReadBy::kEstimates, [](Workload& w) -> auto& { return w.job.epochs; }),
    key(
        "job.steps", ReadBy::kEstimates, [](Workload& w) -> auto& { return w.job.steps; }),
    key(
        "job.trials", ReadBy::kEstimates, [](Workload& w) -> auto& { return w.job.trials; }),
    key(
        "job.serving.mode", ReadBy::kEstimates, [](Workload& w) -> auto& { return serving(w).mode; }),
    key(
        "job.serving.engine", ReadBy::kEstimates, [](Workload& w) -> auto& { return serving(w).engine; }),
    key(
        "job.serving.batch", ReadBy::kEstimates, [](Workload& w) -> auto& { return serving(w).batch; }),
    key(
        "job.serving.latency_p99_s", ReadBy::kRules, [](Workload& w) -> auto& { return serving(w).latency_p99; }),
    key(
        "job.serving.ttft_s", ReadBy::kRules, [](Workload& w) -> auto& { return serving(w).ttft; }),
    key(
        "job.serving.tpot_s", ReadBy::kRules, [](Workload& w) -> auto& { return serving(w).tpot; }),
    key(
        "job.serving.kv_precision", ReadBy::kEstimates, [](Workload& w) -> auto& { return serving(w).kv_precision; }),
    key(
        "job.serving.preprocessing_s", ReadBy::kEstimates,
        [](Workload& w) -> auto& { return serving(w).preprocessing; }),
    key(
        "environment.objective", ReadBy::kRules, [](Workload& w) -> auto& { return w.environment.objective; }),
    key(
        "environment.budget_usd", ReadBy::kRules, [](Workload& w) -> auto& { return w.environment.budget; }),
    key(
        "environment.deadline_s", ReadBy::kDeadline, [](Workload& w) -> auto& { return w.environment.deadline; }),
    key(
        "environment.clouds", ReadBy::kOffers, [](Workload& w) -> auto& { return w.environment.clouds; }),
    key(
        "environment.regions", ReadBy::kOffers, [](Workload& w) -> auto& { return w.environment.regions; }),
    key(
        "environment.accelerator", ReadBy::kOffers, [](Workload& w) -> auto& { return w.environment.accelerator; }),
    key(
        "environment.devices.allow", ReadBy::kOffers, [](Workload& w) -> auto& { return w.environment.allow_devices; }),
    key(
        "environment.devices.deny", ReadBy::kOffers, [](Workload& w) -> auto& { return w.environment.deny_devices; }),
    key(
        "environment.availability.survive_machine_loss", ReadBy::kRules,
        [](Workload& w) -> auto& { return w.environment.survive_machine_loss; }),
    key(
        "environment.availability.spot", ReadBy::kOffers, [](Workload& w) -> auto& { return w.environment.spot; }),
    key(
        "environment.edge.power_w", ReadBy::kOffers, [](Workload& w) -> auto& { return edge(w).power; }),
    key(
        "environment.edge.sample_rate_per_s", ReadBy::kOffers,
        [](Workload& w) -> auto& { return edge(w).sample_rate_per_s; }),
    key(
        "environment.edge.aggregate", ReadBy::kOffers, [](Workload& w) -> auto& { return edge(w).aggregate; }),
    key(
        "environment.edge.window_s", ReadBy::kOffers, [](Workload& w) -> auto& { return edge(w).window; }),
    key(
        "environment.edge.uplink_bits_per_s", ReadBy::kOffers,
        [](Workload& w) -> auto& { return edge(w).uplink_bits_per_s; }),
    key(
        "environment.edge.uplink_reliable", ReadBy::kOffers,
        [](Workload& w) -> auto& { return edge(w).uplink_reliable; }),
    key(
        "environment.edge.closed_loop_control", ReadBy::kOffers,
        [](Workload& w) -> auto& { return edge(w).closed_loop_control; }),
    key(
        "environment.edge.raw_data_needed_centrally", ReadBy::kOffers,
        [](Workload& w) -> auto& { return edge(w).raw_data_needed_centrally; }),
};

const Key* find_key(std::string_view path) {
  const auto* found = std::find_if(kKeys.begin(), kKeys.end(), [&](const Key& key) { return key.path == path; });
  return found != kKeys.end() ? found : nullptr;
}

}  // namespace

Status change_document(Workload& workload, std::string_view path, const FactValue& value) {
  const Key* key = find_key(path);
  if (key == nullptr || !key->change(workload, value)) {
    return fail(ErrorCode::kUnsupported, fmt::format("{} of the document can't be made {}", path, to_json(value)),
                "change it in the document");
  }
  std::erase_if(workload.given, [&](const GivenKey& given) { return given.path == path; });
  workload.given.push_back({std::string(path), 0, 0, std::holds_alternative<std::monostate>(value)});
  return {};
}

ReadBy read_by(std::string_view path) {
  const Key* key = find_key(path);
  return key != nullptr ? key->read_by : ReadBy::kEstimates;
}

bool is_changeable(std::string_view path) {
  return find_key(path) != nullptr;
}

}  // namespace berth
