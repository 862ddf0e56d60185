#include "unit/cli/validate.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace berth::test {

std::string schema_errors(const nlohmann::json& document, const std::string& name) {
  using valijson::adapters::NlohmannJsonAdapter;
  std::ifstream stream(std::string(BERTH_SOURCE_DIR) + "/rules/schema/" + name + ".schema.json");
  const nlohmann::json text = nlohmann::json::parse(stream, nullptr, false);
  if (text.is_discarded()) return "the schema " + name + " does not read";
  valijson::Schema schema;
  valijson::SchemaParser parser;
  parser.populateSchema(NlohmannJsonAdapter(text), schema);
  valijson::Validator validator;
  valijson::ValidationResults results;
  validator.validate(schema, NlohmannJsonAdapter(document), &results);
  std::string out;
  valijson::ValidationResults::Error error;
  while (results.popError(error)) {
    for (const std::string& part : error.context) out += part;
    out += ": " + error.description + "\n";
  }
  return out;
}

}  // namespace berth::test
