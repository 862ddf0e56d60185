// What a recommendation and its explanation write alike.
#pragma once

#include <string>

#include "berth/recommend.hpp"
#include "core/json.hpp"

namespace berth {

// JSON text as kept in a Recommendation; anything else would be a fault of ours, shown as a text.
Json json_parsed(const std::string& text);

Json would_change_json(const WouldChange& change);
// "environment.deadline_s 86400 -> 3600 and job.task "train" -> "serve": accelerator.class "gpu" (minimal …)".
std::string would_change_line(const WouldChange& change);

}  // namespace berth
