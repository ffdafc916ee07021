# The two functions every folder's CMakeLists.txt is written in, and the flags all targets share.

add_library(docmind_flags INTERFACE)
target_compile_options(docmind_flags INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wno-missing-designated-field-initializers>)
target_include_directories(docmind_flags INTERFACE
    $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/include> $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/src> $<INSTALL_INTERFACE:include>)
if(DOCMIND_SANITIZE STREQUAL "address")
    target_compile_options(docmind_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
    target_link_options(docmind_flags INTERFACE -fsanitize=address,undefined)
elseif(DOCMIND_SANITIZE STREQUAL "thread")
    target_compile_options(docmind_flags INTERFACE -fsanitize=thread -fno-omit-frame-pointer)
    target_link_options(docmind_flags INTERFACE -fsanitize=thread)
endif()

# docmind_library(name SOURCES files DEPENDS targets [PRIVATE targets]): static library docmind_name, alias docmind::name.
function(docmind_library name)
    cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS;PRIVATE" ${ARGN})
    add_library(docmind_${name} STATIC ${arg_SOURCES})
    add_library(docmind::${name} ALIAS docmind_${name})
    set_target_properties(docmind_${name} PROPERTIES EXPORT_NAME ${name} POSITION_INDEPENDENT_CODE ON)
    target_link_libraries(docmind_${name} PUBLIC docmind_flags ${arg_DEPENDS} PRIVATE ${arg_PRIVATE})
    set_property(GLOBAL APPEND PROPERTY docmind_libraries docmind_${name})
endfunction()

# docmind_test(name SOURCES files DEPENDS targets): executable name_test, each gtest case found and labelled "unit".
function(docmind_test name)
    if(NOT DOCMIND_TESTS)
        return()
    endif()
    cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS" ${ARGN})
    add_executable(${name}_test ${arg_SOURCES})
    target_link_libraries(${name}_test PRIVATE docmind_flags ${arg_DEPENDS} GTest::gmock GTest::gtest GTest::gtest_main)
    add_test(NAME ${name} COMMAND ${name}_test --gtest_brief=1 WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(${name} PROPERTIES LABELS unit TIMEOUT 300)
endfunction()
