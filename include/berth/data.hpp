/// The data files in `rules/`: embedded in the library, or read from a folder.
#pragma once

#include <string>
#include <vector>

#include "berth/result.hpp"
#include "berth/source_file.hpp"

namespace berth {

/// The files embedded at build time, by path relative to rules/ ("catalog/devices.json"), in path
/// order. Their text is copied. Thread-safe.
std::vector<SourceFile> embedded_data();

/// All .json files below `folder`, by path relative to it, in path order. Errors: kIo. Thread-safe.
Result<std::vector<SourceFile>> read_data_folder(const std::string& folder);

}  // namespace berth
