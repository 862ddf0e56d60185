// Published parameters and multiply-accumulates of vision networks that berth can read: vision transformers from
// a config with the dimensions that their names stand for, convolutional networks from files. The table is printed by
//   test_readers --gtest_filter='ParamFlops.*'
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <optional>
#include <sstream>

#include "berth/profile.hpp"
#include "berth/readers.hpp"
#include "core/node.hpp"
#include "unit/shared.hpp"

namespace berth {
namespace {

constexpr double kLabels = 1000;  // ImageNet's; heads of that size aren't counted by berth

struct Published {
  double parameters = 0;
  double half_step = 0;  // of the parameters as printed
  std::optional<double> macs;
  double macs_half_step = 0;
};

// The last digit of a figure as it is printed: "4.41" -> 0.005.
double half_step(const std::string& row, const std::string& key) {
  const std::size_t at = row.find("\"" + key + "\": ");
  if (at == std::string::npos) return 0;
  const std::size_t start = at + key.size() + 4;
  const std::string text = row.substr(start, row.find_first_of(",}", start) - start);
  const std::size_t dot = text.find('.');
  double step = 0.5;
  for (std::size_t i = dot; dot != std::string::npos && i + 1 < text.size(); ++i) step /= 10;
  return step;
}

std::map<std::string, Published> read_published(const std::string& text) {
  std::map<std::string, Published> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    const auto row = parse_document(line, "param_flops.jsonl", Syntax::kJson);
    if (!row) continue;
    Published p;
    const Node* exact = row->find("params_exact");
    p.parameters = exact != nullptr ? exact->number() : row->find("params_m")->number() * 1e6;
    p.half_step = exact != nullptr ? 0 : half_step(line, "params_m") * 1e6;
    if (const Node* macs = row->find("gmacs"); macs != nullptr && macs->is_number()) {
      p.macs = macs->number() * 1e9;
      p.macs_half_step = half_step(line, "gmacs") * 1e9;
    }
    out.emplace(row->find("arch")->as_string(), p);
  }
  return out;
}

struct Row {
  std::string name;
  double parameters = 0;
  double macs = 0;
  double head = 0;  // parameters of the head, which some published counts leave out
};

// Prints one line; equal to the last published digit, or within `tolerance`.
void compare(Row row, const std::map<std::string, Published>& published, double tolerance) {
  const auto found = published.find(row.name);
  if (found == published.end()) return;
  const Published& p = found->second;
  const bool headless = std::abs(row.parameters - row.head - p.parameters) < std::abs(row.parameters - p.parameters);
  if (headless) row.parameters -= row.head;
  fmt::print("{:<34} {:>12.0f} {:>12.0f}", row.name, p.parameters, row.parameters);
  EXPECT_NEAR(row.parameters, p.parameters, p.half_step + tolerance * p.parameters) << row.name;
  if (p.macs) {
    fmt::print("  {:>9.3f} {:>9.3f} {:+6.2f} %", *p.macs / 1e9, row.macs / 1e9, 100 * (row.macs / *p.macs - 1));
    EXPECT_NEAR(row.macs, *p.macs, p.macs_half_step + (tolerance + 0.005) * *p.macs) << row.name;
  }
  fmt::print("{}\n", headless ? "  without the head" : "");
}

struct VisionTransformer {
  int hidden, layers, heads;
};

Row vision_transformer(const std::string& name, const VisionTransformer& v, int patch, int image) {
  const std::string config = fmt::format(
      R"({{"model_type": "vit", "architectures": ["ViTForImageClassification"], "hidden_size": {},
      "num_hidden_layers": {}, "num_attention_heads": {}, "intermediate_size": {}, "patch_size": {}, "image_size": {},
      "num_channels": 3, "qkv_bias": true}})",
      v.hidden, v.layers, v.heads, 4 * v.hidden, patch, image);
  const Result<Model> model = read_hf_config(config, name);
  EXPECT_TRUE(model) << to_string(model.error());
  if (!model) return {};
  return {name, static_cast<double>(model->parameters) + kLabels * v.hidden + kLabels,
          profile(*model)->macs + kLabels * v.hidden, kLabels * v.hidden + kLabels};
}

class ParamFlops : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto text = testing::shared_file("truth/param_flops.jsonl");
    if (!text) GTEST_SKIP() << "set BERTH_SHARED to the folder of shared test data";
    published_ = read_published(*text);
    fmt::print("{:<34} {:>12} {:>12}  {:>9} {:>9}\n", "network", "parameters", "berth", "GMACs", "berth");
  }
  std::map<std::string, Published> published_;
};

// Dimensions: arXiv:2010.11929, table 1 (base, large, huge), arXiv:2012.12877, table 1 (tiny, small).
TEST_F(ParamFlops, AgreeOnVisionTransformers) {
  const std::map<std::string, VisionTransformer> sizes{{"tiny", {192, 12, 3}},
                                                       {"small", {384, 12, 6}},
                                                       {"base", {768, 12, 12}},
                                                       {"large", {1024, 24, 16}},
                                                       {"huge", {1280, 32, 16}}};
  for (const auto& [size, v] : sizes) {
    for (const int patch : {8, 14, 16, 32}) {
      for (const int image : {224, 384, 512, 518}) {
        compare(vision_transformer(fmt::format("timm/vit_{}_patch{}_{}", size, patch, image), v, patch, image),
                published_, 0);
        const std::string suffix = image == 224 ? "" : fmt::format("_{}", image);
        compare(vision_transformer(fmt::format("torchvision/vit_{}_{}{}", size[0], patch, suffix), v, patch, image),
                published_, 0);
      }
    }
  }
}

TEST_F(ParamFlops, AgreeOnConvolutionalNetworks) {
  const std::pair<const char*, const char*> files[] = {
      {"torchvision/vgg19", "onnx/light_vgg19.onnx"},
      {"timm/gluon_resnet50_v1b", "onnx/light_resnet50.onnx"},
      {"omz/mobilenet-v1-0.25-128", "tflite/coral_mobilenet_v1_0.25_128_quant.tflite"}};
  for (const auto& [name, file] : files) {
    const auto path = testing::shared_path(std::string("models/files/") + file);
    if (!path) continue;
    const Result<Model> model = read_model(*path);
    ASSERT_TRUE(model) << to_string(model.error());
    compare({name, static_cast<double>(model->parameters), profile(*model)->macs, 0}, published_, 0.005);
  }
}

}  // namespace
}  // namespace berth
