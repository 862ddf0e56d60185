// The facts that come straight from the document: path and value.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "berth/rules.hpp"
#include "berth/workload.hpp"

namespace berth {

struct DocumentFact {
  std::string_view path;
  // nullopt: the document doesn't say.
  std::optional<FactValue> (*value)(const Workload& workload);
  // A wish that isn't stated is absent, not unknown.
  bool wish = false;
};

std::span<const DocumentFact> document_facts();

}  // namespace berth
