// Runs the program in this process, on string streams.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace berth::test {

struct Outcome {
  int code = -1;
  std::string out;
  std::string err;
};

// berth ARGUMENTS..., with `input` as standard input.
Outcome run(std::vector<std::string> arguments, const std::string& input = "");

// The tree's own files.
std::string source_path(const std::string& relative);
std::string read_file(const std::string& path);
// Every workload document in examples/, sorted.
std::vector<std::string> example_documents();

// Fails the test when `text` is no JSON.
nlohmann::json parsed(const std::string& text);
std::vector<std::string> lines_of(const std::string& text);

}  // namespace berth::test
