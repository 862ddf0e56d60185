# Warnings for our own code only, never exported and never global.
add_library(berth_warnings INTERFACE)
if(BERTH_DEVELOPER_MODE)
  # GCC 12 gives false -Wrestrict on "x" + std::string (bug 105651).
  target_compile_options(berth_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
                         -Wnon-virtual-dtor -Woverloaded-virtual $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
endif()
