// The variables that fuzzed expressions may use, and values for them picked by bytes.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "cel/environment.hpp"
#include "cel/program.hpp"

namespace berth::fuzz {

struct Setting {
  cel::TypePool pool;
  cel::Environment environment;
  std::vector<std::vector<cel::Value>> choices;  // by variable: values of its type, and null
  std::vector<std::uint32_t> ids;
  std::vector<cel::Value> words, numbers;
  std::vector<cel::Entry> entries;
  std::vector<std::string> domain = {"train", "infer", "prototype"};

  Setting() {
    using cel::Value;
    const std::int64_t low = std::numeric_limits<std::int64_t>::min(), high = std::numeric_limits<std::int64_t>::max();
    words = {Value::string("matmul"), Value::string("add"), Value::string("")};
    numbers = {Value::of(std::int64_t{1}), Value::of(std::int64_t{2}), Value::of(std::int64_t{3})};
    entries = {{words[0], numbers[0]}, {words[1], numbers[1]}};
    const std::vector<Value> ints = {Value::of(std::int64_t{0}),  numbers[0],     numbers[2],
                                     Value::of(std::int64_t{-1}), Value::of(low), Value::of(high)};
    const std::vector<Value> doubles = {Value::of(0.0),
                                        Value::of(-0.0),
                                        Value::of(0.5),
                                        Value::of(1e308),
                                        Value::of(std::numeric_limits<double>::quiet_NaN()),
                                        Value::of(-std::numeric_limits<double>::infinity())};
    const std::vector<Value> lists = {Value::list(words), Value::list({}), Value::list({words.data(), 1})};
    const std::vector<Value> maps = {Value::map(entries), Value::map({})};
    add("a", "int", ints);
    add("b", "double", doubles);
    add("p", "bool", {Value::of(true), Value::of(false)});
    add("s", "string", {words[0], words[2], Value::string("h\xC3\xA9llo w\xC3\xB6rld")});
    add("l", "list(string)", lists);
    add("n", "list(int)", {Value::list(numbers), Value::list({})});
    add("m", "map(string, int)", maps);
    add("d", "dyn",
        {ints[2], doubles[2], words[1], lists[0], maps[0], Value::of(std::uint64_t{7}),
         Value::text(Value::Kind::kBytes, "by")});
    const std::vector<Value> tasks = {Value::string(domain[0]), Value::string(domain[1])};
    declare("job.task", pool.word(&domain), tasks);
  }
  void add(const char* name, const char* type, std::vector<cel::Value> values) {
    declare(name, *cel::parse_type(type, pool), std::move(values));
  }
  void declare(const char* name, const cel::Type* type, std::vector<cel::Value> values) {
    ids.push_back(environment.declare(name, type));
    values.emplace_back();
    choices.push_back(std::move(values));
  }
  [[nodiscard]] std::size_t size() const { return choices.size(); }
  [[nodiscard]] cel::Value unknown(std::size_t variable) const { return cel::Value::unknown({&ids[variable], 1}); }
  [[nodiscard]] cel::Value value(std::size_t variable, std::uint8_t pick) const {
    return choices[variable][pick % choices[variable].size()];
  }
};

inline const Setting& setting() {
  static const Setting kSetting;
  return kSetting;
}

}  // namespace berth::fuzz
