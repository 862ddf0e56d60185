// Reads little-endian values out of bytes, never past their end.
//
// The first failure sticks: later reads give zeros and empty views, so a reader is a plain list of
// reads followed by one look at ok(). Loops must look at ok() too.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "berth/result.hpp"

namespace berth {

class ByteCursor {
 public:
  // @param bytes  the whole file, so that offsets in errors are those of the file   @param name  for errors
  ByteCursor(std::string_view bytes, std::string_view name, std::uint64_t offset = 0);

  // A little-endian number. @param what  for the error: "the tensor count"
  template <class T>
  T read(std::string_view what) {
    static_assert(std::is_arithmetic_v<T>);
    const std::string_view raw = take(sizeof(T), what);
    T value{};
    if (raw.size() == sizeof(T)) std::memcpy(&value, raw.data(), sizeof(T));  // x86-64 and AArch64 are little-endian
    return value;
  }

  std::string_view take(std::uint64_t size, std::string_view what);
  void skip(std::uint64_t size, std::string_view what) { (void)take(size, what); }
  void seek(std::uint64_t offset, std::string_view what);

  [[nodiscard]] std::uint64_t offset() const { return offset_; }
  [[nodiscard]] std::uint64_t remaining() const { return bytes_.size() - offset_; }
  [[nodiscard]] bool ok() const { return !error_; }
  // Sets the sticky error at `offset`, unless one is set.
  void fail_at(std::uint64_t offset, ErrorCode code, const std::string& message, std::string fix = {});
  // The sticky error; call only when !ok().
  [[nodiscard]] const Error& error() const { return *error_; }

 private:
  std::string_view bytes_;
  std::string_view name_;
  std::uint64_t offset_ = 0;
  std::optional<Error> error_;
};

}  // namespace berth
