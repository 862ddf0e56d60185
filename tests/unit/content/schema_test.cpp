// Every shipped data file, the rules' and the catalog's, against their JSON Schemas (draft 7).
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

namespace berth {
namespace {

namespace fs = std::filesystem;

const fs::path kRules = fs::path(BERTH_SOURCE_DIR) / "rules";

nlohmann::json read(const fs::path& path) {
  std::ifstream stream(path);
  EXPECT_TRUE(stream) << path;
  return nlohmann::json::parse(stream);
}

// The first complaint, or empty.
std::string complaint(const std::string& schema_name, const nlohmann::json& document) {
  const nlohmann::json schema_document = read(kRules / "schema" / (schema_name + ".schema.json"));
  valijson::Schema schema;
  valijson::SchemaParser parser;
  const valijson::adapters::NlohmannJsonAdapter schema_adapter(schema_document);
  parser.populateSchema(schema_adapter, schema);
  valijson::Validator validator;
  valijson::ValidationResults results;
  const valijson::adapters::NlohmannJsonAdapter adapter(document);
  if (validator.validate(schema, adapter, &results)) return {};
  valijson::ValidationResults::Error error;
  std::string out = "invalid";
  while (results.popError(error)) {
    out = error.description;
    for (const std::string& part : error.context) out += " " + part;
  }
  return out;
}

TEST(ContentSchema, FactsAndDecisionsHold) {
  EXPECT_EQ(complaint("facts", read(kRules / "facts.json")), "");
  EXPECT_EQ(complaint("decisions", read(kRules / "decisions.json")), "");
}

TEST(ContentSchema, EveryConfigFormatHolds) {
  int files = 0;
  for (const auto& entry : fs::directory_iterator(kRules / "configs")) {
    const nlohmann::json document = read(entry.path());
    const bool facts = document.value("schema", "") == "berth/facts/v1";
    files += facts ? 0 : 1;
    EXPECT_EQ(complaint(facts ? "facts" : "config_formats", document), "") << entry.path();
  }
  EXPECT_GE(files, 27);
}

TEST(ContentSchema, EveryRuleFileHolds) {
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(kRules)) {
    if (entry.path().extension() != ".json" || entry.path().parent_path().filename() == "schema") continue;
    const nlohmann::json document = read(entry.path());
    if (document.value("schema", "") != "berth/rules/v1") continue;
    ++files;
    EXPECT_EQ(complaint("rules", document), "") << entry.path();
  }
  EXPECT_GT(files, 15);
}

TEST(ContentSchema, RefusesARuleWithoutASource) {
  nlohmann::json document = read(kRules / "accelerator" / "guidelines.json");
  document["rules"][0].erase("source");
  EXPECT_NE(complaint("rules", document), "");
}

class CatalogSchema : public testing::TestWithParam<const char*> {
 public:
  std::string name() const { return GetParam(); }
  nlohmann::json document() const { return read(kRules / "catalog" / (name() + ".json")); }
};

TEST_P(CatalogSchema, HoldsForTheDataFile) {
  EXPECT_EQ(complaint(name(), document()), "");
}

TEST_P(CatalogSchema, RefusesAnUnknownKey) {
  nlohmann::json with_surprise = document();
  with_surprise["surprise"] = 1;
  EXPECT_NE(complaint(name(), with_surprise), "");
}

INSTANTIATE_TEST_SUITE_P(Files, CatalogSchema,
                         testing::Values("devices", "machines", "links", "services", "weight_formats", "model_families",
                                         "summary_families", "edge_tpu_operators"),
                         [](const auto& file) { return std::string(file.param); });

TEST(CatalogSchemaOfDevices, RefusesAFigureOutOfBounds) {
  nlohmann::json document = read(kRules / "catalog" / "devices.json");
  document["devices"][0]["memory_bytes_per_s"] = 240;  // gigabytes, by mistake
  EXPECT_NE(complaint("devices", document), "");
}

}  // namespace
}  // namespace berth
