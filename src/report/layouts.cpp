#include <fmt/format.h>

#include <cmath>

#include "berth/report.hpp"
#include "core/json.hpp"
#include "report/estimate_json.hpp"

namespace berth {
namespace {

Json parallelism_json(const Parallelism& p) {
  Json out = Json::object();
  const auto put = [&](const char* key, const auto& value) {
    if (value) out[key] = *value;
  };
  put("data", p.data);
  put("tensor", p.tensor);
  put("pipeline", p.pipeline);
  put("context", p.context);
  put("expert", p.expert);
  put("zero_stage", p.zero_stage);
  put("interleave", p.interleave);
  return out;
}

Json layout_json(const LayoutChoice& choice, int rank) {
  Json out{{"rank", rank}};
  out["parallelism"] = parallelism_json(choice.parallelism);
  out["micro_batch"] = choice.micro_batch;
  out["gradient_accumulation"] = choice.gradient_accumulation;
  out["activation_checkpointing"] = to_string(choice.checkpointing);
  if (rank > 1) {
    out["lost"] = {{"step_s", json_number(choice.lost_step_s)}, {"bytes", json_number(choice.lost_bytes)}};
    out["differs"] = choice.differs;
  }
  if (!choice.verdicts.empty()) out["verdicts"] = choice.verdicts;
  out["estimate"] = estimate_to_json(choice.estimate);
  return out;
}

std::string degrees_text(const LayoutChoice& choice) {
  const Parallelism& p = choice.parallelism;
  std::string out;
  const auto put = [&](const char* name, const std::optional<std::int64_t>& degree) {
    if (degree && *degree > 1) out += fmt::format("{}{} {}", out.empty() ? "" : ", ", name, *degree);
  };
  put("data", p.data);
  put("tensor", p.tensor);
  put("pipeline", p.pipeline);
  put("context", p.context);
  put("expert", p.expert);
  put("interleave", p.interleave);
  if (p.zero_stage) out += fmt::format("{}ZeRO {}", out.empty() ? "" : ", ", *p.zero_stage);
  return out + fmt::format(", micro-batch {} x {}, {} checkpointing", choice.micro_batch, choice.gradient_accumulation,
                           to_string(choice.checkpointing));
}

std::string figures_text(const Estimate& e) {
  std::string out;
  if (e.time && e.time->step_s)
    out += fmt::format("step {} ({} to {})", format_seconds(e.time->step_s->expected),
                       format_seconds(e.time->step_s->low), format_seconds(e.time->step_s->high));
  if (e.time && e.time->tokens_per_s) out += fmt::format("; {} tokens/s", format_count(e.time->tokens_per_s->expected));
  if (e.time && e.time->mfu) out += fmt::format("; {:.0f} % of peak", 100 * *e.time->mfu);
  if (e.time && !e.time->bottleneck.empty()) out += "; bound by " + e.time->bottleneck;
  if (e.memory) {
    out += fmt::format("; {} a device", format_bytes(e.memory->per_device_bytes.expected));
    if (e.memory->capacity) out += " of " + format_bytes(static_cast<double>(e.memory->capacity->value()));
    if (e.memory->fits) out += fmt::format(", fits: {}", to_string(*e.memory->fits));
  }
  return out;
}

}  // namespace

std::string layouts_json(const LayoutSearch& search, const Stamp& stamp, JsonStyle style) {
  Json out{{"schema", "berth/layouts/v1"}, {"name", search.name}};
  out["cluster"] = {{"device", search.cluster.device},
                    {"devices_per_machine", search.cluster.devices_per_machine},
                    {"machines", search.cluster.machines},
                    {"devices", search.cluster.devices()}};
  if (!search.machine.empty()) out["machine"] = search.machine;
  out["feasible"] = !search.layouts.empty();
  out["layouts"] = Json::array();
  for (std::size_t i = 0; i < search.layouts.size(); ++i)
    out["layouts"].push_back(layout_json(search.layouts[i], static_cast<int>(i) + 1));
  if (search.why_not) out["why_not"] = {{"message", search.why_not->message}, {"fix", search.why_not->fix}};
  out["reasons"] = search.reasons;
  out["searched"] = {{"enumerated", search.enumerated}, {"estimated", search.estimated}, {"fitting", search.fitting}};
  out["berth"] = {{"version", stamp.version}, {"rules", stamp.rules_hash}, {"catalog", stamp.catalog_date}};
  return json_text(out, style == JsonStyle::kIndented ? 2 : -1) + "\n";
}

std::string layouts_text(const LayoutSearch& search, const Stamp& stamp) {
  std::string out = fmt::format("{}: {} x {}, {} a machine\n", search.name.empty() ? "layouts" : search.name,
                                search.cluster.devices(), search.cluster.device, search.cluster.devices_per_machine);
  if (search.why_not) out += "  " + search.why_not->message + "\n  " + search.why_not->fix + "\n";
  for (std::size_t i = 0; i < search.layouts.size(); ++i) {
    const LayoutChoice& choice = search.layouts[i];
    out += fmt::format("  {}. {}\n     {}\n", i + 1, degrees_text(choice), figures_text(choice.estimate));
    if (i == 0) continue;
    const double best = search.layouts.front().estimate.time->step_s->expected;
    out += fmt::format("     loses {:+.1f} % a step, {}{} a device\n", 100 * choice.lost_step_s / best,
                       choice.lost_bytes < 0 ? "-" : "+", format_bytes(std::abs(choice.lost_bytes)));
  }
  if (!search.reasons.empty()) out += "\nWhy the first\n";
  for (const std::string& reason : search.reasons) out += "  " + reason + "\n";
  out += fmt::format("\n{} estimates\nberth {}, rules {}, catalog {}\n", search.estimated, stamp.version,
                     stamp.rules_hash, stamp.catalog_date);
  return out;
}

}  // namespace berth
