# ThreadSanitizer: cmake -C packaging/presets/tsan.cmake -G Ninja -B build/tsan
set(CMAKE_BUILD_TYPE TSan CACHE STRING "")
set(CMAKE_COMPILE_WARNING_AS_ERROR ON CACHE BOOL "")
set(MYPOS_TESTS ON CACHE BOOL "")
