#include "berth/result.hpp"

#include "berth/diagnostic.hpp"

namespace berth {

std::string to_string(const SourceSpan& span) {
  std::string out = span.file;
  if (span.line > 0) {
    if (!out.empty()) out += ':';
    out += std::to_string(span.line);
    if (span.column > 0) out += ':' + std::to_string(span.column);
  }
  return out;
}

std::string to_string(const Error& error) {
  std::string out = to_string(error.span);
  if (!out.empty()) out += ": ";
  out += "error: " + error.message;
  if (!error.fix.empty()) out += "; " + error.fix;
  return out;
}

const char* to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalid: return "invalid";
    case ErrorCode::kNotFound: return "not_found";
    case ErrorCode::kUnsupported: return "unsupported";
    case ErrorCode::kIncomplete: return "incomplete";
    case ErrorCode::kLimit: return "limit";
    case ErrorCode::kIo: return "io";
    case ErrorCode::kInternal: return "internal";
  }
  return "internal";
}

const char* to_string(Severity severity) {
  switch (severity) {
    case Severity::kOpen: return "open";
    case Severity::kNote: return "note";
    case Severity::kWarning: return "warning";
    case Severity::kError: return "error";
  }
  return "error";
}

}  // namespace berth
