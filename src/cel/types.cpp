#include "cel/types.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace berth::cel {

using Kind = Type::Kind;

namespace {

constexpr std::array<std::pair<std::string_view, Kind>, 9> kNames = {{{"dyn", Kind::kDyn},
                                                                      {"null", Kind::kNull},
                                                                      {"bool", Kind::kBool},
                                                                      {"int", Kind::kInt},
                                                                      {"uint", Kind::kUint},
                                                                      {"double", Kind::kDouble},
                                                                      {"string", Kind::kString},
                                                                      {"bytes", Kind::kBytes},
                                                                      {"type", Kind::kType}}};

class TypeReader {
 public:
  TypeReader(std::string_view text, TypePool& pool) : text_(text), pool_(pool) {}

  const Type* read(int depth = 0) {
    if (depth > 32) return nullptr;
    skip();
    const std::size_t first = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '_')) ++at_;
    const std::string_view name = text_.substr(first, at_ - first);
    if (name == "list") {
      const Type* element = take('(') ? read(depth + 1) : nullptr;
      return element && take(')') ? pool_.list(element) : nullptr;
    }
    if (name == "map") {
      const Type* key = take('(') ? read(depth + 1) : nullptr;
      const Type* value = key && take(',') ? read(depth + 1) : nullptr;
      return value && take(')') ? pool_.map(key, value) : nullptr;
    }
    if (name == "type" && take('(')) {
      const Type* of = read(depth + 1);
      return of && take(')') ? pool_.type_of(of) : nullptr;
    }
    if (name.size() == 1 && name[0] >= 'A' && name[0] <= 'Z') return pool_.parameter(std::string(name));
    for (const auto& known : kNames) {
      if (known.first == name) return TypePool::basic(known.second);
    }
    return nullptr;
  }
  bool done() {
    skip();
    return at_ == text_.size();
  }

 private:
  void skip() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool take(char c) {
    skip();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  std::string_view text_;
  TypePool& pool_;
  std::size_t at_ = 0;
};

}  // namespace

const Type* TypePool::basic(Kind kind) {
  static const std::array<Type, 12> kTypes = [] {
    std::array<Type, 12> types;
    for (std::size_t i = 0; i < types.size(); ++i) types[i].kind = static_cast<Kind>(i);
    return types;
  }();
  return &kTypes[static_cast<std::size_t>(kind)];
}

const Type* TypePool::add(Type type) {
  types_.push_back(std::move(type));
  return &types_.back();
}
const Type* TypePool::list(const Type* element) {
  return add({Kind::kList, {element}, {}, nullptr});
}
const Type* TypePool::map(const Type* key, const Type* value) {
  return add({Kind::kMap, {key, value}, {}, nullptr});
}
const Type* TypePool::type_of(const Type* type) {
  return add({Kind::kType, {type}, {}, nullptr});
}
const Type* TypePool::parameter(std::string name) {
  return add({Kind::kParameter, {}, std::move(name), nullptr});
}
const Type* TypePool::word(const std::vector<std::string>* domain) {
  return add({Kind::kString, {}, {}, domain});
}

std::string to_string(const Type* type) {
  switch (type->kind) {
    case Kind::kList: return fmt::format("list({})", to_string(type->of[0]));
    case Kind::kMap: return fmt::format("map({}, {})", to_string(type->of[0]), to_string(type->of[1]));
    case Kind::kType: return type->of.empty() ? "type" : fmt::format("type({})", to_string(type->of[0]));
    case Kind::kParameter: return "dyn";
    default: break;
  }
  for (const auto& known : kNames) {
    if (known.second == type->kind) return std::string(known.first);
  }
  return "dyn";
}

Result<const Type*> parse_type(std::string_view text, TypePool& pool) {
  TypeReader reader(text, pool);
  const Type* type = reader.read();
  if (!type || !reader.done()) {
    return fail(ErrorCode::kInvalid, fmt::format("'{}' is no type", text),
                "types are bool, int, uint, double, string, bytes, null, dyn, list(T) and map(K, V)");
  }
  return type;
}

const Type* Bindings::find(const Type* type) const {
  while (type->kind == Kind::kParameter) {
    const auto bound =
        std::find_if(bound_.rbegin(), bound_.rend(), [&](const auto& pair) { return pair.first == type; });
    if (bound == bound_.rend()) return type;
    type = bound->second;
  }
  return type;
}

bool Bindings::occurs(const Type* parameter, const Type* in) const {
  in = find(in);
  if (in == parameter) return true;
  return std::any_of(in->of.begin(), in->of.end(), [&](const Type* part) { return occurs(parameter, part); });
}

namespace {

// Is `a` the same as `b`, or `b` with dyn in places?
bool no_more_specific(const Type* a, const Type* b) {
  if (a->kind == Kind::kDyn) return true;
  if (a->kind != b->kind || a->of.size() != b->of.size()) return false;
  for (std::size_t i = 0; i < a->of.size(); ++i) {
    if (!no_more_specific(a->of[i], b->of[i])) return false;
  }
  return true;
}

}  // namespace

bool Bindings::assign(const Type* from, const Type* to) {
  from = find(from);
  // A parameter that stands for int becomes dyn when a dyn joins: [1] + [dyn("a")] is a list(dyn).
  if (to->kind == Kind::kParameter) {
    const Type* bound = find(to);
    if (bound->kind != Kind::kParameter && from->kind != Kind::kParameter) {
      if (!assign(from, bound)) return false;
      from = resolve(from);
      bound = resolve(bound);
      if (from != bound && no_more_specific(from, bound) && !occurs(to, from)) bound_.emplace_back(to, from);
      return true;
    }
  }
  to = find(to);
  if (from == to) return true;
  if (to->kind == Kind::kParameter || from->kind == Kind::kParameter) {
    const Type* parameter = to->kind == Kind::kParameter ? to : from;
    const Type* other = parameter == to ? from : to;
    if (occurs(parameter, other)) return false;
    bound_.emplace_back(parameter, other);
    return true;
  }
  if (from->kind == Kind::kDyn || to->kind == Kind::kDyn) return true;
  if (from->kind != to->kind) return false;
  if (from->kind == Kind::kType) return true;
  if (from->of.size() != to->of.size()) return false;
  for (std::size_t i = 0; i < from->of.size(); ++i) {
    if (!assign(from->of[i], to->of[i])) return false;
  }
  return true;
}

const Type* Bindings::resolve(const Type* type) {
  type = find(type);
  if (type->of.empty()) return type;
  std::vector<const Type*> parts;
  for (const Type* part : type->of) parts.push_back(resolve(part));
  if (parts == type->of) return type;
  if (type->kind == Kind::kList) return pool_.list(parts[0]);
  if (type->kind == Kind::kMap) return pool_.map(parts[0], parts[1]);
  return pool_.type_of(parts[0]);
}

const Type* Bindings::close(const Type* type) {
  type = find(type);
  if (type->kind == Kind::kParameter) return TypePool::basic(Kind::kDyn);
  if (type->of.empty()) return type;
  if (type->kind == Kind::kList) return pool_.list(close(type->of[0]));
  if (type->kind == Kind::kMap) return pool_.map(close(type->of[0]), close(type->of[1]));
  return pool_.type_of(close(type->of[0]));
}

const Type* Bindings::fresh_parameter() {
  return pool_.parameter(fmt::format("_{}", next_++));
}

const Type* Bindings::fresh(const Type* type, std::vector<std::pair<std::string, const Type*>>& renamed) {
  if (type->kind == Kind::kParameter) {
    for (const auto& pair : renamed) {
      if (pair.first == type->name) return pair.second;
    }
    renamed.emplace_back(type->name, fresh_parameter());
    return renamed.back().second;
  }
  if (type->of.empty()) return type;
  if (type->kind == Kind::kList) return pool_.list(fresh(type->of[0], renamed));
  if (type->kind == Kind::kMap) {
    const Type* key = fresh(type->of[0], renamed);
    return pool_.map(key, fresh(type->of[1], renamed));
  }
  return pool_.type_of(fresh(type->of[0], renamed));
}

const Type* Bindings::join(const Type* a, const Type* b) {
  a = find(a);
  b = find(b);
  if (a->kind == Kind::kDyn || b->kind == Kind::kDyn) return TypePool::basic(Kind::kDyn);
  const std::size_t before = mark();
  if (!assign(b, a)) {
    undo_to(before);
    return TypePool::basic(Kind::kDyn);
  }
  if (a->kind == Kind::kString && a->domain != b->domain) return TypePool::basic(Kind::kString);
  return a;
}

}  // namespace berth::cel
