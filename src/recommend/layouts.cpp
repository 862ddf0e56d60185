// The best layouts of a training job on a fixed cluster.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "berth/parallelism.hpp"
#include "facts/facts.hpp"
#include "recommend/layout_space.hpp"
#include "rules/brief.hpp"

namespace berth {
namespace {

// A layout as the search keeps it; the whole estimate is made again for those that are listed.
struct Point {
  Split split;
  std::int64_t micro_batch = 1, accumulation = 1, interleave = 1;
  Checkpointing checkpointing = Checkpointing::kNone;
  double step_s = 0, bytes = 0;
  Fits fits = Fits::kYes;
  double weight = 0;
  std::vector<std::string> verdicts;
};

class LayoutFinder {
 public:
  LayoutFinder(const Workload& workload, const RuleSet& rules, const EstimateContext& context,
               const LayoutOptions& options)
      : workload_(workload),
        rules_(rules),
        context_(context),
        options_(options),
        as_of_(options.as_of.empty() ? context.catalog.as_of() : options.as_of),
        scratch_(workload) {}

  Result<LayoutSearch> run() {
    if (Status status = prepare(); !status) return tl::unexpected<Error>(status.error());
    const Device& device = **context_.catalog.device(out_.cluster.device);
    const std::int64_t pod = device.max_pod.value_or(0);
    const SplitSpace space{*workload_.model->transformer,  workload_.job,
                           out_.cluster.devices(),         std::max(out_.cluster.devices_per_machine, pod),
                           *workload_.job.sequence_length, *workload_.job.global_batch};
    for (const Split& split : splits(space)) try_split(split);
    if (points_.empty()) {
      out_.why_not = nearest_error();
      return std::move(out_);
    }
    if (Status status = rank(); !status) return tl::unexpected<Error>(status.error());
    if (Status status = list(); !status) return tl::unexpected<Error>(status.error());
    explain();
    return std::move(out_);
  }

 private:
  Status prepare() {
    const Job& job = workload_.job;
    if (!workload_.model || !workload_.model->transformer)
      return fail(ErrorCode::kIncomplete, "'model' is no transformer", "layouts are searched for transformers only");
    if (!job.task) return fail(ErrorCode::kIncomplete, "'job.task' is not given", "give job.task: train or finetune");
    if (*job.task == Task::kServe)
      return fail(ErrorCode::kUnsupported, "'job.task' is serve: a plan is for training", "use berth recommend");
    if (!workload_.cluster)
      return fail(ErrorCode::kIncomplete, "'cluster' is not given",
                  "give cluster.device, devices_per_machine and machines, or --set cluster.device=nvidia-h100-sxm");
    if (!job.global_batch)
      return fail(ErrorCode::kIncomplete, "'job.global_batch' is not given", "give items per step");
    if (!job.sequence_length)
      return fail(ErrorCode::kIncomplete, "'job.sequence_length' is not given", "give the tokens per sequence");
    out_.name = workload_.name;
    out_.cluster = *workload_.cluster;
    if (const auto device = context_.catalog.device(out_.cluster.device); !device)
      return tl::unexpected<Error>(device.error());
    machine_ = cheapest_machine(workload_, out_.cluster, context_.catalog);
    if (machine_ != nullptr) out_.machine = machine_->id;
    policies_.emplace(rules_);
    if (Status status = add_document_facts(*policies_, workload_); !status) return status;
    if (Status status = add_model_facts(*policies_, workload_, nullptr); !status) return status;
    evaluate_briefly(rules_, *policies_, Scope::kWorkload, as_of_);
    most_micro_batch_ = std::llround(policy("policy.search_micro_batch").value_or(1));
    return {};
  }

  [[nodiscard]] std::optional<double> policy(std::string_view fact) const {
    const FactValue* value = policies_->get(fact);
    if (value == nullptr) return std::nullopt;
    if (const auto* d = std::get_if<double>(value)) return *d;
    if (const auto* i = std::get_if<std::int64_t>(value)) return static_cast<double>(*i);
    return std::nullopt;
  }

  void set_job(const Point& point) {
    Job& job = scratch_.job;
    job.parallelism.data = point.split.data;
    job.parallelism.tensor = point.split.tensor;
    job.parallelism.pipeline = point.split.pipeline;
    job.parallelism.context = point.split.context;
    job.parallelism.expert = point.split.expert;
    job.parallelism.zero_stage = point.split.zero_stage;
    job.parallelism.interleave = point.interleave;
    job.micro_batch = point.micro_batch;
    job.gradient_accumulation = point.accumulation;
    job.activation_checkpointing = point.checkpointing;
  }

  // Fills in time and memory. False: no figure, or it doesn't fit.
  bool judge(Point& point) {
    set_job(point);
    ++out_.estimated;
    const Result<Estimate> estimate = berth::estimate(scratch_, out_.cluster, nullptr, context_);
    if (!estimate) {
      if (!error_) error_ = estimate.error();
      return false;
    }
    if (!estimate->time || !estimate->time->step_s) return false;
    point.step_s = estimate->time->step_s->expected;
    if (!estimate->memory) return true;
    point.bytes = estimate->memory->per_device_bytes.expected;
    point.fits = estimate->memory->fits.value_or(Fits::kYes);
    if (point.fits != Fits::kNo) return true;
    if (!least_ || point.bytes < least_->bytes) least_ = point;
    if (estimate->memory->capacity) capacity_ = static_cast<double>(estimate->memory->capacity->value());
    return false;
  }

  // Recomputation costs time and saves memory, so the first way that surely fits is the best for a split and a
  // micro-batch; one that may fit is kept only where none surely does.
  std::optional<Point> with_checkpointing(Point point) {
    std::optional<Point> marginal;
    const auto given = workload_.job.activation_checkpointing;
    for (const auto way : {Checkpointing::kNone, Checkpointing::kSelective, Checkpointing::kFull}) {
      if (given && way != *given) continue;
      point.checkpointing = way;
      if (!judge(point)) continue;
      if (point.fits == Fits::kYes) return point;
      if (!marginal) marginal = point;
    }
    return marginal;
  }

  void try_split(const Split& split) {
    const std::int64_t share = *workload_.job.global_batch / split.data;
    std::optional<Point> best;
    int worse = 0;
    for (std::int64_t batch = 1; batch <= std::min(share, most_micro_batch_); batch *= 2) {
      if (workload_.job.micro_batch) batch = *workload_.job.micro_batch;
      if (share % batch != 0) break;
      ++out_.enumerated;
      Point point;
      point.split = split;
      point.micro_batch = batch;
      point.accumulation = share / batch;
      point.interleave = workload_.job.parallelism.interleave.value_or(1);
      const std::optional<Point> found = with_checkpointing(point);
      if (!found) break;  // a larger micro-batch holds more
      const bool better = !best || (found->fits == Fits::kYes) > (best->fits == Fits::kYes) ||
                          (found->fits == best->fits && found->step_s < best->step_s);
      if (better) best = found;
      worse = better ? 0 : worse + 1;
      if (worse == 2 || workload_.job.micro_batch) break;
    }
    if (!best) return;
    interleaved(*best);
    ++out_.fitting;
    points_.push_back(std::move(*best));
  }

  // Stages cut into pieces: less idle time, somewhat more activations. Needs micro-batches in whole rounds.
  void interleaved(Point& best) {
    if (best.split.pipeline == 1 || workload_.job.parallelism.interleave) return;
    if (best.accumulation % best.split.pipeline != 0) return;
    const std::int64_t layers = (workload_.model->transformer->layers + best.split.pipeline - 1) / best.split.pipeline;
    for (const std::int64_t pieces : small_divisors(layers, layers)) {
      if (pieces == 1) continue;
      Point point = best;
      point.interleave = pieces;
      if (judge(point) && point.fits <= best.fits && point.step_s < best.step_s) best = point;
    }
  }

  // By time; those within the margin by what the layout rules say, then by memory.
  Status rank() {
    const bool any_sure =
        std::any_of(points_.begin(), points_.end(), [](const Point& point) { return point.fits == Fits::kYes; });
    if (any_sure) std::erase_if(points_, [](const Point& point) { return point.fits != Fits::kYes; });
    std::stable_sort(points_.begin(), points_.end(),
                     [](const Point& a, const Point& b) { return a.step_s < b.step_s; });
    const double limit = points_.front().step_s * (1 + policy("policy.layout_tie_margin").value_or(0));
    const auto end =
        std::find_if(points_.begin(), points_.end(), [&](const Point& point) { return point.step_s > limit; });
    tied_ = static_cast<std::size_t>(end - points_.begin());
    for (auto at = points_.begin(); at != end; ++at) {
      if (Status status = weigh(*at); !status) return status;
    }
    std::stable_sort(points_.begin(), end, [](const Point& a, const Point& b) {
      return a.weight != b.weight ? a.weight > b.weight : a.step_s < b.step_s;
    });
    return {};
  }

  Status weigh(Point& point) {
    FactSheet sheet = *policies_;
    set_job(point);
    LayoutFacts facts;
    facts.job = &scratch_.job;
    facts.cluster = &out_.cluster;
    if (capacity_ > 0 || point.bytes > 0) facts.memory_bytes = point.bytes;
    facts.device = *context_.catalog.device(out_.cluster.device);
    if (Status status = add_layout_facts(sheet, facts); !status) return status;
    for (const RuleOutcome& outcome : evaluate_briefly(rules_, sheet, Scope::kCandidate, as_of_).outcomes) {
      const Rule& rule = *outcome.rule;
      if (outcome.verdict != Verdict::kFired || rule.dimension != "layout") continue;
      point.weight += rule.effect == Effect::kVeto ? -1000 : rule.weight;
      point.verdicts.push_back(rule.id);
    }
    return {};
  }

  Status list() {
    const std::size_t most = std::min(points_.size(), static_cast<std::size_t>(options_.top));
    for (std::size_t i = 0; i < most; ++i) {
      const Point& point = points_[i];
      set_job(point);
      Result<Estimate> estimate = berth::estimate(scratch_, out_.cluster, machine_, context_);
      if (!estimate) return tl::unexpected<Error>(estimate.error());
      LayoutChoice choice;
      choice.parallelism = scratch_.job.parallelism;
      choice.micro_batch = point.micro_batch;
      choice.gradient_accumulation = point.accumulation;
      choice.checkpointing = point.checkpointing;
      choice.estimate = std::move(*estimate);
      choice.rules_weight = point.weight;
      choice.verdicts = point.verdicts;
      choice.lost_step_s = point.step_s - points_.front().step_s;
      choice.lost_bytes = point.bytes - points_.front().bytes;
      if (i > 0) choice.differs = differences(point, points_.front());
      out_.layouts.push_back(std::move(choice));
    }
    return {};
  }

  static std::vector<std::string> differences(const Point& a, const Point& b) {
    std::vector<std::string> out;
    const auto compare = [&](const char* name, std::int64_t mine, std::int64_t best) {
      if (mine != best) out.push_back(fmt::format("{} {} instead of {}", name, mine, best));
    };
    compare("data", a.split.data, b.split.data);
    compare("tensor", a.split.tensor, b.split.tensor);
    compare("pipeline", a.split.pipeline, b.split.pipeline);
    compare("context", a.split.context, b.split.context);
    compare("expert", a.split.expert, b.split.expert);
    compare("zero_stage", a.split.zero_stage, b.split.zero_stage);
    compare("interleave", a.interleave, b.interleave);
    compare("micro_batch", a.micro_batch, b.micro_batch);
    if (a.checkpointing != b.checkpointing)
      out.push_back(
          fmt::format("{} checkpointing instead of {}", to_string(a.checkpointing), to_string(b.checkpointing)));
    return out;
  }

  // What another degree of each kind would cost: the best layout that has it.
  void explain() {
    out_.reasons.push_back(fmt::format("{} splits and micro-batches divide model, batch and cluster; {} splits fit",
                                       out_.enumerated, out_.fitting));
    if (tied_ > 1)
      out_.reasons.push_back(
          fmt::format("{} layouts are within the margin of the fastest: the layout rules, then time "
                      "tell them apart",
                      tied_));
    const auto alternatives = [&](const char* name, auto degree) {
      const std::int64_t mine = degree(points_.front());
      for (const std::int64_t other : {mine / 2, mine * 2}) {
        if (other < 1) continue;
        const auto found = std::find_if(points_.begin() + 1, points_.end(),
                                        [&](const Point& point) { return degree(point) == other; });
        if (found == points_.end()) continue;
        const double lost = found->step_s / points_.front().step_s - 1;
        out_.reasons.push_back(fmt::format("{} {} instead of {}: at best {:+.1f} % a step, {:+.1f} GiB a device", name,
                                           other, mine, 100 * lost,
                                           (found->bytes - points_.front().bytes) / 1073741824.0));
      }
    };
    alternatives("tensor", [](const Point& point) { return point.split.tensor; });
    alternatives("pipeline", [](const Point& point) { return point.split.pipeline; });
    alternatives("context", [](const Point& point) { return point.split.context; });
    alternatives("expert", [](const Point& point) { return point.split.expert; });
    alternatives("micro_batch", [](const Point& point) { return point.micro_batch; });
  }

  [[nodiscard]] Error nearest_error() const {
    if (least_) {
      return Error{ErrorCode::kUnsupported,
                   fmt::format("no layout fits: the smallest needs {:.1f} GiB of a device's {:.1f} GiB",
                               least_->bytes / 1073741824.0, capacity_ / 1073741824.0),
                   "use more devices, devices with more memory, or a smaller batch",
                   {}};
    }
    if (error_) return *error_;
    return Error{ErrorCode::kUnsupported,
                 fmt::format("no layout divides {} devices, a batch of {} and the model", out_.cluster.devices(),
                             *workload_.job.global_batch),
                 "make job.global_batch a multiple of a power of two",
                 {}};
  }

  const Workload& workload_;
  const RuleSet& rules_;
  const EstimateContext& context_;
  const LayoutOptions& options_;
  std::string as_of_;
  Workload scratch_;
  const Machine* machine_ = nullptr;
  std::optional<FactSheet> policies_;
  std::int64_t most_micro_batch_ = 1;
  std::vector<Point> points_;
  std::size_t tied_ = 1;
  std::optional<Point> least_;
  double capacity_ = 0;
  std::optional<Error> error_;
  LayoutSearch out_;
};

}  // namespace

Result<LayoutSearch> plan_layouts(const Workload& workload, const RuleSet& rules, const EstimateContext& context,
                                  const LayoutOptions& options) {
  return LayoutFinder(workload, rules, context, options).run();
}

}  // namespace berth
