# A release that tests can kill at named steps (api/base/fault_point.h):
# cmake -C packaging/presets/faultpoints.cmake -G Ninja -B build/faultpoints
set(CMAKE_BUILD_TYPE Release CACHE STRING "")
set(MYPOS_FAULT_POINTS ON CACHE BOOL "")
