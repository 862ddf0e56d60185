// The folder of shared third-party corpora, which are not part of the project: $BERTH_SHARED, or
// ../shared beside the source folder. Tests that need it skip where it is absent.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

namespace berth::testing {

// nullopt: not there.
inline std::optional<std::string> shared_path(const std::string& path) {
  const char* folder = std::getenv("BERTH_SHARED");
  const std::string found = (folder ? std::string(folder) : std::string(BERTH_SOURCE_DIR) + "/../shared") + "/" + path;
  if (!std::filesystem::exists(found)) return std::nullopt;
  return found;
}

inline std::optional<std::string> shared_file(const std::string& path) {
  const std::optional<std::string> found = shared_path(path);
  if (!found) return std::nullopt;
  std::ifstream file(*found, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace berth::testing
