#include <ostream>
#include <vector>

#include "berth/report.hpp"
#include "berth/version.hpp"
#include "cli/inputs.hpp"
#include "core/text.hpp"

namespace berth::cli {
namespace {

constexpr CatalogKind kAllKinds[] = {CatalogKind::kDevices, CatalogKind::kMachines, CatalogKind::kLinks,
                                     CatalogKind::kServices, CatalogKind::kWeightFormats};

Result<std::vector<CatalogKind>> kinds_of(const std::string& word) {
  if (word.empty()) return std::vector<CatalogKind>(std::begin(kAllKinds), std::end(kAllKinds));
  if (const auto kind = parse_catalog_kind(word)) return std::vector<CatalogKind>{*kind};
  std::vector<std::string> words;
  for (const CatalogKind kind : kAllKinds) words.emplace_back(to_string(kind));
  return fail(ErrorCode::kInvalid, "the catalog has no kind '" + shorten(word) + "'",
              "use " + join_or(words) + did_you_mean(word, words));
}

}  // namespace

int run_catalog_list(const CatalogListOptions& options, Terminal& terminal) {
  const Result<std::vector<CatalogKind>> kinds = kinds_of(options.kind);
  if (!kinds) return terminal.report(kinds.error());
  const Result<Catalog> catalog = load_catalog(options.knowledge);
  if (!catalog) return terminal.report(catalog.error());
  const Stamp stamp{version(), {}, catalog->as_of()};
  terminal.out() << (options.format == Format::kText
                         ? catalog_list_text(*catalog, *kinds)
                         : catalog_list_json(*catalog, *kinds, stamp, JsonStyle::kIndented));
  return kDone;
}

int run_catalog_show(const CatalogShowOptions& options, Terminal& terminal) {
  const Result<Catalog> catalog = load_catalog(options.knowledge);
  if (!catalog) return terminal.report(catalog.error());
  const Stamp stamp{version(), {}, catalog->as_of()};
  const Result<std::string> text = options.format == Format::kText
                                       ? catalog_show_text(*catalog, options.id)
                                       : catalog_show_json(*catalog, options.id, stamp, JsonStyle::kIndented);
  if (!text) return terminal.report(text.error());
  terminal.out() << *text;
  return kDone;
}

}  // namespace berth::cli
