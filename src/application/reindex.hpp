#pragma once
// "The configuration names another embedding model than the library was made with: how does the library follow?"
//
// The stored passages are embedded anew, a batch at a time, beside the vectors that are searched; when none is missing, the new vectors
// take over. Until then the former model, where it can still be had, embeds the questions, and what is added is embedded by both: by the
// new one as it comes in, by the former one here. What was embedded stays when the process ends, and the next one goes on behind it.

#include <docmind/document_store.hpp>
#include <docmind/embedding.hpp>
#include <docmind/ingestion_cache.hpp>
#include <docmind/reindexing.hpp>
#include <docmind/task.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "application/late_models.hpp"
#include "async/event.hpp"
#include "storage/storage.hpp"

namespace docmind {

/// A model, and where it was found.
struct FoundModel {
    std::shared_ptr<Embedding> embedding;
    EmbeddingSource source;
};

/// Keeps the two stand-ins with the models that fit the library: `questions` with the one whose vectors are searched, `passages` with the
/// one that new documents are embedded with. I/O thread only.
class Reindex {
  public:
    struct Params {
        std::size_t passages_at_once = 32;           ///< in memory, and lost at most when the process is killed; at least 1
        std::chrono::milliseconds first_retry{500};  ///< where a model does not answer; doubles with each try
        std::chrono::milliseconds longest_retry{30'000};
    };
    /// Finds the model again that was found there once. Errors: why that cannot be done.
    using Recall = std::function<Task<std::shared_ptr<Embedding>>(EmbeddingSource)>;

    /// What is handed in outlives it; `cache` may be null. Errors: invalid_argument (a number that is not positive).
    Reindex(Params params, Storage& storage, IngestionCache* cache, LateEmbedding& questions, LateEmbedding& passages, Recall recall);

    /// The configured model, which is to be found there, does not answer: where the library was made with another one, that embeds the
    /// questions until it does. Errors: storage.
    Task<> astand_in(EmbeddingSource configured);
    /// The configuration names this model: once it returns it is known whether the library has to follow, and documents can come unless it
    /// shall not. Errors: storage.
    Task<> astart(FoundModel configured);
    /// While it runs the configuration names this model instead, and the library is to follow it, whatever was said of it before. A model
    /// that it was on its way to is given up. Not while somebody is in arun(), which is called again after it, also where this failed.
    /// Errors: storage.
    Task<> achange(FoundModel configured);
    /// After astart() or achange(): does what there is to do, until the library has followed. Never gives up: where a model does not
    /// answer, it is asked again. Errors: storage.
    Task<> arun();

    /// These are kept for the next start. Errors: conflict (there is nothing to pause, resume or cancel).
    Task<> apause();
    /// Also after a cancellation: then it begins anew.
    Task<> aresume();
    /// The library stays with the former model, which embeds what comes; errors: conflict also where that model cannot be had, and says
    /// what to do instead.
    Task<> acancel();

    /// Nothing while the library is of the configured model.
    [[nodiscard]] std::optional<Reindexing> status() const;

  private:
    using Clock = std::chrono::steady_clock;
    using State = Reindexing::State;

    struct Batch {
        std::int64_t last = 0;  // key
        std::size_t passages = 0;
    };

    [[nodiscard]] EmbeddingSpace configured_space() const;
    Task<> keep_former();
    void begin(const SpaceProgress& progress, State state);
    void measure_anew();
    Task<> serve_former();
    Task<> move();
    Task<> load_former();
    Task<> recall_former();
    Task<bool> fill(std::shared_ptr<Embedding> searched);
    Task<Batch> embed_missing(std::shared_ptr<Embedding> model, std::int64_t after);
    Task<> step();
    Task<> embed_or_finish();
    Task<> follow();
    Task<> wait_for_change(Clock::duration at_most);
    void wake();
    void require_moving() const;
    [[nodiscard]] std::string meanwhile() const;
    [[nodiscard]] std::string detail() const;
    [[nodiscard]] std::string way_back() const;

    const Params params_;
    Storage& storage_;
    IngestionCache* const cache_;
    LateEmbedding& questions_;
    LateEmbedding& passages_;
    const Recall recall_;
    FoundModel configured_;
    EmbeddingSpace former_space_;
    std::shared_ptr<Embedding> former_;              // null where it cannot be had
    std::string no_former_;                          // why
    Clock::time_point ask_former_{}, fill_again_{};  // not before
    std::chrono::milliseconds former_retry_{0}, retry_{0};
    std::string no_answer_;  // of the new model: why
    std::optional<Reindexing> moving_;
    std::int64_t after_ = 0;           // the key of the last passage that was embedded for the next space
    Clock::time_point measured_{};     // since then the rate is measured
    std::size_t embedded_before_ = 0;  // by then
    Event changed_;
};

}  // namespace docmind
