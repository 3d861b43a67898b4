# What an installed client library needs of its users; the targets have the rest.
include(CMakeFindDependencyMacro)
find_dependency(Threads)
find_dependency(absl)
find_dependency(gRPC CONFIG)
if(NOT TARGET protobuf::libprotobuf)
  find_dependency(Protobuf)
endif()
include(${CMAKE_CURRENT_LIST_DIR}/HyperGANServingTargets.cmake)
