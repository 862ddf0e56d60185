#include "recommend/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "facts/facts.hpp"
#include "rules/brief.hpp"

namespace berth {
namespace {

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

Session::Session(const Workload& changed, const Session& base, ReadBy first_reader)
    : Session(changed, base.rules_, base.context_, base.options_) {
  base_ = &base;
  first_reader_ = first_reader;
}

Status Session::run(Detail detail) {
  detail_ = detail;
  out_.name = workload_.name;
  if (Status status = set_document_facts(); !status) return status;
  judge_workload();  // a first time for the precision and the policy numbers that planning needs
  if (Status status = plan_offers(); !status) return status;
  if (Status status = set_reference_facts(); !status) return status;
  judge_workload();  // now with what the best machine of each class would give
  if (Status status = judge_candidates(); !status) return status;
  const Judged* chosen = choose();
  if (Status status = set_chosen_facts(chosen); !status) return status;
  judge_workload();  // the last time, for what follows from the choice: strategy, product, rollout
  answer_headline(chosen);
  if (detail_ == Detail::kAll) answer_rest(chosen);
  return {};
}

void Session::judge_workload() {
  evaluation_ = detail_ == Detail::kAll ? rules_.evaluate(sheet_, Scope::kWorkload, as_of_)
                                        : evaluate_briefly(rules_, sheet_, Scope::kWorkload, as_of_);
  if (keeps_stages_) stages_.push_back(sheet_);
}

Status Session::set_document_facts() {
  if (Status status = add_document_facts(sheet_, workload_); !status) return status;
  if (!workload_.model) return {};
  if (base_ != nullptr && first_reader_ != ReadBy::kEstimates) {
    profile_ = base_->profile_;
  } else {
    // A model that can't be profiled (a bare parameter count, say) leaves the profile's facts unknown.
    ProfileOptions options;
    options.sequence_length = workload_.job.sequence_length.value_or(0);
    options.dtype = workload_.job.precision;
    if (Result<Profile> profile = berth::profile(*workload_.model, options)) profile_ = std::move(*profile);
  }
  return add_model_facts(sheet_, workload_, profile_ ? &*profile_ : nullptr);
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
  const bool same_offers = base_ != nullptr && first_reader_ > ReadBy::kOffers;
  offers_ = same_offers ? base_->offers_ : std::make_shared<const OfferList>(list_offers(workload_, context_.catalog));
  plans_ = same_offers ? base_->plans_ : std::make_shared<PlanMemo>();
  out_.warnings = offers_->warnings;
  if (!workload_.model) return {};  // nothing to estimate: guidelines alone decide
  SearchBounds bounds;
  if (const auto most = policy("policy.search_machines")) bounds.machines = std::llround(*most);
  if (const auto most = policy("policy.search_micro_batch")) bounds.micro_batch = std::llround(*most);
  Planner planner(workload_, context_, bounds, *plans_);
  judged_.reserve(offers_->offers.size());
  first_inputs_ = inputs();
  if (base_ != nullptr) first_touched_ = touched_rules(base_->first_inputs_, first_inputs_);
  for (const Offer& offer : offers_->offers) {
    const Result<const Judged*> screen = screened(*offer.device);
    if (!screen) return tl::unexpected<Error>(screen.error());
    if (!(*screen)->rejected_by.empty()) {
      judged_.push_back(**screen);
      auto plan = std::make_shared<Plan>();
      plan->offer = &offer;
      plan->cluster = offer.cluster;
      judged_.back().plan = std::move(plan);
      continue;
    }
    Judged judged;
    judged.plan = planner.plan(offer, precision_for(*offer.device));
    const auto& why_not = judged.plan->why_not;
    if (why_not && why_not->code == ErrorCode::kIncomplete) blocked_.emplace(missing_key(*why_not), *why_not);
    judged_.push_back(std::move(judged));
  }
  return {};
}

Status Session::set_reference_facts() {
  std::vector<const Plan*> plans;
  for (const Judged& judged : judged_) plans.push_back(judged.plan.get());
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

}  // namespace berth
