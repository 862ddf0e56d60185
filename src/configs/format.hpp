// A format's table (rules/configs/<id>.json) in memory: how it is recognised and how its keys map.
#pragma once

#include <re2/re2.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "berth/configs.hpp"
#include "configs/interpolation.hpp"
#include "core/node.hpp"

namespace berth {

// A test on a document. Paths are those of ConfigTree::find, below the format's root.
struct Condition {
  enum class Kind : std::uint8_t {
    kAll,       // every part
    kAny,       // one part
    kNot,       // not the part
    kHas,       // every path is there
    kSet,       // every path is there and not null
    kMap,       // every path is an object
    kList,      // every path is a list
    kText,      // every path is a text
    kAnyOf,     // one of the paths is there
    kCount,     // at least `at_least` of the paths are there
    kIn,        // the path's value is one of the words
    kMatches,   // the path's text matches
    kAnywhere,  // some object of the document has the key
    kKeys,      // at least `at_least` keys of the root match
    kAtMost,    // the root has at most `at_least` keys
  };
  Kind kind = Kind::kAll;
  std::vector<Condition> parts;
  std::vector<std::string> paths;
  std::vector<std::string> words;
  std::shared_ptr<const RE2> match;
  std::size_t at_least = 0;
};

enum class FieldType : std::uint8_t { kBool, kInt, kDouble, kString, kList };

// One way to come by a field's value; the first that applies is taken.
struct Step {
  std::vector<std::string> keys;  // the first that is there
  std::optional<Condition> when;
  std::vector<std::string> is;                             // the value's word must be one of them
  std::vector<std::string> derive;                         // words that mean "work it out"
  std::vector<std::string> sizes;                          // the sum of the lengths of these lists
  std::vector<std::pair<std::string, std::string>> words;  // the file's word -> the neutral one
  std::shared_ptr<const RE2> match;                        // the first group is the value
  std::string split;                                       // lists: what stands between the items of a text
  std::optional<std::string> value;                        // taken instead of the key's own
  std::optional<ValueState> state;                         // taken instead of kGiven; then there is no value
  std::string note;
};

struct FieldMap {
  std::string path;
  FieldType type = FieldType::kString;
  std::vector<std::string> values;  // the closed list, if there is one
  std::vector<Step> steps;
  std::optional<std::string> fallback;  // the framework's default
  std::string fallback_note;
};

struct Judgement {
  Condition when;
  std::string why;
};

struct LinkKey {
  std::string key, role;
  std::optional<Condition> when;
};

enum class Reader : std::uint8_t { kTable, kKubernetes };
enum class Spelling : std::uint8_t { kExact, kDashes };  // kDashes: '-' and '_' are one
enum class FloatTexts : std::uint8_t { kConverted, kTexts };

struct Format {
  ConfigFormat row;
  int order = 0;
  Reader reader = Reader::kTable;
  Spelling spelling = Spelling::kExact;
  FloatTexts float_texts = FloatTexts::kConverted;
  Interpolation interpolation = Interpolation::kNone;
  std::vector<std::string> typed_keys;  // keys whose values must be no texts; empty: all keys
  std::vector<std::string> text_keys;   // keys whose values are texts, whatever they look like
  std::vector<std::string> roots;       // where the config may stand: "" the document, "parameters" below a key
  Condition detect;
  std::vector<Judgement> others;     // recognised, but no training config
  std::vector<Judgement> partials;   // recognised, but not the whole
  std::vector<Judgement> fragments;  // not recognised as a whole, but a part of one
  std::vector<FieldMap> fields;
  std::vector<std::pair<std::string, std::string>> outside;  // field -> where it comes from
  std::vector<LinkKey> links;
  std::vector<std::string> flags;  // command-line flags by which a shell script is recognised
};

struct ConfigFormats::State {
  std::vector<Format> formats;  // in order
  std::vector<ConfigFormat> rows;
  std::vector<std::string> flags;  // of all formats
  std::unordered_map<std::string, std::size_t> by_id;
};

// A document, seen from a format's root.
struct View {
  const Node* root = nullptr;
  std::string prefix;  // "parameters." or empty: for key paths
  Spelling spelling = Spelling::kExact;

  [[nodiscard]] const Node* find(std::string_view path) const;
  [[nodiscard]] const Member* member(std::string_view path) const;
};

// Whether the condition holds; the paths that made it hold are added to `evidence`.
bool holds(const Condition& condition, const View& view, std::vector<std::string>& evidence);

// The view of a document that makes format.detect hold, or nullopt.
std::optional<View> recognise(const Format& format, const Node& root, std::vector<std::string>& evidence);

// A scalar as a word: "true", "16", "bf16"; nullopt for lists and objects.
std::optional<std::string> word_of(const Node& node);
// A scalar as a number, however it is written ("8", 1e-5, 150_001); nullopt when it is none.
std::optional<double> number_of(const Node& node);
std::optional<double> number_of(std::string_view text);

}  // namespace berth
