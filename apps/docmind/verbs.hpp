#pragma once
// The verbs of the command line: one coroutine each, written on Library. They return the exit code.

#include <docmind/task.hpp>

#include <filesystem>
#include <string>
#include <vector>

#include "library.hpp"

namespace docmind::cli {

struct IngestOptions {
    std::vector<std::string> paths;  ///< files, folders, globs; "-" = stdin; .jsonl = a document a line
    bool recursive = false;
    bool json = false;
    std::size_t at_once = 16;
};
/// 0 only if every document was ingested.
Task<int> ingest(Library* library, IngestOptions options);

/// Keeps the library in step with these folders until SIGINT or SIGTERM. Errors: invalid_argument (not a folder).
Task<int> watch(Library* library, std::vector<std::string> paths);

/// Files named by paths, folders and globs, in a stable order. Errors: not_found (a path that names nothing).
[[nodiscard]] std::vector<std::filesystem::path> expand_paths(const std::vector<std::string>& paths, bool recursive);

struct SearchOptions {
    std::string query;
    std::size_t top_k = 10;
    RetrievalMode mode = RetrievalMode::hybrid;
    bool rerank = true;
    std::vector<std::string> document_ids;
    bool json = false;
};
Task<int> search(Library* library, SearchOptions options);

struct BatchOptions {
    std::filesystem::path queries;  ///< {"id","text"} a line
    std::filesystem::path run;      ///< TREC run
    SearchOptions search;
};
/// Documents of a .jsonl are named by their id, files by file#page; a document counts once, with its best passage.
Task<int> search_batch(Library* library, BatchOptions options);

struct AskOptions {
    std::string question;
    std::vector<std::string> paths;  ///< ingested first; the question is about them
    std::string session;
    bool json = false;
};
Task<int> ask(Library* library, AskOptions options);

struct DocumentsOptions {
    std::string action = "list";  ///< list, show, remove, reprocess, cancel, pause, resume
    std::string id;
    bool json = false;
};
Task<int> documents(Library* library, DocumentsOptions options);

struct SessionsOptions {
    std::string action = "list";  ///< list, show, export, remove
    std::string id;
    std::string format = "md";
    bool json = false;
};
Task<int> sessions(Library* library, SessionsOptions options);

}  // namespace docmind::cli
