# Defines LibTorch::cpu: headers, libtorch_cpu and libc10, nothing of CUDA.
#
# The wheel's own find_package(Torch) insists on a CUDA toolkit and enables the
# CUDA language. CUDA is loaded at run time instead (hypergan/runtime/device.h), so that
# one program serves machines with and without a GPU.
#
# Searched: CMAKE_PREFIX_PATH (the official archive's folder, or site-packages/torch
# of a wheel), then the wheel that `./run` installs in .venv.
file(GLOB _libtorch_wheels ${CMAKE_SOURCE_DIR}/.venv/lib/python3*/site-packages/torch)
find_path(LibTorch_INCLUDE_DIR torch/script.h
  HINTS ${CMAKE_PREFIX_PATH} PATHS ${_libtorch_wheels}
  PATH_SUFFIXES include NO_DEFAULT_PATH)
get_filename_component(_libtorch_root "${LibTorch_INCLUDE_DIR}" DIRECTORY)
find_library(LibTorch_CPU_LIBRARY torch_cpu PATHS ${_libtorch_root}/lib NO_DEFAULT_PATH)
find_library(LibTorch_C10_LIBRARY c10 PATHS ${_libtorch_root}/lib NO_DEFAULT_PATH)

if(LibTorch_INCLUDE_DIR)
  file(STRINGS ${LibTorch_INCLUDE_DIR}/torch/headeronly/version.h _libtorch_version_lines
    REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH)")
  if(NOT _libtorch_version_lines)
    file(STRINGS ${LibTorch_INCLUDE_DIR}/torch/version.h _libtorch_version_lines
      REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH)")
  endif()
  string(REGEX REPLACE "[^0-9;]" "" LibTorch_VERSION "${_libtorch_version_lines}")
  string(REPLACE ";" "." LibTorch_VERSION "${LibTorch_VERSION}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch
  REQUIRED_VARS LibTorch_CPU_LIBRARY LibTorch_C10_LIBRARY LibTorch_INCLUDE_DIR
  VERSION_VAR LibTorch_VERSION
  REASON_FAILURE_MESSAGE
    "run './run setup', or give an existing LibTorch (2.6 or later) with -DCMAKE_PREFIX_PATH=DIR")

if(LibTorch_FOUND AND NOT TARGET LibTorch::cpu)
  add_library(LibTorch::c10 UNKNOWN IMPORTED)
  set_target_properties(LibTorch::c10 PROPERTIES
    IMPORTED_LOCATION ${LibTorch_C10_LIBRARY})
  add_library(LibTorch::cpu UNKNOWN IMPORTED)
  # SYSTEM (the default for imported targets) silences warnings in the headers.
  set_target_properties(LibTorch::cpu PROPERTIES
    IMPORTED_LOCATION ${LibTorch_CPU_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES
      "${LibTorch_INCLUDE_DIR};${LibTorch_INCLUDE_DIR}/torch/csrc/api/include"
    INTERFACE_LINK_LIBRARIES "LibTorch::c10;Threads::Threads"
    # The wheel's libraries find their own CUDA stubs at run time.
    INTERFACE_LINK_OPTIONS "LINKER:--allow-shlib-undefined")
endif()
