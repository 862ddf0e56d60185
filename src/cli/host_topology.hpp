// What hwloc says of the machine, and its clock: the CLI's part of `berth probe`.
#pragma once

#include <string>

#include "berth/probe.hpp"

namespace berth::cli {

HostTopology host_topology();
double steady_seconds();
double thread_seconds();  // that the calling thread has run
std::string today();      // "2026-11-25", UTC

}  // namespace berth::cli
