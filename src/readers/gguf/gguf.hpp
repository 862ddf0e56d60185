// GGUF, llama.cpp's format: typed key-values, then where each tensor lies. Versions 1 to 3.
// Source: github.com/ggml-org/ggml, docs/gguf.md; limits are those of ggml/src/gguf.cpp where it has any.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "berth/weights.hpp"

namespace berth {

// Arrays: numbers are kept when they are few (one a layer), else only counted.
struct GgufArray {
  std::uint64_t count = 0;
  std::vector<double> numbers;
};
using GgufValue = std::variant<bool, std::int64_t, double, std::string_view, GgufArray>;

struct GgufFile {
  std::uint32_t version = 0;
  std::map<std::string, GgufValue, std::less<>> keys;  // texts point into the file's bytes
  std::vector<StoredTensor> tensors;

  // The key as a whole number, text, switch; nullopt when absent or of another type.
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view key) const;
  [[nodiscard]] std::string_view text(std::string_view key) const;
  [[nodiscard]] std::optional<bool> flag(std::string_view key) const;
  // A number, or the entries of a list with one number a layer.
  [[nodiscard]] std::vector<double> numbers(std::string_view key) const;
  // Entries of a list of any type; 0 when absent.
  [[nodiscard]] std::uint64_t length(std::string_view key) const;
};

// @param bytes  the whole file; must outlive the result   @param name  for messages
// Errors, with the byte: kInvalid for cut-short files, counts that the file can't hold, duplicate keys or
// tensors, misaligned, overlapping or outlying tensors; kUnsupported for other versions, byte orders and types.
Result<GgufFile> read_gguf(std::string_view bytes, std::string_view name);

}  // namespace berth
