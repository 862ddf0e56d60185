#include <fmt/format.h>

#include "berth/report.hpp"

namespace berth {
namespace {

std::string percent(double share) {
  return fmt::format("{:.1f} %", share * 100);
}

std::string signed_percent(double share) {
  return fmt::format("{:+.1f} %", share * 100);
}

// A table as people read it in a terminal, or as Markdown has it.
class Table {
 public:
  explicit Table(AccuracyLayout layout) : layout_(layout) {}

  void head(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

  [[nodiscard]] std::string text() const {
    if (rows_.size() < 2) return "";
    std::vector<std::size_t> widths(rows_.front().size());
    for (const auto& row : rows_) {
      for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    std::string out;
    for (std::size_t r = 0; r < rows_.size(); ++r) {
      out += line(rows_[r], widths);
      if (r == 0 && layout_ == AccuracyLayout::kMarkdown) {
        std::vector<std::string> rule(rows_[0].size(), "---:");
        rule[0] = "---";
        out += line(rule, {});
      }
    }
    return out + "\n";
  }

 private:
  [[nodiscard]] std::string line(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) const {
    std::string out;
    if (layout_ == AccuracyLayout::kMarkdown) {
      for (const std::string& cell : cells) out += "| " + cell + " ";
      return out + "|\n";
    }
    for (std::size_t i = 0; i < cells.size(); ++i) {
      out += i == 0 ? fmt::format("{:<{}}", cells[i], widths[i]) : fmt::format("  {:>{}}", cells[i], widths[i]);
    }
    return out + "\n";
  }

  AccuracyLayout layout_;
  std::vector<std::vector<std::string>> rows_;
};

std::string title(AccuracyLayout layout, const std::string& text) {
  return (layout == AccuracyLayout::kMarkdown ? "## " : "") + text + "\n" +
         (layout == AccuracyLayout::kMarkdown ? "\n" : "");
}

std::string figures_text(const Accuracy& a, AccuracyLayout layout) {
  Table table(layout);
  table.head({"figure", "families", "measurements", "answered", "median", "p90", "in 80 %", "width", "low > 3 %"});
  for (const FigureSummary& f : a.figures) {
    table.row({to_string(f.figure), std::to_string(f.families), std::to_string(f.count), std::to_string(f.answered),
               percent(f.median), percent(f.p90), percent(f.coverage), fmt::format("{:.2f}", f.width), percent(f.low)});
  }
  return table.text();
}

std::string fits_text(const Accuracy& a, AccuracyLayout layout) {
  Table table(layout);
  table.head({"source", "what happened", "runs", "answered", "called out of memory", "called marginal"});
  FitsRow sums[2];
  for (const FitsRow& f : a.fits) {
    FitsRow& sum = sums[f.ran ? 1 : 0];
    sum.count += f.count;
    sum.answered += f.answered;
    sum.called += f.called;
    sum.marginal += f.marginal;
    table.row({f.source, f.ran ? "ran" : "out of memory", std::to_string(f.count), std::to_string(f.answered),
               std::to_string(f.called), std::to_string(f.marginal)});
  }
  for (const bool ran : {false, true}) {
    const FitsRow& sum = sums[ran ? 1 : 0];
    if (sum.count == 0) continue;
    table.row({"all", ran ? "ran" : "out of memory", std::to_string(sum.count), std::to_string(sum.answered),
               std::to_string(sum.called), std::to_string(sum.marginal)});
  }
  return table.text();
}

std::string sources_text(const Accuracy& a, AccuracyLayout layout) {
  Table table(layout);
  table.head({"source", "figure", "n", "answered", "median", "p90", "bias", "in 80 %", "width", "low > 3 %"});
  for (const ErrorRow& r : a.rows) {
    if (r.answered == 0) {
      table.row({r.source, to_string(r.figure), std::to_string(r.count), "0", "", "", "", "", "", ""});
      continue;
    }
    table.row({r.source, to_string(r.figure), std::to_string(r.count), std::to_string(r.answered), percent(r.median),
               percent(r.p90), signed_percent(r.bias), percent(r.coverage), fmt::format("{:.2f}", r.width),
               percent(r.low)});
  }
  return table.text();
}

}  // namespace

std::string accuracy_text(const Accuracy& a, AccuracyLayout layout) {
  std::string out = fmt::format(
      "Calibration {}{}. Error: estimate over truth less one, or truth over estimate less one, whichever is positive;\n"
      "twice and half both count 100 %. Each source family weighs the same.\n\n",
      a.calibration, a.left_out ? ", each source scored by a fit that hasn't seen it" : "");
  out += title(layout, "By figure") + figures_text(a, layout);
  if (!a.fits.empty()) out += title(layout, "Fits into memory") + fits_text(a, layout);
  out += title(layout, "By source") + sources_text(a, layout);
  if (a.order.groups > 0) {
    out += title(layout, "Hardware order");
    out += fmt::format(
        "The same work on three or more devices: {} groups, mean rank correlation {:.3f}, the fastest picked in {:.0f} "
        "%, mean regret {:.1f} %.\n\n",
        a.order.groups, a.order.rank_correlation, a.order.picked_fastest * 100, a.order.regret * 100);
  }
  if (!a.refused.empty()) {
    out += title(layout, "Not answered");
    Table table(layout);
    table.head({"source", "measurements", "for example", "reason"});
    for (const Refusal& r : a.refused) table.row({r.source, std::to_string(r.count), r.example, r.reason});
    out += table.text();
  }
  out.pop_back();
  return out;
}

}  // namespace berth
