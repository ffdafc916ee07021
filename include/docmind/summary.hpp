#pragma once
// "What does this document say, in short?" Map-reduce: its passages are read in windows that fit the model's context, several windows at
// the same time, each giving a few sentences with the passages they rest on; these become one text, with the same passages. Without a
// model, or with one that is too small to be trusted (below a billion parameters), it is made of the document's own key sentences.

#include <docmind/agent.hpp>
#include <docmind/document_store.hpp>
#include <docmind/llm.hpp>
#include <docmind/task.hpp>
#include <docmind/vector_store.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

namespace docmind {

struct SummaryProgress {
    std::size_t done = 0, of = 0;  ///< windows read, and texts put together; `of` may grow by the latter
    std::string text;              ///< what was done last, in words
    AgentResponse so_far;          ///< what is known by now, with its citations: the sentences of the windows read, in the document's order
};

class Pool;

class DocumentSummary {
  public:
    struct Params {
        std::size_t windows_at_once = 2;
        std::size_t max_windows = 400;             ///< a longer document is summarised as far as they reach, and says so
        std::size_t sentences_per_window = 3;      ///< asked for
        std::size_t sentences = 8;                 ///< of the summary, asked for
        std::size_t notes_at_once = 24;            ///< put together in one call
        std::size_t key_sentences = 10;            ///< of a summary without a model
        int context_window = 4096;                 ///< where the model does not say
        int max_tokens = 400;                      ///< of a call
        std::chrono::milliseconds limit{600'000};  ///< for one call, the wait for a slot included
    };
    /// Hears of each window; the work goes on when it returns.
    using Tell = std::function<Task<>(SummaryProgress progress)>;

    /// `llm` may be null; `cpu_pool`: sentences are compared with passages there. What is referred to outlives the runs. Errors:
    /// invalid_argument (a number of 0).
    DocumentSummary(Params params, DocumentStore& documents, VectorStore& vectors, LLM* llm, Pool& cpu_pool);

    /// Every sentence is compared with the passages it names, as an Agent's are. Windows are never cut inside a passage; one that is longer
    /// than the model can read is left out, and the notes say so. A window that the model fails at gives its own key sentence. Errors:
    /// not_found, conflict (it has no passages yet), storage. Cancelling it cancels all calls.
    Task<AgentResponse> arun(std::string document_id, Tell tell = {});

  private:
    struct Run;

    Task<> plan(Run* run);
    Task<> read_window(Run* run, std::size_t at);
    Task<> put_together(Run* run);
    Task<> reduce_group(Run* run, std::size_t at);

    Params params_;
    DocumentStore& documents_;
    VectorStore& vectors_;
    LLM* llm_;
    Pool& cpu_pool_;
};

}  // namespace docmind
