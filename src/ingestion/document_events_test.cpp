#include "ingestion/document_events.hpp"

#include <gtest/gtest.h>

#include "async/test_support.hpp"

namespace docmind {
namespace {

DocumentRecord record(const std::string& id, double progress) {
    return {.id = id, .progress = progress};
}

std::string id_of(const DocumentEvent& event) {
    return std::visit([](const auto& change) { return change.id; }, event.change);
}

TEST(DocumentEvents, AListenerHearsWhatHappensAfterItCame) {
    DocumentEvents events;
    events.publish(record("before", 0));
    auto listener = events.subscribe();
    events.publish(record("a", 0.5));
    events.publish_removed("a");
    events.publish(record("b", 1));
    EXPECT_TRUE(std::holds_alternative<DocumentRemoved>(test::run_task(listener.next())->change));
    EXPECT_EQ(id_of(*test::run_task(listener.next())), "b");
}

TEST(DocumentEvents, OnlyTheNewestStateOfADocumentWaitsForASlowListener) {
    DocumentEvents events;
    auto slow = events.subscribe();
    for (int i = 0; i <= 1000; ++i) events.publish(record("a", i / 1000.0));
    const auto event = test::run_task(slow.next());
    EXPECT_EQ(std::get<DocumentRecord>(event->change).progress, 1.0);
    events.close();
    EXPECT_FALSE(test::run_task(slow.next()).has_value());
}

TEST(DocumentEvents, AListenerThatComesBackGetsWhatItMissed) {
    DocumentEvents events;
    auto first = events.subscribe();
    events.publish(record("a", 0));
    const std::uint64_t seen = test::run_task(first.next())->sequence;
    events.publish(record("b", 0));
    auto again = events.subscribe(seen);
    EXPECT_FALSE(again.missed());
    EXPECT_EQ(id_of(*test::run_task(again.next())), "b");
}

TEST(DocumentEvents, AListenerFromAnEarlierProcessOrWithTooLongAnAbsenceIsTold) {
    DocumentEvents events({.history = 4});
    EXPECT_TRUE(events.subscribe(5).missed());
    auto first = events.subscribe();
    events.publish(record("a", 0));
    const std::uint64_t seen = test::run_task(first.next())->sequence;
    EXPECT_FALSE(events.subscribe(seen).missed());
    for (int i = 0; i < 10; ++i) events.publish(record("b", 0));
    EXPECT_TRUE(events.subscribe(seen).missed());
}

TEST(DocumentEvents, CancellingAWaitingListenerLeavesTheHubUsable) {
    DocumentEvents events;
    {
        auto listener = events.subscribe();
        test::cancel_at_every_await([&] {
            events.publish(record("a", 0));
            return listener.next();
        });
        EXPECT_EQ(events.listeners(), 1u);
    }
    EXPECT_EQ(events.listeners(), 0u);
}

}  // namespace
}  // namespace docmind
