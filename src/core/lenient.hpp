// Texts that others wrote for other tools: read as those tools read them, odd as they may be.
//
// parse_document (node.hpp) is for berth's own documents and refuses what is ambiguous. Here YAML is
// typed by YAML 1.1 as PyYAML has it ("no" is false, "1e-5" a text, "150_001" a number), anchors, merge
// keys, unknown tags and several documents are taken, and a duplicate key is noted and the last one wins.
#pragma once

#include <string_view>
#include <vector>

#include "core/node.hpp"
#include "core/node_parsers.hpp"

namespace berth {

struct LenientText {
  struct Document {
    Node root;
    std::vector<DuplicateKey> duplicates;
  };
  std::vector<Document> documents;  // none: the text holds nothing but comments
};

struct LenientLimits {
  std::size_t max_values = 300000;  // after aliases are written out; some 60 MB of tree
};

// @param text  valid UTF-8 without NUL
// Errors, located: kInvalid (syntax, undefined alias, a key that is a list or object), kLimit (values;
// deeper than kMaxDepth). Cost: linear.
Result<LenientText> parse_lenient_yaml(std::string_view text, std::string_view name, const LenientLimits& limits = {});
Result<LenientText> parse_lenient_json(std::string_view text, std::string_view name, const LenientLimits& limits = {});
// TOML 1.0 through toml++. Dates and times become texts.
Result<LenientText> parse_toml(std::string_view text, std::string_view name, const LenientLimits& limits = {});

// A YAML 1.1 plain scalar as PyYAML types it.
Node::Value yaml11_value(std::string_view text);

}  // namespace berth
