// Completion scripts: plain text made from the command tree, nothing is asked of berth while typing.
#include <fmt/format.h>

#include <functional>

#include "cli/command_tree.hpp"

namespace berth::cli {
namespace {

std::string join(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

// "berth rules" -> its entry, for the command and all below it, parents first.
using Visit = std::function<void(const std::string& path, const CommandEntry& entry)>;
void walk(const std::string& path, const CommandEntry& entry, const Visit& visit) {
  visit(path, entry);
  for (const CommandEntry& inner : entry.commands) walk(path + " " + inner.name, inner, visit);
}

std::vector<std::string> flags_of(const CommandEntry& entry) {
  std::vector<std::string> out;
  for (const OptionEntry& option : entry.options) {
    for (const std::string& flag : option.flags) {
      if (flag.starts_with("--")) out.push_back(flag);
    }
  }
  return out;
}

// What may stand at a free place of this command: sub-commands and the words of positionals.
std::vector<std::string> words_of(const CommandEntry& entry) {
  std::vector<std::string> out;
  for (const CommandEntry& inner : entry.commands) out.push_back(inner.name);
  for (const OptionEntry& option : entry.options) {
    if (!option.flags.empty()) continue;
    for (const std::string& choice : choices_of(option)) out.push_back(choice);
  }
  return out;
}

// Single-quoted for all three shells' sake.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::string bash_script(const CommandEntry& root) {
  std::string words;
  std::string values;
  walk(root.name, root, [&](const std::string& path, const CommandEntry& entry) {
    std::vector<std::string> all = words_of(entry);
    for (const std::string& flag : flags_of(entry)) all.push_back(flag);
    words += fmt::format("    {}) words={} ;;\n", quoted(path), quoted(join(all)));
    for (const OptionEntry& option : entry.options) {
      const std::vector<std::string> choices = choices_of(option);
      if (option.flags.empty() || choices.empty()) continue;
      values += fmt::format("    {}) words={} ;;\n", quoted(path + " " + option.flags.back()), quoted(join(choices)));
    }
  });
  std::string paths;
  walk(root.name, root, [&](const std::string& path, const CommandEntry&) { paths += path + "\n"; });
  return fmt::format(R"sh(# bash completion for berth; load it with: source <(berth completion bash)
_berth() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" previous="${{COMP_WORDS[COMP_CWORD-1]}}" path=berth words="" i
  local paths={1}
  for ((i = 1; i < COMP_CWORD; i++)); do
    grep -qxF -- "$path ${{COMP_WORDS[i]}}" <<< "$paths" && path+=" ${{COMP_WORDS[i]}}"
  done
  case "$path" in
{2}  esac
  case "$path $previous" in
{3}  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [[ "$current" != -* && ${{#COMPREPLY[@]}} -eq 0 ]]; then COMPREPLY=($(compgen -f -- "$current")); fi
}}
complete -o filenames -F _berth {0}
)sh",
                     root.name, quoted(paths), words, values);
}

std::string zsh_spec(const OptionEntry& option) {
  std::string text = option.description;
  for (char& c : text) {
    if (c == '[' || c == ']' || c == ':') c = ' ';
  }
  const std::vector<std::string> choices = choices_of(option);
  const std::string action = !choices.empty() ? "(" + join(choices) + ")" : "_files";
  if (option.flags.empty()) return quoted("*:" + option.value + ":" + action);
  const std::string value = option.value.empty() ? "" : ":" + option.value + ":" + action;
  return quoted("*" + option.flags.back() + "[" + text + "]" + value);
}

std::string zsh_script(const CommandEntry& root) {
  std::string cases;
  std::string commands;
  walk(root.name, root, [&](const std::string& path, const CommandEntry& entry) {
    commands += fmt::format("    {}\n", quoted(path));
    cases += fmt::format("    {})\n", quoted(path));
    if (!entry.commands.empty()) {
      cases += "      local -a commands=(\n";
      for (const CommandEntry& inner : entry.commands) {
        cases += "        " + quoted(inner.name + ":" + inner.description) + "\n";
      }
      cases += "      )\n      _describe command commands\n";
    }
    cases += "      _arguments";
    for (const OptionEntry& option : entry.options) cases += " \\\n        " + zsh_spec(option);
    cases += " ;;\n";
  });
  return fmt::format(R"sh(#compdef {0}
# zsh completion for berth; load it with: source <(berth completion zsh)
_berth() {{
  local path_=berth i
  local -a paths=(
{1}  )
  for ((i = 2; i < CURRENT; i++)); do
    (( ${{paths[(Ie)$path_ ${{words[i]}}]}} )) && path_+=" ${{words[i]}}"
  done
  case "$path_" in
{2}  esac
}}
compdef _berth {0}
)sh",
                     root.name, commands, cases);
}

// True once `path` (without the program's name) has been typed and no deeper command has.
std::string fish_condition(const std::string& path, const CommandEntry& entry) {
  std::string out;
  std::string_view rest = path;
  while (true) {  // every word of the path after the program's name
    const auto space = rest.find(' ');
    if (space == std::string_view::npos) break;
    rest.remove_prefix(space + 1);
    out += fmt::format("{}__fish_seen_subcommand_from {}", out.empty() ? "" : "; and ", rest.substr(0, rest.find(' ')));
  }
  std::vector<std::string> names;
  for (const CommandEntry& inner : entry.commands) names.push_back(inner.name);
  if (!names.empty()) {
    out += fmt::format("{}not __fish_seen_subcommand_from {}", out.empty() ? "" : "; and ", join(names));
  }
  return out;
}

std::string fish_script(const CommandEntry& root) {
  std::string out = "# fish completion for berth; load it with: berth completion fish | source\n";
  walk(root.name, root, [&](const std::string& path, const CommandEntry& entry) {
    const std::string condition = quoted(fish_condition(path, entry));
    for (const CommandEntry& inner : entry.commands) {
      out += fmt::format("complete -c {} -f -n {} -a {} -d {}\n", root.name, condition, inner.name,
                         quoted(inner.description));
    }
    for (const OptionEntry& option : entry.options) {
      const std::vector<std::string> choices = choices_of(option);
      if (option.flags.empty()) {
        if (!choices.empty()) {
          out += fmt::format("complete -c {} -f -n {} -a {}\n", root.name, condition, quoted(join(choices)));
        }
        continue;
      }
      out += fmt::format("complete -c {} -n {} -l {} -d {}", root.name, condition, option.flags.back().substr(2),
                         quoted(option.description));
      if (!choices.empty()) out += " -x -a " + quoted(join(choices));
      if (choices.empty() && !option.value.empty()) out += " -r";
      out += '\n';
    }
  });
  return out;
}

}  // namespace

std::vector<std::string> choices_of(const OptionEntry& option) {
  std::vector<std::string> out;
  if (option.value.find('|') == std::string::npos) return out;
  std::string_view rest = option.value;
  while (true) {
    const auto bar = rest.find('|');
    out.emplace_back(rest.substr(0, bar));
    if (bar == std::string_view::npos) return out;
    rest.remove_prefix(bar + 1);
  }
}

std::optional<std::string> completion_script(const CommandEntry& root, std::string_view shell) {
  if (shell == "bash") return bash_script(root);
  if (shell == "zsh") return zsh_script(root);
  if (shell == "fish") return fish_script(root);
  return std::nullopt;
}

}  // namespace berth::cli
