/// What berth has to say about an input that it could read: findings and warnings.
///
/// Not for failures to read or compute: those are Errors (result.hpp).
#pragma once

#include <string>

#include "berth/result.hpp"

namespace berth {

/// kOpen: could not be checked because a fact is missing. It is never counted as passed.
enum class Severity : std::uint8_t { kOpen, kNote, kWarning, kError };

struct Diagnostic {
  Severity severity = Severity::kWarning;
  std::string rule_id;  ///< "BRT6003"; empty for findings that come from no rule
  std::string message;
  SourceSpan span;
  std::string fix;     ///< the smallest change that mends it, or empty
  std::string source;  ///< where the knowledge comes from, or empty
};

/// "error", "warning", "note", "open". Thread-safe.
const char* to_string(Severity severity);

}  // namespace berth
