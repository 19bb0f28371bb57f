# AddressSanitizer and UndefinedBehaviorSanitizer: cmake -C packaging/presets/asan.cmake -G Ninja -B build/asan
set(CMAKE_BUILD_TYPE ASan CACHE STRING "")
set(CMAKE_COMPILE_WARNING_AS_ERROR ON CACHE BOOL "")
set(MYPOS_TESTS ON CACHE BOOL "")
