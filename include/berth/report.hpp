/// Writers of finished values: JSON for programs, text for people. Nothing is decided here.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "berth/catalog.hpp"
#include "berth/estimate.hpp"
#include "berth/explain.hpp"
#include "berth/measurements.hpp"
#include "berth/parallelism.hpp"
#include "berth/profile.hpp"
#include "berth/recommend.hpp"

namespace berth {

/// What every output names, so that an answer can be reproduced.
struct Stamp {
  std::string version;       ///< of berth
  std::string rules_hash;    ///< RuleSet::hash()
  std::string catalog_date;  ///< Catalog::as_of()
};

enum class JsonStyle : std::uint8_t { kIndented, kOneLine };

/// The "berth/recommendation/v1" document (docs/reference/recommendation.md). Ends with a newline.
/// Byte-identical for equal inputs. Thread-safe.
std::string recommendation_json(const Recommendation& recommendation, const Stamp& stamp, JsonStyle style);

/// The same for people: the answer, the numbers, the reasons, what is unknown. Thread-safe.
std::string recommendation_text(const Recommendation& recommendation, const Stamp& stamp);

/// The "berth/explanation/v1" document (docs/reference/explanation.md). Ends with a newline. Byte-identical for
/// equal inputs. Thread-safe.
std::string explanation_json(const Explanation& explanation, const Stamp& stamp, JsonStyle style);
/// The same for people. Thread-safe.
std::string explanation_text(const Explanation& explanation, const Stamp& stamp);

/// The "berth/layouts/v1" document (docs/reference/layouts.md). Ends with a newline. Byte-identical for equal
/// inputs. Thread-safe.
std::string layouts_json(const LayoutSearch& search, const Stamp& stamp, JsonStyle style);
/// The same for people. Thread-safe.
std::string layouts_text(const LayoutSearch& search, const Stamp& stamp);

enum class OperatorRows : std::uint8_t { kLeftOut, kIncluded };

/// The "berth/profile/v1" document (docs/reference/profile.md). Ends with a newline. Byte-identical for
/// equal inputs. Unknown figures are left out. Thread-safe.
std::string profile_json(const Profile& profile, OperatorRows rows, const Stamp& stamp, JsonStyle style);

/// The same for people; the rows with the most work first. Thread-safe.
std::string profile_text(const Profile& profile, OperatorRows rows, const Stamp& stamp);

/// The kinds of catalog entries, as `berth catalog list` names them.
/// The "berth/estimate/v1" document. Ends with a newline. Byte-identical for equal inputs. Thread-safe.
std::string estimate_json(const Estimate& estimate, const Stamp& stamp, JsonStyle style);

/// The same for people, every assumption included. Thread-safe.
std::string estimate_text(const Estimate& estimate, const Stamp& stamp);

enum class AccuracyLayout : std::uint8_t { kText, kMarkdown };

/// How far the estimates are from measurements, as tables for a terminal or a Markdown page. Thread-safe.
std::string accuracy_text(const Accuracy& accuracy, AccuracyLayout layout);

/// The "berth/accuracy/v1" document. Ends with a newline. Thread-safe.
std::string accuracy_json(const Accuracy& accuracy, const Stamp& stamp, JsonStyle style);

/// A calibration file ("berth/calibration/v1") that Calibration::load reads back. Ends with a newline.
std::string calibration_json(const Calibration& calibration);

enum class CatalogKind : std::uint8_t { kDevices, kMachines, kLinks, kServices, kWeightFormats };
/// "devices", "machines", "links", "services", "weight-formats". Thread-safe.
const char* to_string(CatalogKind kind);
std::optional<CatalogKind> parse_catalog_kind(std::string_view word);

/// One line an entry, in catalog order. Thread-safe.
std::string catalog_list_text(const Catalog& catalog, std::span<const CatalogKind> kinds);
/// The "berth/catalog-list/v1" document: every figure, without sources. Ends with a newline. Thread-safe.
std::string catalog_list_json(const Catalog& catalog, std::span<const CatalogKind> kinds, const Stamp& stamp,
                              JsonStyle style);

/// What the catalog knows of one entry: each figure with its source, confidence and date.
/// @param id  of any kind of entry; for machines also "cloud/instance" or the instance alone, which gives
///            every region; for services also an earlier name
/// Errors: kNotFound with "did you mean". Thread-safe.
Result<std::string> catalog_show_text(const Catalog& catalog, std::string_view id);
/// The same as "berth/catalog-entries/v1". Ends with a newline.
Result<std::string> catalog_show_json(const Catalog& catalog, std::string_view id, const Stamp& stamp, JsonStyle style);

}  // namespace berth
