/// The version of the library.
#pragma once

namespace berth {

/// "0.1.0": semantic versioning; while 0.x, a minor version may change the API. Thread-safe.
const char* version();

}  // namespace berth
