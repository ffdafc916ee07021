#include "ingestion/watch_queue.hpp"

#include <gtest/gtest.h>

namespace docmind {
namespace {

FileMark mark(std::uint64_t size, std::int64_t time = 1) {
    return {.size = size, .mtime_ns = time};
}

TEST(WatchQueue, KeepsOnlyTheNewestOfAFile) {
    WatchQueue queue;
    queue.put("a", mark(1));
    queue.put("b", mark(2));
    queue.put("a", mark(3));
    EXPECT_EQ(queue.size(), 2u);
    const auto first = queue.take();
    ASSERT_TRUE(first);
    EXPECT_EQ(first->path, "b");
    const auto second = queue.take();
    ASSERT_TRUE(second);
    EXPECT_EQ(second->path, "a");
    EXPECT_EQ(second->mark->size, 3u);
    EXPECT_FALSE(queue.take());
}

TEST(WatchQueue, DoesOneThingAtATimeWithAFile) {
    WatchQueue queue;
    queue.put("a", mark(1));
    const auto running = queue.take();
    ASSERT_TRUE(running);
    queue.put("a", mark(2));
    EXPECT_FALSE(queue.take());
    EXPECT_FALSE(queue.is_idle("a"));
    queue.done(*running);
    const auto next = queue.take();
    ASSERT_TRUE(next);
    EXPECT_EQ(next->mark->size, 2u);
    queue.done(*next);
    EXPECT_TRUE(queue.is_idle("a"));
    EXPECT_EQ(queue.size(), 0u);
}

TEST(WatchQueue, RemovesBeforeItPuts) {
    WatchQueue queue;
    queue.put("a", mark(1));
    queue.remove("b", 7);
    EXPECT_EQ(queue.take()->path, "b");
    EXPECT_EQ(queue.take()->path, "a");
}

TEST(WatchQueue, ARemovalWaitsForPutsOfTheSameSize) {
    WatchQueue queue;
    queue.put("new name", mark(7));
    queue.put("other", mark(9));
    queue.remove("old name", 7);
    const auto put = queue.take();
    ASSERT_TRUE(put);
    EXPECT_EQ(put->path, "new name");
    const auto other = queue.take();
    EXPECT_EQ(other->path, "other");
    EXPECT_FALSE(queue.take()) << "the put still runs";
    queue.done(*put);
    const auto removal = queue.take();
    ASSERT_TRUE(removal);
    EXPECT_EQ(removal->path, "old name");
    EXPECT_FALSE(removal->mark);
    queue.done(*removal);
    queue.done(*other);
    EXPECT_EQ(queue.size(), 0u);
}

TEST(WatchQueue, ARemovalDoesNotWaitForWhatItReplaces) {
    WatchQueue queue;
    queue.put("a", mark(7));
    queue.remove("a", 7);
    ASSERT_TRUE(queue.take());
    queue.put("b", mark(5));
    const auto running = queue.take();
    queue.remove("b", 5);
    EXPECT_FALSE(queue.take());
    queue.done(*running);
    const auto removal = queue.take();
    ASSERT_TRUE(removal);
    EXPECT_FALSE(removal->mark);
}

TEST(WatchQueue, AParkedRemovalMayBeReplaced) {
    WatchQueue queue;
    queue.put("x", mark(7));
    queue.remove("a", 7);
    queue.put("a", mark(7, 2));
    const auto first = queue.take();
    const auto second = queue.take();
    ASSERT_TRUE(first && second);
    queue.done(*first);
    queue.done(*second);
    EXPECT_EQ(second->path, "a");
    EXPECT_TRUE(second->mark);
    EXPECT_EQ(queue.size(), 0u);
    EXPECT_FALSE(queue.take());
}

}  // namespace
}  // namespace docmind
