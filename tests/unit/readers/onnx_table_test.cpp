// The table of all models with known truth: berth's multiply-accumulates and parameters against it.
//   BERTH_SHARED=... BERTH_GENERATED=folder-of-gen_models.py test_readers --gtest_filter='OnnxTable.*'
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "berth/profile.hpp"
#include "berth/readers.hpp"
#include "core/node.hpp"
#include "unit/shared.hpp"

namespace berth {
namespace {

namespace fs = std::filesystem;

struct Truth {
  std::string path;
  std::optional<double> macs;
  std::optional<double> in_file;
};

std::string shared_folder() {
  const char* folder = std::getenv("BERTH_SHARED");
  return folder != nullptr ? folder : std::string(BERTH_SOURCE_DIR) + "/../shared";
}

std::vector<Truth> cases() {
  std::vector<Truth> out;
  const auto macs_text = berth::testing::shared_file("models/onnx_macs.json");
  const auto files_text = berth::testing::shared_file("models/files.jsonl");
  if (!macs_text || !files_text) return out;
  const Result<Node> macs = parse_document(*macs_text, "onnx_macs.json");
  if (!macs) return out;
  const auto add = [&](const fs::path& path) {
    Truth truth{path.string(), {}, {}};
    const Node* found = macs->find(path.filename().string());
    if (found != nullptr && found->is_number()) truth.macs = found->number();
    out.push_back(std::move(truth));
  };
  std::istringstream lines(*files_text);
  for (std::string line; std::getline(lines, line);) {
    const Result<Node> row = parse_document(line, "files.jsonl");
    const Node* file = row ? row->find("file") : nullptr;
    if (file == nullptr || !file->as_string().ends_with(".onnx")) continue;
    const fs::path path = fs::path(shared_folder()) / "models/files" / file->as_string();
    if (!fs::exists(path)) continue;
    add(path);
    if (const Node* params = row->find("params")) out.back().in_file = params->number();
  }
  if (const char* generated = std::getenv("BERTH_GENERATED")) {
    for (const auto& entry : fs::directory_iterator(generated)) {
      if (entry.path().extension() == ".onnx") add(entry.path());
    }
  }
  std::sort(out.begin(), out.end(), [](const Truth& a, const Truth& b) { return a.path < b.path; });
  return out;
}

TEST(OnnxTable, AgreesWithKnownTruth) {
  const std::vector<Truth> all = cases();
  if (all.empty()) GTEST_SKIP() << "the shared model files are not here (set BERTH_SHARED)";
  std::printf("%-66s %14s %14s %8s %12s %12s\n", "model", "MACs", "truth", "error", "parameters", "in file");
  int compared = 0;
  for (const Truth& truth : all) {
    const Result<Model> model = read_model(truth.path);
    ASSERT_TRUE(model) << to_string(model.error());
    const Result<Profile> profiled = profile(*model);
    ASSERT_TRUE(profiled) << truth.path << to_string(profiled.error());
    const double in_file = static_cast<double>(profiled->parameters_in_file.value_or(profiled->parameters));
    std::string error = "-";
    if (truth.macs) {
      const double relative = std::abs(profiled->macs - *truth.macs) / std::max(*truth.macs, 1.0);
      char text[32];
      std::snprintf(text, sizeof text, "%.4f %%", 100 * relative);
      error = text;
      EXPECT_LE(relative, 0.005) << truth.path;
      ++compared;
    }
    std::printf("%-66s %14.0f %14s %8s %12lld %12.0f\n", fs::path(truth.path).filename().c_str(), profiled->macs,
                truth.macs ? std::to_string(static_cast<long long>(*truth.macs)).c_str() : "-", error.c_str(),
                static_cast<long long>(profiled->parameters), in_file);
    if (truth.in_file) {
      EXPECT_EQ(in_file, *truth.in_file) << truth.path;
    }
  }
  std::printf("%zu models, %d with known multiply-accumulates\n", all.size(), compared);
}

}  // namespace
}  // namespace berth
