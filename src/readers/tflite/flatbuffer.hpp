// Reads flatbuffers without a schema compiler, never past the end of the bytes, and never more than the
// bytes can hold: a budget of table and vector entries ends files in which many offsets point to one place.
// Source: flatbuffers.dev/internals. Why not libflatbuffers: docs/adr.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "berth/result.hpp"

namespace berth {

class FlatVector;
class FlatTable;

// The bytes and the first failure, which sticks: later reads give defaults and empty vectors.
class FlatBuffer {
 public:
  FlatBuffer(std::string_view bytes, std::string_view name);

  FlatTable root();
  [[nodiscard]] bool ok() const { return !error_; }
  [[nodiscard]] const Error& error() const { return *error_; }
  void fail_at(std::uint64_t offset, ErrorCode code, const std::string& message);

 private:
  friend class FlatVector;
  friend class FlatTable;

  template <class T>
  T load(std::uint64_t at) {
    T value{};
    if (!ok() || !covers(at, sizeof(T))) return value;
    std::memcpy(&value, bytes_.data() + at, sizeof(T));  // flatbuffers and the host are little-endian
    return value;
  }
  // Whether `size` bytes at `at` are in the file; else an error.
  bool covers(std::uint64_t at, std::uint64_t size);
  // Follows the offset at `at`; 0 on failure.
  std::uint64_t follow(std::uint64_t at);
  // Takes `entries` off the budget.
  bool spend(std::uint64_t at, std::uint64_t entries);

  std::string_view bytes_;
  std::string_view name_;
  std::uint64_t budget_;
  std::optional<Error> error_;
};

class FlatTable {
 public:
  FlatTable() = default;
  FlatTable(FlatBuffer& buffer, std::uint64_t at);

  [[nodiscard]] bool exists() const { return buffer_ != nullptr; }
  [[nodiscard]] std::uint64_t offset() const { return at_; }

  template <class T>
  [[nodiscard]] T scalar(int field, T fallback) const {
    const std::uint64_t at = place(field);
    return at == 0 ? fallback : buffer_->load<T>(at);
  }
  [[nodiscard]] FlatTable table(int field) const;
  [[nodiscard]] FlatVector vector(int field, std::uint64_t element_bytes) const;
  [[nodiscard]] std::string_view text(int field) const;

 private:
  // Where a field stands; 0: absent.
  [[nodiscard]] std::uint64_t place(int field) const;

  FlatBuffer* buffer_ = nullptr;
  std::uint64_t at_ = 0;
  std::uint64_t vtable_ = 0;
  std::uint16_t vtable_bytes_ = 0;
};

class FlatVector {
 public:
  FlatVector() = default;
  FlatVector(FlatBuffer& buffer, std::uint64_t at, std::uint64_t element_bytes);

  [[nodiscard]] std::uint32_t size() const { return size_; }
  [[nodiscard]] std::uint64_t offset() const { return at_; }  // of the first element
  template <class T>
  [[nodiscard]] T scalar(std::uint32_t i) const {
    return i < size_ ? buffer_->load<T>(at_ + std::uint64_t{i} * sizeof(T)) : T{};
  }
  [[nodiscard]] FlatTable table(std::uint32_t i) const;

 private:
  FlatBuffer* buffer_ = nullptr;
  std::uint64_t at_ = 0;
  std::uint32_t size_ = 0;
};

}  // namespace berth
