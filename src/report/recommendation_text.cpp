#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "berth/report.hpp"
#include "report/recommendation_parts.hpp"

namespace berth {
namespace {

std::string join(const std::vector<std::string>& words, const char* separator) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : separator) + word;
  return out;
}

std::string or_undecided(const std::string& word) {
  return word.empty() ? "undecided" : word;
}

void line(std::string& out, std::string_view label, const std::string& text) {
  if (!text.empty()) out += fmt::format("  {:<13} {}\n", label, text);
}

std::string interval_text(const Interval& x, std::string (*format)(double)) {
  return fmt::format("{} ({} to {})", format(x.expected), format(x.low), format(x.high));
}

std::string accelerator_text(const AcceleratorChoice& choice) {
  std::string out = or_undecided(choice.device_class);
  if (!choice.device.empty()) out += fmt::format(": {} x {}", choice.count.value_or(1), choice.device);
  if (!choice.precision.empty()) out += ", " + choice.precision;
  if (!choice.basis.empty()) out += fmt::format(" (by {})", choice.basis == "estimated" ? "estimate" : choice.basis);
  return out;
}

std::string distribution_text(const DistributionChoice& choice) {
  std::string out = or_undecided(choice.mode);
  if (!choice.strategy.empty()) out += ", " + choice.strategy;
  if (choice.machines && *choice.machines > 1) out += fmt::format(", {} machines", *choice.machines);
  if (!choice.resource.empty()) out += ", run as " + choice.resource;
  return out;
}

std::string serving_text(const ServingChoice& choice) {
  std::string out = or_undecided(choice.mode);
  if (choice.min_replicas) out += fmt::format(", at least {} replicas", *choice.min_replicas);
  if (choice.max_replicas) out += fmt::format(", at most {}", *choice.max_replicas);
  if (!choice.scale_on.empty()) out += ", scaled on " + choice.scale_on;
  if (!choice.rollout.empty()) out += ", " + choice.rollout + " rollout";
  return out;
}

std::string memory_text(const MemoryEstimate& memory) {
  std::string out = interval_text(memory.per_device_bytes, format_bytes) + " per device";
  if (memory.capacity) out += " of " + format_bytes(static_cast<double>(memory.capacity->value()));
  if (memory.fits) out += fmt::format("; fits: {}", to_string(*memory.fits));
  return out;
}

std::string time_text(const TimeEstimate& time) {
  std::vector<std::string> parts;
  const auto put = [&](const char* name, const std::optional<Interval>& x) {
    if (x) parts.push_back(fmt::format("{} {}", name, interval_text(*x, format_seconds)));
  };
  put("job", time.job_s);
  put("step", time.step_s);
  put("latency", time.latency_s);
  put("first token", time.ttft_s);
  put("per token", time.tpot_s);
  if (time.tokens_per_s) parts.push_back(fmt::format("{} tokens/s", format_count(time.tokens_per_s->expected)));
  if (time.items_per_s) parts.push_back(fmt::format("{} items/s", format_count(time.items_per_s->expected)));
  if (!time.bottleneck.empty()) parts.push_back("bound by " + time.bottleneck);
  return join(parts, "; ");
}

std::string cost_text(const CostEstimate& cost) {
  std::vector<std::string> parts;
  if (cost.job_usd) parts.push_back("job " + interval_text(*cost.job_usd, format_usd));
  if (cost.usd_per_million_tokens) {
    parts.push_back("per million tokens " + interval_text(*cost.usd_per_million_tokens, format_usd));
  }
  parts.push_back(fmt::format("{} per hour", format_usd(cost.per_hour.value())));
  std::string out = join(parts, "; ");
  return cost.as_of.empty() ? out + " (undated price)" : out + fmt::format(" (price of {})", cost.as_of);
}

void answer(std::string& out, const Recommendation& r) {
  line(out, "accelerator", accelerator_text(r.accelerator));
  line(out, "distribution", distribution_text(r.distribution));
  std::string placement = or_undecided(r.placement.mode);
  if (!r.placement.where.empty()) placement += ", " + r.placement.where;
  line(out, "placement", placement);
  if (r.serving) line(out, "serving", serving_text(*r.serving));
  if (r.candidates.empty() || !r.candidates.front().estimate) return;
  const Candidate& best = r.candidates.front();
  line(out, "machine", best.machine);
  line(out, "planned", join(best.planned, ", "));
  if (best.estimate->memory) line(out, "memory", memory_text(*best.estimate->memory));
  if (best.estimate->time) line(out, "time", time_text(*best.estimate->time));
  if (best.estimate->cost) line(out, "cost", cost_text(*best.estimate->cost));
}

void placement_parts(std::string& out, const PlacementChoice& placement) {
  if (!placement.components.empty()) out += "\nComponents\n";
  for (const Component& component : placement.components) {
    line(out, component.at, fmt::format("{}: {}", component.role, component.product));
  }
  if (placement.data_reduction) {
    line(out, "reduction",
         fmt::format("{:g} values in, {:g} out per window, measurement and gateway",
                     placement.data_reduction->values_in_per_window, placement.data_reduction->values_out_per_window));
  }
  if (!placement.checklist.empty()) out += "\nChecklist\n";
  for (const std::string& item : placement.checklist) out += "  - " + item + "\n";
}

void candidates(std::string& out, const Recommendation& r) {
  if (r.candidates.empty()) return;
  out += "\nCandidates (80 % intervals)\n";
  for (const Candidate& c : r.candidates) {
    const std::string where = c.machine.empty() ? c.device : c.machine;
    std::string text = fmt::format("{} x {} ({} x {})", c.rented, where, c.devices_per_machine * c.machines, c.device);
    if (c.score) {
      text +=
          fmt::format(": {:.4g} ({:.4g} to {:.4g}) {}", c.score->expected, c.score->low, c.score->high, c.score_unit);
    }
    line(out, fmt::format("{}.", c.rank), text);
  }
}

// Parts, checklist items, problems and warnings are shown themselves; their rules are in the JSON.
bool is_shown_elsewhere(const Because& because) {
  return because.target.starts_with("placement.component=") || because.target.starts_with("placement.checklist=") ||
         because.target.starts_with("problem=") || because.target.starts_with("warning=");
}

void reasons(std::string& out, const Recommendation& r) {
  if (!r.because.empty()) out += "\nWhy\n";
  for (const Because& b : r.because) {
    if (is_shown_elsewhere(b)) continue;
    std::vector<std::string> facts;
    for (const auto& [fact, value] : b.fired_on) facts.push_back(fact + " = " + value);
    out += fmt::format("  {} {}{}\n", b.rule, b.target, b.weight == 0 ? "" : fmt::format(" ({:+g})", b.weight));
    out += fmt::format("      {}\n", b.statement);
    if (!facts.empty()) out += fmt::format("      because {}\n", join(facts, ", "));
    out +=
        fmt::format("      source: {}{}{}\n", b.source_title, b.source_locator.empty() ? "" : ", " + b.source_locator,
                    b.seed.empty() ? "" : fmt::format(" [{}]", join(b.seed, ", ")));
  }
}

// "accelerator.class tpu, 8 x google-tpu-v5e, distribution.mode distributed". The count stands behind its device.
std::string outcome_text(const std::vector<std::pair<std::string, std::string>>& then) {
  std::vector<std::string> parts;
  bool has_device = false;
  for (const auto& [what, value] : then) {
    const std::string word = value.starts_with('"') && value.size() > 1 ? value.substr(1, value.size() - 2) : value;
    if (what == "feasible") {
      parts.emplace_back(value == "false" ? "no feasible candidate" : "a feasible candidate");
    } else if (what == "accelerator.device") {
      parts.push_back(word);
      has_device = true;
    } else if (what == "accelerator.count" && has_device) {
      parts.back() = word + " x " + parts.back();
    } else {
      parts.push_back(fmt::format("{} {}", what, word));
    }
  }
  return join(parts, ", ");
}

// Many machines fall to the same rule: one line each rule, with how many and the first few.
void rejections(std::string& out, const Recommendation& r) {
  if (r.rejected.empty()) return;
  out += "\nRejected\n";
  std::vector<const Rejected*> firsts;
  std::map<std::string, std::size_t> counts;
  for (const Rejected& rejected : r.rejected) {
    if (counts[rejected.by]++ == 0) firsts.push_back(&rejected);
  }
  for (const Rejected* rejected : firsts) {
    const std::size_t others = counts[rejected->by] - 1;
    const std::string more = others == 0 ? "" : fmt::format(" and {} more", others);
    out += fmt::format("  {}{}: {} [{}]\n", rejected->what, more, rejected->because, rejected->by);
  }
}

}  // namespace

std::string would_change_text(const WouldChange& change) {
  std::string out = fmt::format("  {}: {} -> {}", change.fact, change.from, change.to);
  for (const ChangedFact& other : change.also)
    out += fmt::format(", and {}: {} -> {}", other.fact, other.from, other.to);
  return out + fmt::format("\n      {} ({})\n", outcome_text(change.then), change.minimal);
}

std::string recommendation_text(const Recommendation& recommendation, const Stamp& stamp) {
  const Recommendation& r = recommendation;
  std::string out = fmt::format("{}: {}\n", r.name.empty() ? "recommendation" : r.name,
                                !r.feasible ? "no feasible candidate"
                                : r.decided ? "decided"
                                            : "not decided yet");
  answer(out, r);
  placement_parts(out, r.placement);
  if (!r.problems.empty()) out += "\nProblems\n";
  for (const Problem& problem : r.problems) line(out, problem.kind, problem.message);
  candidates(out, r);
  reasons(out, r);
  rejections(out, r);
  if (!r.unknown.empty()) out += "\nUnknown\n";
  for (const Unknown& unknown : r.unknown) {
    out += fmt::format("  {} (could change {}): {}\n", unknown.fact, join(unknown.could_change, ", "), unknown.ask);
  }
  if (!r.would_change.empty()) out += "\nWould change the answer\n";
  for (const WouldChange& change : r.would_change) out += would_change_text(change);
  if (!r.warnings.empty()) out += "\nWarnings\n";
  for (const std::string& warning : r.warnings) out += "  " + warning + "\n";
  out += fmt::format("\nberth {}, rules {}, catalog {}\n", stamp.version, stamp.rules_hash, stamp.catalog_date);
  return out;
}

}  // namespace berth
