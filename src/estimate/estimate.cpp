#include "berth/estimate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "estimate/cost.hpp"
#include "estimate/kinds.hpp"

namespace berth {
namespace estimation {

MemoryEstimate memory_estimate(const Case& c, const Parts& parts, std::string_view width, Range range,
                               std::optional<double> floor_bytes) {
  MemoryEstimate out;
  out.per_device_bytes = around(parts.total(), width, c.context.calibration, range);
  if (floor_bytes) {
    const Interval floor = around(*floor_bytes, width, c.context.calibration, range);
    out.per_device_bytes.low = std::min(out.per_device_bytes.low, floor.low);
  }
  const std::pair<const char*, double> all[] = {{"weights", parts.weights},     {"gradients", parts.gradients},
                                                {"optimizer", parts.optimizer}, {"activations", parts.activations},
                                                {"logits", parts.logits},       {"kv_cache", parts.kv_cache},
                                                {"workspace", parts.workspace}, {"runtime", parts.runtime}};
  for (const auto& [name, bytes] : all) {
    if (bytes > 0) out.breakdown_bytes.emplace_back(name, bytes);
  }
  out.capacity = c.device.memory && c.device.memory->value() > 0 ? c.device.memory : std::nullopt;
  if (!out.capacity && c.device.device_class == DeviceClass::kCpu) {
    out.capacity = c.cluster.host_memory  ? c.cluster.host_memory
                   : c.machine != nullptr ? c.machine->memory
                                          : std::nullopt;
  }
  if (const auto capacity = usable_bytes(out, c.context.calibration)) {
    out.fits = out.per_device_bytes.high <= *capacity ? Fits::kYes
               : out.per_device_bytes.low > *capacity ? Fits::kNo
                                                      : Fits::kMarginal;
  }
  return out;
}

std::optional<double> usable_bytes(const MemoryEstimate& memory, const Calibration& calibration) {
  if (!memory.capacity) return std::nullopt;
  // Drivers keep a little of a device's nominal memory (an 80 GB A100 shows 79.2 GiB).
  return static_cast<double>(memory.capacity->value()) * calibration("memory.usable_share");
}

void add_basis(Estimate& out, const Case& c, std::string figure, std::string method, std::string interval, Range range,
               Notes notes) {
  Basis basis;
  basis.figure = std::move(figure);
  basis.method = std::move(method);
  basis.interval = std::move(interval);
  basis.calibration = c.context.calibration.id();
  basis.extrapolated = range == Range::kExtrapolated;
  basis.assumptions = std::move(notes);
  out.basis.push_back(std::move(basis));
}

std::string bottleneck(double compute, double memory, double network, double launch, double host) {
  const std::pair<double, const char*> parts[] = {
      {compute, "compute"}, {memory, "memory"}, {network, "network"}, {launch, "launch"}, {host, "host_input"}};
  const auto* largest = std::max_element(std::begin(parts), std::end(parts),
                                         [](const auto& a, const auto& b) { return a.first < b.first; });
  return largest->first > 0 ? largest->second : "";
}

namespace {

bool has_size(const Model& model) {
  return model.transformer || model.summary || model.trees || !model.operators.empty() || model.layout;
}

Result<Estimate> by_kind(const Case& c) {
  const Task task = *c.workload.job.task;
  const bool serves = task == Task::kServe;
  if (c.model.trees) {
    if (serves) return tree_serving(c);
    return fail(ErrorCode::kUnsupported, "the training of tree ensembles isn't estimated", "give job.time_on_cpu_s");
  }
  if (c.model.transformer) {
    const Shape shape = shape_of(c.model);
    if (!serves) return language_training(c, shape);
    if (c.model.transformer->kind != Transformer::Kind::kEncoder) return language_serving(c, shape);
  }
  return serves ? item_serving(c) : item_training(c);
}

bool sound(const std::optional<Interval>& x) {
  return !x || is_sound(*x);
}

Status check_sound(const Estimate& e) {
  bool ok = !e.memory || is_sound(e.memory->per_device_bytes);
  if (e.time) {
    const TimeEstimate& t = *e.time;
    for (const auto& x : {t.step_s, t.items_per_s, t.tokens_per_s, t.latency_s, t.ttft_s, t.tpot_s, t.job_s}) {
      ok = ok && sound(x);
    }
    ok = ok && (!t.mfu || std::isfinite(*t.mfu));
  }
  if (e.cost) ok = ok && sound(e.cost->job_usd) && sound(e.cost->usd_per_million_tokens);
  if (ok) return {};
  return fail(ErrorCode::kUnsupported, "the figures of this workload are beyond what can be estimated (not finite)",
              "check the sizes in the document");
}

}  // namespace
}  // namespace estimation

const char* to_string(Fits fits) {
  switch (fits) {
    case Fits::kYes: return "yes";
    case Fits::kMarginal: return "marginal";
    case Fits::kNo: return "no";
  }
  return "";
}

Result<Estimate> estimate(const Workload& workload, const Cluster& cluster, const Machine* machine,
                          const EstimateContext& context) {
  using namespace estimation;
  if (!workload.model || !has_size(*workload.model)) {
    return fail(ErrorCode::kIncomplete, "'model' has no sizes to estimate from",
                "give one of model.file, transformer, summary, operators or trees");
  }
  if (!workload.job.task)
    return fail(ErrorCode::kIncomplete, "'job.task' is not given", "give job.task: train, finetune, serve, …");
  if (cluster.devices_per_machine < 1 || cluster.machines < 1) {
    return fail(ErrorCode::kInvalid, "'cluster' has no devices", "give devices_per_machine and machines of at least 1");
  }
  const Result<const Device*> device = context.catalog.device(cluster.device);
  if (!device) return tl::unexpected(device.error());
  const Case c{workload, *workload.model, cluster, **device, machine, context};
  Result<Estimate> out = by_kind(c);
  if (!out) return out;
  out->name = workload.name;
  if (machine != nullptr) {
    Notes notes;
    const TimeEstimate none;
    out->cost = cost_of(workload, cluster, *machine, out->time ? *out->time : none, notes);
    if (out->cost) add_basis(*out, c, "cost", "list price", "", Range::kCalibrated, std::move(notes));
    if (out->cost) out->basis.back().calibration = "none";
  }
  if (Status status = check_sound(*out); !status) return tl::unexpected(status.error());
  return out;
}

}  // namespace berth
