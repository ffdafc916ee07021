# Libraries that come from wheels are copied to lib/ beside bin/ and linked from there, so that the build folder can be packed and moved.
# OpenVINO finds its CPU plugin and the reader of its model format beside its own library.

file(GLOB docmind_openvino_files
    ${docmind_openvino}/libs/libopenvino.so.*
    ${docmind_openvino}/libs/libopenvino_ir_frontend.so.*
    ${docmind_openvino}/libs/libopenvino_intel_cpu_plugin.so
    ${docmind_openvino}/libs/libtbb.so.*
    ${docmind_openvino_tokenizers}/libopenvino_tokenizers.so)
if(NOT DOCMIND_SANITIZE)
    # TBB's sense of NUMA and of core types; optional, and loaded in a way that the sanitizers refuse.
    file(GLOB docmind_tbbbind_files ${docmind_openvino}/libs/libtbbbind_2_5.so.* ${docmind_openvino}/libs/libhwloc.so.*)
endif()
file(GLOB docmind_boost_files
    ${docmind_boost}/lib/libboost_json.so.*
    ${docmind_boost}/lib/libboost_url.so.*
    ${docmind_boost}/lib/libboost_container.so.*)
file(COPY ${docmind_openvino_files} ${docmind_tbbbind_files} ${docmind_boost_files} DESTINATION ${CMAKE_BINARY_DIR}/lib)

file(GLOB docmind_openvino_library ${CMAKE_BINARY_DIR}/lib/libopenvino.so.*)
file(GLOB docmind_tbb_library ${CMAKE_BINARY_DIR}/lib/libtbb.so.*)
add_library(docmind_openvino_runtime INTERFACE)
target_include_directories(docmind_openvino_runtime SYSTEM INTERFACE ${docmind_openvino}/include)
target_link_libraries(docmind_openvino_runtime INTERFACE ${docmind_openvino_library} ${docmind_tbb_library})
if(DOCMIND_SANITIZE)
    # An object, not a member of an archive: nothing asks for it by name.
    add_library(docmind_sanitizer_settings OBJECT sanitizer_settings.cpp)
    target_link_libraries(docmind_openvino_runtime INTERFACE $<TARGET_OBJECTS:docmind_sanitizer_settings>)
endif()
