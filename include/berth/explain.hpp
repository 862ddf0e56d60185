/// Why a recommendation says what it says: the rules with what settled them, where each fact comes from, and
/// the smallest change after which another answer comes out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "berth/recommend.hpp"

namespace berth {

/// A fact that a rule's answer rests on.
struct TracedFact {
  std::string fact;
  std::string value;   ///< as JSON text; empty: unknown
  std::string origin;  ///< "document", "option", "assumption", "model", "catalog", "estimate", "rule"; empty: unknown
  /// The key, the catalog id, the figure and what it was estimated for ("time.job_s of nvidia-h100-sxm"), the
  /// rule that derived it, or what is assumed.
  std::string from;
  SourceSpan span;                       ///< of the key or the rule, where it has a place
  std::vector<std::string> assumptions;  ///< of an estimate
};

/// One rule that speaks on a decision, with what settled it.
struct TracedRule {
  std::string rule, name, effect;  ///< effect: "recommend", "veto", "require"
  std::string target;              ///< "accelerator.class=gpu"
  double weight = 0;
  Verdict verdict = Verdict::kNot;
  std::string when, statement, message;
  std::vector<TraceLeaf> leaves;  ///< the decisive parts of `when`
  std::vector<TracedFact> facts;  ///< that those read, and what they are derived from
  std::string residual;           ///< undetermined: what is left of `when`
  std::string source_title, source_locator, source_url;
};

/// An option of the decision, as the rules leave it.
struct TracedOption {
  std::string option;
  double low = 0, high = 0;  ///< sum of weights
  bool vetoed = false, at_risk = false, chosen = false;
};

/// A candidate that the question is about.
struct TracedCandidate {
  std::string machine, device;  ///< machine empty: own or edge hardware
  std::int64_t devices = 1;
  int rank = 0;  ///< 0: rejected
  std::optional<Interval> score;
  std::string score_unit;
  std::vector<TracedRule> rules;  ///< that fired on it
  std::string because;            ///< why it is rejected, where no rule says so
};

/// Why something was chosen, or wasn't.
struct Explanation {
  std::string name;
  std::string question;  ///< "why" or "why_not"
  std::string target;    ///< as understood: "accelerator.class=tpu", "accelerator.device=nvidia-h100-sxm"
  bool chosen = false;   ///< the target is part of the answer
  std::string summary;   ///< one sentence
  std::string basis;     ///< "estimate" or "guideline"
  std::vector<std::pair<std::string, std::string>> answer;  ///< what is chosen instead, or with it
  std::vector<TracedOption> options;
  std::vector<TracedRule> rules;              ///< those that speak for or against the target, or are open on it
  std::vector<TracedCandidate> candidates;    ///< the best of the target first, then the chosen one
  std::vector<Rejected> rejected;             ///< candidates of the target by what rejects them, one each
  std::vector<std::int64_t> rejected_counts;  ///< as `rejected` stands
  std::vector<Unknown> unknown;               ///< facts that could change it
  std::vector<WouldChange> would_change;      ///< why_not: after which it is chosen; why: after which it isn't
};

/// Explains one decision of recommend(). Deep: tries every change of one fact (see WouldChange).
/// @param question  "why" or "why_not"
/// @param target    "accelerator.class=tpu", a decision ("placement.mode"), an option of one ("tpu"), a device
///                  id, a machine id or an instance's name
/// Errors: kNotFound with "did you mean"; as recommend().
Result<Explanation> explain(const Workload& workload, const RuleSet& rules, const EstimateContext& context,
                            const RecommendOptions& options, std::string_view question, std::string_view target);

}  // namespace berth
