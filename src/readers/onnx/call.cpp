#include "readers/onnx/call.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace berth::onnx {

bool Value::known() const {
  return ranked && std::all_of(dims.begin(), dims.end(), [](std::int64_t d) { return d >= 0; });
}

double Value::elements() const {
  if (!known()) return kNoNumber;
  double out = 1;
  for (const std::int64_t dim : dims) out *= static_cast<double>(dim);
  return out;
}

const Value* Call::ranked(std::size_t i) const {
  const Value* value = input(i);
  return value != nullptr && value->ranked ? value : nullptr;
}

const Attribute* Call::attribute(std::string_view name) const {
  const Attribute* found = node->attribute(name);
  if (found == nullptr || found->refers_to.empty()) return found;
  for (const std::vector<Attribute>* list : {bound, defaults}) {
    if (list == nullptr) continue;
    for (const Attribute& a : *list) {
      if (a.name == found->refers_to) return &a;
    }
  }
  return nullptr;
}

std::int64_t Call::integer(std::string_view name, std::int64_t otherwise) const {
  const Attribute* a = attribute(name);
  return a != nullptr ? a->i : otherwise;
}

double Call::real(std::string_view name, double otherwise) const {
  const Attribute* a = attribute(name);
  return a != nullptr ? static_cast<double>(a->f) : otherwise;
}

std::string_view Call::word(std::string_view name, std::string_view otherwise) const {
  const Attribute* a = attribute(name);
  return a != nullptr ? a->s : otherwise;
}

std::vector<std::int64_t> Call::integers(std::string_view name) const {
  const Attribute* a = attribute(name);
  if (a == nullptr) return {};
  return decode_ints(*a).value_or(std::vector<std::int64_t>());
}

std::optional<std::vector<std::int64_t>> Call::list(std::size_t i, std::string_view name) const {
  const Value* value = input(i);
  if (value == nullptr) {
    const Attribute* a = name.empty() ? nullptr : attribute(name);
    if (a == nullptr) return std::nullopt;
    return decode_ints(*a);
  }
  if (!value->has_data) return std::nullopt;
  constexpr double kFar = 9e18;  // ONNX uses the largest int64 for "to the end"
  std::vector<std::int64_t> numbers;
  for (const double number : value->data) {
    if (std::isnan(number)) return std::nullopt;
    numbers.push_back(static_cast<std::int64_t>(std::clamp(number, -kFar, kFar)));
  }
  return numbers;
}

std::optional<std::size_t> normal_axis(std::int64_t axis, std::int64_t rank) {
  if (axis < 0) axis += rank;
  if (axis < 0 || axis >= rank) return std::nullopt;
  return static_cast<std::size_t>(axis);
}

std::optional<std::size_t> Call::axis(std::string_view name, std::int64_t otherwise, std::int64_t rank) const {
  return normal_axis(integer(name, otherwise), rank);
}

void Call::set(std::size_t i, int type, Dims dims) const {
  if (i >= out.size() || out[i] == nullptr) return;
  out[i]->type = type;
  out[i]->ranked = true;
  out[i]->dims = std::move(dims);
}

void Call::set_data(std::size_t i, std::vector<double> data) const {
  if (i >= out.size() || out[i] == nullptr || data.size() > kMostData) return;
  out[i]->has_data = true;
  out[i]->data = std::move(data);
}

Dims broadcast(const Dims& a, const Dims& b) {
  const std::size_t rank = std::max(a.size(), b.size());
  Dims out(rank, 1);
  for (std::size_t i = 0; i < rank; ++i) {
    const std::int64_t x = i < rank - a.size() ? 1 : a[i - (rank - a.size())];
    const std::int64_t y = i < rank - b.size() ? 1 : b[i - (rank - b.size())];
    if (x == 1) {
      out[i] = y;
    } else if (y == 1 || x == y) {
      out[i] = x;
    } else {
      out[i] = x == kUnknown ? y : y == kUnknown ? x : kUnknown;
    }
  }
  return out;
}

std::int64_t product(const Dims& dims, std::size_t from, std::size_t to) {
  std::int64_t out = 1;
  for (std::size_t i = from; i < to && i < dims.size(); ++i) {
    if (dims[i] < 0 || __builtin_mul_overflow(out, dims[i], &out)) return kUnknown;
  }
  return out;
}

double as_number(std::int64_t dim) {
  return dim < 0 ? kNoNumber : static_cast<double>(dim);
}

std::int64_t as_dim(double number) {
  return std::isnan(number) || number < 0 || number > 9e18 ? kUnknown : static_cast<std::int64_t>(number);
}

}  // namespace berth::onnx
