# A plug-in for the binary, in lib/streamtest beside it, where `selftest` and schemes look by name: targets `exec:…` are
# those of the plug-in with SCHEME exec, whose file is exec.so.
function(streamtest_plugin name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "INSTALL" "SCHEME" "SOURCES;LINK")
  add_library(${name} MODULE ${ARG_SOURCES})
  # The kit's headers only: its symbols are the binary's, and a linker may take a copy from the archive for the sake of
  # some other library.
  target_include_directories(${name} PRIVATE $<TARGET_PROPERTY:streamtest,INTERFACE_INCLUDE_DIRECTORIES>)
  target_link_libraries(${name} PRIVATE eventstream ${ARG_LINK})
  set_target_properties(${name} PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib/streamtest")
  if(ARG_SCHEME)
    set_target_properties(${name} PROPERTIES OUTPUT_NAME ${ARG_SCHEME})
  endif()
  if(ARG_INSTALL)
    install(TARGETS ${name} LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}/../lib/streamtest" COMPONENT ${name})
  endif()
endfunction()
