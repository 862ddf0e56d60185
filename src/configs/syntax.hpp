// From a text to its documents: which syntax it is, and what it is when it is none.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "berth/configs.hpp"
#include "core/lenient.hpp"

namespace berth {

struct ReadText {
  std::vector<LenientText::Document> documents;
  // Set when there is nothing to map: kTemplate, kOther or kUnparsable, with its why and place.
  std::optional<Detection> verdict;
  bool shell = false;  // command-line arguments of a script, as {"MODEL_ARGS": {"--flag": value}}
};

// @param flags  command-line flags that make a script worth reading
ReadText read_text(std::string_view text, std::string_view name, std::size_t max_bytes,
                   const std::vector<std::string>& flags);

// {"MODEL_ARGS": {"--flag": value, …}} of the arguments in a shell script. Variables that are set once to
// plain text are written in; values with other variables are left open (Node::kOpen).
LenientText::Document read_shell_arguments(std::string_view text);

// How many of `flags` stand in the text as words.
std::size_t count_flags(std::string_view text, const std::vector<std::string>& flags);

}  // namespace berth
