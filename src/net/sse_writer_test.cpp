#include "net/sse_writer.hpp"

#include <docmind/error.hpp>

#include <gtest/gtest.h>

#include <boost/asio/this_coro.hpp>

#include <vector>

#include "async/deadline.hpp"
#include "async/event.hpp"
#include "async/test_support.hpp"
#include "net/sse_parser.hpp"
#include "net/test_peer.hpp"

namespace docmind {
namespace {

using namespace std::chrono_literals;
using test::comes_true;

constexpr auto never = std::chrono::milliseconds(1h);
const std::string heartbeat = ": heartbeat\n\n";

struct Log {
    int calls = 0;   ///< of next()
    int alive = 0;   ///< sources
    int inside = 0;  ///< calls that wait
    Event go;
};

/// Gives these texts as events; "wait" waits for log->go first, "fail" throws.
class Script final : public SseSource {
  public:
    Script(Log* log, std::vector<std::string> steps) : log_(log), steps_(std::move(steps)) { ++log_->alive; }
    ~Script() override { --log_->alive; }
    Script(const Script&) = delete;
    Script& operator=(const Script&) = delete;

    Task<std::optional<SseEvent>> next() override {
        ++log_->calls;
        if (at_ < steps_.size() && steps_[at_] == "wait") {
            ++at_;
            struct Inside {
                Log* log;
                ~Inside() { --log->inside; }
            } inside{log_};
            ++log_->inside;
            co_await log_->go.wait();
        }
        if (at_ == steps_.size()) co_return std::nullopt;
        if (steps_[at_] == "fail") throw Error(errc::backend, "on purpose");
        co_return SseEvent{.event = "", .data = steps_[at_++], .id = ""};
    }

  private:
    Log* log_;
    std::vector<std::string> steps_;
    std::size_t at_ = 0;
};

Task<std::unique_ptr<BodySource>> make(Log* log, std::vector<std::string> steps, std::chrono::milliseconds every = never) {
    const auto executor = co_await boost::asio::this_coro::executor;
    co_return make_sse_body(std::make_unique<Script>(log, std::move(steps)), executor, every);
}

/// All of a stream, one string for each pull.
Task<std::vector<std::string>> pull_all(Log* log, std::vector<std::string> steps) {
    const auto body = co_await make(log, std::move(steps));
    std::vector<std::string> pulled;
    for (;;) {
        const auto bytes = co_await body->next();
        if (!bytes) break;
        pulled.push_back(*bytes);
    }
    const auto after = co_await body->next();
    EXPECT_FALSE(after);
    co_return pulled;
}

TEST(SseWire, has_a_line_for_each_field) {
    EXPECT_EQ(to_wire({.event = "delta", .data = "{}", .id = "7"}), "id: 7\nevent: delta\ndata: {}\n\n");
    EXPECT_EQ(to_wire({.event = "", .data = "x", .id = ""}), "data: x\n\n");
    EXPECT_EQ(to_wire({.event = "", .data = "", .id = ""}), "data: \n\n");
}

TEST(SseWire, has_a_data_line_for_each_line_of_any_kind) {
    EXPECT_EQ(to_wire({.event = "", .data = "a\nb\r\nc\rd\n", .id = ""}), "data: a\ndata: b\ndata: c\ndata: d\ndata: \n\n");
}

TEST(SseWire, nothing_in_a_field_can_begin_another) {
    EXPECT_EQ(to_wire({.event = "a\ndata: x\r\n",
                       .data = "y",
                       .id = std::string("1\n\0"
                                         "2",
                                         4)}),
              "id: 12\nevent: adata: x\ndata: y\n\n");
}

TEST(SseWire, is_what_the_parser_reads) {
    for (const std::string data : {"", " leading space", "a\n\nb", ": no comment", "data: x", "\xC3\xA4"}) {
        SseParser parser;
        const auto events = parser.feed(to_wire({.event = "e", .data = data, .id = "i"}));
        ASSERT_EQ(events.size(), 1U) << data;
        EXPECT_EQ(events[0].data, data);
        EXPECT_EQ(events[0].event + events[0].id, "ei");
    }
}

TEST(SseBody, sends_one_event_after_another_and_ends) {
    Log log;
    const auto pulled = test::run_task(pull_all(&log, {"a", "b", "c"}));
    EXPECT_EQ(pulled, (std::vector<std::string>{"data: a\n\n", "data: b\n\n", "data: c\n\n"}));
    EXPECT_EQ(log.calls, 4);
    EXPECT_EQ(log.alive, 0);
}

Task<> heartbeats(Log* log) {
    const auto body = co_await make(log, {"a", "wait", "b"}, 10ms);
    const auto first = co_await body->next();
    EXPECT_EQ(first, "data: a\n\n");
    for (int i = 0; i < 5; ++i) {
        const auto beat = co_await body->next();
        EXPECT_EQ(beat, heartbeat);
    }
    EXPECT_EQ(log->calls, 2);
    EXPECT_EQ(log->inside, 1);
    log->go.set();
    const auto second = co_await body->next();
    EXPECT_EQ(second, "data: b\n\n");
    const auto end = co_await body->next();
    EXPECT_FALSE(end);
    EXPECT_EQ(log->calls, 3);
}

TEST(SseBody, shows_that_it_is_alive_without_interrupting_its_source) {
    Log log;
    test::run_task(heartbeats(&log));
    EXPECT_EQ(log.alive, 0);
}

Task<> slow_reader(Log* log) {
    const auto body = co_await make(log, {"a", "b", "c"});
    const auto first = co_await body->next();
    EXPECT_EQ(first, "data: a\n\n");
    for (int i = 0; i < 10; ++i) co_await yield_now();
    EXPECT_EQ(log->calls, 2);
}

TEST(SseBody, is_never_more_than_one_event_ahead_of_its_reader) {
    Log log;
    test::run_task(slow_reader(&log));
    EXPECT_EQ(log.alive, 0);
}

Task<> drop(Log* log) {
    auto body = co_await make(log, {"wait"}, 10ms);
    const auto beat = co_await body->next();
    EXPECT_EQ(beat, heartbeat);
    EXPECT_EQ(log->inside, 1);
    body.reset();
    const bool cancelled = co_await comes_true([log] { return log->inside == 0 && log->alive == 0; }, test::at_once);
    EXPECT_TRUE(cancelled);

    body = co_await make(log, {"a"});
    body.reset();  // before anything was pulled
    EXPECT_EQ(log->alive, 0);
    EXPECT_EQ(log->calls, 1);
}

TEST(SseBody, dropping_it_cancels_its_source) {
    Log log;
    test::run_task(drop(&log));
}

Task<std::string> until_failure(Log* log, std::vector<std::string> steps, std::chrono::milliseconds every) {
    const auto body = co_await make(log, std::move(steps), every);
    std::string all;
    try {
        for (;;) {
            const auto bytes = co_await body->next();
            if (!bytes) break;
            all += *bytes;
            log->go.set();
        }
    } catch (const Error& error) {
        all += error.what();
    }
    co_return all;
}

TEST(SseBody, passes_on_what_its_source_died_of) {
    Log log;
    EXPECT_EQ(test::run_task(until_failure(&log, {"a", "fail"}, never)), "data: a\n\non purpose");
    EXPECT_EQ(test::run_task(until_failure(&log, {"fail"}, never)), "on purpose");
    log.go.reset();
    EXPECT_EQ(test::run_task(until_failure(&log, {"wait", "fail"}, 10ms)), heartbeat + "on purpose");
    EXPECT_EQ(log.alive, 0);
}

TEST(SseBody, may_be_cancelled_at_every_await) {
    Log log;
    const auto make_task = [&] { return pull_all(&log, {"a", "b"}); };
    const auto sweep = test::cancel_at_every_await(make_task, [&] { EXPECT_EQ(log.alive, 0); });
    EXPECT_GT(sweep.cancelled, 5U);
    test::destroy_at_every_await(make_task, [&] { EXPECT_EQ(log.alive, 0); });
}

}  // namespace
}  // namespace docmind
