#pragma once
// "Which answers are being written, and what has been told of each so far?"
//
// An answer that begins here belongs to nobody who listens: it goes on when they leave, whoever comes (back) hears every event once
// and in order, and it ends early only by stop(). What was told is kept, numbered from 1, while it is written; of those that ended
// the newest stay, as many as fit. Nothing here is durable: the finished message lies in the SessionStore.

#include <docmind/task.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "async/scope.hpp"
#include "net/sse_writer.hpp"

namespace docmind {

class LiveAnswers {
  public:
    struct Params {
        std::size_t max_running = 256;
        std::size_t max_bytes = 8U << 20;        ///< of one answer's events; an answer that tells more is ended with an error
        std::size_t max_kept_bytes = 16U << 20;  ///< of all answers that ended
    };
    /// The right to begin an answer; given back when it is dropped.
    using Claim = std::shared_ptr<const std::string>;

    /// Errors: invalid_argument (a limit of 0).
    LiveAnswers(Params params, Executor executor);
    ~LiveAnswers();

    /// For an answer in this conversation; empty = one that is yet to be made. Errors: conflict (another answer is under way there),
    /// overloaded.
    [[nodiscard]] Claim claim(std::string session_id);
    /// Errors: conflict (an answer is under way in this conversation).
    void require_idle(const std::string& session_id) const;
    /// Pulls `source` to its end, whoever listens. Its claim is held. `session_id` may be empty until the conversation is made. Errors:
    /// overloaded (closed), conflict (there is an answer of this id).
    void begin(std::string id, std::string session_id, std::unique_ptr<SseSource> source);
    /// The conversation of an answer that began without one. Errors: not_found.
    void set_session(const std::string& id, std::string session_id);
    /// The events after number `after` (0: all), then those to come, until its end. Errors: not_found.
    [[nodiscard]] std::unique_ptr<SseSource> follow(const std::string& id, std::uint64_t after) const;
    /// Ends it now: who follows hears `event: stopped`, and its source is cancelled. What has ended stays as it is. Errors: not_found.
    void stop(const std::string& id);
    /// The id of the answer under way in this conversation; empty where none is.
    [[nodiscard]] std::string running(const std::string& session_id) const;
    /// Refuses further answers, lets those under way end within `drain`, stops the rest and waits for them.
    Task<> close(std::chrono::steady_clock::duration drain);

  private:
    struct Told;
    class Follower;
    struct Answer;

    static Task<> write(std::shared_ptr<Told> told, std::unique_ptr<SseSource> source, std::size_t max_bytes);
    [[nodiscard]] Answer& find(const std::string& id) const;
    void forget_oldest();

    const Params params_;
    const Executor executor_;
    bool closed_ = false;
    std::vector<std::weak_ptr<const std::string>> claims_;
    std::list<std::unique_ptr<Answer>> answers_;  // by age
};

}  // namespace docmind
