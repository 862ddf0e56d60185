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

inline std::optional<std::string> shared_file(const std::string& path) {
  const char* folder = std::getenv("BERTH_SHARED");
  const std::string root = folder ? folder : std::string(BERTH_SOURCE_DIR) + "/../shared";
  std::ifstream file(root + "/" + path, std::ios::binary);
  if (!file) return std::nullopt;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace berth::testing
