#include <exception>
#include <iostream>

#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "cli/heap.hpp"

int main(int argc, char** argv) {
  berth::cli::prepare_heap();
  std::ios::sync_with_stdio(false);
  std::cin.tie(nullptr);
  int code = berth::cli::kFault;
  try {
    berth::cli::Terminal terminal(std::cin, std::cout, std::cerr, berth::cli::colour_of_stderr());
    code = berth::cli::run_program(argc, argv, terminal);
  } catch (const std::exception& exception) {
    std::cerr << "error: internal fault: " << exception.what() << "; please report it with the command you ran\n";
  }
  std::cout.flush();
  if (!std::cout) {
    std::cerr << "error: can't write to standard output\n";
    return berth::cli::kFault;
  }
  return code;
}
