# libFuzzer with both sanitizers, by clang: cmake -C packaging/presets/fuzz.cmake -G Ninja -B build/fuzz
set(CMAKE_C_COMPILER clang CACHE STRING "")
set(CMAKE_BUILD_TYPE Fuzz CACHE STRING "")
set(CMAKE_COMPILE_WARNING_AS_ERROR ON CACHE BOOL "")
set(MYPOS_TESTS ON CACHE BOOL "")
