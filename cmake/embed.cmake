# berth_embed(TARGET FOLDER): puts every .json below FOLDER into TARGET through .incbin, which costs the
# compiler nothing (a 600 KB table as an int array costs half a second), and defines embedded_files().
function(berth_embed target folder)
  file(GLOB_RECURSE files RELATIVE ${folder} CONFIGURE_DEPENDS ${folder}/*.json)
  list(SORT files)
  set(assembly "")
  set(externs "")
  set(rows "")
  set(paths "")
  set(index 0)
  foreach(file IN LISTS files)
    string(APPEND assembly "asm(\".section .rodata\\nberth_file_${index}:\\n.incbin \\\"${folder}/${file}\\\"\\nberth_file_${index}_end:\\n.byte 0\\n.previous\\n\");\n")
    string(APPEND externs "extern const char berth_file_${index}[], berth_file_${index}_end[];\n")
    string(APPEND rows "      {\"${file}\", {berth_file_${index}, static_cast<std::size_t>(berth_file_${index}_end - berth_file_${index})}},\n")
    list(APPEND paths ${folder}/${file})
    math(EXPR index "${index} + 1")
  endforeach()
  set(out ${CMAKE_CURRENT_BINARY_DIR}/embedded.cpp)
  file(CONFIGURE OUTPUT ${out} CONTENT "// Written by cmake/embed.cmake.
#include \"core/embedded.hpp\"

#include <vector>

${assembly}
extern \"C\" {
${externs}}

namespace berth {

std::span<const EmbeddedFile> embedded_files() {
  static const std::vector<EmbeddedFile> files = {
${rows}  };
  return files;
}

}  // namespace berth
" @ONLY)
  # ccache hashes only what the preprocessor sees; .incbin is invisible to it.
  set_source_files_properties(${out} PROPERTIES OBJECT_DEPENDS "${paths}" CXX_COMPILER_LAUNCHER "")
  target_sources(${target} PRIVATE ${out})
endfunction()
