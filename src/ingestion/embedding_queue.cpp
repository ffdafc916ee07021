#include "ingestion/embedding_queue.hpp"

#include <docmind/error.hpp>

#include <algorithm>
#include <numeric>
#include <utility>

#include "async/when_all.hpp"

namespace docmind {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t texts_per_look_up = 512;

}  // namespace

/// A batch on its way through the model. What has no vector when it ends, however it ends, waits again.
class EmbeddingQueue::Flight {
  public:
    Flight(EmbeddingQueue& queue, std::vector<Item>& batch) : queue_(queue), batch_(batch) {
        if (queue_.in_flight_++ == 0) queue_.busy_since_ = steady_clock::now();
    }
    ~Flight() {
        for (const Item& item : batch_) {
            if (item.request->missing > 0) item.request->waiting.push_back(item.index);
        }
        if (--queue_.in_flight_ == 0) queue_.work_.busy += steady_clock::now() - queue_.busy_since_;
        queue_.wake();
    }
    Flight(const Flight&) = delete;
    Flight& operator=(const Flight&) = delete;

  private:
    EmbeddingQueue& queue_;
    std::vector<Item>& batch_;
};

/// When a caller goes, however it goes, nobody works for it or tells it anything any more.
class EmbeddingQueue::Leaving {
  public:
    explicit Leaving(std::shared_ptr<Request> request) : request_(std::move(request)) {}
    ~Leaving() {
        request_->missing = 0;
        request_->waiting.clear();
        request_->progress = nullptr;
    }
    Leaving(const Leaving&) = delete;
    Leaving& operator=(const Leaving&) = delete;

  private:
    std::shared_ptr<Request> request_;
};

EmbeddingQueue::EmbeddingQueue(Params params, Embedding& embedding, IngestionCache* cache)
    : params_(params), embedding_(embedding), cache_(cache) {
    if (params_.texts_per_batch == 0 || params_.batches_in_flight == 0)
        throw Error(errc::invalid_argument, "texts_per_batch and batches_in_flight must be at least 1.");
}

EmbeddingQueue::Work EmbeddingQueue::work() const {
    Work work = work_;
    if (in_flight_ > 0) work.busy += steady_clock::now() - busy_since_;
    return work;
}

void EmbeddingQueue::wake() {
    changed_.set();
    changed_.reset();
}

Task<EmbeddingQueue::Embedded> EmbeddingQueue::aembed(std::vector<std::string> texts, std::function<void(std::size_t)> progress) {
    const auto request = std::make_shared<Request>();
    request->model = co_await embedding_.acurrent_model();
    request->texts = std::move(texts);
    request->vectors.resize(request->texts.size());
    request->missing = request->texts.size();
    request->progress = std::move(progress);
    const Leaving leaving(request);
    co_await look_up(request);
    if (request->missing > 0) {
        std::ranges::sort(request->waiting, {}, [&](std::size_t i) { return std::pair(request->texts[i].size(), i); });
        requests_.push_back(request);
        wake();
        std::vector<Task<>> drivers;
        for (std::size_t i = 0; i < params_.batches_in_flight; ++i) drivers.push_back(drive(request));
        co_await when_all(std::move(drivers));
    }
    co_return Embedded{.vectors = std::move(request->vectors), .model_id = request->model->model_id()};
}

Task<> EmbeddingQueue::look_up(std::shared_ptr<Request> request) {
    const std::size_t count = request->texts.size();
    for (std::size_t begin = 0; begin < count; begin += texts_per_look_up) {
        const std::size_t end = std::min(begin + texts_per_look_up, count);
        std::vector<std::optional<Vector>> found(end - begin);
        if (cache_ != nullptr) {
            const auto first = request->texts.begin();
            const auto slice = std::make_shared<const std::vector<std::string>>(first + static_cast<std::ptrdiff_t>(begin),
                                                                                first + static_cast<std::ptrdiff_t>(end));
            found = co_await cache_->aget_embeddings(request->model->model_id(), slice);
        }
        for (std::size_t i = begin; i < end; ++i) {
            // One of another length is damaged: better computed anew.
            if (found[i - begin] && found[i - begin]->size() == request->model->dimension()) {
                request->vectors[i] = std::move(*found[i - begin]);
                --request->missing;
            } else {
                request->waiting.push_back(i);
            }
        }
    }
    request->progress(count - request->missing);
}

Task<> EmbeddingQueue::drive(std::shared_ptr<Request> request) {
    while (request->missing > 0) {
        std::vector<Item> batch;
        if (in_flight_ < params_.batches_in_flight) batch = next_batch();
        if (batch.empty()) {
            co_await changed_.wait();
        } else {
            co_await embed_or_part(std::move(batch));
        }
    }
}

void EmbeddingQueue::take(const std::shared_ptr<Request>& request, std::size_t most, std::vector<Item>* batch) const {
    for (; most > 0 && !request->waiting.empty() && batch->size() < params_.texts_per_batch; --most) {
        batch->push_back({request, request->waiting.back()});
        request->waiting.pop_back();
    }
}

std::vector<EmbeddingQueue::Item> EmbeddingQueue::next_batch() {
    std::vector<Item> batch;
    std::erase_if(requests_, [](const auto& weak) {
        const auto request = weak.lock();
        return !request || request->missing == 0;
    });
    if (requests_.empty()) return batch;
    const std::size_t share = std::max<std::size_t>(1, params_.texts_per_batch / requests_.size());
    // At most twice round: once with equal shares, once with what the others left over.
    for (const std::size_t most : {share, params_.texts_per_batch}) {
        for (std::size_t turn = requests_.size(); turn > 0; --turn) {
            const std::shared_ptr<Request> request = requests_.front().lock();
            if (request->is_apart && !batch.empty()) break;
            requests_.splice(requests_.end(), requests_, requests_.begin());
            if (!batch.empty() && request->model != batch.front().request->model) continue;
            take(request, request->is_apart ? params_.texts_per_batch : most, &batch);
            if (request->is_apart && !batch.empty()) return batch;
            if (batch.size() == params_.texts_per_batch) return batch;
        }
    }
    return batch;
}

Task<> EmbeddingQueue::embed_or_part(std::vector<Item> batch) {
    const auto requests = [&batch] {
        std::vector<std::shared_ptr<Request>> all;
        for (const Item& item : batch) all.push_back(item.request);
        return all;
    }();
    try {
        co_await embed(std::move(batch));
    } catch (const Error&) {
        const bool is_mixed = std::ranges::any_of(requests, [&](const auto& request) { return request != requests.front(); });
        if (!is_mixed) throw;
        for (const auto& request : requests) request->is_apart = true;
    }
}

Task<> EmbeddingQueue::embed(std::vector<Item> batch) {
    std::vector<Item> left = batch;
    std::vector<std::string> texts;
    texts.reserve(batch.size());
    for (const Item& item : batch) texts.push_back(item.request->texts[item.index]);
    std::vector<std::string> embedded = texts;
    std::vector<Vector> vectors;
    const std::shared_ptr<Embedding> model = batch.front().request->model;
    {
        const Flight flight(*this, left);
        vectors = co_await model->aget_text_embedding_batch(std::move(texts), Priority::background);
        if (vectors.size() != batch.size()) throw Error(errc::backend, "The embedding model gave another number of vectors than of texts.");
        left.clear();
        work_.texts += batch.size();
        for (std::size_t i = 0; i < batch.size(); ++i) {
            Request& request = *batch[i].request;
            if (request.missing == 0) continue;  // its caller has gone
            request.vectors[batch[i].index] = vectors[i];
            --request.missing;
        }
    }
    for (std::size_t i = 0; i < batch.size(); ++i) {
        Request& request = *batch[i].request;
        const bool is_last_of_it = i + 1 == batch.size() || batch[i + 1].request != batch[i].request;
        if (is_last_of_it && request.progress) request.progress(request.texts.size() - request.missing);
    }
    if (cache_ != nullptr) co_await cache_->aput_embeddings(model->model_id(), std::move(embedded), std::move(vectors));
}

}  // namespace docmind
