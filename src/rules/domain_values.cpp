// From what conditions compare a fact with to the values that stand for its domain.
#include <algorithm>
#include <cmath>

#include "rules/domains.hpp"

namespace berth {
namespace {

// Whole numbers up to here are exact as doubles.
constexpr double kMaxWhole = 9e15;
constexpr std::size_t kMaxValues = 512;
constexpr const char* kOtherWord = "(any other)";

void sort_unique(std::vector<double>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

// `count` numbers between a and b, neither included, near a and round where there is room.
void add_between(double a, double b, std::size_t count, std::vector<double>& out) {
  const double room = b - a;
  if (!(room > 0)) return;
  const double step = std::min(room / static_cast<double>(count + 1), std::max(1.0, std::abs(a)));
  for (std::size_t i = 1; i <= count; ++i) {
    const double value = a + step * static_cast<double>(i);
    if (value > a && value < b) out.push_back(value);
  }
}

// The first `count` whole numbers between a and b, neither included.
void add_whole_between(double a, double b, std::size_t count, std::vector<double>& out) {
  double value = std::floor(a) + 1;
  for (std::size_t i = 0; i < count && value < b; ++i, ++value) out.push_back(value);
}

std::string fresh_word(const std::set<std::string>& taken, std::size_t index) {
  std::string word = index == 0 ? kOtherWord : "(other " + std::to_string(index + 1) + ")";
  while (taken.count(word) != 0) word += "~";
  return word;
}

}  // namespace

// What the facts of a group share.
struct Domains::Group {
  std::vector<double> cuts, factors;  // sorted
  std::size_t count = 0;
  std::int64_t modulus = 1;
  bool any_whole = false;
};

Domains::Group Domains::number_group(std::uint32_t slot) {
  Group out;
  for (const std::uint32_t other : group(slot)) {
    const Slot& fact = at(other);
    const FactInfo& info = rules_.facts[other];
    out.cuts.insert(out.cuts.end(), fact.cuts.begin(), fact.cuts.end());
    out.factors.insert(out.factors.end(), fact.factors.begin(), fact.factors.end());
    if (info.min) out.cuts.push_back(*info.min);
    if (info.max) out.cuts.push_back(*info.max);
    out.any_whole = out.any_whole || info.type == FactType::kInt;
    out.modulus = std::max(out.modulus, fact.modulus);
    ++out.count;
  }
  const auto endless = [](double cut) { return !std::isfinite(cut); };
  out.cuts.erase(std::remove_if(out.cuts.begin(), out.cuts.end(), endless), out.cuts.end());
  if (out.cuts.empty()) out.cuts.push_back(0);
  sort_unique(out.cuts);
  sort_unique(out.factors);
  return out;
}

// Values inside the cell between two cuts.
void Domains::fill_cell(const Group& group, FactType type, double a, double b, std::vector<double>& values) {
  if (type == FactType::kInt)
    return add_whole_between(a, b, group.count * static_cast<std::size_t>(group.modulus), values);
  add_between(a, b, group.count, values);
  if (!group.any_whole) return;
  // Whole numbers of other facts of the group, and places between them.
  std::vector<double> wholes;
  add_whole_between(a, b, group.count, wholes);
  for (const double whole : wholes) {
    values.push_back(whole);
    add_between(whole, std::min(whole + 1, b), group.count, values);
  }
  if (!wholes.empty()) add_between(a, wholes.front(), group.count, values);
}

std::vector<FactValue> Domains::numbers(std::uint32_t slot) {
  const FactInfo& info = rules_.facts[slot];
  const Group group = number_group(slot);
  const bool whole = info.type == FactType::kInt;
  std::vector<double> values;
  // Beyond the outermost cuts as far as all values that are wanted there have room.
  const double wanted = static_cast<double>(group.count) * static_cast<double>(group.modulus) + 1;
  const auto reach = [&](double cut) { return wanted * std::max(1.0, std::abs(cut)); };
  fill_cell(group, info.type, group.cuts.front() - reach(group.cuts.front()), group.cuts.front(), values);
  for (std::size_t i = 0; i < group.cuts.size(); ++i) {
    const double cut = group.cuts[i];
    if (!whole || cut == std::floor(cut)) values.push_back(cut);
    const bool last = i + 1 == group.cuts.size();
    fill_cell(group, info.type, cut, last ? cut + 4 * reach(cut) : group.cuts[i + 1], values);
  }
  const std::vector<double> base = group.factors.empty() ? std::vector<double>() : values;
  for (const double value : base) {
    for (const double factor : group.factors) {
      for (const double scaled : {value * factor, value / factor, value + factor, value - factor}) {
        if (values.size() < kMaxValues) values.push_back(whole ? std::floor(scaled) : scaled);
      }
    }
  }
  sort_unique(values);
  std::vector<FactValue> out;
  for (const double value : values) {
    const bool inside = (!info.min || value >= *info.min) && (!info.max || value <= *info.max) && std::isfinite(value);
    if (!inside || (whole && std::abs(value) > kMaxWhole)) continue;
    if (whole)
      out.emplace_back(static_cast<std::int64_t>(value));
    else
      out.emplace_back(value);
  }
  return out;
}

std::vector<FactValue> Domains::texts(std::uint32_t slot) {
  const FactInfo& info = rules_.facts[slot];
  std::vector<FactValue> out;
  if (!info.values.empty()) {
    for (const std::string& word : info.values) out.emplace_back(word);
    return out;
  }
  std::set<std::string> words, prefixes, suffixes;
  const std::vector<std::uint32_t> together = group(slot);
  for (const std::uint32_t other : together) {
    const Slot& fact = at(other);
    const FactInfo& of = rules_.facts[other];
    words.insert(fact.words.begin(), fact.words.end());
    words.insert(of.values.begin(), of.values.end());
    prefixes.insert(fact.prefixes.begin(), fact.prefixes.end());
    suffixes.insert(fact.suffixes.begin(), fact.suffixes.end());
  }
  std::set<std::string> all = words;
  const std::size_t count = together.size();
  for (std::size_t i = 0; i < count; ++i) all.insert(fresh_word(words, i));
  for (const std::string& prefix : prefixes) {
    all.insert(prefix);
    for (std::size_t i = 0; i < count; ++i) all.insert(prefix + fresh_word(words, i));
    for (const std::string& suffix : suffixes) all.insert(prefix + suffix);
  }
  for (const std::string& suffix : suffixes) {
    all.insert(suffix);
    all.insert(fresh_word(words, 0) + suffix);
  }
  for (const std::string& word : all) out.emplace_back(word);
  return out;
}

std::vector<FactValue> Domains::lists(std::uint32_t slot) {
  const FactInfo& info = rules_.facts[slot];
  const Slot& fact = at(slot);
  std::vector<std::string> words(fact.words.begin(), fact.words.end());
  if (info.values.empty()) {
    words.push_back(fresh_word(fact.words, 0));
  } else {
    const auto other = std::find_if(info.values.begin(), info.values.end(),
                                    [&](const std::string& word) { return fact.words.count(word) == 0; });
    if (other != info.values.end()) words.push_back(*other);
  }
  constexpr std::size_t kMostWords = 8;  // 256 lists
  if (words.size() > kMostWords) {
    used_.insert("lists of more than " + std::to_string(kMostWords) + " words for " + info.path);
    words.erase(words.begin() + kMostWords - 1, words.end() - 1);
  }
  std::vector<FactValue> out;
  for (std::size_t bits = 0; bits < std::size_t{1} << words.size(); ++bits) {
    std::vector<std::string> list;
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (((bits >> i) & 1U) != 0) list.push_back(words[i]);
    }
    const std::size_t least = list.size();
    out.emplace_back(list);
    if (list.empty()) continue;
    for (const std::int64_t cut : fact.sizes) {
      for (const std::int64_t size : {cut, cut + 1}) {
        constexpr std::int64_t kLongest = 1000;
        if (size <= static_cast<std::int64_t>(least) || size > kLongest) continue;
        std::vector<std::string> longer = list;
        longer.resize(static_cast<std::size_t>(size), list.back());
        if (std::find(out.begin(), out.end(), FactValue(longer)) == out.end()) out.emplace_back(std::move(longer));
      }
    }
  }
  return out;
}

}  // namespace berth
