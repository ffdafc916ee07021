#pragma once
// "How is this DocMind set up?" Compiled-in defaults < docmind.toml < what was changed while it ran < environment DOCMIND__SECTION__KEY
// < flags.

#include <docmind/retriever.hpp>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace docmind {

struct Settings {
    struct Storage {
        std::filesystem::path data_dir;     ///< empty = $XDG_DATA_HOME/docmind
        double removed_session_hours = 24;  ///< a removed conversation can be restored for so long; 0 = not at all
    } storage;

    struct Server {
        std::string listen = "127.0.0.1:8080";
        std::string token;                                        ///< required when listening beyond loopback
        std::string allowed_hosts;                                ///< host names besides loopback and the listen address, comma-separated
        std::uint64_t max_upload_bytes = std::uint64_t{2} << 30;  ///< one file
        int max_unfinished_uploads = 256;                         ///< resumable ones
        std::uint64_t max_unfinished_upload_bytes = std::uint64_t{32} << 30;  ///< their announced sizes together
        double upload_expiry_hours = 24;                                      ///< a resumable upload to which nothing was added is removed
        int max_connections = 1024;
    } server;

    struct Llm {
        bool enabled = true;
        std::string base_url;  ///< any OpenAI-compatible server; empty = the built-in llama-server
        std::string model;     ///< empty = the first the backend offers
        std::string api_key;
        std::filesystem::path server_path;  ///< llama-server; empty = where set-up put it
        std::filesystem::path model_path;   ///< GGUF for the built-in server; empty = where set-up put it
        std::string fallbacks;   ///< asked in this order where base_url cannot answer: "URL [MODEL]", or "built-in"; comma-separated
        int context_window = 0;  ///< tokens of one call; 0 = what the server says, 4,096 where it does not and for the built-in one
        int max_tokens = 400;
        double temperature = 0.1;
        int slots = 0;                     ///< calls at once; 0 = by the machine for the built-in server, 2 for another
        int max_waiting = 32;              ///< calls that may wait for a slot; one more is refused
        double first_token_timeout = 120;  ///< seconds
        double idle_timeout = 30;          ///< seconds between two tokens
    } llm;

    struct Embedding {
        std::filesystem::path model_dir;  ///< a Hugging Face OpenVINO export; empty = where set-up put it
        std::string base_url;             ///< a server of the OpenAI interface instead: Ollama, text-embeddings-inference, vLLM
        std::string model;                ///< its model; empty = the one it has
        std::string api_key;
        int slots = 4;           ///< requests to it at once
        int batch_tokens = 512;  ///< padded tokens in one inference
        std::string query_instruction;
    } embedding;

    struct Reranker {
        bool enabled = true;
        std::filesystem::path model_dir;
        std::string base_url;  ///< a server with /v1/rerank or /rerank instead: llama-server, vLLM, text-embeddings-inference
        std::string model;     ///< its model; empty = the one it has
        std::string api_key;
        int slots = 2;        ///< requests to it at once
        int top_n = 20;       ///< passages read together with the question
        double budget = 1.5;  ///< seconds
        double weight = 0.4;  ///< of the reranker in the final score; the rest is the fused score
    } reranker;

    struct Ingestion {
        int chunk_size = 256;  ///< the embedder's tokens
        int chunk_overlap = 32;
        std::string splitter = "sentence";                            ///< see splitters.hpp
        std::string watch;                                            ///< folders that the server follows, comma-separated
        double watch_settle = 2;                                      ///< seconds that a file which may still be written to is waited for
        int watch_files = 200'000;                                    ///< followed below one folder; further ones are left out
        int workers = 2;                                              ///< parser processes
        std::filesystem::path worker_path;                            ///< docmind-worker; empty = beside this program, else on the PATH
        int documents_at_once = 8;                                    ///< parsed, embedded or stored
        std::uint64_t max_bytes_in_flight = std::uint64_t{48} << 20;  ///< of their text and word boxes
        std::uint64_t cache_bytes = std::uint64_t{1} << 30;           ///< of what reading and embedding gave; 0 = no cache
        double max_document_seconds = 120;                            ///< parsing one page, or what has none
        double max_total_seconds = 7200;                              ///< parsing one document
        std::string ocr = "auto";                                     ///< auto, fast (never) or ocr (every page)
        std::string languages = "eng";                                ///< of text recognition, tesseract's names with "+" between
        int max_pages = 10'000;                                       ///< of one document
        std::uint64_t max_expanded_bytes = std::uint64_t{256} << 20;  ///< of all that is packed in one file
        int max_expansion_ratio = 200;                                ///< packed bytes may grow so many times
        int max_archive_depth = 2;                                    ///< archives within archives
        int max_archive_entries = 10'000;                             ///< files in one archive
        std::uint64_t max_image_pixels = 50'000'000;                  ///< of one image
        std::uint64_t max_cells = 2'000'000;                          ///< of one workbook
    } ingestion;

    struct Retrieval {
        RetrievalMode mode = RetrievalMode::hybrid;
        int similarity_top_k = 10;
        int candidates = 50;                    ///< taken from each side before fusion
        std::string fusion = "relative_score";  ///< or rrf
        double rrf_k = 60;
        double dense_weight = 0.5;    ///< the rest is the weight of sparse
        double duplicates = 1;        ///< share of words alike from which a passage is not shown beside a better one; 1 = all; 0 = show all
        int per_document = 0;         ///< passages of one document before those of others come; 0 = any number
        double diversity = 0;         ///< 0..1: how much a passage loses by being like better ones
        double freshness = 0;         ///< share of its score that a passage of today gains; 0 = age does not count
        double freshness_days = 180;  ///< after so many days it gains half of that
        std::string boosts;           ///< "folder=/home/me/papers:1.5, type=pdf:1.2": filters and what they multiply scores by
        std::string context = "none";  ///< window or merge: passages are read with what stands around them
    } retrieval;

    struct Agent {
        std::string mode = "auto";  ///< context, react, or react where the model can call tools
        int max_steps = 6;          ///< of react: calls of the model in which it may use tools
        /// Of react: what the model may call.
        std::string tools = "search_library, search_document, read_page, list_documents, compare_documents, summarize_document";
        bool sub_questions = false;  ///< a question with several parts is taken apart by the model, and each part answered for itself
        int context_passages = 5;
        int memory_tokens = 1024;    ///< of the conversation so far, counted as the model counts
        bool memory_summary = true;  ///< what no longer fits in these is summed up by the model, in the background
        int max_message_chars = 32768;
    } agent;

    struct Log {
        std::string level = "info";
    } log;
};

/// One key of the configuration as it came out.
struct EffectiveSetting {
    std::string key;     ///< "section.key"
    std::string value;   ///< secrets redacted
    std::string origin;  ///< default, the file's path, environment, flag
    std::string help;
    bool changeable = false;  ///< while it runs: see with_changes
};

/// Texts of settings by their keys.
using SettingChanges = std::map<std::string, std::string>;

struct LoadedSettings {
    Settings settings;
    std::vector<EffectiveSetting> effective;
};

/// `flags`: "section.key" -> text. `file` empty: docmind.toml in $XDG_CONFIG_HOME/docmind, where it exists.
/// Errors: invalid_argument, naming the key, the nearest known key, and where it was said.
[[nodiscard]] LoadedSettings load_settings(const std::filesystem::path& file, const std::map<std::string, std::string>& flags,
                                           const std::map<std::string, std::string>& environment);

/// Every key with its value, secrets redacted; the origin is left empty.
[[nodiscard]] std::vector<EffectiveSetting> describe_settings(const Settings& settings);

/// The same with `changes`, the origin of which is called "changed". A key of another server is not sent to a new one: where a base_url
/// changes and its api_key does not, there is no key. Errors: invalid_argument (an unknown key, a value that is none), conflict (the key
/// is the environment's or a flag's, or can be changed at a start only).
[[nodiscard]] LoadedSettings with_changes(LoadedSettings loaded, SettingChanges changes);
/// With the changes that are kept in settings.toml in the data directory. Those that do not hold any more, because another version knows
/// no such key or the environment says otherwise, are left out and logged. Errors: invalid_argument (the file is not TOML).
[[nodiscard]] LoadedSettings with_saved_changes(LoadedSettings loaded);

/// This process's environment.
[[nodiscard]] std::map<std::string, std::string> process_environment();

/// The folder made by set-up: models and llama-server. `$XDG_CACHE_HOME/docmind/current` or `~/.cache/docmind/current`.
[[nodiscard]] std::filesystem::path default_parts_dir(const std::map<std::string, std::string>& environment);

}  // namespace docmind
