// The command line: what can be said, and which verb hears it. Everything is built by Application; the verbs are written on Library.

#include <docmind/application.hpp>
#include <docmind/settings.hpp>

#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/wait.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>

#include "doctor.hpp"
#include "library.hpp"
#include "run_eval.hpp"
#include "temporary_data.hpp"
#include "verbs.hpp"

namespace {

using namespace docmind;
using namespace docmind::cli;

/// What every verb takes.
struct Common {
    std::string data, config, log_level;
    std::map<std::string, std::string> flags;
};

void add_common(CLI::App& verb, Common& common) {
    verb.add_option("--data", common.data, "data directory (default $XDG_DATA_HOME/docmind)");
    verb.add_option("--config", common.config, "configuration file (default $XDG_CONFIG_HOME/docmind/docmind.toml)");
    verb.add_option("--log-level", common.log_level, "trace, debug, info, warn, error or off");
}

/// As the server starts with them.
LoadedSettings settings_at_start(const Common& common, bool quiet) {
    std::map<std::string, std::string> flags = common.flags;
    if (!common.data.empty()) flags["storage.data_dir"] = common.data;
    if (!common.log_level.empty()) flags["log.level"] = common.log_level;
    LoadedSettings loaded = load_settings(common.config, flags, process_environment());
    auto log = spdlog::stderr_color_mt("docmind");
    log->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v", spdlog::pattern_time_type::utc);
    // A verb that answers one question says nothing unless asked to.
    log->set_level(spdlog::level::from_str(quiet && common.log_level.empty() ? "error" : loaded.settings.log.level));
    spdlog::set_default_logger(std::move(log));
    return loaded;
}

LoadedSettings settings_of(const Common& common, bool quiet) {
    return with_saved_changes(settings_at_start(common, quiet));
}

RetrievalMode mode_of(const std::string& name) {
    return name == "dense" ? RetrievalMode::dense : name == "sparse" ? RetrievalMode::sparse : RetrievalMode::hybrid;
}

void open_browser(const std::string& url) {
    if (fork() == 0) {
        execlp("xdg-open", "xdg-open", url.c_str(), nullptr);
        _exit(127);
    }
}

int serve(const Common& common, bool browser) {
    Application application(settings_at_start(common, false));
    application.run(application.aserve([&](const std::string& url) {
        fmt::print("DocMind is at {}\n", url);
        std::fflush(stdout);
        if (browser) open_browser(url);
    }));
    return 0;
}

int show_config(const Common& common, bool json) {
    for (const EffectiveSetting& setting : settings_of(common, true).effective) {
        if (json) {
            fmt::print("{{\"key\":\"{}\",\"value\":{},\"origin\":\"{}\"}}\n", setting.key, quoted_json(setting.value), setting.origin);
        } else {
            fmt::print("{:<34} {:<28} {:<12} {}\n", setting.key, setting.value.empty() ? "\"\"" : setting.value, setting.origin,
                       setting.help);
        }
    }
    return 0;
}

constexpr const char* whole_document =
    "a document of the library by its name or id, or a file to read first (only files: in a temporary library unless --data is given)";

/// Where nothing but files is named, and no data directory, they are read into a library of their own.
class TemporaryForFiles {
  public:
    TemporaryForFiles(Common& common, const std::vector<std::string>& documents) {
        const auto is_file = [](const std::string& name) { return std::filesystem::is_regular_file(name); };
        if (common.data.empty() && std::ranges::all_of(documents, is_file)) common.data = data_.emplace().path();
    }

  private:
    std::optional<TemporaryData> data_;
};

int run_verb(const Common& common, const std::function<Task<int>(Library*)>& verb) {
    const LoadedSettings loaded = settings_of(common, true);
    const std::unique_ptr<Library> library = open_library(loaded.settings);
    return library->run(verb(library.get()));
}

/// Else a directory that was misspelt would be made, and its backup would look like one.
void expect_library(const std::filesystem::path& data_dir) {
    if (std::filesystem::exists(data_dir / "docmind.sqlite3")) return;
    throw Error(errc::not_found, fmt::format("There is no library in {}. Say where it is with --data.", data_dir.string()));
}

int run(int argc, char** argv) {
    CLI::App app("DocMind answers questions about your own documents, on this machine.");
    app.require_subcommand(1);
    app.set_version_flag("--version", DOCMIND_VERSION);
    Common common;
    int code = 0;

    auto* serve_verb = app.add_subcommand("serve", "serve the page and the HTTP interface");
    std::string listen;
    bool browser = false;
    add_common(*serve_verb, common);
    serve_verb->add_option("--listen", listen, "address:port (default 127.0.0.1:8080)");
    serve_verb->add_flag("--open", browser, "open a browser");
    serve_verb->callback([&] {
        if (!listen.empty()) common.flags["server.listen"] = listen;
        code = serve(common, browser);
    });

    auto* ingest_verb = app.add_subcommand("ingest", "add files, folders, globs, .jsonl lines or - (standard input) to the library");
    IngestOptions ingest_options;
    add_common(*ingest_verb, common);
    ingest_verb->add_option("PATH", ingest_options.paths, "what to add")->required();
    ingest_verb->add_flag("--recursive,-r", ingest_options.recursive, "folders below folders too");
    ingest_verb->add_flag("--json", ingest_options.json, "one JSON line a document on stdout");
    bool follow_folders = false;
    ingest_verb->add_flag("--watch", follow_folders, "follow the folders: new, changed, moved and deleted files, until Ctrl-C");
    ingest_verb->callback([&] {
        code = run_verb(common, [&](Library* library) {
            return follow_folders ? watch(library, ingest_options.paths) : ingest(library, ingest_options);
        });
    });

    auto* search_verb = app.add_subcommand("search", "find passages");
    BatchOptions batch;
    SearchOptions& search_options = batch.search;
    std::string mode = "hybrid";
    bool no_rerank = false;
    add_common(*search_verb, common);
    search_verb->add_option("QUERY", search_options.query, "what to look for");
    auto* top_k =
        search_verb->add_option("--top-k", search_options.top_k, "passages (default 10; 100 with --queries)")->check(CLI::Range(1, 1000));
    search_verb->add_option("--mode", mode, "hybrid, dense or sparse")->check(CLI::IsMember({"hybrid", "dense", "sparse"}));
    search_verb->add_flag("--no-rerank", no_rerank, "do not read the best passages together with the question");
    search_verb->add_option("--document", search_options.document_ids, "only in this document (may be repeated)");
    std::vector<std::string> filters;
    search_verb->add_option("--filter", filters,
                            "only documents of which this holds (may be repeated): type=pdf|docx, author*=smith, created>=2024-03, "
                            "folder=DIR, language!=de; operators = != ^= (begins) *= (contains) < <= > >=");
    search_verb->add_flag("--explain", search_options.explain, "why each passage stands where it does: ranks, words, scores, times");
    search_verb->add_flag("--json", search_options.json, "JSON on stdout");
    auto* queries = search_verb->add_option("--queries", batch.queries, "a file of {\"id\",\"text\"} lines");
    auto* run_file = search_verb->add_option("--run", batch.run, "where the TREC run goes");
    queries->needs(run_file);
    run_file->needs(queries);
    search_verb->callback([&] {
        search_options.mode = mode_of(mode);
        search_options.rerank = !no_rerank;
        for (const std::string& filter : filters) search_options.filters.push_back(parse_filter(filter));
        if (!batch.queries.empty()) {
            if (top_k->count() == 0) search_options.top_k = 100;
            code = run_verb(common, [&](Library* library) { return search_batch(library, batch); });
        } else if (search_options.query.empty()) {
            throw Error(errc::invalid_argument, "Say what to look for: docmind search \"...\".");
        } else {
            code = run_verb(common, [&](Library* library) { return search(library, search_options); });
        }
    });

    auto* eval_verb = app.add_subcommand("eval", "measure the search, or the answers, on a set of questions whose answers are known");
    EvalOptions eval_options;
    std::string eval_folder;
    add_common(*eval_verb, common);
    eval_verb->add_option("DIR", eval_folder, "a set (queries.jsonl, qrels.tsv, and corpus.jsonl or documents.txt), or a folder of sets")
        ->required();
    eval_verb->add_option("--files", eval_options.files, "where the files of documents.txt are");
    bool eval_no_rerank = false;
    eval_verb->add_flag("--no-rerank", eval_no_rerank, "leave out the rows with the reranker, which take most of the time");
    eval_verb->add_flag("--ablation", eval_options.ablation,
                        "one question at a time, also with reciprocal rank fusion and with 50 passages reranked: what each part buys and "
                        "takes; where a language "
                        "model is enabled, also with what it makes of the question");
    eval_verb->add_flag("--answers", eval_options.answers,
                        "measure the answers instead: of the passages alone, and of the language model where one is enabled");
    eval_verb->add_option("--questions", eval_options.questions, "only so many questions of each set, spread over it");
    eval_verb->add_flag("--json", eval_options.json, "a JSON object a row on stdout");
    eval_verb->callback([&] {
        eval_options.rerank = !eval_no_rerank;
        code = run_eval(settings_of(common, true).settings, common.data, eval_folder, eval_options);
    });

    auto* ask_verb = app.add_subcommand("ask", "answer one question, with citations");
    AskOptions ask_options;
    add_common(*ask_verb, common);
    ask_verb->add_option("QUESTION", ask_options.question, "the question")->required();
    ask_verb->add_option("PATH", ask_options.paths, "files to read first (in a temporary library unless --data is given)");
    ask_verb->add_option("--session", ask_options.session, "go on with this conversation");
    ask_verb->add_flag("--json", ask_options.json, "JSON on stdout");
    ask_verb->callback([&] {
        std::optional<TemporaryData> temporary;
        if (!ask_options.paths.empty() && common.data.empty()) common.data = temporary.emplace().path();
        code = run_verb(common, [&](Library* library) { return ask(library, ask_options); });
    });

    auto* compare_verb = app.add_subcommand("compare", "what several documents say on the same things, as a table with citations");
    CompareOptions compare_options;
    add_common(*compare_verb, common);
    compare_verb->add_option("DOCUMENT", compare_options.documents, whole_document)->required();
    compare_verb->add_option("--on", compare_options.aspects, "what to compare them on (may be repeated)")
        ->required()
        ->allow_extra_args(false);
    compare_verb->add_flag("--json", compare_options.json, "JSON on stdout");
    compare_verb->callback([&] {
        const TemporaryForFiles temporary(common, compare_options.documents);
        code = run_verb(common, [&](Library* library) { return compare(library, compare_options); });
    });

    auto* summarize_verb = app.add_subcommand("summarize", "the summary of one document, with citations");
    SummarizeOptions summarize_options;
    add_common(*summarize_verb, common);
    summarize_verb->add_option("DOCUMENT", summarize_options.document, whole_document)->required();
    summarize_verb->add_flag("--json", summarize_options.json, "JSON on stdout");
    summarize_verb->callback([&] {
        const TemporaryForFiles temporary(common, {summarize_options.document});
        code = run_verb(common, [&](Library* library) { return summarize(library, summarize_options); });
    });

    auto* documents_verb = app.add_subcommand("documents", "list, show, remove, reprocess, cancel, pause or resume documents");
    DocumentsOptions documents_options;
    add_common(*documents_verb, common);
    documents_verb->add_option("ACTION", documents_options.action)
        ->check(CLI::IsMember({"list", "show", "remove", "reprocess", "cancel", "pause", "resume"}));
    documents_verb->add_option("ID", documents_options.id);
    documents_verb->add_flag("--json", documents_options.json, "JSON lines on stdout");
    documents_verb->callback([&] { code = run_verb(common, [&](Library* library) { return documents(library, documents_options); }); });

    auto* sessions_verb = app.add_subcommand("sessions", "list, search, show, export, remove or restore conversations");
    SessionsOptions sessions_options;
    add_common(*sessions_verb, common);
    sessions_verb->add_option("ACTION", sessions_options.action)
        ->check(CLI::IsMember({"list", "search", "show", "export", "remove", "restore"}));
    sessions_verb->add_option("ID", sessions_options.id, "of a conversation, or what to search for");
    sessions_verb->add_option("--format", sessions_options.format, "of an export: md (default) or json, which has all branches")
        ->check(CLI::IsMember({"md", "json"}));
    sessions_verb->add_flag("--json", sessions_options.json, "JSON lines on stdout");
    sessions_verb->callback([&] { code = run_verb(common, [&](Library* library) { return sessions(library, sessions_options); }); });

    auto* reindex_verb = app.add_subcommand(
        "reindex",
        "go on embedding the passages anew for the configured embedding model, and follow it to its end; Ctrl-C loses nothing.\n"
        "Exit code 0: done, or nothing to do; 3: not done yet (--status); 130: stopped by Ctrl-C.");
    ReindexOptions reindex_options;
    bool reindex_status = false, reindex_pause = false, reindex_cancel = false;
    add_common(*reindex_verb, common);
    auto* which = reindex_verb->add_option_group("instead");
    which->add_flag("--status", reindex_status, "only say how far it is");
    which->add_flag("--pause", reindex_pause, "stop it until it is resumed by `docmind reindex`");
    which->add_flag("--cancel", reindex_cancel, "stay with the embedding model that the library was made with, where it can be had");
    which->require_option(0, 1);
    reindex_verb->add_flag("--json", reindex_options.json, "JSON lines on stdout");
    reindex_verb->callback([&] {
        reindex_options.action = reindex_status ? "status" : reindex_pause ? "pause" : reindex_cancel ? "cancel" : "";
        code = run_verb(common, [&](Library* library) { return reindex(library, reindex_options); });
    });

    auto* backup_verb = app.add_subcommand(
        "backup",
        "put the whole library into one file, true for one moment; a server may go on working.\n"
        "The file is a tar archive: manifest.json (what is in it, with SHA-256), the database (documents, passages, vectors, "
        "conversations), "
        "settings that were changed while DocMind ran, and the original files. Not in it: what can be made again (search indexes, cache), "
        "unfinished uploads, docmind.toml, models, and secrets: API keys have to be set again.\n"
        "Exit code 130: stopped by Ctrl-C; nothing is left then.");
    BackupOptions backup_options;
    add_common(*backup_verb, common);
    backup_verb->add_option("FILE", backup_options.file, "where it goes; it is there when it is whole. - = standard output")->required();
    backup_verb->add_flag("--force", backup_options.force, "replace a file of that name");
    backup_verb->add_flag("--json", backup_options.json, "JSON about it on stdout (on stderr where the backup goes to stdout)");
    backup_verb->callback([&] {
        const LoadedSettings loaded = settings_of(common, true);
        expect_library(loaded.settings.storage.data_dir);
        const std::unique_ptr<Library> library = open_library(loaded.settings);
        code = library->run(backup(library.get(), backup_options));
    });

    auto* restore_verb = app.add_subcommand(
        "restore",
        "make a library of a backup, in an empty or new data directory that no server uses.\n"
        "Every byte is compared with the manifest before anything changes; then the restored library takes its place in one step, whenever "
        "the power fails. The search indexes are made again at the next start; secrets (API keys) are not in a backup and have to be set "
        "again.\n"
        "Exit code 130: stopped by Ctrl-C; nothing has changed then.");
    RestoreVerbOptions restore_options;
    add_common(*restore_verb, common);
    restore_verb->add_option("FILE", restore_options.file, "of `docmind backup`; - = standard input")->required();
    restore_verb->add_flag("--force", restore_options.force,
                           "where there is a library: move it aside, into a folder of the data directory that is named in the end");
    restore_verb->add_flag("--check", restore_options.check, "only compare the file with its manifest");
    restore_verb->add_flag("--json", restore_options.json, "JSON about it on stdout");
    restore_verb->callback([&] { code = restore(settings_at_start(common, true).settings.storage.data_dir, restore_options); });

    auto* doctor_verb = app.add_subcommand("doctor", "check models, backends, data directory, sandbox and disk");
    bool doctor_json = false;
    add_common(*doctor_verb, common);
    doctor_verb->add_flag("--json", doctor_json, "JSON lines on stdout");
    doctor_verb->callback([&] { code = doctor(settings_of(common, true).settings, doctor_json); });

    auto* config_verb = app.add_subcommand("config", "the effective configuration and where each value comes from");
    bool config_json = false;
    add_common(*config_verb, common);
    config_verb->add_flag("--json", config_json, "JSON lines on stdout");
    config_verb->callback([&] { code = show_config(common, config_json); });

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        const int result = app.exit(error, std::cout, std::cerr);
        return result == 0 ? 0 : 2;
    }
    return code;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const docmind::Error& error) {
        fmt::print(stderr, "docmind: {}\n", error.what());
        return error.code() == docmind::errc::invalid_argument ? 2 : 1;
    } catch (const std::exception& error) {
        fmt::print(stderr, "docmind: {}\n", error.what());
        return 1;
    }
}
