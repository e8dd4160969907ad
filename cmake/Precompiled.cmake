# What files include of the packages takes more than half of the time in which they compile: it is read once for all libraries
# and once for all tests. A compiler takes such a header only where it would be read with the same flags, hence those that all
# targets share.
string(REPLACE " " ";" openmp_flags "${OpenMP_CXX_FLAGS}")
add_compile_options(${openmp_flags} -pthread)

# clientele_precompiled(name library.h DEPS package): for target_precompile_headers(... REUSE_FROM name).
function(clientele_precompiled name header)
  cmake_parse_arguments(arg "" "" "DEPS" ${ARGN})
  file(CONFIGURE OUTPUT ${name}.cc CONTENT "// Nothing but what it includes.\n")
  add_library(${name} OBJECT ${CMAKE_CURRENT_BINARY_DIR}/${name}.cc)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${arg_DEPS})
  target_precompile_headers(${name} PRIVATE ${CMAKE_SOURCE_DIR}/cmake/precompiled/${header})
endfunction()

clientele_precompiled(precompiled_library library.h DEPS gRPC::grpc++ protobuf::libprotobuf)
clientele_precompiled(precompiled_command_line command_line.h DEPS CLI11::CLI11 gRPC::grpc++ protobuf::libprotobuf)
if(CLIENTELE_TESTS)
  clientele_precompiled(precompiled_test test.h DEPS gRPC::grpc++ protobuf::libprotobuf GTest::gmock)
  target_compile_options(precompiled_test PRIVATE $<$<CONFIG:Release>:-O1> -fPIE)
endif()
