// A catalog entry as a list of figures, so that text and JSON are written once for all kinds.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "berth/catalog.hpp"
#include "berth/report.hpp"
#include "core/json.hpp"

namespace berth {

struct CatalogFigure {
  std::string key;    // as in the data file: "memory_bytes"
  std::string label;  // for people: "memory"
  Json value;
  std::string text;                  // for people: "80.0 GiB"
  const Provenance* from = nullptr;  // nullptr: names, not figures
};

struct CatalogEntry {
  std::string kind;  // "device", "machine", …
  std::string id;
  std::string as_of;  // empty: undated
  std::vector<CatalogFigure> figures;
};

CatalogEntry entry_of(const Device& device);
CatalogEntry entry_of(const Machine& machine);
CatalogEntry entry_of(const Link& link);
CatalogEntry entry_of(const LinkFit& fit);
CatalogEntry entry_of(const LinkMeasurement& point);
CatalogEntry entry_of(const Service& service);
CatalogEntry entry_of(const WeightFormat& format);

// Every entry of a kind, in catalog order.
std::vector<CatalogEntry> entries_of(const Catalog& catalog, CatalogKind kind);
// The entries that `id` means (see catalog_show_text). Errors: kNotFound with "did you mean".
Result<std::vector<CatalogEntry>> find_entries(const Catalog& catalog, std::string_view id);

}  // namespace berth
