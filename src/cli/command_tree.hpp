// The command tree as plain data, and the completion scripts written from it.
//
// arguments.cpp makes the tree from CLI11, so completions and help can't disagree.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::cli {

struct OptionEntry {
  std::vector<std::string> flags;  // "--format", "-v"; empty for a positional
  std::string value;               // "json|text", "FILE", "DIR", "INPUT", "N"; empty for a switch
  std::string description;
};

struct CommandEntry {
  std::string name;
  std::string description;
  std::vector<OptionEntry> options;
  std::vector<CommandEntry> commands;
};

// The words that an option's value may be ("json|text" gives two); empty when it is free.
std::vector<std::string> choices_of(const OptionEntry& option);

// A completion script for "bash", "zsh" or "fish"; nullopt for any other shell.
std::optional<std::string> completion_script(const CommandEntry& root, std::string_view shell);

}  // namespace berth::cli
