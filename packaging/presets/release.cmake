# What is shipped and measured: cmake -C packaging/presets/release.cmake -G Ninja -B build/release
set(CMAKE_BUILD_TYPE Release CACHE STRING "")
