#include "configs/format_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "configs/condition_file.hpp"
#include "core/text.hpp"

namespace berth {
namespace {

constexpr std::array<std::pair<std::string_view, FieldType>, 6> kTypes = {{{"bool", FieldType::kBool},
                                                                           {"int", FieldType::kInt},
                                                                           {"double", FieldType::kDouble},
                                                                           {"string", FieldType::kString},
                                                                           {"enum", FieldType::kString},
                                                                           {"list(string)", FieldType::kList}}};
constexpr std::array<std::pair<std::string_view, ValueState>, 4> kStates = {{{"auto", ValueState::kAuto},
                                                                             {"derive", ValueState::kDerive},
                                                                             {"outside", ValueState::kOutside},
                                                                             {"null", ValueState::kNull}}};
constexpr std::array<std::pair<std::string_view, Reader>, 2> kReaders = {
    {{"table", Reader::kTable}, {"kubernetes", Reader::kKubernetes}}};
constexpr std::array<std::pair<std::string_view, Spelling>, 2> kSpellings = {
    {{"exact", Spelling::kExact}, {"dashes", Spelling::kDashes}}};
constexpr std::array<std::pair<std::string_view, FloatTexts>, 2> kFloatTexts = {
    {{"converted", FloatTexts::kConverted}, {"texts", FloatTexts::kTexts}}};
constexpr std::array<std::pair<std::string_view, Interpolation>, 2> kInterpolations = {
    {{"none", Interpolation::kNone}, {"omegaconf", Interpolation::kOmegaConf}}};

template <class T, std::size_t N>
std::span<const std::pair<std::string_view, T>> words(const std::array<std::pair<std::string_view, T>, N>& table) {
  return table;
}

class FormatReader {
 public:
  FormatReader(const Node& root, std::string_view file, const FieldInfos& infos)
      : fields_(root, file, ""), file_(file), infos_(infos) {}

  Result<Format> read() {
    std::string text;
    fields_.read("schema", text);
    fields_.read("$schema", text);
    fields_.read("doc", text);
    read_row();
    fields_.read("order", format_.order, kCount);
    fields_.read_word("reader", format_.reader, words(kReaders));
    fields_.read_word("spelling", format_.spelling, words(kSpellings));
    fields_.read_word("float_texts", format_.float_texts, words(kFloatTexts));
    fields_.read_word("interpolation", format_.interpolation, words(kInterpolations));
    format_.roots = read_texts(fields_, "roots");
    if (format_.roots.empty()) format_.roots.emplace_back();
    std::optional<Condition> detect = read_condition(fields_, "detect", file_);
    if (detect) format_.detect = std::move(*detect);
    judgements("others", format_.others);
    judgements("partials", format_.partials);
    judgements("fragments", format_.fragments);
    format_.flags = read_texts(fields_, "flags");
    format_.typed_keys = read_texts(fields_, "typed_keys");
    format_.text_keys = read_texts(fields_, "text_keys");
    read_fields();
    read_outside();
    read_links();
    if (fields_.ok() && !detect) fields_.fail_at(*fields_.child("id"), "a format without 'detect'");
    if (const Status status = fields_.finish(); !status) return tl::unexpected<Error>(status.error());
    finish_row();
    return std::move(format_);
  }

 private:
  void read_row() {
    ConfigFormat& row = format_.row;
    fields_.read("id", row.id);
    fields_.read("title", row.title);
    fields_.read("syntaxes", row.syntaxes);
    fields_.read("evidence", row.evidence);
    fields_.read("override", row.override_form);
    fields_.read("trainer", row.trainer);
    fields_.read("unsaid_shard", row.unsaid_shard);
    row.fields = read_texts(fields_, "reader_fields");
  }

  void finish_row() {
    ConfigFormat& row = format_.row;
    for (const FieldMap& field : format_.fields) row.fields.push_back(field.path);
    std::sort(row.fields.begin(), row.fields.end());
    row.fields.erase(std::unique(row.fields.begin(), row.fields.end()), row.fields.end());
    for (const auto& outside : format_.outside) row.outside.push_back(outside.first);
    row.read = row.fields.empty() ? "recognised" : "fields";
  }

  // Calls read(fields, node) for each object of a list.
  template <class Read>
  void each(Fields& from, std::string_view key, Read read) {
    const Node* list = from.child(key);
    if (!list) return;
    if (!list->is(Node::Kind::kArray)) return from.fail_at(*list, fmt::format("'{}' must be a list", key));
    for (const Node& item : list->as_array()) {
      Fields fields(item, file_, from.path_of(key));
      read(fields, item);
      if (const Status status = fields.finish(); !status) from.fail_with(status.error());
    }
  }

  void judgements(std::string_view key, std::vector<Judgement>& out) {
    each(fields_, key, [&](Fields& fields, const Node& item) {
      Judgement judgement;
      std::optional<Condition> when = read_condition(fields, "when", file_);
      fields.read("why", judgement.why);
      if (!when || judgement.why.empty()) return fields.fail_at(item, "needs 'when' and 'why'");
      judgement.when = std::move(*when);
      out.push_back(std::move(judgement));
    });
  }

  void read_fields() {
    const Node* list = fields_.child("fields");
    if (!list) return;
    if (!list->is(Node::Kind::kObject)) return fields_.fail_at(*list, "'fields' must be an object");
    for (const Member& member : list->as_object()) read_field(member);
  }

  void read_field(const Member& member) {
    FieldMap field;
    field.path = member.key;
    const auto info = infos_.find(member.key);
    if (info == infos_.end()) {
      std::vector<std::string> names;
      for (const auto& known : infos_) names.push_back(known.first);
      return fields_.fail_at(member.value, fmt::format("no fact '{}'{}", member.key, did_you_mean(member.key, names)),
                             "declare it in rules/configs/facts.json");
    }
    field.type = info->second.type;
    field.values = info->second.values;
    Fields fields(member.value, file_, fields_.path_of("fields") + "." + member.key);
    each(fields, "from", [&](Fields& step, const Node&) { field.steps.push_back(read_step(step)); });
    const std::vector<std::string> fallback = read_texts(fields, "default");
    if (!fallback.empty()) field.fallback = fallback.front();
    fields.read("default_note", field.fallback_note);
    if (const Status status = fields.finish(); !status) return fields_.fail_with(status.error());
    format_.fields.push_back(std::move(field));
  }

  Step read_step(Fields& fields) {
    Step step;
    step.keys = read_texts(fields, "key");
    step.when = read_condition(fields, "when", file_);
    step.is = read_texts(fields, "is");
    step.derive = read_texts(fields, "derive");
    step.sizes = read_texts(fields, "sizes");
    step.match = read_pattern(fields, "match");
    fields.read("split", step.split);
    fields.read("note", step.note);
    const std::vector<std::string> value = read_texts(fields, "value");
    if (!value.empty()) step.value = value.front();
    fields.read_word("state", step.state, words(kStates));
    if (const Node* table = fields.child("words")) read_words(fields, *table, step);
    return step;
  }

  static void read_words(Fields& fields, const Node& table, Step& step) {
    if (!table.is(Node::Kind::kObject)) return fields.fail_at(table, "'words' must be an object");
    for (const Member& member : table.as_object()) {
      std::optional<std::string> word = word_of(member.value);
      if (!word) return fields.fail_at(member.value, "a word must be a text, a number, true or false");
      step.words.emplace_back(member.key, std::move(*word));
    }
  }

  void read_outside() {
    const Node* list = fields_.child("outside");
    if (!list) return;
    if (!list->is(Node::Kind::kObject)) return fields_.fail_at(*list, "'outside' must be an object");
    for (const Member& member : list->as_object()) {
      if (!member.value.is(Node::Kind::kString)) return fields_.fail_at(member.value, "must be a text: from where");
      if (infos_.find(member.key) == infos_.end()) {
        return fields_.fail_at(member.value, fmt::format("no fact '{}'", member.key));
      }
      format_.outside.emplace_back(member.key, member.value.as_string());
    }
  }

  void read_links() {
    each(fields_, "links", [&](Fields& fields, const Node&) {
      LinkKey link;
      fields.read("key", link.key);
      fields.read("role", link.role);
      link.when = read_condition(fields, "when", file_);
      format_.links.push_back(std::move(link));
    });
  }

  Fields fields_;
  std::string_view file_;
  const FieldInfos& infos_;
  Format format_;
};

}  // namespace

Status read_field_types(const Node& root, std::string_view file, FieldInfos& out) {
  const Node* facts = root.find("facts");
  if (!facts || !facts->is(Node::Kind::kObject)) {
    return fail(ErrorCode::kInvalid, "no \"facts\"", {}, {std::string(file), root.line, root.column, 0, 0});
  }
  for (const Member& member : facts->as_object()) {
    const Node* type = member.value.find("type");
    if (!type || !type->is(Node::Kind::kString)) continue;  // the rules room complains
    FieldInfo info;
    for (const auto& known : kTypes) {
      if (known.first == type->as_string()) info.type = known.second;
    }
    const Node* values = member.value.find("values");
    if (values && values->is(Node::Kind::kArray)) {
      for (const Node& value : values->as_array()) {
        if (value.is(Node::Kind::kString)) info.values.push_back(value.as_string());
      }
    }
    out.insert_or_assign(member.key, std::move(info));
  }
  return {};
}

Result<Format> read_format(const Node& root, std::string_view file, const FieldInfos& fields) {
  return FormatReader(root, file, fields).read();
}

}  // namespace berth
