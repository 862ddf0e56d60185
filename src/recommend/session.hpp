// One recommendation being made: the steps of recommend(), and what they hand on.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "berth/profile.hpp"
#include "berth/recommend.hpp"
#include "facts/document_change.hpp"
#include "recommend/plan.hpp"
#include "recommend/score.hpp"

namespace berth {

// A plan with what the candidate rules say of it.
struct Judged {
  std::shared_ptr<const Plan> plan;  // never null once planned
  std::optional<Score> score;
  std::vector<std::string> verdicts;  // ids of rules that fired
  double weight = 0;                  // sum of the candidate rules' weights
  std::vector<std::string> missing;   // facts that an undetermined veto needs
  std::string rejected_by;            // rule id; empty: feasible
  std::string because;
  bool by_decision = false;  // rejected with its class or place, not by a candidate rule
};

// The weights that rules give a class of accelerators.
struct ClassStanding {
  double sum = 0;            // of the rules that fired
  double low = 0, high = 0;  // open ones counted as min(0, w)..max(0, w)
  bool at_risk = false;      // an open veto
};

// How much of the answer is written.
enum class Detail : std::uint8_t { kAll, kHeadline };

class Session {
 public:
  Session(const Workload& workload, const RuleSet& rules, const EstimateContext& context,
          const RecommendOptions& options);
  // A document that differs from that of `base` in keys that `first_reader` and later steps read: what
  // comes before is taken over. `base` has run, and outlives this one.
  Session(const Workload& changed, const Session& base, ReadBy first_reader);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Precondition: not called before.
  Status run(Detail detail);

  [[nodiscard]] const Recommendation& recommendation() const { return out_; }
  [[nodiscard]] Recommendation& recommendation() { return out_; }
  [[nodiscard]] const Workload& workload() const { return workload_; }
  [[nodiscard]] const RuleSet& rules() const { return rules_; }
  [[nodiscard]] const EstimateContext& context() const { return context_; }
  [[nodiscard]] const std::string& as_of() const { return as_of_; }
  [[nodiscard]] const FactSheet& sheet() const { return sheet_; }
  [[nodiscard]] const Evaluation& evaluation() const { return evaluation_; }
  [[nodiscard]] const std::vector<Judged>& judged() const { return judged_; }
  [[nodiscard]] const std::vector<const Judged*>& ranked() const { return ranked_; }
  // What the guidelines give the class of a candidate.
  [[nodiscard]] ClassStanding standing_of(const Judged& judged) const;
  // The sheet as one candidate's rules saw it.
  [[nodiscard]] Result<FactSheet> sheet_of(const Judged& judged) const;
  // The sheet after each judging of the workload's rules.
  [[nodiscard]] const std::vector<FactSheet>& stages() const { return stages_; }
  // Keeps stages(). To be called before run().
  void keep_stages() { keeps_stages_ = true; }

 private:
  Status set_document_facts();
  void judge_workload();
  Status plan_offers();
  struct Screen {
    std::optional<DType> precision;
    Judged judged;
  };
  Status screen_device(const Device& device, Screen& out);
  Status set_reference_facts();
  Status judge_candidates();
  // What candidate rules read of the sheet, for the runs that start from this one.
  using Inputs = std::vector<std::pair<std::uint32_t, std::optional<FactValue>>>;
  [[nodiscard]] Inputs inputs() const;
  // Which candidate rules read something that differs between the two, in the order of the scope; empty: none.
  [[nodiscard]] std::vector<bool> touched_rules(const Inputs& before, const Inputs& now) const;
  [[nodiscard]] bool still_holds(const Judged& before, const std::vector<bool>& touched) const;
  [[nodiscard]] bool take_over(std::size_t index, const std::vector<bool>& touched);
  Result<const Judged*> screened(const Device& device);
  Status judge_candidate(Judged& judged);
  void apply_candidate_rules(Judged& judged);
  void reject_by_decision(std::string_view dimension, std::string (*option_of)(const Judged&));
  [[nodiscard]] std::optional<Objective> objective() const;
  [[nodiscard]] const Judged* choose();
  [[nodiscard]] std::map<DeviceClass, ClassStanding> class_standings() const;
  Status set_chosen_facts(const Judged* chosen);
  void answer_headline(const Judged* chosen);
  void answer_rest(const Judged* chosen);
  void answer_accelerator(const Judged* chosen);
  void answer_components(const Judged* chosen);
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
  const Session* base_ = nullptr;
  ReadBy first_reader_ = ReadBy::kEstimates;
  Detail detail_ = Detail::kAll;
  bool keeps_stages_ = false;
  std::string as_of_;
  FactSheet sheet_;
  Evaluation evaluation_;
  std::optional<Profile> profile_;
  std::shared_ptr<const OfferList> offers_;
  std::shared_ptr<PlanMemo> plans_;
  std::map<const Device*, Screen> screens_;
  std::vector<Judged> judged_;            // as offers_ stand
  std::vector<const Judged*> ranked_;     // feasible, best first
  bool class_is_open_ = false;            // a missing fact could give the answer to another class
  std::map<std::string, Error> blocked_;  // missing key -> the estimate's complaint
  Inputs first_inputs_, inputs_;          // when devices were screened, and when candidates were judged
  std::vector<bool> first_touched_;
  std::vector<FactSheet> stages_;
  Recommendation out_;
};

}  // namespace berth
