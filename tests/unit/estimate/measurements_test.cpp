#include "berth/measurements.hpp"

#include "berth/calibrate.hpp"
#include "unit/estimate/fixture.hpp"

namespace berth::estimation {
namespace {

constexpr const char* kHeader = R"({"schema":"berth/measurements/v1","source":"own runs"})";
constexpr const char* kCommon =
    R"({"common":{"reference":"here","document":{"schema":"berth/workload/v1","model":{"summary":{"family":"dense-cnn","macs_per_item":4e9,"parameters":2.5e7}},"job":{"task":"serve","precision":"fp16","serving":{"batch":1}},"cluster":{"device":"nvidia-t4","devices_per_machine":1,"machines":1}}}})";

std::string lines(const std::vector<std::string>& rows) {
  std::string text = std::string(kHeader) + "\n" + kCommon + "\n";
  for (const std::string& row : rows) text += row + "\n";
  return text;
}

Result<std::vector<Measurement>> load(const std::string& text) {
  return load_measurements({"m.jsonl", text}, knowledge().catalog);
}

std::string error_of(const std::string& text) {
  const auto loaded = load(text);
  return loaded ? "" : to_string(loaded.error());
}

TEST(Measurements, MergesRowsOverTheCommonDocument) {
  const auto rows = load(lines(
      {R"({"id":"a","measured":{"items_per_s":100}})",
       R"({"id":"b","document":{"job":{"serving":{"batch":8},"precision":null}},"measured":{"latency_s":[0.1,0.2]},"at":"table 3"})"}));
  ASSERT_TRUE(rows) << to_string(rows.error());
  ASSERT_EQ(rows->size(), 2u);
  const Measurement& b = (*rows)[1];
  EXPECT_EQ(b.source, "own runs");
  EXPECT_EQ(b.family, "own runs");
  EXPECT_EQ(b.reference, "here, table 3");
  EXPECT_EQ(*b.workload.job.serving->batch, 8);
  EXPECT_FALSE(b.workload.job.precision);
  EXPECT_EQ(b.measured[0].figure, Figure::kLatencyS);
  EXPECT_EQ(b.measured[0].high, 0.2);
}

TEST(Measurements, LocatesErrors) {
  EXPECT_EQ(error_of("{\"id\":\"a\"}"),
            "m.jsonl:1: error: the file doesn't begin with a source; begin with "
            "{\"schema\":\"berth/measurements/v1\",\"source\":\"own runs\"}");
  EXPECT_NE(error_of(lines({R"({"id":"a","measured":{"items_per_s":-1}})"})).find("m.jsonl:3:"), std::string::npos);
  EXPECT_NE(error_of(lines({R"({"id":"a","measured":{}})"})).find("holds nothing"), std::string::npos);
  EXPECT_NE(error_of(lines({R"({"id":"a"})"})).find("'measured' is missing"), std::string::npos);
  EXPECT_NE(error_of(lines({R"({"id":"a","document":{"cluster":{"device":"nvidia-t44"}},"measured":{"fits":true}})"}))
                .find("nvidia-t4"),
            std::string::npos);
  EXPECT_NE(error_of("{").find("m.jsonl:1"), std::string::npos);
}

TEST(SymmetricError, CountsTwiceAndHalfTheSame) {
  EXPECT_DOUBLE_EQ(symmetric_error(2, {Figure::kStepS, 1, 1}), 1);
  EXPECT_DOUBLE_EQ(symmetric_error(0.5, {Figure::kStepS, 1, 1}), -1);
  EXPECT_DOUBLE_EQ(symmetric_error(1.5, {Figure::kMemory, 1, 2}), 0);  // inside the bracket
}

TEST(Validate, SumsUpErrorsAndRefusals) {
  const auto rows = load(lines(
      {R"({"id":"a","measured":{"items_per_s":100}})", R"({"id":"b","measured":{"items_per_s":200}})",
       R"({"id":"c","document":{"job":{"precision":"int8","serving":{"engine":"vulkan"}}},"measured":{"items_per_s":200}})"}));
  ASSERT_TRUE(rows);
  const Accuracy a = validate(*rows, knowledge().catalog,
                              [](const std::string&) -> const Calibration& { return knowledge().calibration; });
  ASSERT_EQ(a.rows.size(), 1u);
  EXPECT_EQ(a.rows[0].count, 3);
  EXPECT_EQ(a.rows[0].answered, 2);
  ASSERT_EQ(a.refused.size(), 1u);
  EXPECT_EQ(a.refused[0].example, "c");
  ASSERT_EQ(a.figures.size(), 1u);
  EXPECT_EQ(a.figures[0].figure, Figure::kItemsPerS);
  EXPECT_DOUBLE_EQ(a.figures[0].median, a.rows[0].median);
}

// Truths made by one calibration are found again by a fit that starts elsewhere.
TEST(Calibrate, FindsParametersAgain) {
  const Catalog& catalog = knowledge().catalog;
  Calibration right = knowledge().calibration;
  right.set("vision.efficiency_gpu", 0.5);
  std::vector<std::string> texts;
  for (int i = 0; i < 12; ++i) {
    texts.push_back(fmt::format(
        R"({{"id":"{}","document":{{"model":{{"summary":{{"macs_per_item":{}e9}}}},"job":{{"serving":{{"batch":64}}}}}},"measured":{{"items_per_s":1}}}})",
        i, 10 + 10 * i));
  }
  auto rows = load(lines(texts));
  ASSERT_TRUE(rows) << to_string(rows.error());
  for (Measurement& m : *rows) {
    const auto e = estimate_of(m, {catalog, right});
    ASSERT_TRUE(e);
    m.measured[0].low = m.measured[0].high = figure_of(*e, Figure::kItemsPerS)->expected;
  }
  Calibration start = right;
  for (const auto& [name, p] : right.parameters()) {
    CalibrationParameter other = p;
    other.prior = other.tolerance = std::nullopt;
    if (name == "vision.efficiency_gpu") {
      other.prior = 0.9;
      other.tolerance = 1;
    }
    start.set_parameter(name, other);
  }
  const auto fit = fit_calibration(*rows, catalog, start, {});
  ASSERT_TRUE(fit);
  EXPECT_NEAR(fit->calibration("vision.efficiency_gpu"), 0.5, 0.01);
  const CalibrationParameter& fitted = fit->calibration.parameters().find("vision.efficiency_gpu")->second;
  EXPECT_EQ(fitted.measurements, 12);
  EXPECT_EQ(fitted.sources, std::vector<std::string>{"own runs"});
  EXPECT_LT(fit->groups[0].loss_after, fit->groups[0].loss_before);
}

TEST(Calibrate, NeedsSomethingToFitOn) {
  const auto fit = fit_calibration({}, knowledge().catalog, knowledge().calibration, {});
  ASSERT_FALSE(fit);
  EXPECT_EQ(fit.error().code, ErrorCode::kIncomplete);
}

TEST(Calibrate, TakesWidthsFromLeftOutSources) {
  const Catalog& catalog = knowledge().catalog;
  std::vector<std::string> texts;
  for (int i = 0; i < 10; ++i) texts.push_back(fmt::format(R"({{"id":"{}","measured":{{"items_per_s":1}}}})", i));
  auto rows = load(lines(texts));
  ASSERT_TRUE(rows);
  Calibration c = knowledge().calibration;
  double factor = 1;
  for (Measurement& m : *rows) {  // truths of 1.1, 1.2 … 2 times the estimate's rate
    factor += 0.1;
    const auto e = estimate_of(m, {catalog, c});
    m.measured[0].low = m.measured[0].high = factor * figure_of(*e, Figure::kItemsPerS)->expected;
  }
  LeftOut left_out;
  left_out.by_fold.emplace("own runs", c);
  set_widths(c, *rows, catalog, left_out);
  // Intervals are of times: the shortest tenth is 1/2, the longest below one, so just above it.
  EXPECT_NEAR(c("width.vision.low"), 1 / 2.0, 1e-9);
  EXPECT_NEAR(c("width.vision.high"), std::exp(0.01), 1e-9);
  EXPECT_FALSE(c.residuals().empty());
}

}  // namespace
}  // namespace berth::estimation
