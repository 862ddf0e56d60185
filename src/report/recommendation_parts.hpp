// What a recommendation and its explanation write alike.
#pragma once

#include <string>

#include "berth/recommend.hpp"
#include "core/json.hpp"

namespace berth {

// JSON text as kept in a Recommendation; anything else would be a fault of ours, shown as a text.
Json json_parsed(const std::string& text);

Json would_change_json(const WouldChange& change);
// Two indented lines: "environment.deadline_s: 86400 -> 3600", then what becomes of the answer.
std::string would_change_text(const WouldChange& change);

}  // namespace berth
