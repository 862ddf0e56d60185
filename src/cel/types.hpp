// Types of the language, for the checker.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "berth/result.hpp"

namespace berth::cel {

struct Type {
  enum class Kind : std::uint8_t {
    kDyn,
    kNull,
    kBool,
    kInt,
    kUint,
    kDouble,
    kString,
    kBytes,
    kList,
    kMap,
    kType,
    kParameter
  };
  Kind kind = Kind::kDyn;
  std::vector<const Type*> of;  // list: element; map: key, value; type: what it is the type of
  std::string name;             // kParameter
  // A string out of a closed domain: literals compared with it are checked. Owned by the declarer.
  const std::vector<std::string>* domain = nullptr;
};

// Owns the types of one program.
class TypePool {
 public:
  static const Type* basic(Type::Kind kind);
  const Type* list(const Type* element);
  const Type* map(const Type* key, const Type* value);
  const Type* type_of(const Type* type);
  const Type* parameter(std::string name);
  const Type* word(const std::vector<std::string>* domain);

 private:
  const Type* add(Type type);
  std::deque<Type> types_;
};

// "map(string, int)" and the like; unbound parameters print as dyn.
std::string to_string(const Type* type);

// Reads what to_string writes; one capital letter is a type parameter. Errors: kInvalid.
Result<const Type*> parse_type(std::string_view text, TypePool& pool);

// What type parameters stand for while a program is checked.
class Bindings {
 public:
  explicit Bindings(TypePool& pool) : pool_(pool) {}

  // True, and parameters bound, when a value of type `from` may stand where `to` is wanted.
  bool assign(const Type* from, const Type* to);
  // The type with parameters replaced as far as they are bound.
  const Type* resolve(const Type* type);
  // Parameters left open become dyn.
  const Type* close(const Type* type);
  // `type` with its parameters renamed apart.
  const Type* fresh(const Type* type, std::vector<std::pair<std::string, const Type*>>& renamed);
  const Type* fresh_parameter();
  // The type of a list literal that holds both.
  const Type* join(const Type* a, const Type* b);
  [[nodiscard]] std::size_t mark() const { return bound_.size(); }
  void undo_to(std::size_t mark) { bound_.resize(mark); }

 private:
  [[nodiscard]] const Type* find(const Type* type) const;
  bool occurs(const Type* parameter, const Type* in) const;

  TypePool& pool_;
  std::vector<std::pair<const Type*, const Type*>> bound_;
  int next_ = 0;
};

}  // namespace berth::cel
