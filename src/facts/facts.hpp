// Flattens document, model, device and estimate into the typed facts of rules/facts.json, each with its
// origin.
//
// Computes no judgement: what a figure means is for the rules. What isn't known stays unset (unknown); a
// key that the document gives as null is set to null (known to be absent).
#pragma once

#include <string>
#include <string_view>

#include "berth/catalog.hpp"
#include "berth/estimate.hpp"
#include "berth/profile.hpp"
#include "berth/rules.hpp"
#include "berth/workload.hpp"

namespace berth {

// Light in glass fibre: 299,792 km/s over a refractive index of about 1.47 (ITU-T G.652 fibre) is about
// 204,000 km/s; 200,000 is the usual round figure. Real routes are longer, so this is a least time.
inline constexpr double kFibreKmPerSecond = 200000;

// The document's facts, under the document's own paths, and what follows from them by arithmetic alone:
// users.*, data.* (values and bits per second at a gateway), estimate.network_rtt_s,
// estimate.latency_left_s, and estimate.cpu.job_s where the document gives job.time_on_cpu_s.
//
// Wishes that the document doesn't state are not unknown but absent, and set to null: allowed clouds,
// regions and devices, an accelerator class, a budget, a deadline, surviving a machine's loss, several
// trials, limits on tokens; for batch serving also a limit on latency. What the document doesn't say about the model,
// the job and the site stays unknown.
Status add_document_facts(FactSheet& sheet, const Workload& workload);

// model.* and profile.*, where the document has a model. @param profile  nullptr: none could be made
Status add_model_facts(FactSheet& sheet, const Workload& workload, const Profile* profile);

// estimate.<class>.*: the best machine of a class that is allowed. A time that the document gives stays.
Status add_reference_facts(FactSheet& sheet, DeviceClass device_class, const Cluster& cluster,
                           const Estimate& estimate);

// One candidate, as far as it is known.
struct CandidateFacts {
  const Device* device = nullptr;
  const Machine* machine = nullptr;  // nullptr: own or edge hardware
  const Cluster* cluster = nullptr;
  const Job* job = nullptr;  // as planned
  const Estimate* estimate = nullptr;
};

// device.*, machine.*, candidate.* and estimate.* of one candidate.
// @param as_of  ISO date that the price's age is counted to
Status add_candidate_facts(FactSheet& sheet, const CandidateFacts& facts, const Workload& workload,
                           std::string_view as_of);

// What was chosen in a first pass, for the rules that follow from it.
struct ChosenFacts {
  std::string device_class;    // "gpu"; empty undecided
  std::string placement_mode;  // "central"; empty undecided
  const Device* device = nullptr;
  const Machine* machine = nullptr;
  const Cluster* cluster = nullptr;
  const Job* job = nullptr;  // as planned
  const Estimate* estimate = nullptr;
  std::string as_of;  // ISO date that the price's age is counted to; empty: the age stays unknown
};

// chosen.*. Without a machine the cloud is the document's, where it allows one only.
Status add_chosen_facts(FactSheet& sheet, const ChosenFacts& facts);

// One layout of a training job on a cluster.
struct LayoutFacts {
  const Job* job = nullptr;  // every degree given
  const Cluster* cluster = nullptr;
  const Device* device = nullptr;
  std::optional<double> memory_bytes;  // expected, per device
};

// layout.*. For the rules on which of equally fast layouts is better.
Status add_layout_facts(FactSheet& sheet, const LayoutFacts& facts);

// Days from one ISO date to another; nullopt when either is no date.
std::optional<double> days_between(std::string_view from, std::string_view to);

// Whether one of the catalog's words for software names `framework` of the workload document; nullopt
// when nothing is known of the device's software.
std::optional<bool> runs_framework(const Device& device, std::string_view framework);

}  // namespace berth
