// The schemas say what the readers do: both take the examples, both refuse the same mistakes.
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include "unit/cli/run.hpp"
#include "unit/cli/validate.hpp"

namespace berth::test {
namespace {

// YAML as JSON, with plain scalars typed as the document reader types them; enough for the examples.
nlohmann::json to_json(const YAML::Node& node) {
  if (node.IsMap()) {
    nlohmann::json out = nlohmann::json::object();
    for (const auto& member : node) out[member.first.as<std::string>()] = to_json(member.second);
    return out;
  }
  if (node.IsSequence()) {
    nlohmann::json out = nlohmann::json::array();
    for (const auto& item : node) out.push_back(to_json(item));
    return out;
  }
  if (node.IsNull()) return nullptr;
  const nlohmann::json value = nlohmann::json::parse(node.Scalar(), nullptr, false);
  return value.is_discarded() || value.is_structured() ? nlohmann::json(node.Scalar()) : value;
}

TEST(Schemas, TakeTheExamples) {
  for (const std::string& path : example_documents()) {
    EXPECT_EQ(schema_errors(to_json(YAML::LoadFile(path)), "workload"), "") << path;
  }
}

TEST(Schemas, RefuseWhatTheReaderRefuses) {
  for (const char* text : {R"({"name":"no schema"})", R"({"schema":"berth/workload/v1","jobs":{}})",
                           R"({"schema":"berth/workload/v1","job":{"task":"teach"}})",
                           R"({"schema":"berth/workload/v1","job":{"micro_batch":0}})",
                           R"({"schema":"berth/workload/v1","job":{"micro_batch":"x"}})",
                           R"({"schema":"berth/workload/v1","job":{"peft":{"rank":8}}})",
                           R"({"schema":"berth/workload/v1","cluster":{"machines":2}})",
                           R"({"schema":"berth/workload/v1","environment":{"users":[{"distance_km":30000}]}})"}) {
    EXPECT_NE(schema_errors(parsed(text), "workload"), "") << text;
    EXPECT_EQ(run({"recommend", "-"}, text).code, 2) << text;
  }
}

// Null is "known to be absent" wherever a value may stand.
TEST(Schemas, TakeNullAsTheReaderDoes) {
  const char* text = R"({"schema":"berth/workload/v1","name":null,"job":{"task":null,"micro_batch":null,"peft":null},
                         "environment":{"budget_usd":null,"clouds":null,"edge":null}})";
  EXPECT_EQ(schema_errors(parsed(text), "workload"), "");
  const Outcome result = run({"recommend", "-"}, text);
  EXPECT_EQ(result.code, 0) << result.err;
}

}  // namespace
}  // namespace berth::test
