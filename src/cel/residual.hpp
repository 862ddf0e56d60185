// What is left of an expression once the known variables are put in.
#pragma once

#include <span>
#include <string>

#include "cel/program.hpp"

namespace berth::cel {

// The smallest text this finds that means the same as the program for every completion of the unknown
// variables: known parts become their values, settled operands of && and || vanish.
std::string residual(const Program& program, std::span<const Value> variables);

}  // namespace berth::cel
