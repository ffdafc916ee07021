# The two functions every folder's CMakeLists.txt is written in, and the flags all targets share.

add_library(docmind_flags INTERFACE)
# -fPIC everywhere: all files can share the precompiled headers, which must be compiled as what includes them.
target_compile_options(docmind_flags INTERFACE -fPIC
    $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wno-missing-designated-field-initializers>)
target_include_directories(docmind_flags INTERFACE
    $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/include> $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/src> $<INSTALL_INTERFACE:include>)
if(DOCMIND_SANITIZE STREQUAL "address")
    target_compile_options(docmind_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
    target_link_options(docmind_flags INTERFACE -fsanitize=address,undefined)
elseif(DOCMIND_SANITIZE STREQUAL "thread")
    target_compile_options(docmind_flags INTERFACE -fsanitize=thread -fno-omit-frame-pointer)
    target_link_options(docmind_flags INTERFACE -fsanitize=thread)
endif()

# What nearly every file includes is parsed once for the folders and once for the tests. It saves more than a third of a clean build; a file
# still includes what it uses.
set(docmind_common_headers <algorithm> <chrono> <filesystem> <functional> <map> <memory> <optional> <string> <string_view> <utility> <variant> <vector>
    <boost/asio/any_io_executor.hpp> <boost/asio/as_tuple.hpp> <boost/asio/awaitable.hpp> <boost/asio/bind_cancellation_slot.hpp> <boost/asio/co_spawn.hpp>
    <boost/asio/io_context.hpp> <boost/asio/steady_timer.hpp> <boost/asio/this_coro.hpp> <boost/asio/use_awaitable.hpp>)
file(WRITE ${CMAKE_BINARY_DIR}/precompiled.cpp "")
# Tests are compiled more often than they run.
set(docmind_test_optimisation $<$<NOT:$<CONFIG:Debug>>:-O1>)
function(docmind_precompile name)
    add_library(${name} STATIC ${CMAKE_BINARY_DIR}/precompiled.cpp)
    target_link_libraries(${name} PRIVATE docmind_flags Boost::headers)
    # ccache can only tell that such a header is unchanged where it holds no times.
    target_compile_options(${name} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
    target_precompile_headers(${name} PRIVATE ${docmind_common_headers} ${ARGN})
endfunction()
docmind_precompile(docmind_precompiled)
if(DOCMIND_TESTS)
    find_package(GTest REQUIRED)
    docmind_precompile(docmind_precompiled_for_tests <gmock/gmock.h> <gtest/gtest.h>)
    target_link_libraries(docmind_precompiled_for_tests PRIVATE GTest::gmock GTest::gtest)
    target_compile_options(docmind_precompiled_for_tests PRIVATE ${docmind_test_optimisation})
endif()

# docmind_library(name SOURCES files DEPENDS targets [PRIVATE targets]): static library docmind_name, alias docmind::name.
function(docmind_library name)
    cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS;PRIVATE" ${ARGN})
    add_library(docmind_${name} STATIC ${arg_SOURCES})
    add_library(docmind::${name} ALIAS docmind_${name})
    set_target_properties(docmind_${name} PROPERTIES EXPORT_NAME ${name})
    target_precompile_headers(docmind_${name} REUSE_FROM docmind_precompiled)
    target_link_libraries(docmind_${name} PUBLIC docmind_flags ${arg_DEPENDS} PRIVATE ${arg_PRIVATE})
    set_property(GLOBAL APPEND PROPERTY docmind_libraries docmind_${name})
endfunction()

# What `ctest -L unit` runs, as one target.
add_custom_target(unit_tests)

# docmind_test(name SOURCES files DEPENDS targets): executable name_test, each gtest case found and labelled "unit".
function(docmind_test name)
    if(NOT DOCMIND_TESTS)
        return()
    endif()
    cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS" ${ARGN})
    add_executable(${name}_test ${arg_SOURCES})
    target_compile_options(${name}_test PRIVATE ${docmind_test_optimisation})
    target_precompile_headers(${name}_test REUSE_FROM docmind_precompiled_for_tests)
    target_link_libraries(${name}_test PRIVATE docmind_flags ${arg_DEPENDS} GTest::gmock GTest::gtest GTest::gtest_main)
    add_dependencies(unit_tests ${name}_test)
    add_test(NAME ${name} COMMAND ${name}_test --gtest_brief=1 WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(${name} PROPERTIES LABELS unit TIMEOUT 900)
endfunction()
