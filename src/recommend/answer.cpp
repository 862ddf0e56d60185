// From decisions and the chosen candidate to the recommendation's fields.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/text.hpp"
#include "recommend/flips.hpp"
#include "recommend/placement.hpp"

namespace berth {
namespace {

constexpr std::size_t kMostFlips = 5;  // listed

std::string text_of(const Plan& plan, const std::string& key) {
  const Job& job = plan.job;
  if (key == "job.micro_batch") return fmt::format("{}={}", key, *job.micro_batch);
  if (key == "job.precision") return fmt::format("{}={}", key, to_string(*job.precision));
  if (key == "job.activation_checkpointing") return fmt::format("{}={}", key, to_string(*job.activation_checkpointing));
  if (key == "job.parallelism.zero_stage") return fmt::format("{}={}", key, *job.parallelism.zero_stage);
  if (key == "job.parallelism.tensor") return fmt::format("{}={}", key, *job.parallelism.tensor);
  return key;
}

std::string name_of(const Plan& plan) {
  const Machine* machine = plan.machine();
  if (machine == nullptr) return plan.offer->device->id;
  const std::int64_t rented = plan.cluster.machines / machine->hosts;
  return rented > 1 ? fmt::format("{} x {}", rented, machine->id) : machine->id;
}

}  // namespace

void Session::answer_headline(const Judged* chosen) {
  answer_accelerator(chosen);
  out_.placement.mode = chosen_option("placement.mode");
  out_.placement.where = chosen_option("placement.where");
  if (workload_.job.task == Task::kServe || workload_.job.serving) {
    out_.serving.emplace();
    out_.serving->mode = chosen_option("serving.mode");
  }
  out_.feasible = judged_.empty() || !ranked_.empty() || !blocked_.empty();
  if (detail_ != Detail::kHeadline || chosen == nullptr) return;
  out_.candidates.emplace_back();  // of a headline only the machine's name is read
  if (const Machine* machine = chosen->plan->machine()) out_.candidates.back().machine = machine->id;
}

void Session::answer_rest(const Judged* chosen) {
  answer_components(chosen);
  if (out_.serving) answer_serving(chosen);
  for (const RuleOutcome& outcome : evaluation_.outcomes) {
    const Rule& rule = *outcome.rule;
    if (outcome.verdict != Verdict::kFired || rule.effect != Effect::kRecommend) continue;
    const std::string& said = outcome.message.empty() ? rule.statement : outcome.message;
    if (rule.dimension == "problem") out_.problems.push_back({rule.option, said});
    if (rule.dimension == "warning") out_.warnings.push_back(said);
  }
  list_candidates();
  list_rejected();
  list_reasons();
  list_unknown();
}

void Session::answer_accelerator(const Judged* chosen) {
  AcceleratorChoice& accelerator = out_.accelerator;
  DistributionChoice& distribution = out_.distribution;
  const Decision* classes = decision("accelerator.class");
  distribution.mode = chosen_option("distribution.mode");
  distribution.strategy = chosen_option("distribution.strategy");
  distribution.resource = chosen_option("distribution.resource");
  if (chosen == nullptr) {
    if (!judged_.empty() && blocked_.empty()) return;  // everything was rejected: nothing to recommend
    accelerator.device_class = chosen_option("accelerator.class");
    accelerator.precision =
        workload_.job.precision ? to_string(*workload_.job.precision) : chosen_option("accelerator.precision");
    accelerator.basis = accelerator.device_class.empty() ? "" : "guideline";
    out_.decided = classes != nullptr && classes->decided && !accelerator.device_class.empty();
    return;
  }
  const Plan& plan = *chosen->plan;
  accelerator.device_class = to_string(plan.offer->device->device_class);
  accelerator.device = plan.offer->device->id;
  accelerator.count = plan.cluster.devices();
  if (plan.job.precision) accelerator.precision = to_string(*plan.job.precision);
  accelerator.basis = chosen->plan->estimate ? "estimated" : "guideline";
  distribution.machines = plan.cluster.machines;
  if (plan.cluster.devices() > 1) distribution.parallelism = plan.job.parallelism;
  // Without a figure for the objective (own hardware has no price) the rules must have settled the class.
  // Without an objective nothing ranks them.
  out_.decided = chosen->missing.empty() && objective() && !class_is_open_ &&
                 (chosen->score || (classes != nullptr && classes->decided));
}

void Session::answer_components(const Judged* chosen) {
  PlacementChoice& placement = out_.placement;
  // Around a rented machine, the products of its own cloud.
  const bool rented = chosen != nullptr && chosen->plan->machine() != nullptr;
  const std::vector<std::string> clouds =
      rented ? std::vector<std::string>{chosen->plan->machine()->cloud} : workload_.environment.clouds;
  std::vector<std::string> missing;
  if (const Decision* roles = decision("placement.component")) {
    placement.components = components_for(roles->collected, clouds, context_.catalog, missing);
  }
  for (const std::string& role : missing) {
    out_.warnings.push_back(fmt::format("no current product of the allowed clouds is known for the role {}", role));
  }
  if (const Decision* checklist = decision("placement.checklist")) {
    const std::set<std::string> wanted(checklist->collected.begin(), checklist->collected.end());
    for (const RuleOutcome& outcome : evaluation_.outcomes) {
      const Rule& rule = *outcome.rule;
      if (outcome.verdict == Verdict::kFired && rule.dimension == "placement.checklist" &&
          wanted.contains(rule.option)) {
        placement.checklist.push_back(outcome.message.empty() ? rule.statement : outcome.message);
      }
    }
  }
  if (workload_.environment.edge) placement.data_reduction = data_reduction(*workload_.environment.edge);
}

void Session::answer_serving(const Judged* chosen) {
  ServingChoice& serving = *out_.serving;
  serving.scale_on = chosen_option("serving.scale_on");
  serving.rollout = chosen_option("serving.rollout");
  const auto least = policy("policy.min_replicas");
  if (least) serving.min_replicas = static_cast<std::int64_t>(*least);
  const auto utilization = policy("policy.target_utilization");
  const auto peak = policy("policy.peak_to_mean");
  const auto& load = workload_.job.serving;
  const auto* time = chosen != nullptr && chosen->plan->estimate && chosen->plan->estimate->time
                         ? &*chosen->plan->estimate->time
                         : nullptr;
  if (load && load->requests_per_s && time != nullptr && utilization && peak) {
    std::optional<double> capacity;  // requests/s of one replica
    if (time->items_per_s) capacity = time->items_per_s->expected;
    if (time->tokens_per_s && load->output_tokens && *load->output_tokens > 0) {
      capacity = time->tokens_per_s->expected / static_cast<double>(*load->output_tokens);
    }
    if (capacity && *capacity > 0) {
      const double mean = *load->requests_per_s / (*capacity * *utilization);
      serving.min_replicas = std::max(serving.min_replicas.value_or(1), static_cast<std::int64_t>(std::ceil(mean)));
      serving.max_replicas = std::max(*serving.min_replicas, static_cast<std::int64_t>(std::ceil(mean * *peak)));
    }
  }
}

void Session::list_candidates() {
  const std::size_t most = std::min(ranked_.size(), static_cast<std::size_t>(options_.top));
  for (std::size_t i = 0; i < most; ++i) {
    const Judged& judged = *ranked_[i];
    Candidate candidate;
    candidate.rank = static_cast<int>(i) + 1;
    if (const Machine* machine = judged.plan->machine()) {
      candidate.machine = machine->id;
      candidate.rented = judged.plan->cluster.machines / machine->hosts;
    }
    candidate.device = judged.plan->offer->device->id;
    candidate.devices_per_machine = judged.plan->cluster.devices_per_machine;
    candidate.machines = judged.plan->cluster.machines;
    candidate.estimate = judged.plan->estimate;
    if (judged.score) {
      candidate.score = judged.score->value;
      candidate.score_unit = judged.score->unit;
    }
    candidate.verdicts = judged.verdicts;
    for (const std::string& key : judged.plan->planned) candidate.planned.push_back(text_of(*judged.plan, key));
    out_.candidates.push_back(std::move(candidate));
  }
}

void Session::list_rejected() {
  for (const RuleOutcome& outcome : evaluation_.outcomes) {
    const Rule& rule = *outcome.rule;
    if (outcome.verdict != Verdict::kFired || rule.effect != Effect::kVeto) continue;
    out_.rejected.push_back({rule.option, rule.id, outcome.message.empty() ? rule.statement : outcome.message});
  }
  for (const Judged& judged : judged_) {
    if (judged.rejected_by.empty()) continue;
    out_.rejected.push_back({name_of(*judged.plan), judged.rejected_by, judged.because});
  }
}

void Session::list_reasons() {
  for (const RuleOutcome& outcome : evaluation_.outcomes) {
    const Rule& rule = *outcome.rule;
    const bool speaks = rule.effect == Effect::kRecommend || rule.effect == Effect::kVeto;
    if (outcome.verdict != Verdict::kFired || !speaks) continue;
    out_.because.push_back({rule.id, rules_.decisive(rule, sheet_), rule.dimension + "=" + rule.option, rule.weight,
                            rule.statement, rule.source.title, rule.source.locator, rule.source.url, rule.seed});
  }
}

void Session::list_unknown() {
  std::map<std::string, std::set<std::string>> could_change;
  for (const Decision& decision : evaluation_.decisions) {
    for (const std::string& fact : decision.missing) could_change[fact].insert(decision.dimension);
  }
  for (const Judged* judged : ranked_) {
    for (const std::string& fact : judged->missing) could_change[fact].insert("candidates");
  }
  for (const auto& [key, error] : blocked_) could_change[key].insert("estimate");
  if (!ranked_.empty() && !objective()) could_change["environment.objective"].insert("candidates");
  for (const auto& entry : could_change) {  // clang 14 can't capture a structured binding
    const std::string& fact = entry.first;
    const auto& decisions = entry.second;
    const auto facts = rules_.facts();
    const auto info = std::find_if(facts.begin(), facts.end(), [&](const FactInfo& f) { return f.path == fact; });
    std::string ask = info == facts.end() ? std::string() : info->ask;
    if (const auto blocked = blocked_.find(fact); ask.empty() && blocked != blocked_.end())
      ask = blocked->second.message;
    if (ask.empty()) continue;  // nobody can be asked for it: it follows from others that are asked for
    out_.unknown.push_back({fact, {decisions.begin(), decisions.end()}, std::move(ask)});
  }
}

Result<Recommendation> recommend(const Workload& workload, const RuleSet& rules, const EstimateContext& context,
                                 const RecommendOptions& options) {
  Session session(workload, rules, context, options);
  if (options.flips > 0) session.keep_stages();
  if (Status status = session.run(Detail::kAll); !status) return tl::unexpected<Error>(status.error());
  Recommendation& out = session.recommendation();
  if (options.flips > 0) {
    WhatIf what_if(session);
    // Without anything to estimate a run is so cheap that every change of one fact is tried, unless told otherwise.
    const bool deep = session.judged().empty() && options.flips == RecommendOptions::kDefaultFlips;
    const int budget = deep ? RecommendOptions::kDeepFlips : options.flips;
    out.would_change = find_flips(session, what_if, {budget, kMostFlips, nullptr});
  }
  return std::move(out);
}

}  // namespace berth
