// Reads the tables of rules/configs/.
#pragma once

#include <map>
#include <string>

#include "berth/source_file.hpp"
#include "configs/format.hpp"

namespace berth {

// What rules/**/facts.json says of a fact: enough to type a neutral field.
struct FieldInfo {
  FieldType type = FieldType::kString;
  std::vector<std::string> values;
};
using FieldInfos = std::map<std::string, FieldInfo, std::less<>>;

// Adds the facts of one file of schema berth/facts/v1. Errors: kInvalid, located.
Status read_field_types(const Node& root, std::string_view file, FieldInfos& out);

// One file of schema berth/config-format/v1. Errors: kInvalid, located.
Result<Format> read_format(const Node& root, std::string_view file, const FieldInfos& fields);

}  // namespace berth
