// The candidate rules, held against every plan.
#include <algorithm>

#include "facts/facts.hpp"
#include "recommend/session.hpp"
#include "rules/brief.hpp"
#include "rules/dependence.hpp"

namespace berth {
namespace {

std::string class_of(const Judged& judged) {
  return to_string(judged.plan->offer->device->device_class);
}

std::string place_of(const Judged& judged) {
  return class_of(judged) == "edge" ? "edge" : "central";
}

CandidateFacts facts_of(const Plan& plan) {
  return {plan.offer->device, plan.machine(), &plan.cluster, &plan.job, plan.estimate ? &*plan.estimate : nullptr};
}

std::optional<FactValue> known_value(const FactSheet& sheet, std::uint32_t slot) {
  if (sheet.state().known[slot] == Known::kNo) return std::nullopt;
  return sheet.state().values[slot];
}

}  // namespace

Result<const Judged*> Session::screened(const Device& device) {
  const auto [at, first] = screens_.try_emplace(&device);
  if (!first) return &at->second.judged;
  at->second.precision = workload_.job.precision ? workload_.job.precision : precision_for(device);
  if (base_ != nullptr && first_reader_ >= ReadBy::kDeadline) {
    const auto before = base_->screens_.find(&device);
    if (before != base_->screens_.end() && before->second.precision == at->second.precision &&
        still_holds(before->second.judged, first_touched_)) {
      at->second.judged = before->second.judged;
      return &at->second.judged;
    }
  }
  if (Status status = screen_device(device, at->second); !status) return tl::unexpected<Error>(status.error());
  return &at->second.judged;
}

// What falls by its device alone (retired, no such precision, …) needs no estimate on any machine.
Status Session::screen_device(const Device& device, Screen& out) {
  Job job = workload_.job;
  job.precision = out.precision;
  CandidateFacts facts;
  facts.device = &device;
  facts.job = &job;
  sheet_.mark();
  if (Status status = add_candidate_facts(sheet_, facts, workload_, as_of_); !status) return status;
  apply_candidate_rules(out.judged);
  sheet_.forget_since_mark();
  return {};
}

Status Session::judge_candidates() {
  inputs_ = inputs();
  const std::vector<bool> touched = base_ != nullptr ? touched_rules(base_->inputs_, inputs_) : std::vector<bool>();
  // One sheet serves all candidates: what a candidate sets is forgotten before the next.
  sheet_.mark();
  for (std::size_t i = 0; i < judged_.size(); ++i) {
    if (base_ != nullptr && take_over(i, touched)) continue;
    if (Status status = judge_candidate(judged_[i]); !status) return status;
    sheet_.forget_since_mark();
  }
  reject_by_decision("accelerator.class", class_of);
  reject_by_decision("placement.mode", place_of);
  return {};
}

Session::Inputs Session::inputs() const {
  const RuleSet::State& set = rules_.state();
  Inputs out;
  if (base_ != nullptr) {
    out.reserve(base_->first_inputs_.size());
    for (const auto& input : base_->first_inputs_) out.emplace_back(input.first, known_value(sheet_, input.first));
    return out;
  }
  const std::vector<bool> reads = facts_behind(set, set.by_scope[static_cast<std::size_t>(Scope::kCandidate)]);
  for (std::uint32_t slot = 0; slot < reads.size(); ++slot) {
    if (reads[slot]) out.emplace_back(slot, known_value(sheet_, slot));
  }
  return out;
}

std::vector<bool> Session::touched_rules(const Inputs& before, const Inputs& now) const {
  const RuleSet::State& set = rules_.state();
  std::vector<std::uint32_t> differing;
  for (std::size_t i = 0; i < now.size() && i < before.size(); ++i) {
    if (now[i].second != before[i].second) differing.push_back(now[i].first);
  }
  if (differing.empty()) return {};
  const auto& indices = set.by_scope[static_cast<std::size_t>(Scope::kCandidate)];
  std::vector<bool> touched(indices.size(), false);
  for (std::size_t i = 0; i < indices.size(); ++i) {
    const std::vector<bool> reads = facts_behind(set, std::span(indices).subspan(i, 1));
    touched[i] = std::any_of(differing.begin(), differing.end(), [&](std::uint32_t slot) { return reads[slot]; });
  }
  return touched;
}

// In a headline a candidate that an untouched rule rejects stays rejected, whichever other rules would reject
// it too.
bool Session::still_holds(const Judged& before, const std::vector<bool>& touched) const {
  if (touched.empty()) return true;
  const RuleSet::State& set = rules_.state();
  const auto& indices = set.by_scope[static_cast<std::size_t>(Scope::kCandidate)];
  if (detail_ != Detail::kHeadline || before.rejected_by.empty() || before.by_decision) return false;
  for (std::size_t i = 0; i < indices.size(); ++i) {
    if (touched[i] && set.rules[indices[i]].id == before.rejected_by) return false;
  }
  return true;
}

// Takes a judgement over from `base_` where nothing that it rests on differs.
bool Session::take_over(std::size_t index, const std::vector<bool>& touched) {
  if (first_reader_ < ReadBy::kDeadline || !judged_[index].rejected_by.empty()) return false;
  const Judged& before = base_->judged_[index];
  if (before.plan != judged_[index].plan || !still_holds(before, touched)) return false;
  judged_[index] = before;
  judged_[index].score.reset();
  if (before.by_decision) {
    judged_[index].rejected_by.clear();
    judged_[index].because.clear();
    judged_[index].by_decision = false;
  }
  return true;
}

Status Session::judge_candidate(Judged& judged) {
  const Plan& plan = *judged.plan;
  if (!judged.rejected_by.empty()) return {};  // by its device
  if (plan.why_not && plan.why_not->code != ErrorCode::kIncomplete) {
    judged.rejected_by = "estimate";
    judged.because = plan.why_not->message;
    return {};
  }
  if (Status status = add_candidate_facts(sheet_, facts_of(plan), workload_, as_of_); !status) return status;
  apply_candidate_rules(judged);
  return {};
}

// Holds the candidate rules against what the sheet says now. Most don't fire: only those that do are asked
// for more than their truth.
void Session::apply_candidate_rules(Judged& judged) {
  const RuleSet::State& set = rules_.state();
  Run run(set, sheet_.state(), as_of_, sheet_.state().scratch);
  run.derive();
  for (const std::uint32_t index : set.by_scope[static_cast<std::size_t>(Scope::kCandidate)]) {
    RuleOutcome outcome = judge_briefly(run, set, index, as_of_);
    const Rule& rule = *outcome.rule;
    if (outcome.verdict == Verdict::kUndetermined && rule.effect == Effect::kVeto) {
      judged.missing.insert(judged.missing.end(), outcome.missing.begin(), outcome.missing.end());
    }
    if (outcome.verdict != Verdict::kFired) continue;
    if (rule.effect == Effect::kRecommend) judged.weight += rule.weight;
    if (rule.effect == Effect::kRecommend || rule.effect == Effect::kVeto) judged.verdicts.push_back(rule.id);
    if (rule.effect == Effect::kVeto && judged.rejected_by.empty()) {
      judged.rejected_by = rule.id;
      if (detail_ == Detail::kAll) outcome = run.judge(index);
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
      judged.by_decision = true;
    }
  }
}

Result<FactSheet> Session::sheet_of(const Judged& judged) const {
  FactSheet sheet = sheet_;
  if (Status status = add_candidate_facts(sheet, facts_of(*judged.plan), workload_, as_of_); !status)
    return tl::unexpected<Error>(status.error());
  rules_.evaluate(sheet, Scope::kCandidate, as_of_);
  return sheet;
}

}  // namespace berth
