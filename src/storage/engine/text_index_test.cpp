#include "storage/engine/text_index.hpp"

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <set>
#include <thread>

namespace docmind {
namespace {

constexpr std::int64_t no_key = std::numeric_limits<std::int64_t>::max();

struct Passage {
    std::int64_t key, document;
    std::string title, section, text;
};

std::string made_text(std::mt19937& random, std::size_t words, std::size_t vocabulary) {
    std::string text;
    for (std::size_t i = 0; i < words; ++i) {
        const double share = static_cast<double>(random() % 1'000'000 + 1) / 1e6;
        text += "w" + std::to_string(static_cast<std::size_t>(std::pow(static_cast<double>(vocabulary), share))) + " ";
    }
    return text;
}

/// BM25 as it stands in the paper, over every passage: `holders` of `all`, which may hold removed ones too.
std::map<std::int64_t, double> brute_force(const std::vector<Passage>& all, const std::vector<std::string>& terms) {
    TextAnalyzer analyzer;
    std::vector<std::map<std::string, double>> weights(all.size());
    std::vector<double> lengths(all.size());
    double total = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
        for (const auto& [field, weight] : {std::pair(&all[i].title, 0.5), std::pair(&all[i].section, 0.5), std::pair(&all[i].text, 1.0)}) {
            for (const Token& token : analyzer.tokens(*field)) {
                weights[i][analyzer.term(token)] += weight;
                lengths[i] += token.kind == Token::Kind::joined ? 0 : 1;
            }
        }
        total += lengths[i];
    }
    const auto count = static_cast<double>(all.size());
    std::map<std::int64_t, double> scores;
    for (const std::string& term : terms) {
        double holders = 0;
        for (const auto& of_passage : weights) holders += of_passage.contains(term) ? 1 : 0;
        const double rarity = std::max(std::log((count - holders + 0.5) / (holders + 0.5)), 1e-6);
        for (std::size_t i = 0; i < all.size(); ++i) {
            const auto found = weights[i].find(term);
            if (found == weights[i].end()) continue;
            const double w = found->second;
            scores[all[i].key] += rarity * w * 2.2 / (w + 1.2 * (0.25 + 0.75 * lengths[i] / (total / count)));
        }
    }
    return scores;
}

/// The k best, up to the order of passages whose scores are the same.
void expect_best(const std::vector<TextHit>& got, const std::map<std::int64_t, double>& scores, std::size_t k,
                 const std::function<bool(std::int64_t)>& wanted) {
    std::vector<std::pair<double, std::int64_t>> all;
    for (const auto& [key, score] : scores) {
        if (wanted(key)) all.emplace_back(-score, key);
    }
    std::ranges::sort(all);
    ASSERT_EQ(got.size(), std::min(k, all.size()));
    for (std::size_t i = 0; i < got.size(); ++i) {
        EXPECT_NEAR(got[i].score, -all[i].first, 1e-5 * -all[i].first + 1e-9) << "at rank " << i;
        ASSERT_TRUE(scores.contains(got[i].node_key) && wanted(got[i].node_key)) << got[i].node_key;
        EXPECT_NEAR(got[i].score, scores.at(got[i].node_key), 1e-5 * got[i].score + 1e-9);
        if (i > 0 && got[i].score == got[i - 1].score) EXPECT_LT(got[i - 1].node_key, got[i].node_key);
    }
}

class Corpus {
  public:
    explicit Corpus(unsigned seed) : random(seed) { index.clear(); }

    void add_document(std::int64_t document, std::size_t passages, std::size_t vocabulary = 3000) {
        for (std::size_t i = 0; i < passages; ++i) {
            Passage passage{.key = ++last_key,
                            .document = document,
                            .title = made_text(random, 2, vocabulary),
                            .section = random() % 2 == 0 ? made_text(random, 1, vocabulary) : "",
                            .text = made_text(random, random() % 60, vocabulary)};
            index.add(passage.key, document, passage.title, passage.section, passage.text);
            all.push_back(std::move(passage));
        }
    }
    void remove_document(std::int64_t document) {
        index.remove(document, 0, no_key);
        std::erase_if(all, [&](const Passage& passage) { return passage.document == document; });
    }
    [[nodiscard]] std::vector<std::string> some_terms() {
        std::vector<std::string> terms;
        for (std::size_t i = 1 + random() % 8; i > 0; --i)
            terms.push_back("w" + std::to_string(random() % (random() % 3 == 0 ? 3000 : 30)));
        std::ranges::sort(terms);
        terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
        return terms;
    }

    std::mt19937 random;
    TextIndex index;
    std::vector<Passage> all;
    std::int64_t last_key = 0;
};

TEST(TextIndexTest, the_best_and_their_scores_are_those_of_bm25_over_every_passage) {
    Corpus corpus(1);
    for (int d = 0; d < 60; ++d) {
        corpus.add_document(d, 200);
        corpus.index.publish();
    }
    for (int round = 0; round < 40; ++round) {
        const auto terms = corpus.some_terms();
        const auto scores = brute_force(corpus.all, terms);
        for (const std::size_t k : {1u, 10u, 100u, 20'000u}) {
            expect_best(corpus.index.snapshot()->search({.terms = terms, .prefixes = {}, .phrases = {}}, k, std::nullopt, {}), scores, k,
                        [](std::int64_t) { return true; });
        }
    }
}

TEST(TextIndexTest, filtered_by_document_the_best_are_the_filtered_best_of_all_and_never_fewer) {
    Corpus corpus(2);
    for (int d = 0; d < 50; ++d) corpus.add_document(d, 100);
    corpus.index.publish();
    const std::vector<std::int64_t> documents{3, 17, 41};
    const auto wanted = [&](std::int64_t key) { return std::ranges::binary_search(documents, (key - 1) / 100); };
    for (int round = 0; round < 40; ++round) {
        const auto terms = corpus.some_terms();
        expect_best(corpus.index.snapshot()->search({.terms = terms, .prefixes = {}, .phrases = {}}, 20, documents, {}),
                    brute_force(corpus.all, terms), 20, wanted);
    }
    EXPECT_TRUE(
        corpus.index.snapshot()->search({.terms = {"w1"}, .prefixes = {}, .phrases = {}}, 20, std::vector<std::int64_t>{}, {}).empty());
}

TEST(TextIndexTest, after_any_adds_and_removes_it_holds_what_is_left_as_if_it_had_been_made_of_that) {
    Corpus corpus(3);
    for (int round = 0; round < 150; ++round) {
        const auto document = static_cast<std::int64_t>(corpus.random() % 15);
        corpus.remove_document(document);
        corpus.add_document(document, corpus.random() % 120);
        corpus.index.publish();
        const auto snapshot = corpus.index.snapshot();
        ASSERT_EQ(snapshot->size(), corpus.all.size());
        ASSERT_LE(snapshot->parts().size(), 40u);
        if (round % 10 != 0) continue;
        const auto terms = corpus.some_terms();
        expect_best(snapshot->search({.terms = terms, .prefixes = {}, .phrases = {}}, 10, std::nullopt, {}), brute_force(corpus.all, terms),
                    10, [](std::int64_t) { return true; });
    }
}

TEST(TextIndexTest, of_a_large_segment_removed_passages_are_never_found_and_leave_when_an_eighth_is_gone) {
    Corpus corpus(4);
    for (int d = 0; d < 100; ++d) corpus.add_document(d, 100, 300);
    corpus.index.publish();
    ASSERT_EQ(corpus.index.snapshot()->parts().size(), 1u);
    const auto before = corpus.all;
    for (std::int64_t d = 0; d < 20; ++d) {
        corpus.remove_document(d);
        corpus.index.publish();
        const auto snapshot = corpus.index.snapshot();
        ASSERT_EQ(snapshot->size(), corpus.all.size());
        const bool marked = snapshot->parts()[0].dead != nullptr;
        EXPECT_EQ(marked, d != 12) << "after " << d;
        if (d == 12) return;
        const auto terms = corpus.some_terms();
        // Until then they count in how rare the words are.
        expect_best(snapshot->search({.terms = terms, .prefixes = {}, .phrases = {}}, 50, std::nullopt, {}), brute_force(before, terms), 50,
                    [&](std::int64_t key) { return (key - 1) / 100 > d; });
    }
}

TEST(TextIndexTest, more_passages_than_a_segment_holds_are_all_found) {
    TextIndex index;
    index.clear();
    const std::int64_t count = 3 * static_cast<std::int64_t>(TextSegment::max_rows) / 2;
    for (std::int64_t i = 0; i < count; ++i) index.add(i, i / 10, "", "", i % 7 == 0 ? "seven all" : "all");
    index.publish();
    const auto snapshot = index.snapshot();
    EXPECT_EQ(snapshot->size(), static_cast<std::size_t>(count));
    const auto hits =
        snapshot->search({.terms = {"seven"}, .prefixes = {}, .phrases = {}}, static_cast<std::size_t>(count), std::nullopt, {});
    EXPECT_EQ(hits.size(), static_cast<std::size_t>((count + 6) / 7));
    EXPECT_TRUE(std::ranges::is_sorted(hits, {}, &TextHit::node_key)) << "equal ones come in the order they were stored";
    EXPECT_EQ(snapshot->search({.terms = {"all"}, .prefixes = {}, .phrases = {}}, 5, std::nullopt, {}).size(), 5u);
}

TEST(TextIndexTest, a_prefix_finds_what_begins_so_and_a_phrase_only_what_has_all_its_words) {
    TextIndex index;
    index.clear();
    index.add(1, 1, "", "", "configuration of servers");
    index.add(2, 1, "", "", "configure it");
    index.add(3, 1, "", "", "a server");
    index.add(4, 1, "Servers", "Configuring", "nothing");
    index.publish();
    const auto found = [&](const std::string& question) {
        TextAnalyzer analyzer;
        std::set<std::int64_t> keys;
        for (const TextHit& hit : index.snapshot()->search(parse_text_query(question, analyzer), 10, std::nullopt, {}))
            keys.insert(hit.node_key);
        return keys;
    };
    EXPECT_EQ(found("confi*"), (std::set<std::int64_t>{1, 2, 4}));
    EXPECT_EQ(found("zzz*"), std::set<std::int64_t>{});
    EXPECT_EQ(found("\"servers configuration\""), (std::set<std::int64_t>{1, 4}));
    EXPECT_EQ(found("\"servers zebra\""), std::set<std::int64_t>{});
    EXPECT_EQ(found("\xf0\x9f\x98\x80"), std::set<std::int64_t>{});
}

TEST(TextIndexTest, a_snapshot_never_changes_while_the_index_does) {
    Corpus corpus(5);
    corpus.add_document(0, 100, 50);
    corpus.index.publish();
    const auto before = corpus.index.snapshot();
    const TextQuery query{.terms = {"w1", "w2", "w3"}, .prefixes = {}, .phrases = {}};
    const auto expected = before->search(query, 1000, std::nullopt, {});
    std::atomic<bool> done = false;
    std::vector<std::jthread> threads;
    for (int t = 0; t < 2; ++t) {
        threads.emplace_back([&] {
            while (!done) {
                EXPECT_EQ(before->search(query, 1000, std::nullopt, {}).size(), expected.size());
                static_cast<void>(corpus.index.snapshot()->search(query, 10, std::nullopt, {}));
            }
        });
    }
    for (int i = 1; i < 300; ++i) {
        corpus.add_document(i % 20, 20, 50);
        if (i % 3 == 0) corpus.remove_document(i % 20);
        corpus.index.publish();
    }
    done = true;
    threads.clear();
    EXPECT_EQ(before->size(), 100u);
}

TEST(TextIndexTest, a_requested_stop_ends_the_search) {
    Corpus corpus(6);
    corpus.add_document(0, 10, 3);
    corpus.index.publish();
    std::stop_source stop;
    stop.request_stop();
    EXPECT_THROW(static_cast<void>(
                     corpus.index.snapshot()->search({.terms = {"w1"}, .prefixes = {}, .phrases = {}}, 1, std::nullopt, stop.get_token())),
                 Error);
}

TEST(TextSegmentTest, an_image_that_is_cut_or_of_another_kind_is_refused) {
    TextSegmentBuilder builder;
    builder.add_row(1, 1, 2, {{builder.number_of("a"), 2}, {builder.number_of("b"), 2}});
    const auto segment = builder.finish();
    std::vector<std::byte> bytes(segment->image().begin(), segment->image().end());
    EXPECT_EQ(TextSegment(nullptr, bytes).find("b").size(), 1u);
    for (std::size_t size = 0; size < bytes.size(); size += 8) {
        EXPECT_THROW(TextSegment(nullptr, std::span(bytes).first(size)), Error) << size;
    }
    bytes[0] ^= std::byte{1};
    EXPECT_THROW(TextSegment(nullptr, bytes), Error);
}

}  // namespace
}  // namespace docmind
