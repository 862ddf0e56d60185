#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "berth/report.hpp"
#include "report/catalog_entry.hpp"

namespace berth {
namespace {

const std::string* text_of(const CatalogEntry& entry, std::string_view key) {
  for (const CatalogFigure& figure : entry.figures) {
    if (figure.key == key) return &figure.text;
  }
  return nullptr;
}

// The figures that a list shows, per kind of entry.
std::vector<std::string_view> columns_of(const CatalogEntry& entry) {
  if (entry.kind == "device") return {"class", "status", "memory_bytes", "memory_bytes_per_s", "fastest"};
  if (entry.kind == "machine") return {"device", "count", "vcpus", "on_demand_usd_per_hour", "spot_usd_per_hour"};
  if (entry.kind == "link") return {"scope", "one_way_bytes_per_s", "name"};
  if (entry.kind == "link_fit") return {"scope", "collective", "alpha_s", "efficiency"};
  if (entry.kind == "link_measurement") return {"collective", "bus_bytes_per_s", "hardware"};
  if (entry.kind == "service") return {"cloud", "status", "product", "roles", "replacement"};
  return {"bits_per_weight", "name"};
}

// The last peak listed: the narrowest format that the device is fast in.
std::string fastest(const CatalogEntry& entry) {
  std::string out = "-";
  for (const CatalogFigure& figure : entry.figures) {
    if (figure.key.starts_with("peak_")) out = figure.label.substr(5) + " " + figure.text;
  }
  return out;
}

std::string cell_of(const CatalogEntry& entry, std::string_view column) {
  if (column == "fastest") return fastest(entry);
  const std::string* text = text_of(entry, column);
  if (text == nullptr) return "-";
  if (column == "count") return "x " + *text;
  if (column == "vcpus") return *text + " vCPUs";
  if (column == "spot_usd_per_hour") return "spot " + *text;
  if (column == "replacement") return "use " + *text;
  return *text;
}

std::vector<std::string> row_of(const CatalogEntry& entry) {
  std::vector<std::string> cells{entry.id};
  for (const std::string_view column : columns_of(entry)) cells.push_back(cell_of(entry, column));
  if (entry.kind == "machine") cells.push_back(entry.as_of.empty() ? "undated" : entry.as_of);
  return cells;
}

// Entries of one kind (a list of links holds three), in aligned columns.
void append_table(std::string& out, std::span<const CatalogEntry> entries) {
  std::vector<std::size_t> widths;
  for (const CatalogEntry& entry : entries) {
    const std::vector<std::string> cells = row_of(entry);
    widths.resize(std::max(widths.size(), cells.size()));
    for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], cells[i].size());
  }
  for (const CatalogEntry& entry : entries) {
    std::string line;
    const std::vector<std::string> cells = row_of(entry);
    for (std::size_t i = 0; i < cells.size(); ++i) line += fmt::format("  {:<{}}", cells[i], widths[i]);
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
}

// Source keys in the order of their first use, shown as [1], [2], ….
class Footnotes {
 public:
  std::string mark(const Provenance& from) {
    std::string out;
    for (const std::string& source : from.sources) out += (out.empty() ? "" : ", ") + std::to_string(number(source));
    return out.empty() ? "no source" : "[" + out + "]";
  }
  [[nodiscard]] const std::vector<std::string>& sources() const { return sources_; }

 private:
  std::size_t number(const std::string& source) {
    const auto it = std::find(sources_.begin(), sources_.end(), source);
    if (it != sources_.end()) return static_cast<std::size_t>(it - sources_.begin()) + 1;
    sources_.push_back(source);
    return sources_.size();
  }
  std::vector<std::string> sources_;
};

std::string figure_text(const CatalogFigure& figure, const Provenance* previous, Footnotes& notes) {
  std::string out = fmt::format("  {:<20}{}", figure.label, figure.text);
  if (figure.from != nullptr) {
    out = fmt::format("{:<44} {:<9}{}", out, figure.from->confidence, notes.mark(*figure.from));
    // Figures that share a source share its note too.
    if (!figure.from->note.empty() && figure.from != previous) out += fmt::format("\n{:<22}{}", "", figure.from->note);
  }
  return out + "\n";
}

std::string entry_text(const CatalogEntry& entry, Footnotes& notes) {
  std::string out = fmt::format("{} {}, {}\n", entry.kind, entry.id,
                                entry.as_of.empty() ? std::string("undated") : "as of " + entry.as_of);
  std::replace(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(entry.kind.size()), '_', ' ');
  const Provenance* previous = nullptr;
  for (const CatalogFigure& figure : entry.figures) {
    out += figure_text(figure, previous, notes);
    if (figure.from != nullptr) previous = figure.from;
  }
  return out;
}

}  // namespace

std::string catalog_list_text(const Catalog& catalog, std::span<const CatalogKind> kinds) {
  std::string out;
  for (const CatalogKind kind : kinds) {
    const std::vector<CatalogEntry> entries = entries_of(catalog, kind);
    if (!out.empty()) out += "\n";
    out += fmt::format("{} ({}), catalog of {}\n", to_string(kind), entries.size(), catalog.as_of());
    std::size_t first = 0;
    while (first < entries.size()) {
      std::size_t end = first;
      while (end < entries.size() && entries[end].kind == entries[first].kind) ++end;
      append_table(out, std::span(entries).subspan(first, end - first));
      first = end;
    }
  }
  return out;
}

Result<std::string> catalog_show_text(const Catalog& catalog, std::string_view id) {
  const Result<std::vector<CatalogEntry>> entries = find_entries(catalog, id);
  if (!entries) return tl::unexpected<Error>(entries.error());
  std::string out;
  Footnotes notes;
  for (const CatalogEntry& entry : *entries) out += (out.empty() ? "" : "\n") + entry_text(entry, notes);
  out +=
      "\nconfidence: V2 two sources agree, V1 one source read, D derived, R recalled and not re-read, "
      "DISAGREE sources conflict\n";
  for (std::size_t i = 0; i < notes.sources().size(); ++i) {
    out += fmt::format("[{}] {}\n", i + 1, catalog.source_text(notes.sources()[i]));
  }
  return out;
}

}  // namespace berth
