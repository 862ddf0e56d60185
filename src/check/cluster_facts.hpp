// Parts of the facts of cluster objects.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

#include "check/job_sheet.hpp"

namespace berth::checking {

// The whole number after one of `flags`, as "--flag N" or "--flag=N", in a shell text.
std::optional<std::int64_t> number_after(std::string_view text, std::initializer_list<std::string_view> flags);

// tf.*: TF_CONFIG.
void add_tf_config(SheetWriter& writer, const Node& root);
// shell.*: a SkyPilot task and its commands.
void add_sky(SheetWriter& writer, const Node& root);

}  // namespace berth::checking
