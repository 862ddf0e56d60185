// Why something was chosen, or wasn't.
#include "berth/explain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/text.hpp"
#include "recommend/flips.hpp"
#include "recommend/target.hpp"
#include "recommend/trace.hpp"

namespace berth {
namespace {

constexpr std::size_t kMostFlips = 5;     // listed
constexpr std::size_t kMostExamples = 3;  // rejected candidates that are traced

std::string interval_text(const Interval& x, const std::string& unit) {
  return fmt::format("{:.4g} ({:.4g} to {:.4g}) {}", x.expected, x.low, x.high, unit);
}

std::string machine_of(const Plan& plan) {
  return plan.machine() != nullptr ? plan.machine()->id : std::string();
}

class Explainer {
 public:
  Explainer(const Session& session, Target target, bool why_not)
      : session_(session), tracer_(session), target_(std::move(target)), why_not_(why_not) {}

  Explanation run() {
    out_.name = session_.recommendation().name;
    out_.question = why_not_ ? "why_not" : "why";
    out_.target = target_.name();
    out_.answer = outcome_of(session_.recommendation());
    out_.basis = session_.ranked().empty() ? "guideline" : "estimate";
    for (const auto& [key, value] : out_.answer) {
      if (key == target_.key && value == to_json(FactValue(target_.option))) out_.chosen = true;
    }
    add_options();
    add_rules();
    if (target_.has_candidates()) add_candidates();
    add_unknown();
    summarize();
    return std::move(out_);
  }

 private:
  [[nodiscard]] const Decision* decision() const {
    for (const Decision& decision : session_.evaluation().decisions) {
      if (decision.dimension == target_.dimension) return &decision;
    }
    return nullptr;
  }

  void add_options() {
    const Decision* decided = decision();
    if (decided == nullptr) return;
    for (const OptionStanding& standing : decided->standings) {
      const bool speaks = standing.low != 0 || standing.high != 0 || standing.vetoed != Verdict::kNot;
      if (!speaks && standing.option != target_.option) continue;
      out_.options.push_back({standing.option, standing.low, standing.high, standing.vetoed == Verdict::kFired,
                              standing.vetoed == Verdict::kUndetermined, standing.option == decided->chosen});
    }
    std::stable_sort(out_.options.begin(), out_.options.end(),
                     [](const TracedOption& a, const TracedOption& b) { return a.high > b.high; });
  }

  // Rules on the target, and on what stands in its place.
  void add_rules() {
    const Decision* decided = decision();
    for (const RuleOutcome& outcome : session_.evaluation().outcomes) {
      const Rule& rule = *outcome.rule;
      if (decided == nullptr || rule.dimension != decided->dimension || outcome.verdict == Verdict::kNot) continue;
      const bool about = rule.option.empty() || rule.option == target_.option ||
                         (why_not_ && (rule.option == decided->chosen || rule.option == instead()));
      if (about) out_.rules.push_back(tracer_.rule(rule, outcome.verdict, outcome.message, session_.sheet(), nullptr));
    }
  }

  // The option that the answer has in place of the target.
  [[nodiscard]] std::string instead() const {
    for (const auto& [key, value] : out_.answer) {
      if (key == target_.dimension && value.size() > 2) return value.substr(1, value.size() - 2);
    }
    return {};
  }

  void add_candidates() {
    const auto& ranked = session_.ranked();
    for (std::size_t i = 0; i < ranked.size(); ++i) {
      if (!target_.covers(*ranked[i])) continue;
      best_ = ranked[i];
      add_candidate(*best_, static_cast<int>(i) + 1);
      break;
    }
    if (!ranked.empty() && best_ != ranked.front()) add_candidate(*ranked.front(), 1);
    for (std::size_t i = 0; best_ == ranked_front() && i < ranked.size(); ++i) {  // the next of another kind
      if (best_ == nullptr || target_.covers(*ranked[i])) continue;
      next_ = ranked[i];
      add_candidate(*next_, static_cast<int>(i) + 1);
      break;
    }
    for (const Judged& judged : session_.judged()) {
      if (!target_.covers(judged)) continue;
      ++covered_;
      if (judged.rejected_by.empty()) continue;
      const auto at = std::find_if(out_.rejected.begin(), out_.rejected.end(),
                                   [&](const Rejected& other) { return other.by == judged.rejected_by; });
      if (at != out_.rejected.end()) {
        ++out_.rejected_counts[static_cast<std::size_t>(at - out_.rejected.begin())];
        continue;
      }
      const std::string machine = machine_of(*judged.plan);
      out_.rejected.push_back(
          {machine.empty() ? judged.plan->offer->device->id : machine, judged.rejected_by, judged.because});
      out_.rejected_counts.push_back(1);
      if (why_not_ && best_ == nullptr && out_.rejected.size() <= kMostExamples) add_candidate(judged, 0);
    }
  }

  [[nodiscard]] const Judged* ranked_front() const {
    return session_.ranked().empty() ? nullptr : session_.ranked().front();
  }

  void add_candidate(const Judged& judged, int rank) {
    TracedCandidate candidate;
    candidate.machine = machine_of(*judged.plan);
    candidate.device = judged.plan->offer->device->id;
    candidate.devices = judged.plan->cluster.devices();
    candidate.rank = rank;
    if (judged.score) {
      candidate.score = judged.score->value;
      candidate.score_unit = judged.score->unit;
    }
    candidate.because = judged.because;
    const Result<FactSheet> sheet = session_.sheet_of(judged);
    for (const std::string& id : judged.verdicts) {
      const Rule* rule = session_.rules().find(id);
      if (rule == nullptr || !sheet) continue;
      const std::string& message = id == judged.rejected_by ? judged.because : std::string();
      candidate.rules.push_back(tracer_.rule(*rule, Verdict::kFired, message, *sheet, judged.plan.get()));
    }
    out_.candidates.push_back(std::move(candidate));
  }

  void add_unknown() {
    for (const Unknown& unknown : session_.recommendation().unknown) {
      const auto& could = unknown.could_change;
      const bool on_it = std::find(could.begin(), could.end(), target_.dimension) != could.end() ||
                         (target_.has_candidates() && (could.front() == "candidates" || could.front() == "estimate"));
      if (on_it) out_.unknown.push_back(unknown);
    }
  }

  [[nodiscard]] const TracedRule* veto() const {
    for (const TracedRule& rule : out_.rules) {
      const bool rules_out = rule.effect == "veto" && rule.verdict == Verdict::kFired &&
                             rule.target == target_.dimension + "=" + target_.option;
      if (rules_out) return &rule;
    }
    return nullptr;
  }

  void summarize() {
    const std::string& what = target_.option;
    if (why_not_ && out_.chosen) {
      out_.summary = fmt::format("{} is chosen", what);
    } else if (!why_not_ && !out_.chosen) {
      out_.summary = fmt::format("{} isn't chosen: ask --why-not {}", what, what);
    } else if (const TracedRule* by = veto(); by != nullptr) {
      out_.summary =
          fmt::format("{} is ruled out by {}: {}", what, by->rule, by->message.empty() ? by->statement : by->message);
    } else if (target_.has_candidates() && !session_.judged().empty()) {
      out_.summary = why_not_ ? by_candidates() : chosen_by_candidates();
    } else {
      out_.summary = by_guidelines();
    }
  }

  [[nodiscard]] std::string by_candidates() const {
    if (covered_ == 0)
      return fmt::format("no machine within the document's clouds, regions and device lists has {}", target_.option);
    if (best_ == nullptr) {
      std::string parts;
      for (std::size_t i = 0; i < out_.rejected.size(); ++i) {
        parts += fmt::format("{}{} by {} ({})", parts.empty() ? "" : "; ", out_.rejected_counts[i], out_.rejected[i].by,
                             out_.rejected[i].because);
      }
      return fmt::format("every candidate with {} is rejected: {}", target_.option, parts);
    }
    const Judged& first = *session_.ranked().front();
    const auto rank = std::find(session_.ranked().begin(), session_.ranked().end(), best_) - session_.ranked().begin();
    if (!best_->score || !first.score)
      return fmt::format("the best candidate with {} has rank {}", target_.option, rank + 1);
    std::string out = fmt::format("the best candidate with {} has rank {}: {} against {}", target_.option, rank + 1,
                                  interval_text(best_->score->value, best_->score->unit),
                                  interval_text(first.score->value, first.score->unit));
    return out + settled_by(*best_);
  }

  // Why the figures alone don't rank `other` before the chosen one.
  [[nodiscard]] std::string settled_by(const Judged& other) const {
    const Judged& first = *session_.ranked().front();
    const Interval& mine = first.score->value;
    const Interval& theirs = other.score->value;
    if (theirs.low > mine.high || mine.low > theirs.high) return {};
    const DeviceClass chosen = first.plan->offer->device->device_class;
    const DeviceClass rival = other.plan->offer->device->device_class;
    if (chosen != rival)
      return fmt::format("; the intervals overlap, so the guidelines settle it: {} has {:+g}, {} {:+g}",
                         to_string(chosen), session_.standing_of(first).sum, to_string(rival),
                         session_.standing_of(other).sum);
    if (theirs.expected < mine.expected) return "; within the margin of a tie, where the rules speak for the other";
    return "; the intervals overlap";
  }

  [[nodiscard]] std::string chosen_by_candidates() const {
    const Judged* first = ranked_front();
    if (first == nullptr) return by_guidelines();
    std::string out = fmt::format("{} is chosen: its best candidate has rank 1", target_.option);
    if (first->score) out += ", " + interval_text(first->score->value, first->score->unit);
    if (next_ != nullptr && next_->score)
      out += fmt::format("; the best of another kind is {}, {}", next_->plan->offer->device->id,
                         interval_text(next_->score->value, next_->score->unit)) +
             (first->score ? settled_by(*next_) : "");
    return out;
  }

  [[nodiscard]] std::string by_guidelines() const {
    const TracedOption* mine = nullptr;
    const TracedOption* other = nullptr;
    for (const TracedOption& option : out_.options) {
      if (option.option == target_.option)
        mine = &option;
      else if (!option.vetoed && (other == nullptr || option.high > other->high))
        other = &option;
    }
    const auto standing = [](const TracedOption* option) {
      if (option == nullptr) return std::string("nothing");
      if (option->low == option->high) return fmt::format("{:+g}", option->low);
      return fmt::format("{:+g} to {:+g}", option->low, option->high);
    };
    std::string out = fmt::format("{} {}: the rules give it {}", target_.option,
                                  out_.chosen ? "is chosen" : "isn't chosen", standing(mine));
    if (other != nullptr) out += fmt::format(", and {} {}", other->option, standing(other));
    return out;
  }

  const Session& session_;
  Tracer tracer_;
  Target target_;
  bool why_not_;
  Explanation out_;
  const Judged* best_ = nullptr;  // the best candidate of the target
  const Judged* next_ = nullptr;  // the best that isn't
  std::size_t covered_ = 0;       // candidates of the target
};

bool becomes(const Outcome& then, const Target& target) {
  return std::any_of(then.begin(), then.end(), [&](const auto& entry) {
    return entry.first == target.key && entry.second == to_json(FactValue(target.option));
  });
}

}  // namespace

Result<Explanation> explain(const Workload& workload, const RuleSet& rules, const EstimateContext& context,
                            const RecommendOptions& options, std::string_view question, std::string_view target) {
  const bool why_not = question == "why_not";
  Session session(workload, rules, context, options);
  session.keep_stages();
  if (Status status = session.run(Detail::kAll); !status) return tl::unexpected<Error>(status.error());
  Result<Target> found = find_target(session, target);
  if (!found) return tl::unexpected<Error>(found.error());
  Explanation out = Explainer(session, *found, why_not).run();
  FlipRequest request;
  request.budget = options.flips > 0 ? RecommendOptions::kDeepFlips : 0;
  request.most = kMostFlips;
  const Target& what = *found;
  if (why_not == out.chosen) return out;  // nothing to turn: the question's premise doesn't hold
  request.wanted = [&what, why_not](const Outcome& then) {
    if (why_not) return becomes(then, what);
    return std::any_of(then.begin(), then.end(), [&](const auto& entry) { return entry.first == what.key; });
  };
  WhatIf what_if(session);
  out.would_change = find_flips(session, what_if, request);
  return out;
}

}  // namespace berth
