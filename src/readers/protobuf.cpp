#include "readers/protobuf.hpp"

#include <fmt/format.h>

#include <cstring>

#include "readers/mapped_file.hpp"

namespace berth::protobuf {

std::optional<std::uint64_t> take_varint(std::string_view& data) {
  constexpr unsigned kLongest = 10;
  std::uint64_t value = 0;
  for (unsigned i = 0; i < kLongest && i < data.size(); ++i) {
    const auto byte = static_cast<unsigned char>(data[i]);
    value |= static_cast<std::uint64_t>(byte & 0x7F) << (7 * i);
    if (byte < 0x80) {
      data.remove_prefix(i + 1);
      return value;
    }
  }
  return std::nullopt;
}

bool Message::fail(std::uint64_t at, const std::string& message) {
  error_ = error_at_byte(file_, bytes_.offset + at, ErrorCode::kInvalid, message);
  return false;
}

bool Message::varint(std::uint64_t& out) {
  std::string_view rest = bytes_.data.substr(at_);
  const auto value = take_varint(rest);
  if (!value) return fail(at_, rest.size() < 10 ? "a number is cut short" : "a number is longer than ten bytes");
  out = *value;
  at_ = bytes_.data.size() - rest.size();
  return true;
}

bool Message::fixed(std::size_t size, std::uint64_t& out) {
  if (bytes_.data.size() - at_ < size) return fail(at_, "a number is cut short");
  out = 0;
  std::memcpy(&out, bytes_.data.data() + at_, size);  // little-endian, as the hosts that berth runs on
  at_ += size;
  return true;
}

std::optional<Field> Message::next() {
  if (error_ || at_ >= bytes_.data.size()) return std::nullopt;
  Field field;
  field.offset = bytes_.offset + at_;
  const std::size_t start = at_;
  std::uint64_t key = 0;
  if (!varint(key)) return std::nullopt;
  field.number = static_cast<std::uint32_t>(key >> 3);
  field.wire = static_cast<Wire>(key & 7);
  if (field.number == 0 || key >> 32 != 0) {
    fail(start, fmt::format("no protobuf field: key {}", key));
    return std::nullopt;
  }
  bool good = true;
  switch (field.wire) {
    case Wire::kVarint: good = varint(field.value); break;
    case Wire::kFixed64: good = fixed(8, field.value); break;
    case Wire::kFixed32: good = fixed(4, field.value); break;
    case Wire::kBytes: {
      std::uint64_t size = 0;
      good = varint(size);
      if (good && size > bytes_.data.size() - at_) {
        good = fail(start, fmt::format("field {} says it has {} bytes, {} are left", field.number, size,
                                       bytes_.data.size() - at_));
      }
      if (good) {
        field.bytes = {bytes_.data.substr(at_, size), bytes_.offset + at_};
        at_ += size;
      }
      break;
    }
    default: good = fail(start, fmt::format("field {} has the wire type {}, which is not used", field.number, key & 7));
  }
  if (!good) return std::nullopt;
  return field;
}

}  // namespace berth::protobuf
