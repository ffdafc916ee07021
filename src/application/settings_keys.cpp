#include "application/settings_keys.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <limits>
#include <numeric>

#include "application/boost_list.hpp"
#include "application/comma_list.hpp"
#include "application/server_list.hpp"

namespace docmind {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void expected(const std::string& what) {
    throw Error(errc::invalid_argument, what);
}

template <class Number>
Number parse_number(const std::string& text, Number low, Number high) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < low || value > high) {
        expected(fmt::format("expected a number from {} to {}, got \"{}\"", low, high, text));
    }
    return value;
}

bool parse_bool(const std::string& text) {
    if (text == "true" || text == "1" || text == "yes" || text == "on") return true;
    if (text == "false" || text == "0" || text == "no" || text == "off") return false;
    expected(fmt::format("expected true or false, got \"{}\"", text));
}

template <class Section, class T>
SettingKey key(std::string name, Section Settings::* section, T Section::* member, std::string help, T low = {},
               T high = std::numeric_limits<T>::max()) {
    SettingKey result{.name = std::move(name), .help = std::move(help)};
    result.set = [=](Settings& s, const std::string& text) {
        if constexpr (std::is_same_v<T, bool>) {
            (s.*section).*member = parse_bool(text);
        } else if constexpr (std::is_arithmetic_v<T>) {
            (s.*section).*member = parse_number<T>(text, low, high);
        } else {
            (s.*section).*member = text;
        }
    };
    result.get = [=](const Settings& s) {
        const T& value = (s.*section).*member;
        if constexpr (std::is_same_v<T, fs::path>) {
            return value.string();
        } else {
            return fmt::format("{}", value);
        }
    };
    return result;
}

template <class Section>
SettingKey choice(std::string name, Section Settings::* section, std::string Section::* member, std::vector<std::string> values,
                  std::string help) {
    SettingKey result = key(std::move(name), section, member, std::move(help));
    result.set = [=](Settings& s, const std::string& text) {
        if (std::ranges::find(values, text) == values.end())
            expected(fmt::format("expected one of {}, got \"{}\"", fmt::join(values, ", "), text));
        (s.*section).*member = text;
    };
    return result;
}

template <class Section>
SettingKey list(std::string name, Section Settings::* section, std::string Section::* member, std::vector<std::string> values,
                std::string help) {
    SettingKey result = key(std::move(name), section, member, std::move(help));
    result.set = [=](Settings& s, const std::string& text) {
        for (const std::string& item : split_list(text)) {
            if (std::ranges::find(values, item) == values.end())
                expected(fmt::format("expected a list of {}, got \"{}\"", fmt::join(values, ", "), item));
        }
        (s.*section).*member = text;
    };
    return result;
}

SettingKey mode_key() {
    SettingKey result{.name = "retrieval.mode", .help = "hybrid, dense or sparse"};
    result.set = [](Settings& s, const std::string& text) {
        if (text == "hybrid")
            s.retrieval.mode = RetrievalMode::hybrid;
        else if (text == "dense")
            s.retrieval.mode = RetrievalMode::dense;
        else if (text == "sparse")
            s.retrieval.mode = RetrievalMode::sparse;
        else
            expected(fmt::format("expected one of hybrid, dense, sparse, got \"{}\"", text));
    };
    result.get = [](const Settings& s) -> std::string {
        switch (s.retrieval.mode) {
            case RetrievalMode::hybrid: return "hybrid";
            case RetrievalMode::dense: return "dense";
            case RetrievalMode::sparse: return "sparse";
        }
        return "hybrid";
    };
    return result;
}

SettingKey boosts_key() {
    SettingKey result = key("retrieval.boosts", &Settings::retrieval, &Settings::Retrieval::boosts,
                            "what scores of some documents are multiplied by: folder=/home/me/papers:1.5, type=pdf:1.2");
    result.set = [](Settings& s, const std::string& text) {
        static_cast<void>(parse_boosts(text));
        s.retrieval.boosts = text;
    };
    return result;
}

SettingKey fallbacks_key() {
    SettingKey result = key("llm.fallbacks", &Settings::llm, &Settings::Llm::fallbacks,
                            "asked in this order where base_url cannot answer: http://box:8000/v1 qwen3, built-in");
    result.set = [](Settings& s, const std::string& text) {
        static_cast<void>(parse_servers(text));
        s.llm.fallbacks = text;
    };
    return result;
}

/// Which program is run and where files lie is for a start to say; the reranker is loaded, or not, at a start.
bool is_changeable(std::string_view name) {
    if (name == "embedding.slots" || name == "embedding.batch_tokens") return false;
    if (name == "llm.server_path" || name == "llm.model_path" || name == "agent.max_message_chars") return false;
    if (name.starts_with("llm.") || name.starts_with("embedding.") || name.starts_with("retrieval.") || name.starts_with("agent.")) return true;
    return name == "reranker.top_n" || name == "reranker.budget" || name == "reranker.weight";
}

/// Damerau-free edit distance (Levenshtein 1966), for "did you mean".
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t above = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
            diagonal = above;
        }
    }
    return row[b.size()];
}

}  // namespace

std::vector<SettingKey> setting_keys() {
    using S = Settings;
    std::vector<SettingKey> keys{
        key("storage.data_dir", &S::storage, &S::Storage::data_dir, "where documents, index and conversations lie"),
        key("storage.removed_session_hours", &S::storage, &S::Storage::removed_session_hours,
            "so long a removed conversation can be restored; 0 = not at all", 0.0, 8760.0),
        key("server.listen", &S::server, &S::Server::listen, "address:port of the page and the interface"),
        key("server.token", &S::server, &S::Server::token, "bearer token; required when listening beyond loopback"),
        key("server.allowed_hosts", &S::server, &S::Server::allowed_hosts, "further Host names, comma-separated"),
        key("server.max_upload_bytes", &S::server, &S::Server::max_upload_bytes, "largest file", std::uint64_t{1}),
        key("server.max_unfinished_uploads", &S::server, &S::Server::max_unfinished_uploads, "resumable uploads under way", 1, 100'000),
        key("server.max_unfinished_upload_bytes", &S::server, &S::Server::max_unfinished_upload_bytes, "their sizes together",
            std::uint64_t{1}),
        key("server.upload_expiry_hours", &S::server, &S::Server::upload_expiry_hours,
            "then an upload to which nothing was added is removed", 0.0001, 8760.0),
        key("server.max_connections", &S::server, &S::Server::max_connections, "open connections at once", 1, 100'000),
        key("llm.enabled", &S::llm, &S::Llm::enabled, "false: answers are the best passages"),
        key("llm.base_url", &S::llm, &S::Llm::base_url, "an OpenAI-compatible server (Ollama, vLLM, llama-server); empty = built in"),
        key("llm.model", &S::llm, &S::Llm::model, "empty = the first the backend offers"),
        key("llm.api_key", &S::llm, &S::Llm::api_key, "sent as a bearer token to base_url"),
        key("llm.server_path", &S::llm, &S::Llm::server_path, "llama-server for the built-in model"),
        key("llm.model_path", &S::llm, &S::Llm::model_path, "GGUF file for the built-in model"),
        fallbacks_key(),
        key("llm.context_window", &S::llm, &S::Llm::context_window, "tokens of one call; 0 = what the server says", 0, 10'000'000),
        key("llm.max_tokens", &S::llm, &S::Llm::max_tokens, "longest answer, in tokens", 1, 1'000'000),
        key("llm.temperature", &S::llm, &S::Llm::temperature, "0 = always the likeliest word", 0.0, 2.0),
        key("llm.slots", &S::llm, &S::Llm::slots, "calls at once; 0 = as many as the machine carries of the built-in model, 2 to a server",
            0, 1024),
        key("llm.max_waiting", &S::llm, &S::Llm::max_waiting, "calls that may wait for a slot; one more is refused", 0, 100'000),
        key("llm.first_token_timeout", &S::llm, &S::Llm::first_token_timeout, "seconds", 0.1, 86400.0),
        key("llm.idle_timeout", &S::llm, &S::Llm::idle_timeout, "seconds between two tokens", 0.1, 86400.0),
        key("embedding.model_dir", &S::embedding, &S::Embedding::model_dir, "an encoder in the layout of Hugging Face's OpenVINO export"),
        key("embedding.base_url", &S::embedding, &S::Embedding::base_url,
            "a server with /v1/embeddings (Ollama, text-embeddings-inference, vLLM, llama-server); empty = built in"),
        key("embedding.model", &S::embedding, &S::Embedding::model, "of that server; empty = the one it has"),
        key("embedding.api_key", &S::embedding, &S::Embedding::api_key, "sent as a bearer token to base_url"),
        key("embedding.slots", &S::embedding, &S::Embedding::slots, "requests to that server at once", 1, 1024),
        key("embedding.batch_tokens", &S::embedding, &S::Embedding::batch_tokens, "tokens in one inference", 64, 1'000'000),
        key("embedding.query_instruction", &S::embedding, &S::Embedding::query_instruction, "put before a question"),
        key("reranker.enabled", &S::reranker, &S::Reranker::enabled, "read the best passages together with the question"),
        key("reranker.model_dir", &S::reranker, &S::Reranker::model_dir, "a cross-encoder in the same layout"),
        key("reranker.base_url", &S::reranker, &S::Reranker::base_url,
            "a server with /v1/rerank (llama-server, vLLM, text-embeddings-inference, Jina's interface); empty = built in"),
        key("reranker.model", &S::reranker, &S::Reranker::model, "of that server; empty = the one it has"),
        key("reranker.api_key", &S::reranker, &S::Reranker::api_key, "sent as a bearer token to base_url"),
        key("reranker.slots", &S::reranker, &S::Reranker::slots, "requests to that server at once", 1, 1024),
        key("reranker.top_n", &S::reranker, &S::Reranker::top_n, "passages reranked", 1, 1000),
        key("reranker.budget", &S::reranker, &S::Reranker::budget, "seconds", 0.01, 600.0),
        key("reranker.weight", &S::reranker, &S::Reranker::weight, "of the reranker in the final score", 0.0, 1.0),
        key("ingestion.chunk_size", &S::ingestion, &S::Ingestion::chunk_size, "tokens of a passage", 16, 100'000),
        key("ingestion.chunk_overlap", &S::ingestion, &S::Ingestion::chunk_overlap, "tokens two passages share", 0, 50'000),
        choice("ingestion.splitter", &S::ingestion, &S::Ingestion::splitter,
               {"sentence", "token", "markdown", "structured", "code", "sentence_window", "hierarchical"}, "how documents are cut"),
        key("ingestion.watch", &S::ingestion, &S::Ingestion::watch, "folders that the server follows, comma-separated"),
        key("ingestion.watch_settle", &S::ingestion, &S::Ingestion::watch_settle,
            "seconds that a file which may still be written to is waited for", 0.1, 86400.0),
        key("ingestion.watch_files", &S::ingestion, &S::Ingestion::watch_files, "files followed below one folder", 1, 10'000'000),
        key("ingestion.workers", &S::ingestion, &S::Ingestion::workers, "parser processes", 1, 64),
        key("ingestion.worker_path", &S::ingestion, &S::Ingestion::worker_path, "the program that reads documents"),
        key("ingestion.documents_at_once", &S::ingestion, &S::Ingestion::documents_at_once, "documents in work", 1, 64),
        key("ingestion.max_bytes_in_flight", &S::ingestion, &S::Ingestion::max_bytes_in_flight, "of text in work", std::uint64_t{1} << 20),
        key("ingestion.cache_bytes", &S::ingestion, &S::Ingestion::cache_bytes, "of what reading and embedding gave; 0 = no cache",
            std::uint64_t{0}),
        key("ingestion.max_document_seconds", &S::ingestion, &S::Ingestion::max_document_seconds, "parsing one page", 1.0, 86400.0),
        key("ingestion.max_total_seconds", &S::ingestion, &S::Ingestion::max_total_seconds, "parsing one document", 1.0, 1e6),
        choice("ingestion.ocr", &S::ingestion, &S::Ingestion::ocr, {"auto", "fast", "ocr"},
               "text recognition: auto (pages without text), fast (never), ocr (every page)"),
        key("ingestion.languages", &S::ingestion, &S::Ingestion::languages, "of text recognition: eng, deu+eng"),
        key("ingestion.max_pages", &S::ingestion, &S::Ingestion::max_pages, "pages of one document", 1, 10'000'000),
        key("ingestion.max_expanded_bytes", &S::ingestion, &S::Ingestion::max_expanded_bytes, "of all that is packed in one file",
            std::uint64_t{1} << 16),
        key("ingestion.max_expansion_ratio", &S::ingestion, &S::Ingestion::max_expansion_ratio, "packed bytes may grow so many times", 2,
            1'000'000),
        key("ingestion.max_archive_depth", &S::ingestion, &S::Ingestion::max_archive_depth, "archives within archives", 0, 16),
        key("ingestion.max_archive_entries", &S::ingestion, &S::Ingestion::max_archive_entries, "files in one archive", 1, 10'000'000),
        key("ingestion.max_image_pixels", &S::ingestion, &S::Ingestion::max_image_pixels, "of one image", std::uint64_t{10'000}),
        key("ingestion.max_cells", &S::ingestion, &S::Ingestion::max_cells, "of one workbook", std::uint64_t{1}),
        mode_key(),
        key("retrieval.similarity_top_k", &S::retrieval, &S::Retrieval::similarity_top_k, "passages returned", 1, 1000),
        key("retrieval.candidates", &S::retrieval, &S::Retrieval::candidates, "passages from each side before fusion", 1, 10'000),
        choice("retrieval.fusion", &S::retrieval, &S::Retrieval::fusion, {"relative_score", "rrf"}, "relative_score or rrf"),
        key("retrieval.rrf_k", &S::retrieval, &S::Retrieval::rrf_k, "k of reciprocal rank fusion", 1.0, 10'000.0),
        key("retrieval.dense_weight", &S::retrieval, &S::Retrieval::dense_weight, "of dense against sparse", 0.0, 1.0),
        key("retrieval.duplicates", &S::retrieval, &S::Retrieval::duplicates,
            "a passage as alike to a better one is shown as its copy; 1 = the same words, 0.9 = nearly, 0 = all are shown", 0.0, 1.0),
        key("retrieval.per_document", &S::retrieval, &S::Retrieval::per_document,
            "passages of one document before those of others; 0 = any number", 0, 1000),
        key("retrieval.diversity", &S::retrieval, &S::Retrieval::diversity, "how much a passage loses by being like better ones", 0.0, 1.0),
        key("retrieval.freshness", &S::retrieval, &S::Retrieval::freshness, "share that the score of a document of today gains", 0.0,
            100.0),
        key("retrieval.freshness_days", &S::retrieval, &S::Retrieval::freshness_days, "after so many days it gains half of that", 0.01,
            1e6),
        boosts_key(),
        choice("retrieval.context", &S::retrieval, &S::Retrieval::context, {"none", "window", "merge"},
               "show passages with what stands around them (with the splitters sentence_window and hierarchical): all, or where several of "
               "one part were found"),
        choice("agent.mode", &S::agent, &S::Agent::mode, {"auto", "context", "react"},
               "context: retrieve, then answer; react: the model calls tools; auto: react where the model can"),
        key("agent.max_steps", &S::agent, &S::Agent::max_steps, "steps with tools before the answer", 1, 100),
        list("agent.tools", &S::agent, &S::Agent::tools,
             {"search_library", "search_document", "read_page", "list_documents", "compare_documents", "summarize_document"},
             "what the model may call, comma-separated"),
        key("agent.sub_questions", &S::agent, &S::Agent::sub_questions,
            "take questions with several parts apart, and answer the parts side by side"),
        key("agent.context_passages", &S::agent, &S::Agent::context_passages, "passages given to the model", 1, 100),
        key("agent.memory_tokens", &S::agent, &S::Agent::memory_tokens, "of the conversation so far, as the model counts", 0, 1'000'000),
        key("agent.memory_summary", &S::agent, &S::Agent::memory_summary, "the model sums up what no longer fits in these"),
        key("agent.max_message_chars", &S::agent, &S::Agent::max_message_chars, "longest question", 1, 10'000'000),
        choice("log.level", &S::log, &S::Log::level, {"trace", "debug", "info", "warn", "error", "off"}, "on stderr"),
    };
    for (SettingKey& k : keys) {
        k.secret = k.name == "server.token" || k.name.ends_with(".api_key");
        k.changeable = is_changeable(k.name);
    }
    return keys;
}

const SettingKey& find_key(const std::vector<SettingKey>& keys, const std::string& name, const std::string& origin) {
    const auto found = std::ranges::find(keys, name, &SettingKey::name);
    if (found != keys.end()) return *found;
    const auto nearest = std::ranges::min_element(keys, {}, [&](const SettingKey& k) { return distance(k.name, name); });
    throw Error(errc::invalid_argument, fmt::format("Unknown key {} ({}). Did you mean {}?", name, origin, nearest->name));
}

void set_value(const SettingKey& key, Settings& settings, const std::string& text, const std::string& origin) {
    try {
        key.set(settings, text);
    } catch (const Error& error) {
        throw Error(errc::invalid_argument, fmt::format("{} ({}): {}.", key.name, origin, error.what()));
    }
}

void check_together(const Settings& s) {
    if (s.ingestion.chunk_overlap >= s.ingestion.chunk_size) {
        throw Error(errc::invalid_argument, "ingestion.chunk_overlap must be smaller than ingestion.chunk_size.");
    }
    if (s.retrieval.duplicates > 0 && s.retrieval.duplicates < 0.5)
        throw Error(errc::invalid_argument, "retrieval.duplicates must be 0, or a number from 0.5 to 1.");
}

std::string shown_value(const SettingKey& key, const Settings& settings) {
    std::string value = key.get(settings);
    return key.secret && !value.empty() ? "(set)" : value;
}

}  // namespace docmind
