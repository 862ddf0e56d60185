// The table that cmake/embed.cmake writes from the folder rules/.
#pragma once

#include <span>
#include <string_view>

namespace berth {

struct EmbeddedFile {
  std::string_view name;  // relative to rules/
  std::string_view text;
};

std::span<const EmbeddedFile> embedded_files();

}  // namespace berth
