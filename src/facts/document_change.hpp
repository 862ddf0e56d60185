// The document with one fact changed: what a counterfactual is run on.
#pragma once

#include <string_view>

#include "berth/rules.hpp"
#include "berth/workload.hpp"

namespace berth {

// The first step of a recommendation that reads a key of the document. All later ones follow.
enum class ReadBy : std::uint8_t {
  kEstimates,  // the estimates: every machine is planned anew
  kOffers,     // the list of machines
  kDeadline,   // how many machines are planned, not what one plan gives
  kRules,      // rules and ranking only
};

// Gives the document another value at a fact's path; null takes the key away and says so.
// Errors: kUnsupported where no key of the document has this path, or the value doesn't fit it.
Status change_document(Workload& workload, std::string_view path, const FactValue& value);

// Who reads the key first. Precondition: change_document() takes the path.
ReadBy read_by(std::string_view path);
// Whether change_document() takes the path.
bool is_changeable(std::string_view path);

}  // namespace berth
