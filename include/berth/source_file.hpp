/// A text and its name: what every loader takes, so that none touches the file system.
#pragma once

#include <string>

namespace berth {

/// One data file: its name (for messages) and its text.
struct SourceFile {
  std::string name;
  std::string text;
};

}  // namespace berth
