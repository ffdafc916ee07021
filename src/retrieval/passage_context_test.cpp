// Sentences found and windows shown; parts of a part found together. With the splitters that store what is shown.

#include "retrieval/passage_context.hpp"

#include "async/test_support.hpp"
#include "storage/memory_vector_store.hpp"

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace docmind {
namespace {

using test::run_task;
using testing::ElementsAre;
using testing::HasSubstr;
using Mode = ContextComponent::Mode;

constexpr std::size_t sentences = 12;

/// "s0. s1. s2. ..." on two pages; each sentence a passage; on page 1 with a window of one on each side, on page 2 in parts of four.
struct TwoPages {
    TwoPages() {
        EmbeddedDocument document;
        document.document = {.id = "d", .name = "d.txt", .media_type = "text/plain"};
        for (int page = 1; page <= 2; ++page) {
            std::string text;
            std::vector<std::uint32_t> begins;
            for (std::size_t i = 0; i < sentences; ++i) {
                begins.push_back(static_cast<std::uint32_t>(text.size()));
                text += "Sentence " + std::to_string(i) + (i + 1 < sentences ? ". " : ".");
            }
            begins.push_back(static_cast<std::uint32_t>(text.size()) + 1);
            document.document.pages.push_back({.number = page, .text = text});
            for (std::size_t i = 0; i < sentences; ++i) {
                Node node{.id = std::to_string(page) + "-" + std::to_string(i),
                          .document_id = "d",
                          .ordinal = static_cast<int>(nodes.size()),
                          .page = page};
                node.begin = begins[i];
                node.end = begins[i + 1] - 1;
                node.text = text.substr(node.begin, node.end - node.begin);
                node.tokens = 3;
                const std::size_t first = page == 1 ? i - std::min<std::size_t>(i, 1) : i / 4 * 4;
                const std::size_t last = page == 1 ? std::min(i + 1, sentences - 1) : i / 4 * 4 + 3;
                node.context_begin = begins[first];
                node.context_end = begins[last + 1] - 1;
                nodes[node.id] = node;
                document.nodes.push_back({node, Vector(4, 0.5F)});
            }
        }
        run_task(store.aadd(std::move(document)));
    }
    std::vector<NodeWithScore> found(const std::vector<std::string>& ids) {
        std::vector<NodeWithScore> result;
        for (const std::string& id : ids) {
            result.push_back({.node = nodes.at(id), .score = 1.0F / static_cast<float>(result.size() + 1)});
        }
        return result;
    }
    std::vector<NodeWithScore> show(const std::vector<std::string>& ids, ContextComponent::Params params, std::size_t top_k = 10) {
        return run_task(show_contexts(&store, params, top_k, found(ids)));
    }

    MemoryVectorStore store;
    std::map<std::string, Node> nodes;
};

std::vector<std::string> texts(const std::vector<NodeWithScore>& nodes) {
    std::vector<std::string> texts;
    for (const NodeWithScore& node : nodes) texts.push_back(node.node.text);
    return texts;
}

TEST(PassageContext, a_sentence_is_shown_with_its_window_and_keeps_its_place_and_its_score) {
    TwoPages pages;
    const auto shown = pages.show({"1-5", "1-0"}, {.mode = Mode::window});
    EXPECT_THAT(texts(shown), ElementsAre("Sentence 4. Sentence 5. Sentence 6.", "Sentence 0. Sentence 1."));
    EXPECT_EQ(shown[0].node.id, "1-5");
    EXPECT_FLOAT_EQ(shown[0].score, 1);
    EXPECT_EQ(shown[0].node.end - shown[0].node.begin, shown[0].node.text.size());
    EXPECT_EQ(shown[0].node.context_end, 0u) << "it is shown: there is no more";
    EXPECT_GT(shown[0].node.tokens, 3u);
    EXPECT_THAT(shown[0].steps, ElementsAre(HasSubstr("around")));
}

TEST(PassageContext, what_stands_in_a_passage_that_is_shown_is_not_shown_again_and_the_next_takes_its_place) {
    TwoPages pages;
    const auto shown = pages.show({"1-5", "1-6", "1-8", "1-11"}, {.mode = Mode::window}, 2);
    EXPECT_THAT(texts(shown), ElementsAre("Sentence 4. Sentence 5. Sentence 6.", "Sentence 7. Sentence 8. Sentence 9."));
}

TEST(PassageContext, several_passages_of_one_part_become_the_part) {
    TwoPages pages;
    const auto shown = pages.show({"2-1", "2-9", "2-3"}, {.mode = Mode::merge, .least_share = 0.45});
    EXPECT_THAT(texts(shown), ElementsAre("Sentence 0. Sentence 1. Sentence 2. Sentence 3.", "Sentence 9."));
    EXPECT_THAT(shown[0].steps, ElementsAre(HasSubstr("2 passages of one part")));
    EXPECT_TRUE(shown[1].steps.empty());
}

TEST(PassageContext, a_part_of_which_little_was_found_is_not_shown) {
    TwoPages pages;
    EXPECT_THAT(texts(pages.show({"2-1", "2-3"}, {.mode = Mode::merge, .least_share = 0.6})), ElementsAre("Sentence 1.", "Sentence 3."));
    EXPECT_THAT(texts(pages.show({"2-1"}, {.mode = Mode::merge, .least_share = 0})), ElementsAre("Sentence 1."));
    // The third passage would make it a part, but is not among those that are shown.
    EXPECT_THAT(texts(pages.show({"2-1", "2-9", "2-2"}, {.mode = Mode::merge, .least_share = 0.4}, 2)),
                ElementsAre("Sentence 1.", "Sentence 9."));
}

TEST(PassageContext, without_contexts_and_with_mode_none_all_stays_as_it_is) {
    TwoPages pages;
    EXPECT_THAT(texts(pages.show({"1-5", "1-6"}, {.mode = Mode::none})), ElementsAre("Sentence 5.", "Sentence 6."));
    for (auto& [id, node] : pages.nodes) node.context_begin = node.context_end = 0;
    EXPECT_THAT(texts(pages.show({"1-5", "1-6"}, {.mode = Mode::window})), ElementsAre("Sentence 5.", "Sentence 6."));
    EXPECT_THAT(texts(pages.show({"2-1", "2-2"}, {.mode = Mode::merge})), ElementsAre("Sentence 1.", "Sentence 2."));
}

TEST(PassageContext, a_page_that_is_gone_or_changed_leaves_the_passage_alone_and_says_so) {
    TwoPages pages;
    EmbeddedDocument other;
    other.document = {.id = "d", .name = "d.txt", .media_type = "text/plain"};
    other.document.pages.push_back({.number = 1, .text = std::string(500, 'x')});
    run_task(pages.store.aadd(std::move(other)));
    const auto shown = pages.show({"1-5", "2-1"}, {.mode = Mode::window});
    EXPECT_THAT(texts(shown), ElementsAre("Sentence 5.", "Sentence 1."));
    for (const NodeWithScore& node : shown) {
        EXPECT_EQ(node.node.end - node.node.begin, node.node.text.size());
        EXPECT_THAT(node.steps.back(), HasSubstr("shown alone"));
    }
}

TEST(PassageContext, whatever_was_found_is_shown_once_and_within_what_the_store_holds) {
    TwoPages pages;
    std::vector<std::string> all;
    for (const auto& [id, node] : pages.nodes) all.push_back(id);
    std::mt19937 random(11);
    for (int round = 0; round < 200; ++round) {
        std::ranges::shuffle(all, random);
        const std::vector<std::string> ids(all.begin(), all.begin() + 1 + static_cast<std::ptrdiff_t>(random() % all.size()));
        const auto shown = pages.show(ids, {.mode = round % 2 == 0 ? Mode::window : Mode::merge}, 100);
        std::set<std::string> seen;
        for (const NodeWithScore& node : shown) {
            const Page page = run_task(pages.store.aget_page("d", node.node.page));
            ASSERT_EQ(node.node.text, page.text.substr(node.node.begin, node.node.end - node.node.begin));
            ASSERT_TRUE(seen.insert(node.node.id).second);
        }
        for (const std::string& id : ids) {
            const Node& node = pages.nodes.at(id);
            const auto holds = [&](const NodeWithScore& s) {
                return s.node.page == node.page && s.node.begin <= node.begin && s.node.end >= node.end;
            };
            ASSERT_TRUE(std::ranges::any_of(shown, holds)) << id << " was lost";
        }
        for (std::size_t i = 1; i < shown.size(); ++i) ASSERT_LE(shown[i].score, shown[i - 1].score);
    }
}

TEST(PassageContext, it_ends_cleanly_wherever_it_is_cancelled) {
    TwoPages pages;
    const auto sweep =
        test::cancel_at_every_await([&] { return show_contexts(&pages.store, {.mode = Mode::window}, 10, pages.found({"1-5", "2-1"})); });
    EXPECT_GT(sweep.cancelled, 0u);
    EXPECT_THROW(ContextComponent(pages.store, {.least_share = 2}), Error);
    EXPECT_THROW(ContextComponent(pages.store, {.pages_at_once = 0}), Error);
}

}  // namespace
}  // namespace docmind
