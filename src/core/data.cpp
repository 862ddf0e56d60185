#include "berth/data.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "core/embedded.hpp"

namespace berth {

std::vector<SourceFile> embedded_data() {
  std::vector<SourceFile> files;
  for (const EmbeddedFile& file : embedded_files()) {
    files.push_back({std::string(file.name), std::string(file.text)});
  }
  return files;
}

Result<std::vector<SourceFile>> read_data_folder(const std::string& folder) {
  namespace fs = std::filesystem;
  std::vector<SourceFile> files;
  std::error_code error;
  fs::recursive_directory_iterator it(folder, error);
  if (error) {
    return fail(ErrorCode::kIo, "can't read folder '" + folder + "': " + error.message(), {}, {folder, 0, 0, 0, 0});
  }
  for (; it != fs::recursive_directory_iterator(); it.increment(error)) {
    if (error) return fail(ErrorCode::kIo, "can't read folder '" + folder + "': " + error.message());
    if (!it->is_regular_file(error) || it->path().extension() != ".json") continue;
    std::ifstream stream(it->path(), std::ios::binary);
    if (!stream) return fail(ErrorCode::kIo, "can't read the file", {}, {it->path().string(), 0, 0, 0, 0});
    files.push_back({it->path().lexically_relative(folder).generic_string(),
                     std::string(std::istreambuf_iterator<char>(stream), {})});
  }
  std::sort(files.begin(), files.end(), [](const SourceFile& a, const SourceFile& b) { return a.name < b.name; });
  return files;
}

}  // namespace berth
