# Installs berth into a temporary prefix and builds tests/install/consumer against it.
# Needs: BUILD (berth's build folder), SOURCE (this folder), WORK (scratch), CONFIG, CXX, FLAGS.
function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE code OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "${ARGV}\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${WORK})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/prefix)
# The consumer must not see Eigen or nlohmann_json even by accident.
foreach(header Eigen nlohmann yaml-cpp fmt re2)
  file(GLOB_RECURSE headers ${WORK}/prefix/include/*.hpp)
  foreach(file IN LISTS headers)
    file(STRINGS ${file} hits REGEX "#include <${header}/")
    if(hits)
      message(FATAL_ERROR "${file} includes ${header}: ${hits}")
    endif()
  endforeach()
endforeach()
run(${CMAKE_COMMAND} -S ${SOURCE}/consumer -B ${WORK}/build -G Ninja -DCMAKE_PREFIX_PATH=${WORK}/prefix
    -DCMAKE_CXX_COMPILER=${CXX} -DCMAKE_CXX_FLAGS=${FLAGS})
run(${CMAKE_COMMAND} --build ${WORK}/build)
run(${WORK}/build/consumer)
message(STATUS "find_package: ${output}")

# The same through pkg-config.
file(GLOB_RECURSE pc ${WORK}/prefix/berth.pc)
cmake_path(GET pc PARENT_PATH pc_folder)
set(ENV{PKG_CONFIG_PATH} ${pc_folder})
run(pkg-config --static --cflags --libs berth)
separate_arguments(arguments UNIX_COMMAND "${FLAGS} ${output}")
list(REMOVE_DUPLICATES arguments)
run(${CXX} -std=c++20 ${SOURCE}/consumer/main.cpp -o ${WORK}/consumer-pc ${arguments})
run(${WORK}/consumer-pc)
message(STATUS "pkg-config: ${output}")
