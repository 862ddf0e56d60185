// From the command line to a command: the program without its main().
#pragma once

#include "cli/command_tree.hpp"
#include "cli/terminal.hpp"

namespace berth::cli {

// Parses the arguments (argv[0] is the program) and runs the command they name. Returns the exit code.
int run_program(int argc, const char* const* argv, Terminal& terminal);

// The whole command tree, for completions and tests.
CommandEntry command_tree();

}  // namespace berth::cli
