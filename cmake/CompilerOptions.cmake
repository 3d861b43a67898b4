# hypergan_options: what every target of ours is compiled with.
add_library(hypergan_options INTERFACE)
target_include_directories(hypergan_options INTERFACE
  $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}>
  $<INSTALL_INTERFACE:include/hypergan-serving>)
target_compile_features(hypergan_options INTERFACE cxx_std_20)
# Whoever uses an installed library has warnings of their own.
target_compile_options(hypergan_options INTERFACE
  $<BUILD_INTERFACE:-Wall>
  $<BUILD_INTERFACE:-Wextra>
  $<BUILD_INTERFACE:-Wpedantic>
  $<BUILD_INTERFACE:-Wshadow>
  $<BUILD_INTERFACE:-Wnon-virtual-dtor>
  $<BUILD_INTERFACE:-Woverloaded-virtual>
  $<BUILD_INTERFACE:$<$<BOOL:${HYPERGAN_WERROR}>:-Werror>>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # False alarms of GCC 12 about std::string (its bug 105651) and, beside the
  # sanitizers, about <regex>.
  target_compile_options(hypergan_options INTERFACE
    $<BUILD_INTERFACE:-Wno-restrict>)
  if(HYPERGAN_SANITIZE)
    target_compile_options(hypergan_options INTERFACE
      $<BUILD_INTERFACE:-Wno-maybe-uninitialized>)
  endif()
endif()
if(CMAKE_UNITY_BUILD)
  # A file of ours is then a part of what is compiled, as a header is.
  target_compile_options(hypergan_options INTERFACE
    $<BUILD_INTERFACE:-Wno-subobject-linkage>)
endif()
if(HYPERGAN_SANITIZE)
  add_compile_options(-fsanitize=${HYPERGAN_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${HYPERGAN_SANITIZE})
  if(HYPERGAN_SANITIZE STREQUAL "thread")
    # Fences, which the sanitizer does not know; Asio has locks beside them.
    add_compile_definitions(BOOST_ASIO_DISABLE_FENCED_BLOCK)
  endif()
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_options(-fstack-protector-strong -D_FORTIFY_SOURCE=2)
  add_link_options(LINKER:-z,relro,-z,now)
endif()

# hypergan_warn_conversions(NAME...): warns of conversions that can change a value. Not
# for code with LibTorch, which mixes its number types throughout.
function(hypergan_warn_conversions)
  foreach(name ${ARGN})
    target_compile_options(${name} PRIVATE -Wconversion -Wno-sign-conversion)
  endforeach()
endfunction()

# hypergan_library(NAME SOURCES... DEPENDS...): a static library of ours.
function(hypergan_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;PRIVATE_DEPENDS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC hypergan_options ${ARG_DEPENDS}
    PRIVATE ${ARG_PRIVATE_DEPENDS})
endfunction()

# hypergan_program(NAME SOURCES... DEPENDS...): an installed program.
function(hypergan_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE hypergan_options ${ARG_DEPENDS})
  install(TARGETS ${name} RUNTIME_DEPENDENCY_SET hypergan_programs
    RUNTIME COMPONENT programs)
endfunction()

# hypergan_test(NAME SOURCES... DEPENDS...): one GoogleTest program, each test of
# it a test of ctest's.
function(hypergan_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE hypergan_options ${ARG_DEPENDS}
    GTest::gmock GTest::gtest GTest::gtest_main)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST TEST_PREFIX "${name}."
    PROPERTIES TIMEOUT 300)
endfunction()
