#include "retrieval/passage_order.hpp"

#include "retrieval/passage_boost.hpp"

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace docmind {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

NodeWithScore passage(const std::string& id, const std::string& document, std::string text, float score) {
    NodeWithScore node{.document_name = document, .score = score};
    node.node = {.id = id, .document_id = document, .text = std::move(text)};
    return node;
}

std::vector<std::string> ids(const std::vector<NodeWithScore>& nodes) {
    std::vector<std::string> ids;
    for (const NodeWithScore& node : nodes) ids.push_back(node.node.id);
    return ids;
}

std::vector<float> scores(const std::vector<NodeWithScore>& nodes) {
    std::vector<float> scores;
    for (const NodeWithScore& node : nodes) scores.push_back(node.score);
    return scores;
}

std::vector<NodeWithScore> some() {
    return {passage("1", "a", "otters eat fish in rivers", 0.9F), passage("2", "a", "otters eat fish in lakes", 0.8F),
            passage("3", "a", "bread is baked in ovens", 0.7F), passage("4", "b", "otters sleep on their backs", 0.6F)};
}

TEST(PassageOrder, by_default_nothing_changes) {
    EXPECT_THAT(ids(diversify(some(), {})), ElementsAre("1", "2", "3", "4"));
}

TEST(PassageOrder, after_its_places_a_document_stands_behind_the_others_and_loses_nothing) {
    const auto nodes = diversify(some(), {.per_document = 1});
    EXPECT_THAT(ids(nodes), ElementsAre("1", "4", "2", "3"));
    EXPECT_THAT(scores(nodes), ElementsAre(0.9F, 0.8F, 0.7F, 0.6F)) << "scores fall along the list";
    EXPECT_THAT(nodes[0].steps, IsEmpty());
    EXPECT_THAT(nodes[2].steps, ElementsAre(HasSubstr("from place 2 to 3")));
    EXPECT_THAT(ids(diversify(some(), {.per_document = 2})), ElementsAre("1", "2", "4", "3"));
}

TEST(PassageOrder, a_passage_that_is_like_a_better_one_comes_later) {
    const auto nodes = diversify(some(), {.diversity = 0.5});
    EXPECT_EQ(ids(nodes).front(), "1");
    EXPECT_EQ(ids(nodes)[1], "3");
    EXPECT_THAT(ids(nodes), testing::UnorderedElementsAre("1", "2", "3", "4"));
    for (const NodeWithScore& node : nodes) {
        if (node.node.id == "2") EXPECT_THAT(node.steps, ElementsAre(HasSubstr("% of its words")));
    }
    EXPECT_THAT(ids(diversify(some(), {.diversity = 0.5, .depth = 1})), ElementsAre("1", "2", "3", "4"));
    EXPECT_THROW(DiversityComponent({.diversity = 1.1}), Error);
    EXPECT_THROW(DiversityComponent({.depth = 0}), Error);
}

/// Maximal marginal relevance, as plainly as it can be said: words are letters here.
std::vector<std::size_t> plain_mmr(const std::vector<std::string>& texts, const std::vector<double>& relevance, double diversity) {
    const auto alike = [](const std::string& a, const std::string& b) {
        const std::set<char> x(a.begin(), a.end()), y(b.begin(), b.end());
        std::size_t both = 0;
        for (const char c : x) both += y.count(c);
        return static_cast<double>(both) / static_cast<double>(x.size() + y.size() - both);
    };
    const auto [low, high] = std::ranges::minmax(relevance);
    std::vector<std::size_t> order;
    while (order.size() < texts.size()) {
        std::size_t best = texts.size();
        double most = -10;
        for (std::size_t i = 0; i < texts.size(); ++i) {
            if (std::ranges::find(order, i) != order.end()) continue;
            double worst = 0;
            for (const std::size_t chosen : order) worst = std::max(worst, alike(texts[i], texts[chosen]));
            const double value = (1 - diversity) * (high > low ? (relevance[i] - low) / (high - low) : 1) - diversity * worst;
            if (value > most + 1e-12) {
                most = value;
                best = i;
            }
        }
        order.push_back(best);
    }
    return order;
}

TEST(PassageOrder, diversity_is_maximal_marginal_relevance) {
    std::mt19937 random(3);
    for (int round = 0; round < 50; ++round) {
        std::vector<NodeWithScore> nodes;
        std::vector<std::string> letters;
        std::vector<double> relevance;
        for (std::size_t i = 0; i < 12; ++i) {
            std::string text, words;
            for (int n = 0; n < 6; ++n) text += static_cast<char>('a' + random() % 10);
            for (const char c : text) words += std::string(1, c) + " ";
            letters.push_back(text);
            relevance.push_back(100 - 7 * static_cast<double>(i) + static_cast<double>(random() % 5));
            nodes.push_back(passage(std::to_string(i), "d", words, static_cast<float>(relevance.back())));
        }
        std::vector<std::string> expected;
        for (const std::size_t i : plain_mmr(letters, relevance, 0.4)) expected.push_back(std::to_string(i));
        ASSERT_EQ(ids(diversify(nodes, {.diversity = 0.4})), expected);
    }
}

constexpr std::chrono::sys_days today = std::chrono::year(2026) / 11 / 30;

std::map<std::string, DocumentRecord> documents() {
    return {{"a", {.id = "a", .name = "a.pdf", .created_at = "2026-11-30T00:00:00Z", .metadata = {{"created", "2026-06-03T00:00:00Z"}}}},
            {"b", {.id = "b", .name = "b.txt", .created_at = "2026-11-30T10:00:00Z"}}};
}

TEST(PassageBoost, a_new_document_gains_and_an_old_one_less) {
    const BoostComponent::Params params{.freshness = 1, .half_life_days = 180};
    const auto nodes =
        boost({passage("1", "a", "", 0.9F), passage("2", "b", "", 0.8F), passage("3", "unknown", "", 0.85F)}, documents(), params, today);
    EXPECT_THAT(ids(nodes), ElementsAre("2", "1", "3"));
    EXPECT_FLOAT_EQ(nodes[0].score, 0.8F * 2);
    EXPECT_FLOAT_EQ(nodes[1].score, 0.9F * 1.5F) << "180 days are one half life";
    EXPECT_FLOAT_EQ(nodes[2].score, 0.85F) << "what is not known of a document changes nothing";
    EXPECT_THAT(nodes[1].steps, ElementsAre(HasSubstr("180 days")));
}

TEST(PassageBoost, rules_multiply_the_scores_of_the_documents_they_hold_for) {
    const BoostComponent::Params params{.rules = {{parse_filter("type=txt"), 2}, {parse_filter("type=txt|pdf"), 1.5}}};
    const auto nodes = boost({passage("1", "a", "", 0.9F), passage("2", "b", "", 0.8F)}, documents(), params, today);
    EXPECT_THAT(ids(nodes), ElementsAre("2", "1"));
    EXPECT_FLOAT_EQ(nodes[0].score, 0.8F * 3);
    EXPECT_THAT(nodes[0].steps, ElementsAre("x2.000 for type=txt", "x1.500 for type=txt|pdf"));
}

TEST(PassageBoost, equal_scores_keep_their_order_and_dates_that_are_none_are_passed_over) {
    auto known = documents();
    known["a"].metadata = {{"modified", "yesterday"}, {"created", "2026-13-77"}};
    known["a"].created_at = "2026-11-30T00:00:00Z";
    const auto nodes = boost({passage("1", "a", "", 0.5F), passage("2", "b", "", 0.5F)}, known, {.freshness = 1}, today);
    EXPECT_THAT(ids(nodes), ElementsAre("1", "2"));
    EXPECT_FLOAT_EQ(nodes[0].score, 1);
}

TEST(PassageBoost, numbers_that_cannot_work_are_refused) {
    EXPECT_THROW(check_params(BoostComponent::Params{.freshness = -1}), Error);
    EXPECT_THROW(check_params(BoostComponent::Params{.half_life_days = 0}), Error);
    EXPECT_THROW(check_params(BoostComponent::Params{.rules = {{parse_filter("type=txt"), 0}}}), Error);
    EXPECT_THROW(check_params(BoostComponent::Params{.rules = {{MetadataFilter{}, 2}}}), Error);
}

}  // namespace
}  // namespace docmind
