// From a rule's edits to replacements in the text, which keep comments and layout.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "check/details.hpp"
#include "check/job_sheet.hpp"

namespace berth::checking {

// What is to be done at a place.
struct PlacedEdit {
  EditKind kind = EditKind::kSet;
  Place place;
  std::string to;
};

// nullopt: it can't be done without touching more than it should (a block text, a parent that is missing,
// a place in another file). By hand, then.
std::optional<std::vector<TextEdit>> text_edits(const std::vector<PlacedEdit>& edits);

}  // namespace berth::checking
