# `cpack` in a build folder: an archive for each part, which unpacks anywhere and runs
# from there: the programs, LibTorch's shared objects beside them, the client library.
set(CPACK_GENERATOR TGZ)
set(CPACK_PACKAGE_NAME hypergan-serving)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGE_FILE_NAME
  "hypergan-serving-${PROJECT_VERSION}-linux-${CMAKE_SYSTEM_PROCESSOR}")
set(CPACK_ARCHIVE_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING IGNORE)
# All with the same first folder, so that the programs find LibTorch.
set(CPACK_COMPONENT_INCLUDE_TOPLEVEL_DIRECTORY ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_THREADS 0)
include(CPack)
