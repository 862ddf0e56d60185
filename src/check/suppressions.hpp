// "# berth: ignore[BRT7012] reason": comments, and entries of .berth.toml, that silence findings.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "berth/check.hpp"

namespace berth::checking {

struct Suppression {
  std::vector<std::string> rules;  // ids, names, or prefixes of ids
  std::string reason;
  std::string until;    // ISO date; empty: for good
  std::string key;      // .berth.toml: the key path that it holds for; empty: any
  int line = 0;         // of the comment
  int target_line = 0;  // findings of this line; 0: of the whole file
  int column = 0;
  bool used = false;
};

// The comments of a text. A comment on a line of its own holds for the next line that is no comment.
std::vector<Suppression> comments_of(std::string_view text);
// The entries of .berth.toml whose `file` pattern matches. Errors: kInvalid, located.
Result<std::vector<Suppression>> entries_for(std::string_view toml, std::string_view toml_name, std::string_view file);

// "configs/*.json" against a path: * within a folder, ** across, ? one character. A pattern without a slash holds
// for the file's name.
bool matches(std::string_view pattern, std::string_view path);

// Whether a finding's rule is one of `words`: id, name or the start of an id.
bool names_rule(const std::vector<std::string>& words, std::string_view id, std::string_view name);

}  // namespace berth::checking
