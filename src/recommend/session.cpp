#include "recommend/session.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "facts/facts.hpp"

namespace berth {
namespace {

std::string class_of(const Judged& judged) {
  return to_string(judged.plan.offer->device->device_class);
}

// The key that an incomplete estimate asks for: the first quoted word of its message.
std::string missing_key(const Error& error) {
  const auto from = error.message.find('\'');
  const auto to = from == std::string::npos ? from : error.message.find('\'', from + 1);
  return to == std::string::npos ? std::string() : error.message.substr(from + 1, to - from - 1);
}

}  // namespace

Session::Session(const Workload& workload, const RuleSet& rules, const EstimateContext& context,
                 const RecommendOptions& options)
    : workload_(workload),
      rules_(rules),
      context_(context),
      options_(options),
      as_of_(options.as_of.empty() ? context.catalog.as_of() : options.as_of),
      sheet_(rules) {}

Result<Recommendation> Session::run() {
  out_.name = workload_.name;
  if (Status status = set_document_facts(); !status) return tl::unexpected<Error>(status.error());
  judge_workload();  // a first time for the precision and the policy numbers that planning needs
  if (Status status = plan_offers(); !status) return tl::unexpected<Error>(status.error());
  if (Status status = set_reference_facts(); !status) return tl::unexpected<Error>(status.error());
  judge_workload();  // now with what the best machine of each class would give
  if (Status status = judge_candidates(); !status) return tl::unexpected<Error>(status.error());
  const Judged* chosen = choose();
  if (Status status = set_chosen_facts(chosen); !status) return tl::unexpected<Error>(status.error());
  judge_workload();  // the last time, for what follows from the choice: strategy, product, rollout
  answer(chosen);
  return std::move(out_);
}

void Session::judge_workload() {
  evaluation_ = rules_.evaluate(sheet_, Scope::kWorkload, as_of_);
}

Status Session::set_document_facts() {
  if (Status status = add_document_facts(sheet_, workload_); !status) return status;
  if (!workload_.model) return {};
  // A model that can't be profiled (a bare parameter count, say) leaves the profile's facts unknown.
  ProfileOptions options;
  options.sequence_length = workload_.job.sequence_length.value_or(0);
  options.dtype = workload_.job.precision;
  const Result<Profile> profile = berth::profile(*workload_.model, options);
  return add_model_facts(sheet_, workload_, profile ? &*profile : nullptr);
}

const Decision* Session::decision(std::string_view dimension) const {
  for (const Decision& decision : evaluation_.decisions) {
    if (decision.dimension == dimension) return &decision;
  }
  return nullptr;
}

std::string Session::chosen_option(std::string_view dimension) const {
  const Decision* found = decision(dimension);
  return found == nullptr ? std::string() : found->chosen;
}

std::optional<double> Session::policy(std::string_view fact) const {
  const FactValue* value = sheet_.get(fact);
  if (value == nullptr) return std::nullopt;
  if (const auto* number = std::get_if<double>(value)) return *number;
  if (const auto* number = std::get_if<std::int64_t>(value)) return static_cast<double>(*number);
  return std::nullopt;
}

std::optional<DType> Session::precision_for(const Device& device) const {
  const Decision* precision = decision("accelerator.precision");
  if (precision == nullptr) return std::nullopt;
  std::vector<const OptionStanding*> order;
  for (const OptionStanding& standing : precision->standings) {
    if (standing.vetoed != Verdict::kFired && standing.recommended) order.push_back(&standing);
  }
  std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) { return a->low > b->low; });
  for (const OptionStanding* standing : order) {
    const auto dtype = parse_dtype(standing->option);
    if (dtype && device.peak_of(*dtype)) return dtype;
  }
  return std::nullopt;
}

Status Session::plan_offers() {
  OfferList list = list_offers(workload_, context_.catalog);
  offers_ = std::move(list.offers);
  out_.warnings = std::move(list.warnings);
  if (!workload_.model) return {};  // nothing to estimate: guidelines alone decide
  Planner planner(workload_, context_);
  std::map<const Device*, Judged> screened;
  for (const Offer& offer : offers_) {
    const auto [screen, first] = screened.try_emplace(offer.device);
    if (first) {
      if (Status status = screen_device(*offer.device, screen->second); !status) return status;
    }
    if (!screen->second.rejected_by.empty()) {
      judged_.push_back(screen->second);
      judged_.back().plan.offer = &offer;
      judged_.back().plan.cluster = offer.cluster;
      continue;
    }
    Judged judged;
    judged.plan = planner.plan(offer, precision_for(*offer.device));
    if (judged.plan.why_not && judged.plan.why_not->code == ErrorCode::kIncomplete) {
      blocked_.emplace(missing_key(*judged.plan.why_not), *judged.plan.why_not);
    }
    judged_.push_back(std::move(judged));
  }
  return {};
}

// What falls by its device alone (retired, no such precision, …) needs no estimate on any machine.
Status Session::screen_device(const Device& device, Judged& out) {
  Job job = workload_.job;
  if (!job.precision) job.precision = precision_for(device);
  CandidateFacts facts;
  facts.device = &device;
  facts.job = &job;
  sheet_.mark();
  if (Status status = add_candidate_facts(sheet_, facts, workload_, as_of_); !status) return status;
  apply_candidate_rules(out);
  sheet_.forget_since_mark();
  return {};
}

Status Session::set_reference_facts() {
  std::vector<const Plan*> plans;
  for (const Judged& judged : judged_) plans.push_back(&judged.plan);
  const auto times = score_plans(plans, Objective::kTime);
  std::map<DeviceClass, std::size_t> best;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    const auto& estimate = plans[i]->estimate;
    const bool fits = estimate && (!estimate->memory || estimate->memory->fits != Fits::kNo);
    if (!fits || !times[i]) continue;
    const auto [at, added] = best.try_emplace(plans[i]->offer->device->device_class, i);
    if (!added && times[i]->value.expected < times[at->second]->value.expected) at->second = i;
  }
  for (const auto& [device_class, index] : best) {
    const Plan& plan = *plans[index];
    if (Status status = add_reference_facts(sheet_, device_class, plan.cluster, *plan.estimate); !status) return status;
  }
  return {};
}

Status Session::judge_candidates() {
  // One sheet serves all candidates: what a candidate sets is forgotten before the next.
  sheet_.mark();
  for (Judged& judged : judged_) {
    if (Status status = judge_candidate(judged); !status) return status;
    sheet_.forget_since_mark();
  }
  reject_by_decision("accelerator.class", class_of);
  reject_by_decision("placement.mode",
                     [](const Judged& judged) { return std::string(class_of(judged) == "edge" ? "edge" : "central"); });
  return {};
}

Status Session::judge_candidate(Judged& judged) {
  const Plan& plan = judged.plan;
  if (!judged.rejected_by.empty()) return {};  // by its device
  if (plan.why_not && plan.why_not->code != ErrorCode::kIncomplete) {
    judged.rejected_by = "estimate";
    judged.because = plan.why_not->message;
    return {};
  }
  const CandidateFacts facts{plan.offer->device, plan.machine(), &plan.cluster, &plan.job,
                             plan.estimate ? &*plan.estimate : nullptr};
  if (Status status = add_candidate_facts(sheet_, facts, workload_, as_of_); !status) return status;
  apply_candidate_rules(judged);
  return {};
}

// Holds the candidate rules against what the sheet says now.
void Session::apply_candidate_rules(Judged& judged) {
  for (const RuleOutcome& outcome : rules_.evaluate(sheet_, Scope::kCandidate, as_of_).outcomes) {
    const Rule& rule = *outcome.rule;
    if (outcome.verdict == Verdict::kUndetermined && rule.effect == Effect::kVeto) {
      judged.missing.insert(judged.missing.end(), outcome.missing.begin(), outcome.missing.end());
    }
    if (outcome.verdict != Verdict::kFired) continue;
    if (rule.effect == Effect::kRecommend) judged.weight += rule.weight;
    if (rule.effect == Effect::kRecommend || rule.effect == Effect::kVeto) judged.verdicts.push_back(rule.id);
    if (rule.effect == Effect::kVeto && judged.rejected_by.empty()) {
      judged.rejected_by = rule.id;
      judged.because = outcome.message.empty() ? rule.statement : outcome.message;
    }
  }
}

// Candidates of an option that the rules veto fall with it.
void Session::reject_by_decision(std::string_view dimension, std::string (*option_of)(const Judged&)) {
  for (const RuleOutcome& outcome : evaluation_.outcomes) {
    const Rule& rule = *outcome.rule;
    if (outcome.verdict != Verdict::kFired || rule.effect != Effect::kVeto || rule.dimension != dimension) continue;
    for (Judged& judged : judged_) {
      if (!judged.rejected_by.empty() || option_of(judged) != rule.option) continue;
      judged.rejected_by = rule.id;
      judged.because = outcome.message.empty() ? rule.statement : outcome.message;
    }
  }
}

}  // namespace berth
