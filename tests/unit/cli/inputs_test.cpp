#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/cli/run.hpp"

namespace berth::test {
namespace {

using ::testing::HasSubstr;

TEST(Inputs, AModelFolderAndItsFileGiveTheSame) {
  const std::string folder = source_path("examples/llama-3-8b");
  const Outcome of_folder = run({"profile", folder});
  const Outcome of_file = run({"profile", folder + "/config.json"});
  EXPECT_EQ(of_folder.code, 0) << of_folder.err;
  EXPECT_EQ(of_folder.out, of_file.out);
  EXPECT_EQ(parsed(of_folder.out).at("name"), "llama-3-8b");
}

TEST(Inputs, AModelTakesTaskAndPlaceFromFlags) {
  const Outcome result = run({"recommend", source_path("examples/llama-3-8b"), "--task", "serve", "--cloud", "gcp",
                              "--region", "us-central1", "--objective", "time"});
  EXPECT_EQ(result.code, 0) << result.err;
  const auto document = parsed(result.out);
  for (const auto& candidate : document.at("candidates")) {
    EXPECT_THAT(candidate.value("machine", "gcp/"), HasSubstr("gcp/"));
  }
}

TEST(Inputs, AModelOnStandardInputIsRefusedWithAWayOut) {
  const Outcome result = run({"recommend", "-"}, read_file(source_path("examples/llama-3-8b/config.json")));
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("give its path instead of -"));
}

TEST(Inputs, SetWinsOverTheDocumentAndOverShortFlags) {
  const std::string document = "schema: berth/workload/v1\njob: {task: train}\n";
  const Outcome result = run({"recommend", "-", "--task", "serve", "--set", "job.task=nonsense"}, document);
  EXPECT_EQ(result.code, 2);  // the last word was --set's
  EXPECT_THAT(result.err, HasSubstr("nonsense"));
}

TEST(Inputs, SeveralInputsGiveALineEach) {
  const std::string path = source_path("examples/notebook/prototype.yaml");
  const Outcome result = run({"recommend", path, path});
  EXPECT_EQ(result.code, 0) << result.err;
  const auto lines = lines_of(result.out);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0], lines[1]);
}

}  // namespace
}  // namespace berth::test
