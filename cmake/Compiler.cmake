set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
# One x86-64 baseline for every machine: results must not depend on where the program was compiled. No fast-math and no
# contraction, for a fused multiply-add in one build and not in another would change a model's last bit.
add_compile_options(-ffp-contract=off)

find_program(CCACHE ccache)
if(CCACHE)
  # It is to trust that a precompiled header holds what its text says, also of macros and times.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)  # A program links in 0.15 s instead of 0.9, and there are hundreds.
endif()

# Warnings apply to our code alone: packages are SYSTEM, and generated code does not link this.
add_library(clientele_warnings INTERFACE)
target_compile_options(clientele_warnings INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False positives of GCC 12 inside the standard library at -O2.
  target_compile_options(clientele_warnings INTERFACE -Wno-restrict -Wno-maybe-uninitialized -Wno-stringop-overflow
    -Wno-array-bounds -Wno-stringop-overread -Wno-dangling-pointer)
else()
  target_compile_options(clientele_warnings INTERFACE -Wthread-safety)
endif()

set(CLIENTELE_TEST_TIMEOUT 300)  # Seconds.
set(CLIENTELE_SANITIZER "" CACHE STRING "address,undefined or thread")
if(CLIENTELE_SANITIZER)
  set(CLIENTELE_TEST_TIMEOUT 1800)
  add_compile_options(-fsanitize=${CLIENTELE_SANITIZER} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${CLIENTELE_SANITIZER})
endif()

option(CLIENTELE_FUZZ "Build the fuzz targets for libFuzzer, with Clang" OFF)
if(CLIENTELE_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
