/// Writers of finished values: JSON for programs, text for people. Nothing is decided here.
#pragma once

#include <string>

#include "berth/estimate.hpp"
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

enum class OperatorRows : std::uint8_t { kLeftOut, kIncluded };

/// The "berth/profile/v1" document (docs/reference/profile.md). Ends with a newline. Byte-identical for
/// equal inputs. Unknown figures are left out. Thread-safe.
std::string profile_json(const Profile& profile, OperatorRows rows, const Stamp& stamp, JsonStyle style);

/// The same for people; the rows with the most work first. Thread-safe.
std::string profile_text(const Profile& profile, OperatorRows rows, const Stamp& stamp);

}  // namespace berth
