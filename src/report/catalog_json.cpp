#include "berth/report.hpp"
#include "report/catalog_entry.hpp"

namespace berth {
namespace {

Json head(const char* schema, const Catalog& catalog, const Stamp& stamp) {
  Json out = {{"schema", schema}, {"berth", {{"version", stamp.version}, {"catalog", catalog.as_of()}}}};
  return out;
}

Json provenance_json(const Catalog& catalog, const Provenance& from) {
  Json out = Json::object();
  out["sources"] = Json::array();
  for (const std::string& source : from.sources) out["sources"].push_back(std::string(catalog.source_text(source)));
  if (!from.confidence.empty()) out["confidence"] = from.confidence;
  if (!from.note.empty()) out["note"] = from.note;
  return out;
}

// {"id":…, "memory_bytes": {"value":…, "sources":[…], …}, "vendor": "NVIDIA"}: figures carry their source.
Json entry_json(const Catalog& catalog, const CatalogEntry& entry) {
  Json out = {{"kind", entry.kind}, {"id", entry.id}};
  if (!entry.as_of.empty()) out["as_of"] = entry.as_of;
  for (const CatalogFigure& figure : entry.figures) {
    if (figure.from == nullptr) {
      out[figure.key] = figure.value;
      continue;
    }
    Json value = {{"value", figure.value}};
    value.update(provenance_json(catalog, *figure.from));
    out[figure.key] = std::move(value);
  }
  return out;
}

std::string text_of(const Json& document, JsonStyle style) {
  return json_text(document, style == JsonStyle::kOneLine ? -1 : 2) + "\n";
}

}  // namespace

std::string catalog_list_json(const Catalog& catalog, std::span<const CatalogKind> kinds, const Stamp& stamp,
                              JsonStyle style) {
  Json out = head("berth/catalog-list/v1", catalog, stamp);
  for (const CatalogKind kind : kinds) {
    Json list = Json::array();
    for (const CatalogEntry& entry : entries_of(catalog, kind)) {
      Json item = {{"kind", entry.kind}, {"id", entry.id}};
      if (!entry.as_of.empty()) item["as_of"] = entry.as_of;
      for (const CatalogFigure& figure : entry.figures) item[figure.key] = figure.value;
      list.push_back(std::move(item));
    }
    out[kind == CatalogKind::kWeightFormats ? "weight_formats" : to_string(kind)] = std::move(list);
  }
  return text_of(out, style);
}

Result<std::string> catalog_show_json(const Catalog& catalog, std::string_view id, const Stamp& stamp,
                                      JsonStyle style) {
  const Result<std::vector<CatalogEntry>> entries = find_entries(catalog, id);
  if (!entries) return tl::unexpected<Error>(entries.error());
  Json out = head("berth/catalog-entries/v1", catalog, stamp);
  out["entries"] = Json::array();
  for (const CatalogEntry& entry : *entries) out["entries"].push_back(entry_json(catalog, entry));
  return text_of(out, style);
}

}  // namespace berth
