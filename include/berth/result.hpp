/// Errors and where they are: every fallible function of berth returns Result<T>.
///
/// Leaves out findings about a user's document that are not failures: those are Diagnostics
/// (diagnostic.hpp). No function of the public API throws.
#pragma once

#include <cstdint>
#include <string>
#include <tl/expected.hpp>

namespace berth {

/// A place in a text. Lines and columns count from 1; 0 means "not known". Columns count bytes.
/// `end_column` is exclusive.
struct SourceSpan {
  std::string file;
  int line = 0;
  int column = 0;
  int end_line = 0;
  int end_column = 0;
};

enum class ErrorCode : std::uint8_t {
  kInvalid,      ///< the input says something that can't be (wrong type, range, syntax)
  kNotFound,     ///< a name that is not in the catalog, rule set, or file system
  kUnsupported,  ///< well-formed, but berth doesn't understand it (a model type, a format)
  kIncomplete,   ///< a fact that the answer needs is missing
  kLimit,        ///< a stated bound (depth, size, cost) was exceeded
  kIo,           ///< the operating system refused
  kInternal,     ///< a fault of berth's own
};

/// One failure: what was found and expected (`message`), how to mend it (`fix`), and where.
struct Error {
  ErrorCode code = ErrorCode::kInvalid;
  std::string message;
  std::string fix;  ///< empty when there is nothing better to say than the message
  SourceSpan span;
};

template <class T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

/// "file:line:column", as much of it as is known; empty for an empty span. Thread-safe.
std::string to_string(const SourceSpan& span);
/// "file:line:column: error: message; fix", the one form in which errors are shown. Thread-safe.
std::string to_string(const Error& error);
/// "invalid", "not_found", … : the word used in JSON output. Thread-safe.
const char* to_string(ErrorCode code);

/// Makes the failure branch of a Result.
inline tl::unexpected<Error> fail(ErrorCode code, std::string message, std::string fix = {}, SourceSpan span = {}) {
  return tl::unexpected<Error>(Error{code, std::move(message), std::move(fix), std::move(span)});
}

}  // namespace berth
