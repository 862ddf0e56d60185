// Assumptions that an estimate rests on, collected on the way and listed in its basis.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

namespace berth::estimation {

using Notes = std::vector<std::string>;

inline void note(Notes& notes, std::string text) {
  if (std::find(notes.begin(), notes.end(), text) == notes.end()) notes.push_back(std::move(text));
}

}  // namespace berth::estimation
