# Where the parts come from. tools/ fetches what no Debian package gives into the cache; Debian gives the rest.

if(DEFINED ENV{XDG_CACHE_HOME} AND NOT "$ENV{XDG_CACHE_HOME}" STREQUAL "")
    set(docmind_cache "$ENV{XDG_CACHE_HOME}/docmind")
else()
    set(docmind_cache "$ENV{HOME}/.cache/docmind")
endif()
set(DOCMIND_DEPS "${docmind_cache}/deps" CACHE PATH "Folder with the unpacked parts (made by `make setup`)")

set(docmind_boost "${DOCMIND_DEPS}/boost-1.90.0/cmeel.prefix")
set(docmind_openvino "${DOCMIND_DEPS}/openvino-2026.4.1/openvino")
set(docmind_openvino_tokenizers "${DOCMIND_DEPS}/openvino-tokenizers-2026.4.1.0/openvino_tokenizers/lib")
set(docmind_sqlite "${DOCMIND_DEPS}/sqlite-3.53.2")
foreach(part IN ITEMS boost openvino openvino_tokenizers sqlite)
    if(NOT EXISTS "${docmind_${part}}")
        message(FATAL_ERROR "${part} is missing at ${docmind_${part}}: run `make setup` first")
    endif()
endforeach()
list(PREPEND CMAKE_PREFIX_PATH "${docmind_boost}" "${docmind_openvino}/cmake")

find_package(Boost 1.90 REQUIRED CONFIG COMPONENTS json url)
find_package(OpenVINO REQUIRED COMPONENTS Runtime)
find_package(PkgConfig REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(Threads REQUIRED)
# Asio is used header-only with one I/O thread and without its own resolver threads beyond the default one.
target_compile_definitions(Boost::headers INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE)

# SQLite, compiled in: full-text search, no extension loading, no double-quoted strings; one writer connection on one thread.
# Without memory statistics, whose mutex every allocation of every connection would take: a reader waited for the writer.
add_library(docmind_sqlite3 STATIC EXCLUDE_FROM_ALL ${docmind_sqlite}/sqlite3.c)
target_include_directories(docmind_sqlite3 SYSTEM PUBLIC ${docmind_sqlite})
target_compile_definitions(docmind_sqlite3 PUBLIC SQLITE_ENABLE_FTS5 SQLITE_OMIT_LOAD_EXTENSION SQLITE_DQS=0 SQLITE_THREADSAFE=2
    SQLITE_DEFAULT_MEMSTATUS=0 SQLITE_DEFAULT_FOREIGN_KEYS=1 SQLITE_DEFAULT_WAL_SYNCHRONOUS=2 SQLITE_LIKE_DOESNT_MATCH_BLOBS SQLITE_OMIT_DEPRECATED
    SQLITE_OMIT_SHARED_CACHE SQLITE_USE_ALLOCA)
target_compile_options(docmind_sqlite3 PRIVATE -O2 -w)
set_target_properties(docmind_sqlite3 PROPERTIES POSITION_INDEPENDENT_CODE ON)
