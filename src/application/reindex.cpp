#include "application/reindex.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "async/deadline.hpp"
#include "async/when_all.hpp"

namespace docmind {
namespace {

// In the state.
constexpr auto declined = "reindex_declined";  // the model that the library shall not follow
constexpr auto paused = "reindex_paused";      // not empty: it is

constexpr std::chrono::seconds look_again{1};  // for documents that came while nothing else is to do

using Texts = std::shared_ptr<const std::vector<std::string>>;

/// Those that the cache has are not embedded again.
Task<std::vector<Vector>> embed(std::shared_ptr<Embedding> model, IngestionCache* cache, Texts texts) {
    std::vector<std::optional<Vector>> found(texts->size());
    if (cache != nullptr) found = co_await cache->aget_embeddings(model->model_id(), texts);
    std::vector<std::string> missing;
    for (std::size_t i = 0; i < texts->size(); ++i) {
        if (found[i] && found[i]->size() != model->dimension()) found[i].reset();
        if (!found[i]) missing.push_back((*texts)[i]);
    }
    std::vector<Vector> embedded;
    if (!missing.empty()) embedded = co_await model->aget_text_embedding_batch(missing, Priority::background);
    if (embedded.size() != missing.size()) throw Error(errc::backend, "The embedding model gave another number of vectors than of texts.");
    std::vector<Vector> vectors;
    std::size_t next = 0;
    for (std::optional<Vector>& vector : found) vectors.push_back(vector ? std::move(*vector) : embedded[next++]);
    if (cache != nullptr && !missing.empty()) co_await cache->aput_embeddings(model->model_id(), std::move(missing), std::move(embedded));
    co_return vectors;
}

}  // namespace

Reindex::Reindex(Params params, Storage& storage, IngestionCache* cache, LateEmbedding& questions, LateEmbedding& passages, Recall recall)
    : params_(params), storage_(storage), cache_(cache), questions_(questions), passages_(passages), recall_(std::move(recall)) {
    if (params_.passages_at_once == 0 || params_.first_retry.count() <= 0 || params_.longest_retry < params_.first_retry)
        throw Error(errc::invalid_argument, "passages_at_once and the times between retries must be positive.");
}

EmbeddingSpace Reindex::configured_space() const {
    return {.model_id = configured_.embedding->model_id(), .dimension = configured_.embedding->dimension(), .source = configured_.source};
}

Task<> Reindex::astand_in(EmbeddingSource configured) {
    if (former_) co_return;
    former_space_ = co_await storage_.embedding_spaces().asearched();
    const EmbeddingSource& made_with = former_space_.source;
    const bool is_another =
        made_with.base_url != configured.base_url || made_with.model != configured.model || made_with.model_dir != configured.model_dir;
    if (former_space_.model_id.empty() || !is_another) co_return;
    try {
        co_await recall_former();
    } catch (const Error&) {
        // Then documents are found by their words; it is asked again with the configured one.
    }
    if (!former_) co_return;
    co_await storage_.aload();
    questions_.late.set(former_);
}

Task<> Reindex::astart(FoundModel configured) {
    configured_ = std::move(configured);
    const EmbeddingSpace space = configured_space();
    DocumentStore& state = storage_.document_store();
    former_space_ = co_await storage_.embedding_spaces().asearched();
    const std::optional<std::string> declined_model = co_await state.aget_state(declined);
    if (declined_model == space.model_id && !former_space_.is_same(space)) {
        const SpaceProgress progress = co_await storage_.embedding_spaces().aprogress();
        if (progress.passages > 0) {
            co_await storage_.aload();
            begin(progress, State::cancelled);
            if (former_) passages_.late.set(former_);
            co_return;
        }
    }
    if (declined_model && !declined_model->empty()) co_await state.aset_state(declined, "");
    const bool moves = co_await storage_.embedding_spaces().abegin(space);
    const std::optional<std::string> was_paused = co_await state.aget_state(paused);
    if (moves) {
        const SpaceProgress progress = co_await storage_.embedding_spaces().aprogress();
        co_await storage_.aload();
        begin(progress, was_paused && !was_paused->empty() ? State::paused : State::running);
        spdlog::warn("{}", detail());
    } else {
        if (was_paused && !was_paused->empty()) co_await state.aset_state(paused, "");
        co_await storage_.ause_embedding(space.model_id, space.dimension, space.source);
        co_await storage_.aload();
        questions_.late.set(configured_.embedding);
        former_.reset();
        moving_.reset();
    }
    passages_.late.set(configured_.embedding);
}

Task<> Reindex::achange(FoundModel configured) {
    co_await keep_former();
    DocumentStore& state = storage_.document_store();
    co_await state.aset_state(declined, "");
    co_await state.aset_state(paused, "");
    fill_again_ = ask_former_ = {};
    retry_ = former_retry_ = std::chrono::milliseconds(0);
    no_former_.clear();
    co_await astart(std::move(configured));
    if (!moving_) co_await storage_.embedding_spaces().aforget_former();
}

/// Whichever of the two models at hand the searched vectors are of goes on answering.
Task<> Reindex::keep_former() {
    const EmbeddingSpace searched = co_await storage_.embedding_spaces().asearched();
    const auto is_of_it = [&](const std::shared_ptr<Embedding>& model) {
        return model && model->model_id() == searched.model_id && model->dimension() == searched.dimension;
    };
    if (is_of_it(configured_.embedding)) {
        former_ = configured_.embedding;
    } else if (!is_of_it(former_)) {
        former_.reset();
    }
    if (former_) questions_.late.set(former_);
}

void Reindex::begin(const SpaceProgress& progress, State state) {
    const std::string& from = former_space_.model_id;
    moving_ = Reindexing{.state = state,
                         .from = from.empty() ? "an unknown model" : from,
                         .to = configured_.embedding->model_id(),
                         .passages = progress.passages,
                         .embedded = progress.embedded};
    after_ = 0;
    measure_anew();
}

void Reindex::measure_anew() {
    measured_ = Clock::now();
    embedded_before_ = moving_->embedded;
}

Task<> Reindex::arun() {
    while (!moving_) {
        const bool filled = co_await fill(configured_.embedding);
        if (!filled && Clock::now() >= fill_again_) co_return;
        if (!filled) co_await wait_for_change(params_.longest_retry);
    }
    co_await when_all(serve_former(), move());
}

/// Neither waits for the other: the new model may not answer for minutes.
Task<> Reindex::serve_former() {
    while (moving_) {
        co_await load_former();
        const bool filled = co_await fill(former_);
        if (moving_ && !filled) co_await wait_for_change(look_again);
    }
}

Task<> Reindex::move() {
    while (moving_) {
        const bool is_halted = moving_->state == State::paused || moving_->state == State::cancelled;
        if (is_halted) {
            co_await wait_for_change(params_.longest_retry);
        } else {
            co_await step();
        }
    }
}

/// What the searched space lacks, by its model: documents that were added while the library was moving, or are.
Task<bool> Reindex::fill(std::shared_ptr<Embedding> searched) {
    if (!searched || Clock::now() < fill_again_) co_return false;
    const bool while_moving = moving_.has_value();
    std::string why;
    Batch batch;
    try {
        batch = co_await embed_missing(std::move(searched), 0);
    } catch (const Error& error) {
        why = error.what();
    }
    if (while_moving && !moving_) co_return false;
    if (!why.empty()) {
        spdlog::warn("new passages are found by their words only, for now: {}", why);
        fill_again_ = Clock::now() + params_.longest_retry;
    }
    if (moving_) no_former_ = std::move(why);
    co_return batch.passages > 0;
}

Task<Reindex::Batch> Reindex::embed_missing(std::shared_ptr<Embedding> model, std::int64_t after) {
    EmbeddingSpaces& spaces = storage_.embedding_spaces();
    std::vector<UnembeddedPassage> passages = co_await spaces.amissing(model->model_id(), after, params_.passages_at_once);
    if (passages.empty()) co_return Batch{};
    const Batch batch{.last = passages.back().key, .passages = passages.size()};
    const auto texts = std::make_shared<std::vector<std::string>>();
    for (const UnembeddedPassage& passage : passages) texts->push_back(passage.text);
    std::vector<Vector> vectors = co_await embed(model, cache_, texts);
    co_await spaces.aput(model->model_id(), std::move(passages), std::move(vectors));
    co_return batch;
}

Task<> Reindex::load_former() {
    if (former_ || Clock::now() < ask_former_) co_return;
    std::string why;
    try {
        co_await recall_former();
    } catch (const Error& error) {
        why = error.what();
    }
    if (!moving_) {
        former_.reset();
        co_return;
    }
    const bool stays = moving_->state == State::cancelled;
    if (former_) {
        no_former_.clear();
        questions_.late.set(former_);
        if (stays) passages_.late.set(former_);
        co_return;
    }
    if (no_former_ != why) spdlog::warn("the former embedding model {} cannot be had: {}", moving_->from, why);
    no_former_ = std::move(why);
    former_retry_ = std::clamp(2 * former_retry_, params_.first_retry, params_.longest_retry);
    ask_former_ = Clock::now() + former_retry_;
    questions_.late.fail(detail());
    if (stays) passages_.late.fail(detail());
}

Task<> Reindex::recall_former() {
    if (former_space_.source == EmbeddingSource{}) throw Error(errc::unavailable, "it is not known where it was.");
    std::shared_ptr<Embedding> found = co_await recall_(former_space_.source);
    if (found->model_id() != former_space_.model_id || found->dimension() != former_space_.dimension)
        throw Error(errc::unavailable, fmt::format("where it was, there is {} now.", found->model_id()));
    former_ = std::move(found);
}

Task<> Reindex::step() {
    std::string why;
    try {
        co_await embed_or_finish();
    } catch (const Error& error) {
        why = error.what();
    }
    // Followed, or paused or cancelled meanwhile.
    if (!moving_ || (moving_->state != State::running && moving_->state != State::waiting)) co_return;
    if (why.empty()) {
        if (moving_->state == State::waiting) measure_anew();
        moving_->state = State::running;
        retry_ = std::chrono::milliseconds(0);
        co_return;
    }
    if (no_answer_ != why || moving_->state == State::running) spdlog::warn("re-indexing waits: {}", why);
    no_answer_ = std::move(why);
    moving_->state = State::waiting;
    retry_ = std::clamp(2 * retry_, params_.first_retry, params_.longest_retry);
    co_await wait_for_change(retry_);
}

Task<> Reindex::embed_or_finish() {
    const Batch batch = co_await embed_missing(configured_.embedding, after_);
    if (!moving_) co_return;
    if (batch.passages > 0) {
        // Keys are given in order: what is added meanwhile lies beyond.
        after_ = batch.last;
        moving_->embedded += batch.passages;
        moving_->passages = std::max(moving_->passages, moving_->embedded);
        const std::chrono::duration<double> took = Clock::now() - measured_;
        const std::size_t done = moving_->embedded - embedded_before_;
        moving_->seconds_left = static_cast<double>(moving_->passages - moving_->embedded) * took.count() / static_cast<double>(done);
        co_return;
    }
    const bool is_complete = co_await storage_.embedding_spaces().afinish();
    if (is_complete) {
        co_await follow();
    } else {
        after_ = 0;
    }
}

Task<> Reindex::follow() {
    spdlog::info("the library follows the embedding model {} now", moving_->to);
    questions_.late.set(configured_.embedding);
    passages_.late.set(configured_.embedding);
    former_.reset();
    moving_.reset();
    wake();
    // Questions that the former model embedded until now have found the vectors of that; whoever comes now is embedded again.
    co_await storage_.embedding_spaces().aforget_former();
}

void Reindex::require_moving() const {
    if (moving_) return;
    throw Error(errc::conflict, "The library is of the embedding model that the configuration names: there is nothing to re-index.");
}

Task<> Reindex::apause() {
    require_moving();
    if (moving_->state == State::cancelled) throw Error(errc::conflict, "Re-indexing was cancelled: there is nothing to pause.");
    co_await storage_.document_store().aset_state(paused, "yes");
    if (moving_ && moving_->state != State::cancelled) moving_->state = State::paused;
    wake();
}

Task<> Reindex::aresume() {
    require_moving();
    DocumentStore& state = storage_.document_store();
    co_await state.aset_state(paused, "");
    if (moving_ && moving_->state == State::cancelled) {
        co_await state.aset_state(declined, "");
        const bool moves = co_await storage_.embedding_spaces().abegin(configured_space());
        if (!moves) {
            // Nothing is left that would have to be embedded anew.
            const EmbeddingSpace space = configured_space();
            co_await storage_.ause_embedding(space.model_id, space.dimension, space.source);
            co_await follow();
            co_return;
        }
        const SpaceProgress progress = co_await storage_.embedding_spaces().aprogress();
        begin(progress, State::running);
        passages_.late.set(configured_.embedding);
    }
    if (moving_) moving_->state = State::running;
    wake();
}

Task<> Reindex::acancel() {
    require_moving();
    if (moving_->state == State::cancelled) co_return;
    if (!former_) throw Error(errc::conflict, way_back());
    const bool given_up = co_await storage_.embedding_spaces().agive_up();
    if (!given_up || !moving_) throw Error(errc::conflict, "It is too late: the library is of the new embedding model already.");
    moving_->state = State::cancelled;
    moving_->embedded = 0;
    passages_.late.set(former_);
    wake();
    co_await storage_.document_store().aset_state(declined, moving_->to);
    co_await storage_.document_store().aset_state(paused, "");
}

Task<> Reindex::wait_for_change(Clock::duration at_most) {
    try {
        co_await with_deadline(changed_.wait(), at_most);
    } catch (const Error& error) {
        if (error.code() != errc::timeout) throw;
    }
}

void Reindex::wake() {
    changed_.set();
    changed_.reset();
}

std::optional<Reindexing> Reindex::status() const {
    if (!moving_) return std::nullopt;
    Reindexing now = *moving_;
    if (now.state != State::running) now.seconds_left.reset();
    now.searches_by_meaning = former_ && no_former_.empty();
    now.detail = detail();
    return now;
}

std::string Reindex::meanwhile() const {
    if (former_ && no_former_.empty()) return fmt::format("Until that is done the search goes on with {}.", moving_->from);
    if (no_former_.empty()) return fmt::format("Until that is done documents are found by their words; {} is being loaded.", moving_->from);
    return fmt::format("Until that is done documents are found by their words: {} cannot be had, {}", moving_->from, no_former_);
}

std::string Reindex::way_back() const {
    const EmbeddingSource& source = former_space_.source;
    const std::string where = !source.base_url.empty()    ? fmt::format(" (embedding.base_url = \"{}\")", source.base_url)
                              : !source.model_dir.empty() ? fmt::format(" (embedding.model_dir = \"{}\")", source.model_dir)
                                                          : "";
    return fmt::format(
        "The library was made with {}, which cannot be had: {} To stay with it, make it available, name it in the configuration{} and "
        "start "
        "DocMind again. Or go on with {}: `docmind reindex`.",
        moving_->from, no_former_.empty() ? "it is still being loaded." : no_former_, where, moving_->to);
}

std::string Reindex::detail() const {
    switch (moving_->state) {
        case State::running:
            return fmt::format("The embedding model is now {}, and the library was made with {}: its passages are embedded anew. {}",
                               moving_->to, moving_->from, meanwhile());
        case State::paused: return fmt::format("Embedding the passages anew, with {}, is paused. {}", moving_->to, meanwhile());
        case State::waiting:
            return fmt::format("Embedding the passages anew, with {}, waits and tries again: {} {}", moving_->to, no_answer_, meanwhile());
        case State::cancelled: break;
    }
    if (!former_) return way_back();
    return fmt::format(
        "The library stays with {}: embedding its passages anew, with {}, was cancelled. `docmind reindex` begins it again; to stay for "
        "good, "
        "name the former model in the settings.",
        moving_->from, moving_->to);
}

}  // namespace docmind
