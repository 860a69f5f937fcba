# One library, its headers in a file set that is installed, in a component of its own.
#
#   streamtest_library(eventstream ROOT reference SOURCES … HEADERS … PUBLIC … PRIVATE …)
#
# defines `eventstream`, its alias `streamtest::eventstream`, and the export set `streamtest-eventstream`.
include(CMakePackageConfigHelpers)

function(streamtest_library name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "ROOT;EXPORT_NAME" "SOURCES;HEADERS;PUBLIC;PRIVATE")
  set(root "${PROJECT_SOURCE_DIR}/${ARG_ROOT}")
  add_library(${name} STATIC ${ARG_SOURCES})
  add_library(streamtest::${name} ALIAS ${name})
  target_sources(${name} PUBLIC FILE_SET HEADERS BASE_DIRS "${root}" FILES ${ARG_HEADERS})
  target_include_directories(${name} PRIVATE "${root}")
  target_compile_features(${name} PUBLIC cxx_std_20)
  target_link_libraries(${name} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
  set_target_properties(${name} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
  if(NOT name STREQUAL "streamtest" AND NOT name MATCHES "stream$")
    set_target_properties(${name} PROPERTIES OUTPUT_NAME "streamtest_${name}")
  endif()
  install(TARGETS ${name} EXPORT streamtest-${name} COMPONENT ${name}
    FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT ${name})
  install(EXPORT streamtest-${name} NAMESPACE streamtest:: COMPONENT ${name}
    DESTINATION "${CMAKE_INSTALL_LIBDIR}/cmake/streamtest")
  set_property(GLOBAL APPEND PROPERTY STREAMTEST_COMPONENTS ${name})
endfunction()

# The package configuration: find_package(streamtest COMPONENTS …) asks only for what those components need.
function(streamtest_install_package)
  get_property(components GLOBAL PROPERTY STREAMTEST_COMPONENTS)
  set(STREAMTEST_COMPONENTS "${components}")
  configure_package_config_file("${PROJECT_SOURCE_DIR}/streamtest/cmake/streamtestConfig.cmake.in"
    "${PROJECT_BINARY_DIR}/streamtestConfig.cmake" INSTALL_DESTINATION "${CMAKE_INSTALL_LIBDIR}/cmake/streamtest")
  write_basic_package_version_file("${PROJECT_BINARY_DIR}/streamtestConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
  install(FILES "${PROJECT_BINARY_DIR}/streamtestConfig.cmake" "${PROJECT_BINARY_DIR}/streamtestConfigVersion.cmake"
    DESTINATION "${CMAKE_INSTALL_LIBDIR}/cmake/streamtest" COMPONENT eventstream)
endfunction()
