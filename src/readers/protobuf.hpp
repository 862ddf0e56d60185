// A walk over the fields of one protobuf message (protobuf.dev/programming-guides/encoding), without a
// schema and without copies. Lengths are checked against the enclosing message.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "berth/result.hpp"

namespace berth::protobuf {

// A message or a string: its bytes and where they stand in the file.
struct Bytes {
  std::string_view data;
  std::uint64_t offset = 0;
};

enum class Wire : std::uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

struct Field {
  std::uint32_t number = 0;
  Wire wire = Wire::kVarint;
  std::uint64_t value = 0;   // of the number wires
  Bytes bytes;               // of kBytes
  std::uint64_t offset = 0;  // of the field's key

  [[nodiscard]] bool is(std::uint32_t n, Wire w) const { return number == n && wire == w; }
};

class Message {
 public:
  Message(Bytes bytes, std::string_view file) : bytes_(bytes), file_(file) {}

  // The next field, or nullopt at the end or after a failure.
  std::optional<Field> next();
  [[nodiscard]] bool ok() const { return !error_; }
  [[nodiscard]] const Error& error() const { return *error_; }

 private:
  bool varint(std::uint64_t& out);
  bool fixed(std::size_t size, std::uint64_t& out);
  bool fail(std::uint64_t at, const std::string& message);

  Bytes bytes_;
  std::string_view file_;
  std::size_t at_ = 0;
  std::optional<Error> error_;
};

// One varint at the start of `data`, which it takes off; nullopt when cut short or longer than ten bytes.
std::optional<std::uint64_t> take_varint(std::string_view& data);

}  // namespace berth::protobuf
