// Prints what read_configs makes of files, one JSON line a document: for tests/configs/compare.py.
//   config_dump FILE...          (or file names on standard input)
//   config_dump --time N FILE... reads all files N times and prints files per second
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "berth/configs.hpp"
#include "berth/data.hpp"

namespace {

using nlohmann::ordered_json;

std::string read_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

ordered_json value_of(const berth::ConfigScalar& scalar) {
  return std::visit(
      [](const auto& value) -> ordered_json {
        if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::monostate>) {
          return nullptr;
        } else {
          return value;
        }
      },
      scalar);
}

ordered_json place(const berth::SourceSpan& span) {
  return {span.file, span.line, span.column, span.end_line, span.end_column};
}

ordered_json line_of(const berth::Config& config) {
  ordered_json out;
  out["file"] = config.file;
  out["document"] = config.document;
  out["answer"] = config.detection.answer();
  out["ecosystem"] = config.detection.ecosystem;
  out["kind"] = berth::to_string(config.detection.kind);
  out["evidence"] = config.detection.evidence;
  out["others"] = config.detection.others;
  out["why"] = config.detection.why;
  out["partial"] = config.partial_why;
  out["fields"] = ordered_json::object();
  for (const berth::ConfigField& field : config.fields) {
    out["fields"][field.path] = {
        {"state", berth::to_string(field.state)}, {"value", value_of(field.value)},  {"key", field.key},
        {"at", place(field.value_span)},          {"key_at", place(field.key_span)}, {"note", field.note}};
  }
  out["traps"] = ordered_json::array();
  for (const berth::ConfigTrap& trap : config.traps) {
    out["traps"].push_back({{"kind", berth::to_string(trap.kind)},
                            {"key", trap.key},
                            {"text", trap.text},
                            {"at", place(trap.span)},
                            {"instead", trap.instead}});
  }
  out["links"] = ordered_json::array();
  for (const berth::ConfigLink& link : config.links) {
    out["links"].push_back({{"role", link.role}, {"key", link.key}, {"target", link.target}, {"read", link.read}});
  }
  return out;
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

int time_reading(const berth::ConfigFormats& formats, const std::vector<std::string>& files, int times) {
  std::vector<std::pair<std::string, std::string>> texts;
  std::size_t bytes = 0;
  for (const std::string& file : files) {
    texts.emplace_back(file, read_file(file));
    bytes += texts.back().second.size();
  }
  const std::clock_t start = std::clock();  // processor time: other work on the machine doesn't count
  std::size_t fields = 0;
  for (int i = 0; i < times; ++i) {
    for (const auto& text : texts) {
      for (const berth::Config& config : berth::read_configs(text.second, text.first, formats))
        fields += config.fields.size();
    }
  }
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  std::cout << files.size() << " files, " << bytes << " bytes, " << fields / static_cast<std::size_t>(times)
            << " fields: " << static_cast<double>(files.size()) * times / seconds << " files/s of processor time\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto formats = berth::ConfigFormats::load(berth::embedded_data());
  if (!formats) {
    std::cerr << berth::to_string(formats.error()) << '\n';
    return 2;
  }
  std::vector<std::string> files(argv + 1, argv + argc);
  int times = 0;
  if (files.size() > 2 && files.front() == "--time") {
    times = std::atoi(files[1].c_str());
    files.erase(files.begin(), files.begin() + 2);
  }
  if (files.empty()) {
    for (std::string line; std::getline(std::cin, line);) files.push_back(line);
  }
  if (times > 0) return time_reading(*formats, files, times);
  for (const std::string& file : files) {
    berth::ReadConfigOptions options;
    options.resolve = [&](const std::string& path) -> std::optional<std::string> {
      std::string text = read_file(folder_of(file) + path);
      if (text.empty()) return std::nullopt;
      return text;
    };
    for (const berth::Config& config : berth::read_configs(read_file(file), file, *formats, options)) {
      std::cout << line_of(config).dump() << '\n';
    }
  }
  return 0;
}
