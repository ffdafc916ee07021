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
    std::vector<MetadataFilter> filters;
    bool explain = false;  ///< why each passage stands where it does
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

/// What a run of an evaluation calls the passages: documents of a .jsonl by their id, files by file#page, each once, in order;
/// copies behind what stands for them.
[[nodiscard]] std::vector<std::string> ranked_names(const std::vector<NodeWithScore>& nodes);

struct EvalOptions {
    std::filesystem::path set;  ///< a folder: queries.jsonl, qrels.tsv, and corpus.jsonl or documents.txt
    std::string files;          ///< where the files of documents.txt are; empty: beside it, or where it says
    bool rerank = true;         ///< false: without the row of the whole search, whose reranker takes most of the time
    bool answers = false;       ///< measure the answers, not the search
    bool ablation = false;      ///< one question at a time, so that `ms` is what one takes, and with the parts that are not the default
    std::size_t questions = 0;  ///< only so many, spread over the set; 0: all
    bool json = false;          ///< a JSON object a row instead of a table's line
};
/// What a search is made with, beside the library's settings.
struct EvalConfiguration {
    std::string name;
    RetrievalMode mode = RetrievalMode::hybrid;
    bool rerank = false;
    std::function<Task<RetrievalResult>(QueryBundle)> retrieve = nullptr;  ///< else the library's
};
/// Ingests the set into the library and prints a row for each configuration of the search. Errors: not_found, invalid_argument.
Task<int> evaluate(Library* library, EvalOptions options, std::vector<EvalConfiguration> configurations);
void print_evaluation_head();
/// Ingests the set, has its questions answered as the library answers them, and prints one row; `configuration` names it. Errors: the same,
/// and those of an answer.
Task<int> evaluate_answers(Library* library, EvalOptions options, std::string configuration);
void print_answers_head();

struct AskOptions {
    std::string question;
    std::vector<std::string> paths;  ///< ingested first; the question is about them
    std::string session;
    bool json = false;
};
Task<int> ask(Library* library, AskOptions options);

struct CompareOptions {
    std::vector<std::string> documents;  ///< names or ids of the library, or files, which are ingested first
    std::vector<std::string> aspects;
    bool json = false;
};
/// Errors: not_found (a document), and those of DocumentComparison::arun.
Task<int> compare(Library* library, CompareOptions options);

struct SummarizeOptions {
    std::string document;  ///< as above
    bool json = false;
};
Task<int> summarize(Library* library, SummarizeOptions options);

struct DocumentsOptions {
    std::string action = "list";  ///< list, show, remove, reprocess, cancel, pause, resume
    std::string id;
    bool json = false;
};
Task<int> documents(Library* library, DocumentsOptions options);

struct SessionsOptions {
    std::string action = "list";  ///< list, search, show, export, remove, restore
    std::string id;               ///< or the words to search for
    std::string format = "md";
    bool json = false;
};
Task<int> sessions(Library* library, SessionsOptions options);

struct ReindexOptions {
    std::string action;  ///< status, pause or cancel; empty: go on, and follow it to its end
    bool json = false;
};
/// 0: done, or there was nothing to do; 3: not done yet; 130: a signal ended the watching.
Task<int> reindex(Library* library, ReindexOptions options);

struct BackupOptions {
    std::string file;  ///< "-" = stdout
    bool force = false;
    bool json = false;
};
/// 130: a signal ended it; then nothing is left of it. Errors: those of Application::abackup.
Task<int> backup(Library* library, BackupOptions options);

struct RestoreVerbOptions {
    std::string file;  ///< "-" = stdin
    bool force = false;
    bool check = false;  ///< look at the file and change nothing
    bool json = false;
};
/// 130: a signal ended it; then the data directory is as it was. Errors: those of restore_backup.
int restore(const std::filesystem::path& data_dir, RestoreVerbOptions options);

}  // namespace docmind::cli
