// The catalog's data files against their JSON Schemas (draft 7).
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

namespace berth {
namespace {

nlohmann::json read(const std::string& path) {
  std::ifstream stream(std::string(BERTH_SOURCE_DIR) + "/rules/" + path);
  EXPECT_TRUE(stream) << path;
  return nlohmann::json::parse(stream);
}

// The first complaint, or empty.
std::string complaint(const nlohmann::json& schema_document, const nlohmann::json& document) {
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

class CatalogSchema : public testing::TestWithParam<const char*> {};

TEST_P(CatalogSchema, HoldsForTheDataFile) {
  const std::string name = GetParam();
  EXPECT_EQ(complaint(read("schema/" + name + ".schema.json"), read("catalog/" + name + ".json")), "");
}

TEST_P(CatalogSchema, RefusesAnUnknownKey) {
  const std::string name = GetParam();
  nlohmann::json document = read("catalog/" + name + ".json");
  document["surprise"] = 1;
  EXPECT_NE(complaint(read("schema/" + name + ".schema.json"), document), "");
}

INSTANTIATE_TEST_SUITE_P(Files, CatalogSchema,
                         testing::Values("devices", "machines", "links", "services", "weight_formats"),
                         [](const auto& file) { return std::string(file.param); });

TEST(CatalogSchemaOfDevices, RefusesAFigureOutOfBounds) {
  nlohmann::json document = read("catalog/devices.json");
  document["devices"][0]["memory_bytes_per_s"] = 240;  // gigabytes, by mistake
  EXPECT_NE(complaint(read("schema/devices.schema.json"), document), "");
}

}  // namespace
}  // namespace berth
