// What a fuzz target says when something that must hold does not.
#pragma once

#include <cstdlib>
#include <iostream>
#include <string_view>

namespace berth::fuzz {

// Aborts, which libFuzzer and the replay count as a finding, after printing `what` and the texts.
inline void require(bool holds, const char* what, std::string_view a = {}, std::string_view b = {}) {
  if (holds) return;
  std::cerr << what << "\n  " << a << "\n  " << b << std::endl;
  std::abort();
}

}  // namespace berth::fuzz
