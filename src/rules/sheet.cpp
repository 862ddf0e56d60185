// Fact values and fact sheets.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/json.hpp"
#include "core/text.hpp"
#include "rules/state.hpp"

namespace berth {
namespace {

const char* word_of(FactType type) {
  switch (type) {
    case FactType::kBool: return "true or false";
    case FactType::kInt: return "a whole number";
    case FactType::kDouble: return "a number";
    case FactType::kString: return "a text";
    case FactType::kEnum: return "one of its words";
    default: return "a list of texts";
  }
}

Status in_range(const FactInfo& info, double value) {
  if (std::isnan(value)) return fail(ErrorCode::kInvalid, fmt::format("{} is not a number", info.path));
  if ((info.min && value < *info.min) || (info.max && value > *info.max)) {
    return fail(ErrorCode::kInvalid, fmt::format("{} is {}", info.path, number_text(value)),
                fmt::format("it lies between {} and {}", info.min ? number_text(*info.min) : "-infinity",
                            info.max ? number_text(*info.max) : "infinity"));
  }
  return {};
}

Status in_domain(const FactInfo& info, std::string_view word) {
  if (info.values.empty() || std::find(info.values.begin(), info.values.end(), word) != info.values.end()) return {};
  const std::string near = suggest(word, info.values);
  return fail(ErrorCode::kInvalid, fmt::format("\"{}\" is no value of {}", shorten(word), info.path),
              near.empty() ? "values are " + join_or(info.values) : fmt::format("did you mean \"{}\"?", near));
}

}  // namespace

std::string to_json(const FactValue& value) {
  if (const auto* b = std::get_if<bool>(&value)) return *b ? "true" : "false";
  if (const auto* i = std::get_if<std::int64_t>(&value)) return std::to_string(*i);
  if (const auto* d = std::get_if<double>(&value)) return number_text(*d);
  if (const auto* s = std::get_if<std::string>(&value)) return json_text(Json(*s), -1);
  if (const auto* l = std::get_if<std::vector<std::string>>(&value)) return json_text(Json(*l), -1);
  return "null";
}

const char* to_string(Effect effect) {
  switch (effect) {
    case Effect::kDerive: return "derive";
    case Effect::kRequire: return "require";
    case Effect::kVeto: return "veto";
    case Effect::kRecommend: return "recommend";
    default: return "check";
  }
}

Result<FactValue> fit(const FactInfo& info, FactValue value) {
  const auto wrong = [&] {
    return fail(ErrorCode::kInvalid, fmt::format("{} is {}", info.path, shorten(to_json(value))),
                fmt::format("it takes {}", word_of(info.type)));
  };
  if (std::holds_alternative<std::monostate>(value)) return value;
  Status status;
  switch (info.type) {
    case FactType::kBool:
      if (!std::holds_alternative<bool>(value)) return wrong();
      break;
    case FactType::kInt: {
      const auto* i = std::get_if<std::int64_t>(&value);
      if (!i) return wrong();
      status = in_range(info, static_cast<double>(*i));
      break;
    }
    case FactType::kDouble:
      if (const auto* i = std::get_if<std::int64_t>(&value)) value = static_cast<double>(*i);
      if (!std::holds_alternative<double>(value)) return wrong();
      status = in_range(info, std::get<double>(value));
      break;
    case FactType::kString:
    case FactType::kEnum:
      if (!std::holds_alternative<std::string>(value)) return wrong();
      status = in_domain(info, std::get<std::string>(value));
      break;
    case FactType::kStringList:
      if (!std::holds_alternative<std::vector<std::string>>(value)) return wrong();
      for (const std::string& word : std::get<std::vector<std::string>>(value)) {
        if (status) status = in_domain(info, word);
      }
      break;
  }
  if (!status) return tl::unexpected<Error>(status.error());
  return value;
}

Result<std::uint32_t> slot_of(const RuleSet::State& rules, std::string_view path) {
  if (const auto slot = rules.environment.find(path)) return *slot;
  const std::string near = suggest(path, rules.environment.names());
  return fail(ErrorCode::kNotFound, fmt::format("no fact '{}'", shorten(path)),
              near.empty() ? "" : fmt::format("did you mean '{}'?", near));
}

std::optional<FactValue> to_fact(const cel::Value& value) {
  using Kind = cel::Value::Kind;
  switch (value.kind) {
    case Kind::kNull: return FactValue();
    case Kind::kBool: return FactValue(value.b);
    case Kind::kInt: return FactValue(value.i);
    case Kind::kDouble: return FactValue(value.d);
    case Kind::kString: return FactValue(std::string(value.str()));
    case Kind::kList: {
      std::vector<std::string> words;
      for (const cel::Value& item : value.items()) {
        if (!item.is(Kind::kString)) return std::nullopt;
        words.emplace_back(item.str());
      }
      return FactValue(std::move(words));
    }
    default: return std::nullopt;
  }
}

FactSheet::State::State(const RuleSet::State& set)
    : rules(&set),
      slots(set.facts.size()),
      known(set.facts.size(), Known::kNo),
      values(set.facts.size()),
      lists(set.lists) {
  for (std::uint32_t slot = 0; slot < slots.size(); ++slot) slots[slot] = rules->unknown(slot);
}

FactSheet::State::State(const State& other)
    : rules(other.rules),
      slots(other.slots),
      known(other.known),
      values(other.values),
      lists(other.lists),
      origins(other.origins) {
  // Texts, lists and merged unknowns lie in `other`.
  for (std::uint32_t slot = 0; slot < slots.size(); ++slot) {
    const cel::Value::Kind kind = slots[slot].kind;
    if (kind == cel::Value::Kind::kString)
      slots[slot].chars = std::get<std::string>(values[slot]).data();
    else if (kind == cel::Value::Kind::kList || kind == cel::Value::Kind::kUnknown)
      refresh(slot);
  }
}

static bool is_given(const Origin& origin) {
  return origin.kind != Origin::Kind::kDocument || !origin.text.empty() || !origin.span.file.empty() ||
         origin.span.line > 0;
}

void FactSheet::State::put(std::uint32_t slot, FactValue value, Origin origin, Known how) {
  values[slot] = std::move(value);
  if (origins.empty() && is_given(origin)) origins.resize(slots.size());
  if (!origins.empty()) origins[slot] = std::move(origin);
  known[slot] = how;
  refresh(slot);
}

void FactSheet::State::forget(std::uint32_t slot) {
  values[slot] = {};
  known[slot] = Known::kNo;
  slots[slot] = rules->unknown(slot);
}

void FactSheet::State::forget_all() {
  for (std::uint32_t slot = 0; slot < slots.size(); ++slot) {
    if (known[slot] != Known::kNo)
      forget(slot);
    else
      slots[slot] = rules->unknown(slot);
  }
}

cel::Value FactSheet::State::word(std::uint32_t slot, std::string_view text) const {
  cel::Value value = cel::Value::string(text);
  if (rules->predicates.reads_words(slot)) value.tag = rules->predicates.vocabulary().find(text);
  return value;
}

void FactSheet::State::refresh(std::uint32_t slot) {
  if (known[slot] == Known::kNo) {
    slots[slot] = rules->unknown(slot);
    return;
  }
  const FactValue& value = values[slot];
  cel::Value& out = slots[slot];
  if (const auto* b = std::get_if<bool>(&value)) {
    out = cel::Value::of(*b);
  } else if (const auto* i = std::get_if<std::int64_t>(&value)) {
    out = cel::Value::of(*i);
  } else if (const auto* d = std::get_if<double>(&value)) {
    out = cel::Value::of(*d);
  } else if (const auto* s = std::get_if<std::string>(&value)) {
    out = word(slot, *s);
  } else if (const auto* l = std::get_if<std::vector<std::string>>(&value)) {
    std::vector<cel::Value>& items = lists[rules->list_of[slot]];
    items.clear();
    items.reserve(l->size());
    for (const std::string& item : *l) items.push_back(word(slot, item));
    out = cel::Value::list(items);
  } else {
    out = cel::Value();
  }
}

FactSheet::FactSheet(const RuleSet& rules) : state_(std::make_unique<State>(rules.state())) {}
FactSheet::FactSheet(const FactSheet& other) : state_(std::make_unique<State>(*other.state_)) {}
FactSheet& FactSheet::operator=(const FactSheet& other) {
  if (this != &other) state_ = std::make_unique<State>(*other.state_);
  return *this;
}
FactSheet::FactSheet(FactSheet&&) noexcept = default;
FactSheet& FactSheet::operator=(FactSheet&&) noexcept = default;
FactSheet::~FactSheet() = default;

Status FactSheet::set(std::string_view path, FactValue value, Origin origin) {
  const Result<std::uint32_t> slot = slot_of(*state_->rules, path);
  if (!slot) return tl::unexpected<Error>(slot.error());
  Result<FactValue> fitted = fit(state_->rules->facts[*slot], std::move(value));
  if (!fitted) {
    fitted.error().span = origin.span;
    return tl::unexpected<Error>(fitted.error());
  }
  state_->put(*slot, std::move(*fitted), std::move(origin), Known::kSet);
  return {};
}

Status FactSheet::clear(std::string_view path) {
  const Result<std::uint32_t> slot = slot_of(*state_->rules, path);
  if (!slot) return tl::unexpected<Error>(slot.error());
  state_->forget(*slot);
  return {};
}

void FactSheet::mark() {
  state_->marked = state_->known;
}

void FactSheet::forget_since_mark() {
  for (std::uint32_t slot = 0; slot < state_->marked.size(); ++slot) {
    if (state_->marked[slot] == Known::kNo && state_->known[slot] != Known::kNo) state_->forget(slot);
  }
}

const FactValue* FactSheet::value_of(std::size_t fact) const {
  return state_->known[fact] != Known::kNo ? &state_->values[fact] : nullptr;
}

const FactValue* FactSheet::get(std::string_view path) const {
  const auto slot = state_->rules->environment.find(path);
  return slot && state_->known[*slot] != Known::kNo ? &state_->values[*slot] : nullptr;
}

const Origin* FactSheet::origin(std::string_view path) const {
  const auto slot = state_->rules->environment.find(path);
  if (!slot || state_->known[*slot] == Known::kNo) return nullptr;
  static const Origin kNotGiven;
  return state_->origins.empty() ? &kNotGiven : &state_->origins[*slot];
}

}  // namespace berth
