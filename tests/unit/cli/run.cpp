#include "unit/cli/run.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "cli/arguments.hpp"

namespace berth::test {

Outcome run(std::vector<std::string> arguments, const std::string& input) {
  std::istringstream in(input);
  std::ostringstream out;
  std::ostringstream err;
  cli::Terminal terminal(in, out, err);
  std::vector<const char*> argv{"berth"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  Outcome result;
  result.code = cli::run_program(static_cast<int>(argv.size()), argv.data(), terminal);
  result.out = out.str();
  result.err = err.str();
  return result;
}

std::string source_path(const std::string& relative) {
  return std::string(BERTH_SOURCE_DIR) + "/" + relative;
}

std::string read_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  EXPECT_TRUE(stream) << path;
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<std::string> example_documents() {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(source_path("examples"))) {
    if (entry.path().parent_path().filename() == "ci") continue;  // snippets for CI systems
    if (entry.path().extension() == ".yaml") out.push_back(entry.path().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

nlohmann::json parsed(const std::string& text) {
  nlohmann::json value = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  EXPECT_FALSE(value.is_discarded()) << text;
  return value;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) out.push_back(line);
  return out;
}

}  // namespace berth::test
