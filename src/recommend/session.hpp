// One recommendation being made: the steps of recommend(), and what they hand on.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "berth/recommend.hpp"
#include "recommend/plan.hpp"
#include "recommend/score.hpp"

namespace berth {

// A plan with what the candidate rules say of it.
struct Judged {
  Plan plan;
  std::optional<Score> score;
  std::vector<std::string> verdicts;  // ids of rules that fired
  double weight = 0;                  // sum of the candidate rules' weights
  std::vector<std::string> missing;   // facts that an undetermined veto needs
  std::string rejected_by;            // rule id; empty: feasible
  std::string because;
};

class Session {
 public:
  Session(const Workload& workload, const RuleSet& rules, const EstimateContext& context,
          const RecommendOptions& options);
  Result<Recommendation> run();

 private:
  Status set_document_facts();
  void judge_workload();
  Status plan_offers();
  Status screen_device(const Device& device, Judged& out);
  Status set_reference_facts();
  Status judge_candidates();
  Status judge_candidate(Judged& judged);
  void apply_candidate_rules(Judged& judged);
  void reject_by_decision(std::string_view dimension, std::string (*option_of)(const Judged&));
  [[nodiscard]] const Judged* choose();
  Status set_chosen_facts(const Judged* chosen);
  void answer(const Judged* chosen);
  void answer_accelerator(const Judged* chosen);
  void answer_placement(const Judged* chosen);
  void answer_serving(const Judged* chosen);
  void list_candidates();
  void list_rejected();
  void list_reasons();
  void list_unknown();

  [[nodiscard]] const Decision* decision(std::string_view dimension) const;
  [[nodiscard]] std::string chosen_option(std::string_view dimension) const;
  [[nodiscard]] std::optional<double> policy(std::string_view fact) const;
  [[nodiscard]] std::optional<DType> precision_for(const Device& device) const;

  const Workload& workload_;
  const RuleSet& rules_;
  const EstimateContext& context_;
  const RecommendOptions& options_;
  std::string as_of_;
  FactSheet sheet_;
  Evaluation evaluation_;
  std::vector<Offer> offers_;
  std::vector<Judged> judged_;
  std::vector<const Judged*> ranked_;     // feasible, best first
  std::map<std::string, Error> blocked_;  // missing key -> the estimate's complaint
  Recommendation out_;
};

}  // namespace berth
