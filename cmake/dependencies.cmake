# What the library is built with. nlohmann_json, Eigen and tl::expected are headers; fmt, yaml-cpp and
# RE2 are linked, so users of the static library need them too (cmake/berth-config.cmake.in).
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(tl-expected REQUIRED)
find_package(Eigen3 3.4 REQUIRED NO_MODULE)
find_package(PkgConfig REQUIRED)
pkg_check_modules(re2 REQUIRED IMPORTED_TARGET re2)  # Debian's re2 has no CMake package
