#include <fmt/format.h>

#include "berth/report.hpp"
#include "report/definitions.hpp"

namespace berth {
namespace {

void line(std::string& out, std::string_view label, const std::string& text) {
  out += fmt::format("  {:<14} {}\n", label, text);
}

std::string range_text(const Interval& x, std::string (*format)(double)) {
  return fmt::format("{} ({} to {})", format(x.expected), format(x.low), format(x.high));
}

// Rates may be far below or above one: three digits, or a count with a prefix.
std::string format_rate(double rate) {
  return rate < 1000 ? fmt::format("{:.3g}", rate) : format_count(rate);
}

void put(std::string& out, std::string_view label, const std::optional<Interval>& x, std::string (*format)(double)) {
  if (x) line(out, label, range_text(*x, format));
}

void memory_lines(std::string& out, const MemoryEstimate& memory) {
  out += "Memory per device\n";
  line(out, "needed", range_text(memory.per_device_bytes, format_bytes));
  if (memory.capacity) {
    std::string text = format_bytes(static_cast<double>(memory.capacity->value()));
    if (memory.fits) text += fmt::format("; fits: {}", to_string(*memory.fits));
    line(out, "there is", text);
  }
  for (const auto& [name, bytes] : memory.breakdown_bytes) line(out, "  " + name, format_bytes(bytes));
  if (memory.engine_allocated) {
    line(out, "engine takes", format_bytes(static_cast<double>(memory.engine_allocated->value())));
  }
  const auto largest = [&](const char* what, const std::optional<std::int64_t>& count) {
    if (count) line(out, "largest", fmt::format("{} {} fits", what, *count));
  };
  largest("micro-batch", memory.largest_micro_batch);
  largest("concurrency", memory.largest_concurrency);
  largest("context", memory.largest_context);
  largest("batch", memory.largest_batch);
}

void time_lines(std::string& out, const TimeEstimate& time) {
  out += "Time\n";
  put(out, "job", time.job_s, format_seconds);
  put(out, "step", time.step_s, format_seconds);
  put(out, "latency", time.latency_s, format_seconds);
  put(out, "first token", time.ttft_s, format_seconds);
  put(out, "per token", time.tpot_s, format_seconds);
  put(out, "tokens/s", time.tokens_per_s, format_rate);
  put(out, "items/s", time.items_per_s, format_rate);
  if (time.mfu) line(out, "of the peak", fmt::format("{:.1f} %", *time.mfu * 100));
  if (!time.bottleneck.empty()) line(out, "bound by", time.bottleneck);
  for (const Definition& d : definitions_of(time)) out += fmt::format("    {} is {}\n", d.figure, d.text);
}

void cost_lines(std::string& out, const CostEstimate& cost) {
  out += "Cost\n";
  put(out, "job", cost.job_usd, format_usd);
  put(out, "1M tokens", cost.usd_per_million_tokens, format_usd);
  line(
      out, "per hour",
      format_usd(cost.per_hour.value()) + (cost.as_of.empty() ? " (undated price)" : " (price of " + cost.as_of + ")"));
}

void basis_lines(std::string& out, const Estimate& estimate) {
  out += "Basis\n";
  for (const Basis& basis : estimate.basis) {
    out += fmt::format("  {}: {}, calibration {}{}\n", basis.figure, basis.method, basis.calibration,
                       basis.extrapolated ? "; extrapolated" : "");
    for (const std::string& assumption : basis.assumptions) out += "    - " + assumption + "\n";
  }
}

}  // namespace

std::string estimate_text(const Estimate& estimate, const Stamp& stamp) {
  std::string out = estimate.name.empty() ? "Estimate" : estimate.name;
  if (estimate.parameters_total > 0) {
    out += fmt::format(": {} parameters", format_count(static_cast<double>(estimate.parameters_total)));
  }
  out += " (80 % intervals)\n\n";
  if (estimate.memory) memory_lines(out, *estimate.memory);
  if (estimate.time) time_lines(out, *estimate.time);
  if (estimate.cost) cost_lines(out, *estimate.cost);
  basis_lines(out, estimate);
  out += fmt::format("\nberth {}, rules {}, catalog of {}\n", stamp.version, stamp.rules_hash, stamp.catalog_date);
  return out;
}

}  // namespace berth
