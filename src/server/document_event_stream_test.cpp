#include "server/document_event_stream.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <vector>

#include "async/deadline.hpp"
#include "async/scope.hpp"
#include "async/test_support.hpp"
#include "server/json.hpp"

namespace docmind {
namespace {

using std::chrono::milliseconds;

struct Heard {
    EventPace::Clock::time_point when;
    SseEvent event;
};

/// Everything a listener hears until `stop` says so.
Task<std::vector<Heard>> listen(SseSource* stream, std::function<bool(const SseEvent&)> stop) {
    std::vector<Heard> heard;
    for (;;) {
        std::optional<SseEvent> event = co_await stream->next();
        if (!event) break;
        heard.push_back({EventPace::Clock::now(), std::move(*event)});
        if (stop(heard.back().event)) break;
    }
    co_return heard;
}

DocumentRecord record(int number, DocumentStatus status, double progress = 0) {
    return {.id = "d" + std::to_string(number), .status = status, .progress = progress};
}

struct DocumentEventStreamTest : testing::Test {
    DocumentEvents events;
    Metrics metrics;
    EventPace::Params pace{.most = 10, .window = milliseconds(50)};
};

TEST_F(DocumentEventStreamTest, TenThousandChangesAreToldInABoundedNumberOfEvents) {
    const auto stream = make_document_event_stream(events.subscribe(), metrics, pace);
    for (int i = 0; i < 10'000; ++i) events.publish(record(i, DocumentStatus::ready, 1));
    int left = 60;
    const auto begin = EventPace::Clock::now();
    const std::vector<Heard> heard = test::run_task(listen(stream.get(), [&](const SseEvent&) { return --left == 0; }));
    // Ten at once, and ten in every window from then on.
    EXPECT_GE(heard.back().when - begin, 5 * pace.window);
    EXPECT_EQ(heard[0].event.data, R"({"type":"hello"})");
    EXPECT_EQ(heard[1].event.event, "system");
    EXPECT_EQ(heard[1].event.data, R"({"type":"documents_changed","count":10000})");
    // It is said once for what is known, and the single events go on.
    for (std::size_t i = 2; i < heard.size(); ++i) EXPECT_EQ(heard[i].event.event, "document") << i;
}

TEST_F(DocumentEventStreamTest, WhatIsFinalGoesBeforeProgressAndTheNewestStateIsTheOneTold) {
    const auto stream = make_document_event_stream(events.subscribe(), metrics, pace);
    for (int i = 0; i < 8; ++i) events.publish(record(i, DocumentStatus::processing, 0.1));
    events.publish(record(5, DocumentStatus::processing, 0.7));
    events.publish(record(6, DocumentStatus::ready, 1));
    events.publish_removed("d7");
    const std::vector<Heard> heard = test::run_task(listen(stream.get(), [last = 0](const SseEvent&) mutable { return ++last == 9; }));
    EXPECT_EQ(parse_json(heard[1].event.data).at("id").as_string(), "d6");
    EXPECT_EQ(heard[2].event.event, "removed");
    std::map<std::string, double> progress;
    for (std::size_t i = 3; i < heard.size(); ++i) {
        const boost::json::value document = parse_json(heard[i].event.data);
        progress[std::string(document.at("id").as_string())] = document.at("progress").to_number<double>();
    }
    EXPECT_EQ(progress.size(), 6u);
    EXPECT_EQ(progress["d5"], 0.7);
}

TEST_F(DocumentEventStreamTest, ThatManyChangedIsSaidAgainWhileMoreChange) {
    const auto stream = make_document_event_stream(events.subscribe(), metrics, pace);
    int told = 0;
    int n = 0;
    const auto begin = EventPace::Clock::now();
    const std::vector<Heard> heard = test::run_task(listen(stream.get(), [&](const SseEvent& event) {
        for (int i = 0; i < 20; ++i) events.publish(record(n++, DocumentStatus::ready));
        told += event.data.find("documents_changed") != std::string::npos ? 1 : 0;
        return told == 4;
    }));
    EXPECT_GE(heard.back().when - begin, 3 * pace.window);
    // One in ten at most.
    EXPECT_GE(heard.size(), 25u);
}

TEST_F(DocumentEventStreamTest, TheEndIsToldAtOnceHoweverMuchIsLeft) {
    pace.window = std::chrono::seconds(60);
    const auto stream = make_document_event_stream(events.subscribe(), metrics, pace);
    for (int i = 0; i < 1000; ++i) events.publish(record(i, DocumentStatus::ready));
    int left = 10;
    test::run_task(listen(stream.get(), [&](const SseEvent&) { return --left == 0; }));
    const std::vector<Heard> heard = test::run_task([](DocumentEvents* hub, SseSource* source) -> Task<std::vector<Heard>> {
        const Executor executor = co_await boost::asio::this_coro::executor;
        Scope scope(executor);
        scope.spawn([](DocumentEvents* closing) -> Task<> {
            co_await sleep_for(milliseconds(20));
            closing->close();
        }(hub));
        std::vector<Heard> all = co_await listen(source, [](const SseEvent&) { return false; });
        co_await scope.close(std::chrono::seconds(1));
        co_return all;
    }(&events, stream.get()));
    ASSERT_EQ(heard.size(), 1u);
    EXPECT_EQ(heard[0].event.event, "shutdown");
}

TEST_F(DocumentEventStreamTest, WhoLeavesAnywhereAndComesBackMissesNoDocument) {
    for (const int taken : {2, 3, 5, 9}) {
        DocumentEvents hub;
        auto stream = make_document_event_stream(hub.subscribe(), metrics, pace);
        // d0 changes first and last: its newest state would hide that d1 was told of before.
        for (int i = 0; i < 9; ++i) hub.publish(record(i, DocumentStatus::processing));
        hub.publish(record(0, DocumentStatus::processing, 0.5));
        hub.publish(record(8, DocumentStatus::ready, 1));
        std::set<std::string> seen;
        std::string id;
        const auto note = [&](const SseEvent& event) {
            if (event.event == "document") seen.insert(std::string(parse_json(event.data).at("id").as_string()));
            if (!event.id.empty()) id = event.id;
        };
        int left = taken;
        for (const Heard& one : test::run_task(listen(stream.get(), [&](const SseEvent&) { return --left == 0; }))) note(one.event);
        auto again = hub.subscribe(std::stoull(id));
        EXPECT_FALSE(again.missed());
        stream = make_document_event_stream(std::move(again), metrics, pace);
        for (const Heard& one : test::run_task(listen(stream.get(), [&](const SseEvent& event) {
                 note(event);
                 return seen.size() == 9;
             })))
            note(one.event);
        EXPECT_EQ(seen.size(), 9u) << taken;
    }
}

}  // namespace
}  // namespace docmind
