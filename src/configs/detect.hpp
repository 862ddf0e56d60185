// Which format a document is in.
#pragma once

#include "configs/format.hpp"

namespace berth {

struct Recognised {
  Detection detection;
  const Format* format = nullptr;  // nullptr for other kinds and for Hydra fragments of no format
  View view;
};

Recognised recognise_document(const ConfigFormats::State& formats, const Node& root, const std::string& file);

}  // namespace berth
