#pragma once
// "Embed these passages" from many documents at once: the batches that the model gets are filled across documents.
//
// Each document's passages wait sorted by length, the documents take turns, and a batch takes a share of each: a small document is not
// held up by a large one, and the model pads little. It has no tasks of its own: those who wait for their vectors drive the batches, their
// own and each other's. A batch whose driver is cancelled goes back to the queue.

#include <docmind/embedding.hpp>
#include <docmind/ingestion_cache.hpp>
#include <docmind/node.hpp>
#include <docmind/task.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "async/event.hpp"

namespace docmind {

class EmbeddingQueue {
  public:
    struct Params {
        std::size_t texts_per_batch = 32;
        std::size_t batches_in_flight = 2;  ///< one is tokenised while another is inferred; a model server: its slots
    };
    /// What was embedded (not found in the cache) so far, and for how long at least one batch was under way.
    struct Work {
        std::uint64_t texts = 0;
        std::chrono::steady_clock::duration busy{};
    };

    /// `cache` may be null. Errors: invalid_argument (a limit of 0).
    EmbeddingQueue(Params params, Embedding& embedding, IngestionCache* cache);

    struct Embedded {
        std::vector<Vector> vectors;  ///< one per text, in order
        std::string model_id;         ///< of the one model that all of them come from
    };
    /// By the model that is there when it begins (Embedding::acurrent_model). `progress` hears how many there are, as they come. Errors:
    /// those of Embedding; backend (another number of vectors than of texts).
    Task<Embedded> aembed(std::vector<std::string> texts, std::function<void(std::size_t)> progress);

    [[nodiscard]] Work work() const;

  private:
    /// The texts of one caller.
    struct Request {
        std::shared_ptr<Embedding> model;
        std::vector<std::string> texts;
        std::vector<Vector> vectors;
        std::vector<std::size_t> waiting;  ///< indexes, the longest text last
        std::size_t missing = 0;           ///< vectors
        bool is_apart = false;             ///< a batch with its texts failed: no other document shall fail with it
        std::function<void(std::size_t)> progress;
    };
    struct Item {
        std::shared_ptr<Request> request;
        std::size_t index = 0;
    };
    class Flight;

    class Leaving;

    Task<> look_up(std::shared_ptr<Request> request);
    Task<> drive(std::shared_ptr<Request> request);
    Task<> embed(std::vector<Item> batch);
    Task<> embed_or_part(std::vector<Item> batch);
    void take(const std::shared_ptr<Request>& request, std::size_t most, std::vector<Item>* batch) const;
    [[nodiscard]] std::vector<Item> next_batch();
    void wake();

    Params params_;
    Embedding& embedding_;
    IngestionCache* cache_;
    std::list<std::weak_ptr<Request>> requests_;  // whose turn is next, first
    std::size_t in_flight_ = 0;
    Event changed_;
    Work work_;
    std::chrono::steady_clock::time_point busy_since_;
};

}  // namespace docmind
