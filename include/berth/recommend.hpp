/// The recommendation: candidates from the catalog, facts, the run of the rules, the answer.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "berth/catalog.hpp"
#include "berth/estimate.hpp"
#include "berth/logger.hpp"
#include "berth/result.hpp"
#include "berth/rules.hpp"
#include "berth/workload.hpp"

namespace berth {

struct RecommendOptions {
  int top = 5;        ///< candidates listed, 1-100
  std::string as_of;  ///< ISO date that prices and rules are judged against; empty = catalog's date
  Logger logger;
  /// What the search for `would_change` may spend: runs of the pipeline on a changed document, one that plans
  /// the machines anew counting as kReplanCost. 0: none; kDeepFlips: all changes of one fact.
  int flips = kDefaultFlips;
  static constexpr int kDefaultFlips = 16;
  static constexpr int kDeepFlips = 2000;
  static constexpr int kReplanCost = 10;
};

struct AcceleratorChoice {
  std::string device_class;  ///< "gpu", …; empty undecided
  std::string device;        ///< catalog id; empty when only the class is decided
  std::optional<std::int64_t> count;
  std::string precision;  ///< empty undecided
  std::string basis;      ///< "estimated", "guideline"
};

struct DistributionChoice {
  std::string mode;      ///< single_device, single_machine, distributed, parallel_trials; empty undecided
  std::string strategy;  ///< "MirroredStrategy", "FSDP", …; empty undecided
  std::optional<std::int64_t> machines;
  std::optional<Parallelism> parallelism;
  std::string resource;  ///< Kubernetes kind to run it as, when on Kubernetes; empty otherwise
};

struct Component {
  std::string role;     ///< "ingestion", …
  std::string product;  ///< today's product, or a description for own hardware
  std::string at;       ///< "edge", "gateway", "cloud"
  std::string status;   ///< "current", …
};

struct DataReduction {
  double values_in_per_window = 0;  ///< per measurement and gateway
  double values_out_per_window = 0;
  std::optional<double> bytes_in_per_s, bytes_out_per_s;
};

struct PlacementChoice {
  std::string mode;   ///< central, edge, hybrid; empty undecided
  std::string where;  ///< "Compute Engine", …; empty undecided
  std::vector<Component> components;
  std::optional<DataReduction> data_reduction;
  std::vector<std::string> checklist;
};

struct ServingChoice {
  std::string mode;  ///< online, batch; empty undecided
  std::optional<std::int64_t> min_replicas, max_replicas;
  std::string scale_on, rollout;
};

struct Problem {
  std::string kind;  ///< "latency", …
  std::string message;
};

struct Candidate {
  int rank = 0;
  std::string machine;  ///< catalog id; empty for own or edge hardware
  std::string device;
  std::int64_t devices_per_machine = 1, machines = 1;
  std::int64_t rented = 1;  ///< how many of `machine`: a TPU slice of several machines is one
  std::optional<Estimate> estimate;
  /// Value of the objective, lower is better; nullopt where no figure could be estimated.
  std::optional<Interval> score;
  std::string score_unit;             ///< "usd", "usd_per_hour", "usd_per_million_tokens", "s", "usd*s"
  std::vector<std::string> planned;   ///< keys that berth chose: "job.micro_batch=8"
  std::vector<std::string> verdicts;  ///< rules that fired on it
};

struct Rejected {
  std::string what;  ///< "tpu", "gcp/a2-highgpu-1g/us-central1 x1", …
  std::string by;    ///< rule id
  std::string because;
};

/// One rule that fired, or that would if more were known.
struct Because {
  std::string rule;
  std::vector<std::pair<std::string, std::string>> fired_on;  ///< fact, value as JSON text
  std::string target;                                         ///< "accelerator.class=gpu"
  double weight = 0;
  std::string statement;
  std::string source_title, source_locator, source_url;
  std::vector<std::string> seed;
};

struct Unknown {
  std::string fact;
  std::vector<std::string> could_change;  ///< decisions
  std::string ask;
};

struct ChangedFact {
  std::string fact, from, to;  ///< values as JSON text
};

/// A change of the document after which another answer comes out. Every one was run through the whole
/// pipeline: the document changed, re-estimated, decided again.
struct WouldChange {
  std::string fact, from, to;                             ///< values as JSON text
  std::vector<ChangedFact> also;                          ///< changed together with it
  std::vector<std::pair<std::string, std::string>> then;  ///< "accelerator.class" and so on, values as JSON text
  std::string minimal;                                    ///< how far minimality is proven
};

struct Recommendation {
  std::string name;
  bool decided = false;
  bool feasible = true;  ///< false: candidates existed and every one was rejected
  AcceleratorChoice accelerator;
  DistributionChoice distribution;
  PlacementChoice placement;
  std::optional<ServingChoice> serving;
  std::vector<Problem> problems;
  std::vector<Candidate> candidates;
  std::vector<Rejected> rejected;
  std::vector<Because> because;
  std::vector<Unknown> unknown;
  std::vector<WouldChange> would_change;
  std::vector<std::string> warnings;
};

/// Recommends for a workload. Immutable inputs; thread-safe.
/// Errors: kInternal only; a workload that can't be served gives feasible = false.
/// Cost: one estimate per distinct (device, count) of the allowed machines, plus the rules.
Result<Recommendation> recommend(const Workload& workload, const RuleSet& rules, const EstimateContext& context,
                                 const RecommendOptions& options = {});

}  // namespace berth
