/// The hook through which the library tells what it does. The library itself never prints.
#pragma once

#include <functional>
#include <string_view>

namespace berth {

enum class LogLevel : unsigned char { kDebug, kInfo, kWarning };

/// Called with one line without a newline. May be called from several threads at once when a
/// function documents that it uses threads. An empty function means silence.
using Logger = std::function<void(LogLevel level, std::string_view message)>;

}  // namespace berth
