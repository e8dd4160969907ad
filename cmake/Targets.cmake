# clientele_library(name SRCS a.cc DEPS clientele::b): a static library, linked as clientele::name.
function(clientele_library name)
  cmake_parse_arguments(arg "" "" "SRCS;DEPS" ${ARGN})
  add_library(clientele_${name} STATIC ${arg_SRCS})
  add_library(clientele::${name} ALIAS clientele_${name})
  target_include_directories(clientele_${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(clientele_${name} PUBLIC ${arg_DEPS} PRIVATE clientele_warnings)
  target_precompile_headers(clientele_${name} REUSE_FROM precompiled_library)
endfunction()

# clientele_program(name SRCS main.cc DEPS clientele::b): a program in build/<preset>/bin.
function(clientele_program name)
  cmake_parse_arguments(arg "" "" "SRCS;DEPS" ${ARGN})
  add_executable(${name} ${arg_SRCS})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${arg_DEPS} clientele_warnings)
  # In a gRPC server one thread frees what another allocated: 6 % of a score's time with it, 18 % without. Sanitizers bring their own.
  if(NOT CLIENTELE_SANITIZER)
    target_link_libraries(${name} PRIVATE PkgConfig::jemalloc clientele_allocator_settings)
  endif()
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endfunction()

# clientele_test(name SRCS a_test.cc DEPS clientele::a [TIMEOUT seconds] [LABELS system]): a GoogleTest program, one
# CTest entry. CLIENTELE_TEST_DATA names the folder of public data sets; tests that need it skip where it is absent.
function(clientele_test name)
  cmake_parse_arguments(arg "" "TIMEOUT" "SRCS;DEPS;LABELS" ${ARGN})
  add_executable(${name} ${arg_SRCS})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${arg_DEPS} clientele_warnings GTest::gmock GTest::gtest_main)
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O1>)  # A test's own code need not be fast; it builds a quarter faster.
  target_precompile_headers(${name} REUSE_FROM precompiled_test)
  add_test(NAME ${name} COMMAND ${name})
  if(NOT arg_TIMEOUT OR arg_TIMEOUT LESS CLIENTELE_TEST_TIMEOUT)
    set(arg_TIMEOUT ${CLIENTELE_TEST_TIMEOUT})
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABELS}"
    ENVIRONMENT "CLIENTELE_SOURCE_DIR=${CMAKE_SOURCE_DIR};CLIENTELE_BIN_DIR=${CMAKE_BINARY_DIR}/bin")
endfunction()

# clientele_ranks_test(name SRCS a_test.cc DEPS clientele::a RANKS 2 3): a GoogleTest program with a main of its own, that
# mpirun starts on so many ranks of this machine; one CTest entry for each number.
function(clientele_ranks_test name)
  cmake_parse_arguments(arg "" "" "SRCS;DEPS;RANKS" ${ARGN})
  add_executable(${name} ${arg_SRCS})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${arg_DEPS} clientele_warnings GTest::gmock GTest::gtest)
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O1>)  # A test's own code need not be fast; it builds a quarter faster.
  target_precompile_headers(${name} REUSE_FROM precompiled_test)
  foreach(ranks ${arg_RANKS})
    add_test(NAME ${name}_${ranks} COMMAND ${MPIEXEC_EXECUTABLE} -np ${ranks} --oversubscribe --bind-to none --mca plm isolated
      --mca oob_tcp_if_include lo --mca pml ob1 --mca btl self,vader --mca btl_vader_single_copy_mechanism none
      $<TARGET_FILE:${name}>)
    set_tests_properties(${name}_${ranks} PROPERTIES TIMEOUT ${CLIENTELE_TEST_TIMEOUT} PROCESSORS 2 RESOURCE_LOCK ranks
      ENVIRONMENT "OMPI_ALLOW_RUN_AS_ROOT=1;OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1")
  endforeach()
endfunction()

# clientele_benchmark(name SRCS a_benchmark.cc DEPS clientele::a): a Google Benchmark program, which the tests run
# briefly so that it cannot rot.
function(clientele_benchmark name)
  cmake_parse_arguments(arg "" "" "SRCS;DEPS" ${ARGN})
  add_executable(${name} ${arg_SRCS})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${arg_DEPS} clientele_warnings benchmark::benchmark)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
  add_test(NAME ${name} COMMAND ${name} --benchmark_min_time=0.01)
  set_tests_properties(${name} PROPERTIES TIMEOUT ${CLIENTELE_TEST_TIMEOUT} LABELS benchmark
    ENVIRONMENT "CLIENTELE_BENCHMARK_BRIEF=1;CLIENTELE_BIN_DIR=${CMAKE_BINARY_DIR}/bin")
endfunction()
