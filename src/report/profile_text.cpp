#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "berth/report.hpp"

namespace berth {
namespace {

void line(std::string& out, std::string_view label, const std::string& text) {
  if (!text.empty()) out += fmt::format("  {:<13} {}\n", label, text);
}

// 8030261248 -> "8.03 G", 5 -> "5 ": a unit may follow at once. Three figures, powers of 1000.
std::string short_number(double value) {
  constexpr std::array<const char*, 8> kPrefixes{" ", " k", " M", " G", " T", " P", " E", " Z"};
  std::size_t power = 0;
  while (value >= 999.5 && power + 1 < kPrefixes.size()) {
    value /= 1000;
    ++power;
  }
  return fmt::format("{:.3g}{}", value, kPrefixes[power]);
}

std::string percent(const std::optional<double>& share) {
  return share ? fmt::format("{:.1f} %", *share * 100) : "unknown";
}

std::string parameters_text(const Profile& profile) {
  if (profile.parameters == 0) return "unknown";
  std::string out = fmt::format("{}", profile.parameters);
  if (profile.parameters >= 1000)
    out = fmt::format("{} ({})", short_number(static_cast<double>(profile.parameters)), out);
  if (profile.active_parameters != profile.parameters) {
    out += fmt::format(", {} used for one token", short_number(static_cast<double>(profile.active_parameters)));
  }
  if (profile.parameters_in_file) out += fmt::format("; {} in the file", *profile.parameters_in_file);
  if (!profile.why_different.empty()) out += fmt::format(" ({})", profile.why_different);
  return out;
}

// "bf16 (declared): 16.1 GB of weights".
std::string precision_text(const Profile& profile) {
  if (!profile.lowest_precision) return "unknown";
  std::string out = fmt::format("{} ({})", to_string(*profile.lowest_precision), profile.precision_basis);
  if (profile.parameters == 0) return out;
  const double bytes = static_cast<double>(profile.parameters) * bytes_per_element(*profile.lowest_precision);
  return out + fmt::format(": {}B of weights", short_number(bytes));
}

std::string pass_text(const Profile& profile) {
  std::string out = fmt::format("{}, batch {}", to_string(profile.pass), profile.batch);
  if (profile.sequence_length > 0) out += fmt::format(", {} tokens", profile.sequence_length);
  return out;
}

std::string table_text(const Profile& profile) {
  std::vector<const OperatorWork*> rows;
  for (const OperatorWork& work : profile.operators) rows.push_back(&work);
  std::stable_sort(rows.begin(), rows.end(), [](const auto* a, const auto* b) { return a->flops > b->flops; });
  std::string out = fmt::format("\n  {:<40} {:<12} {:>9} {:>9} {:>9} {:>8} {:>6}  {:>8} {:>8} {:>9}\n", "operator",
                                "kind", "m", "n", "k", "batch", "count", "FLOPs", "bytes", "FLOP/byte");
  for (const OperatorWork* work : rows) {
    const Operator& op = work->op;
    out += fmt::format("  {:<40} {:<12} {:>9.6g} {:>9.6g} {:>9.6g} {:>8.4g} {:>6.4g}  {:>8} {:>8} {:>9.4g}\n", op.name,
                       to_string(op.kind), op.m, op.n, op.k, op.batch, op.count, short_number(work->flops),
                       short_number(work->bytes), work->intensity);
  }
  return out;
}

// "int8 channel   0.0071 (worst 0.0093)", a line a format; with the operator table, the matrices too.
void add_precision(const PrecisionReport& report, OperatorRows rows, std::string& out) {
  for (int i = 0; i < kRoundingFormatCount; ++i) {
    const RoundingFormat& format = rounding_format(i);
    const auto at = static_cast<std::size_t>(i);
    line(out, i == 0 ? "error as" : "",
         fmt::format("{:<9} scale a {:<8} {:.3g} (worst {:.3g}){}", format.name, format.scaling,
                     report.median_error[at], report.worst_error[at],
                     report.lowest == i ? fmt::format("  narrowest within {:.3g}", *report.tolerance) : ""));
  }
  for (const std::string& note : report.notes) line(out, "", note);
  if (rows != OperatorRows::kIncluded) return;
  out += fmt::format("\n  {:<48} {:>9} {:>6} {:>10} {:>10} {:>10}\n", "matrix", "range", "odd", "condition", "int8/ch.",
                     "int4/block");
  for (const MatrixPrecision& m : report.matrices) {
    out += fmt::format("  {:<48} {:>4.0f} bits {:>5.1f}% {:>10.3g} {:>10.3g} {:>10.3g}\n", m.tensor, m.range_bits,
                       100 * m.outlier_channels, m.condition, m.errors[5], m.errors[9]);
  }
}

std::string edge_tpu_text(const OperatorFit& fit) {
  std::string out = fmt::format("{} of {} operators mapped", fit.mapped, fit.operators);
  if (!fit.first_unmapped.empty()) out += fmt::format("; first not mapped: {} ({})", fit.first_unmapped, fit.why);
  if (fit.on_chip_bytes && fit.mapped > 0) {
    out += fmt::format("; {}B of parameters {} the {}B on chip", short_number(static_cast<double>(fit.parameter_bytes)),
                       fit.parameter_bytes <= *fit.on_chip_bytes ? "fit" : "exceed",
                       short_number(static_cast<double>(*fit.on_chip_bytes)));
  }
  return out;
}

}  // namespace

std::string profile_text(const Profile& profile, OperatorRows rows, const Stamp& stamp) {
  std::string out = fmt::format("{} ({})\n", profile.name.empty() ? "model" : profile.name, profile.format);
  line(out, "parameters", parameters_text(profile));
  line(out, "pass", pass_text(profile));
  if (profile.flops > 0) line(out, "work", short_number(profile.flops) + "FLOP");
  if (profile.bytes > 0) line(out, "moved", short_number(profile.bytes) + "B");
  if (profile.operational_intensity)
    line(out, "intensity", fmt::format("{:.4g} FLOP/byte", *profile.operational_intensity));
  line(out, "matmul share",
       profile.matmul_share_of_flops
           ? fmt::format("{} of the FLOPs, {} of roofline time", percent(profile.matmul_share_of_flops),
                         percent(profile.matmul_share_of_roofline_time))
           : "unknown");
  line(out, "precision", precision_text(profile));
  if (profile.precision) add_precision(*profile.precision, rows, out);
  if (profile.edge_tpu) line(out, "edge TPU", edge_tpu_text(*profile.edge_tpu));
  for (const HostLatency& run : profile.host_latency) {
    line(out, "this host",
         fmt::format("{:.4g} ms ({:.4g} to {:.4g}) with {} thread{}", run.seconds.expected * 1e3, run.seconds.low * 1e3,
                     run.seconds.high * 1e3, run.threads, run.threads == 1 ? "" : "s"));
  }
  for (const std::string& name : profile.unknown_operators) line(out, "not counted", name);
  for (const std::string& note : profile.notes) line(out, "note", note);
  if (rows == OperatorRows::kIncluded && !profile.operators.empty()) out += table_text(profile);
  line(out, "berth", fmt::format("{}, rules {}, catalog {}", stamp.version, stamp.rules_hash, stamp.catalog_date));
  return out;
}

}  // namespace berth
