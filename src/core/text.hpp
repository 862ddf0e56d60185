// Small text tools shared by all rooms.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace berth {

// The candidate nearest to `word` (edit distance at most a third of its length, at least 1), or empty.
// Ties go to the first candidate.
std::string suggest(std::string_view word, std::span<const std::string_view> candidates);
std::string suggest(std::string_view word, std::span<const std::string> candidates);

// " (did you mean 'x'?)" or "".
std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

bool is_valid_utf8(std::string_view text);

// `text` shortened to `limit` bytes at a character boundary, with "…" when cut. For messages.
std::string shorten(std::string_view text, std::size_t limit = 60);

// "a, b or c".
std::string join_or(std::span<const std::string> words);
std::string join_or(std::span<const std::string_view> words);

// A double as JSON text, shortest form that reads back equal; non-finite gives "null".
std::string number_text(double value);

}  // namespace berth
