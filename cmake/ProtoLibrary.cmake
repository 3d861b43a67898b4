# proto_library(NAME PROTO): C++ messages and gRPC stubs of one .proto file under
# proto/; include them by their path below proto/, as "hypergan/v1/ensemble.pb.h".
function(proto_library name proto)
  set(source_dir ${CMAKE_SOURCE_DIR}/proto)
  set(out_dir ${CMAKE_BINARY_DIR}/generated)
  string(REGEX REPLACE "\\.proto$" "" stem ${proto})
  set(outputs ${out_dir}/${stem}.pb.cc ${out_dir}/${stem}.pb.h
    ${out_dir}/${stem}.grpc.pb.cc ${out_dir}/${stem}.grpc.pb.h)
  file(MAKE_DIRECTORY ${out_dir})
  add_custom_command(OUTPUT ${outputs}
    COMMAND protobuf::protoc --proto_path=${source_dir} --cpp_out=${out_dir}
      --grpc_out=${out_dir}
      --plugin=protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin>
      ${source_dir}/${proto}
    DEPENDS ${source_dir}/${proto} VERBATIM)
  add_library(${name} STATIC ${outputs})
  target_include_directories(${name} SYSTEM PUBLIC $<BUILD_INTERFACE:${out_dir}>)
  target_link_libraries(${name} PUBLIC gRPC::grpc++ protobuf::libprotobuf)
  if(HYPERGAN_SANITIZE STREQUAL "thread")
    # Under it protobuf's headers give maps two more members, which the
    # distribution's library does not know.
    target_compile_options(${name} PUBLIC -U__SANITIZE_THREAD__)
  endif()
endfunction()
