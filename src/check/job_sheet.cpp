#include "check/job_sheet.hpp"

#include <algorithm>
#include <array>

#include "check/raw_values.hpp"
#include "core/text.hpp"

namespace berth::checking {
namespace {

// Formats and the first word of the facts that stand for their keys.
constexpr std::array<std::pair<std::string_view, std::string_view>, 19> kPrefixes = {{{"axolotl", "axolotl"},
                                                                                      {"llamafactory", "lf"},
                                                                                      {"llamafactory-v1", "lfv1"},
                                                                                      {"hf-trainer", "hf"},
                                                                                      {"torchtune", "torchtune"},
                                                                                      {"litgpt", "litgpt"},
                                                                                      {"accelerate", "acc"},
                                                                                      {"deepspeed", "ds"},
                                                                                      {"torchtitan", "titan"},
                                                                                      {"megatron", "megatron"},
                                                                                      {"nemo", "nemo"},
                                                                                      {"maxtext", "maxtext"},
                                                                                      {"levanter", "levanter"},
                                                                                      {"llmfoundry", "llmfoundry"},
                                                                                      {"gpt-neox", "neox"},
                                                                                      {"nanotron", "nanotron"},
                                                                                      {"verl", "verl"},
                                                                                      {"skypilot", "sky"},
                                                                                      {"keras", "keras"}}};
// Facts that are lists of keys or places: nothing found is an empty list, never unknown.
constexpr std::array<std::string_view, 3> kListPrefixes = {"traps.", "keys.", "checker."};
// Facts that only some formats have: absent for all others.
constexpr std::array<std::string_view, 6> kClusterPrefixes = {"k8s.", "mpi.", "tpu.", "ray.", "tf.", "shell."};

constexpr std::string_view kGiven = "_given";

template <std::size_t N>
bool starts_with_any(std::string_view text, const std::array<std::string_view, N>& starts) {
  return std::any_of(starts.begin(), starts.end(), [&](std::string_view start) { return text.starts_with(start); });
}

std::string replaced(std::string text, char from, char to) {
  std::replace(text.begin(), text.end(), from, to);
  return text;
}

}  // namespace

std::string_view prefix_of(std::string_view ecosystem) {
  for (const auto& [name, prefix] : kPrefixes) {
    if (name == ecosystem) return prefix;
  }
  return {};
}

void prepare(SheetTables& tables) {
  for (const FactInfo& info : tables.rules->facts()) {
    const std::size_t dot = info.path.find('.');
    if (dot == std::string::npos) continue;
    const std::string prefix = info.path.substr(0, dot);
    const bool known =
        std::any_of(kPrefixes.begin(), kPrefixes.end(), [&](const auto& row) { return row.second == prefix; });
    if (!known) continue;
    RawFact raw{info.path, info.path.substr(dot + 1), false, info.type};
    if (raw.key.ends_with(kGiven)) {
      raw.given = true;
      raw.key.resize(raw.key.size() - kGiven.size());
    }
    tables.raw[prefix].push_back(std::move(raw));
  }
  derive_key_lists(tables);
  FactSheet blank(*tables.rules);
  for (const FactInfo& info : tables.rules->facts()) {
    const std::string prefix = info.path.substr(0, info.path.find('.'));
    if (tables.raw.contains(prefix) || starts_with_any(info.path, kClusterPrefixes))
      static_cast<void>(blank.set(info.path, FactValue()));
    if (info.type == FactType::kStringList && starts_with_any(info.path, kListPrefixes))
      static_cast<void>(blank.set(info.path, std::vector<std::string>()));
    // Rules say by the word which version they assume where none is given.
    if (info.path.starts_with("newest.")) static_cast<void>(blank.set(info.path, std::int64_t{999999}));
    if (info.path.starts_with("oldest.")) static_cast<void>(blank.set(info.path, std::int64_t{0}));
  }
  tables.blank.emplace("", std::move(blank));
}

void SheetWriter::set(std::string_view fact, FactValue value, SourceSpan span) {
  // A value of another type or outside the fact's domain stays unknown: other rules speak of it.
  static_cast<void>(sheet.facts_.set(fact, std::move(value), {Origin::Kind::kDocument, {}, std::move(span)}));
}

void SheetWriter::items(std::string_view fact, std::vector<Item> items) {
  std::vector<std::string> keys;
  keys.reserve(items.size());
  for (const Item& item : items) keys.push_back(item.key);
  set(fact, std::move(keys));
  sheet.items_.insert_or_assign(std::string(fact), std::move(items));
}

std::optional<double> SheetWriter::number(std::string_view fact) const {
  const FactValue* value = get(fact);
  if (value == nullptr) return std::nullopt;
  if (const auto* i = std::get_if<std::int64_t>(value)) return static_cast<double>(*i);
  if (const auto* d = std::get_if<double>(value)) return *d;
  return std::nullopt;
}

std::optional<std::int64_t> SheetWriter::whole(std::string_view fact) const {
  const FactValue* value = get(fact);
  const auto* i = value != nullptr ? std::get_if<std::int64_t>(value) : nullptr;
  return i != nullptr ? std::optional<std::int64_t>(*i) : std::nullopt;
}

std::string SheetWriter::text(std::string_view fact) const {
  const FactValue* value = get(fact);
  const auto* s = value != nullptr ? std::get_if<std::string>(value) : nullptr;
  return s != nullptr ? *s : std::string();
}

Item SheetWriter::item_at(const std::string& key, std::string value, std::string other) const {
  Item item{key, std::move(value), std::move(other), {}};
  const ConfigTree& tree = *config().tree;
  const Located at = tree.find(key);
  item.place.key = key;
  item.place.tree = &tree;
  item.place.node = at.node;
  item.place.member = at.member;
  item.place.exists = at.node != nullptr;
  item.place.span = at.node == nullptr ? tree.nearest(key) : tree.value_span(*at.node);
  const bool section = at.node != nullptr && (at.node->is(Node::Kind::kObject) || at.node->is(Node::Kind::kArray));
  if (at.member != nullptr && (section || item.place.span.line == 0)) item.place.span = tree.key_span(*at.member);
  return item;
}

JobSheet::JobSheet(const SheetTables& tables, const Config& config, const CheckContext& context,
                   const CheckOptions& options)
    : tables_(tables), config_(config), facts_(tables.blank.at("")) {
  SheetWriter writer(*this, context, options);
  writer.set("config.ecosystem", config.detection.ecosystem);
  writer.set("config.partial", config.partial);
  add_sources();
  add_raw();
  add_neutral();
  add_traps();
  add_hardware_facts(writer);
  std::optional<Model> model = add_model_facts_of(writer);
  add_arithmetic_facts(writer);
  add_cluster_facts(writer);
  add_key_facts(writer);
  const bool whole = config.detection.kind == ConfigKind::kConfig;  // a part says too little of the job
  if (options.estimates && whole) add_estimate_facts(writer, std::move(model));
}

// The file itself; DeepSpeed sections and files that it names. gpt-neox holds DeepSpeed's keys among its own.
void JobSheet::add_sources() {
  const std::string_view own = prefix_of(config_.detection.ecosystem);
  if (!own.empty()) {
    std::string base;
    if (own == "megatron") base = "MODEL_ARGS.";
    if (own == "llmfoundry" && config_.tree->find("parameters").node != nullptr &&
        config_.tree->find("model").node == nullptr) {
      base = "parameters.";  // MosaicML's wrapper around the config
    }
    sources_.push_back({&config_, std::string(own), base, nullptr, ""});
    if (own == "neox") sources_.push_back({&config_, "ds", "", nullptr, ""});
  }
  for (const Config& linked : config_.linked) {
    const std::string_view prefix = prefix_of(linked.detection.ecosystem);
    const bool taken =
        std::any_of(sources_.begin(), sources_.end(), [&](const Source& source) { return source.prefix == prefix; });
    if (prefix.empty() || taken || &linked == &config_) continue;
    const ConfigLink* via = nullptr;
    for (const ConfigLink& link : config_.links) {
      if (linked.file != config_.file && (link.target == linked.file || linked.file.ends_with(link.target)))
        via = &link;
    }
    // An inline section has a tree of its own with places in this file.
    sources_.push_back({&linked, std::string(prefix), "", via, linked.file == config_.file ? "deepspeed." : ""});
  }
}

// The key as the file spells it: gpt-neox and Megatron write dashes where the fact has underscores.
std::string JobSheet::find_key(const Source& source, const std::string& key) const {
  const ConfigTree& tree = *source.config->tree;
  if (source.prefix == "megatron") {
    const std::string dashed = source.base + "--" + replaced(key, '_', '-');
    if (tree.find(dashed).node != nullptr) return dashed;
    const std::string plain = source.base + "--" + key;
    return tree.find(plain).node != nullptr ? plain : dashed;
  }
  const std::string plain = source.base + key;
  if (source.prefix != "neox" || tree.find(plain).node != nullptr) return plain;
  const std::string dashed = replaced(plain, '_', '-');
  return tree.find(dashed).node != nullptr ? dashed : plain;
}

void JobSheet::add_raw(const Source& source, const RawFact& fact) {
  const ConfigTree& tree = *source.config->tree;
  const Located at = tree.find(find_key(source, fact.key));
  const bool empty = at.node == nullptr || at.node->is(Node::Kind::kNull);
  if (fact.given) {
    if (empty && source.config->partial) return static_cast<void>(facts_.clear(fact.path));
    return static_cast<void>(facts_.set(fact.path, !empty));
  }
  if (at.node == nullptr && source.config->partial) return static_cast<void>(facts_.clear(fact.path));
  if (empty) return;  // the blank sheet has it as absent
  const ValueState state = state_of(*at.node);
  const bool said = state == ValueState::kGiven || state == ValueState::kDerive ||
                    (state == ValueState::kAuto && fact.type != FactType::kInt && fact.type != FactType::kDouble &&
                     fact.type != FactType::kBool);
  const std::optional<FactValue> value = said ? value_of(tree, *at.node, fact.type) : std::nullopt;
  static_cast<void>(facts_.clear(fact.path));
  if (value) static_cast<void>(facts_.set(fact.path, *value, {Origin::Kind::kDocument, {}, tree.value_span(*at.node)}));
}

void JobSheet::add_raw() {
  for (const Source& source : sources_) {
    const auto raw = tables_.raw.find(source.prefix);
    if (raw == tables_.raw.end()) continue;
    for (const RawFact& fact : raw->second) add_raw(source, fact);
  }
  // A DeepSpeed file that is named but can't be read: what it says is unknown.
  const auto deepspeed = tables_.raw.find("ds");
  if (deepspeed == tables_.raw.end()) return;
  for (const ConfigLink& link : config_.links) {
    const bool have = std::any_of(sources_.begin(), sources_.end(), [](const Source& s) { return s.prefix == "ds"; });
    if (link.role != "deepspeed" || link.read || have) continue;
    for (const RawFact& fact : deepspeed->second) static_cast<void>(facts_.clear(fact.path));
  }
}

void JobSheet::add_neutral() {
  for (const ConfigField& field : config_.fields) {
    if (!std::holds_alternative<std::monostate>(field.value)) {
      static_cast<void>(facts_.set(field.path, field.value, {Origin::Kind::kDocument, field.key, field.value_span}));
    } else if (field.state == ValueState::kNull) {
      static_cast<void>(facts_.set(field.path, FactValue()));
    }
  }
  if (config_.partial) return;
  // What the format can say and this file doesn't, without a default: known to be absent.
  for (const ConfigFormat& format : tables_.formats->formats()) {
    if (format.id != config_.detection.ecosystem) continue;
    for (const std::string& path : format.fields) {
      if (config_.find(path) == nullptr) static_cast<void>(facts_.set(path, FactValue()));
    }
  }
}

void JobSheet::add_traps() {
  constexpr std::array<std::pair<TrapKind, std::string_view>, 12> kGroups = {
      {{TrapKind::kDuplicateKey, "traps.duplicate_keys"},
       {TrapKind::kNumberAsText, "traps.number_texts"},
       {TrapKind::kFloatAsText, "traps.float_texts"},
       {TrapKind::kBadNumber, "traps.bad_numbers"},
       {TrapKind::kBoolAsText, "traps.bool_texts"},
       {TrapKind::kNullAsText, "traps.null_texts"},
       {TrapKind::kWordAsBool, "traps.word_bools"},
       {TrapKind::kOctal, "traps.octals"},
       {TrapKind::kSexagesimal, "traps.sexagesimals"},
       {TrapKind::kMandatory, "traps.mandatory"},
       {TrapKind::kUnresolved, "traps.unresolved"},
       {TrapKind::kCycle, "traps.cycles"}}};
  for (const ConfigTrap& trap : config_.traps) {
    if (trap.tool_converts) continue;
    for (const auto& [kind, fact] : kGroups) {
      if (kind != trap.kind) continue;
      Item item{trap.key, trap.text, trap.instead, {}};
      if (trap.kind == TrapKind::kDuplicateKey) item.other = std::to_string(trap.other.line);
      item.place = {trap.key, trap.span, true, true, config_.tree.get(), nullptr, nullptr};
      const Located at = config_.tree->find(trap.key);
      item.place.node = at.node;
      item.place.member = at.member;
      items_[std::string(fact)].push_back(std::move(item));
    }
  }
  for (const auto& [fact, items] : items_) {
    std::vector<std::string> keys;
    for (const Item& item : items) keys.push_back(item.key);
    static_cast<void>(facts_.set(fact, std::move(keys)));
  }
}

const std::vector<Item>& JobSheet::items(std::string_view list_fact) const {
  static const std::vector<Item> kNone;
  const auto found = items_.find(list_fact);
  return found == items_.end() ? kNone : found->second;
}

Place JobSheet::place_of(std::string_view fact) const {
  if (const ConfigField* field = config_.find(fact); field != nullptr) {
    const bool own = field->key_span.file.empty() || field->key_span.file == config_.file;
    Place place{field->key,
                field->value_span.line > 0 ? field->value_span : field->key_span,
                field->key_span.line > 0,
                own,
                config_.tree.get(),
                nullptr,
                nullptr};
    if (own && place.exists) {
      const Located at = config_.tree->find(field->key);
      place.node = at.node;
      place.member = at.member;
      return place;
    }
    if (own) {
      place.span = field->key.empty() ? SourceSpan() : config_.tree->nearest(field->key);
      place.exists = false;
      return place;
    }
    for (const ConfigLink& link : config_.links) {  // stands in a file that this one names
      if (link.read && link.span.line > 0) return {link.key, link.span, true, false, nullptr, nullptr, nullptr};
    }
    return {};
  }
  const std::size_t dot = fact.find('.');
  if (dot == std::string_view::npos) return {};
  std::string key(fact.substr(dot + 1));
  if (key.ends_with(kGiven)) key.resize(key.size() - kGiven.size());
  for (const Source& source : sources_) {
    if (source.prefix != fact.substr(0, dot)) continue;
    if (source.via != nullptr) return {source.via->key, source.via->span, true, false, nullptr, nullptr, nullptr};
    const ConfigTree& tree = *source.config->tree;
    const std::string path = find_key(source, key);
    // In a file given beside this one: it has no line here.
    if (source.config->file != config_.file) return {path, {}, false, false, nullptr, nullptr, nullptr};
    const Located at = tree.find(path);
    Place place{
        source.label + path, {}, at.node != nullptr, source.config->file == config_.file, &tree, at.node, at.member};
    if (at.node == nullptr) {
      place.span = tree.nearest(path);
      return place;
    }
    const bool section = at.node->is(Node::Kind::kObject) || at.node->is(Node::Kind::kArray);
    place.span = section && at.member != nullptr ? tree.key_span(*at.member) : tree.value_span(*at.node);
    if (place.span.line == 0 && at.member != nullptr) place.span = tree.key_span(*at.member);
    return place;
  }
  return {};
}

}  // namespace berth::checking
