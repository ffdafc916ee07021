#include "storage/engine/dense_index.hpp"

#include "storage/engine/dense_block.hpp"
#include "storage/test_documents.hpp"

#include <docmind/error.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <limits>
#include <set>
#include <thread>

namespace docmind {
namespace {

using test::random_unit;

constexpr std::int64_t no_key = std::numeric_limits<std::int64_t>::max();

/// What a scan over the floats alone gives.
std::vector<DenseHit> brute_force(const std::vector<Vector>& rows, const Vector& query, std::size_t k,
                                  const std::function<bool(std::size_t)>& wanted) {
    std::vector<DenseHit> hits;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (!wanted(i)) continue;
        double sum = 0;
        for (std::size_t c = 0; c < query.size(); ++c) sum += static_cast<double>(rows[i][c]) * query[c];
        hits.push_back({static_cast<std::int64_t>(i), static_cast<float>(sum)});
    }
    std::ranges::sort(hits, [](const DenseHit& a, const DenseHit& b) { return a.score > b.score; });
    hits.resize(std::min(k, hits.size()));
    return hits;
}

/// The best of a scan over the floats, up to the order of rows whose scores 16 bits a component cannot tell apart.
void expect_best(
    const std::vector<DenseHit>& got, const std::vector<Vector>& rows, const Vector& query, std::size_t k,
    const std::function<bool(std::size_t)>& wanted = [](std::size_t) { return true; }) {
    const std::vector<DenseHit> all = brute_force(rows, query, rows.size(), wanted);
    ASSERT_EQ(got.size(), std::min(k, all.size()));
    std::set<std::int64_t> keys;
    for (std::size_t i = 0; i < got.size(); ++i) {
        EXPECT_NEAR(got[i].score, all[i].score, 3e-5) << "at rank " << i;
        const auto own = std::ranges::find(all, got[i].node_key, &DenseHit::node_key);
        ASSERT_NE(own, all.end()) << got[i].node_key << " was not asked for";
        EXPECT_NEAR(got[i].score, own->score, 3e-5) << "of node " << got[i].node_key;
        EXPECT_TRUE(keys.insert(got[i].node_key).second) << got[i].node_key << " is there twice";
    }
}

TEST(DenseIndexTest, the_result_is_that_of_a_scan_over_floats_for_any_dimension_and_k) {
    std::mt19937 random(7);
    for (const std::size_t dimension : {1u, 3u, 64u, 100u, 384u}) {
        DenseIndex index;
        index.clear("model", dimension);
        std::vector<Vector> rows;
        for (int i = 0; i < 3000; ++i) {
            rows.push_back(random_unit(random, dimension));
            index.add(i, i / 100, rows.back());
        }
        index.publish();
        for (const std::size_t k : {1u, 10u, 500u, 5000u}) {
            const Vector query = random_unit(random, dimension);
            expect_best(index.snapshot()->search(query, k, std::nullopt, {}), rows, query, k);
        }
    }
}

TEST(DenseIndexTest, passages_that_are_nearly_the_same_are_still_ordered_by_their_floats) {
    std::mt19937 random(8);
    const Vector centre = random_unit(random, 384);
    DenseIndex index;
    index.clear("model", 384);
    std::vector<Vector> rows;
    for (int i = 0; i < 2000; ++i) {  // closer to each other than a code can tell
        Vector row = centre;
        const Vector noise = random_unit(random, 384);
        for (std::size_t c = 0; c < row.size(); ++c) row[c] += 0.01F * noise[c];
        double square = 0;
        for (const float x : row) square += static_cast<double>(x) * x;
        for (float& x : row) x = static_cast<float>(x / std::sqrt(square));
        rows.push_back(row);
        index.add(i, 0, row);
    }
    index.publish();
    expect_best(index.snapshot()->search(centre, 20, std::nullopt, {}), rows, centre, 20);
}

TEST(DenseIndexTest, equal_passages_come_in_the_order_they_were_stored) {
    DenseIndex index;
    index.clear("model", 8);
    for (int i = 5; i >= 1; --i) index.add(i, 0, test::axis(2));
    index.publish();
    const auto hits = index.snapshot()->search(test::axis(2), 3, std::nullopt, {});
    ASSERT_EQ(hits.size(), 3u);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(hits[static_cast<std::size_t>(i)].node_key, i + 1);
}

TEST(DenseIndexTest, only_rows_of_the_wanted_documents_are_given) {
    std::mt19937 random(9);
    DenseIndex index;
    index.clear("model", 32);
    std::vector<Vector> rows;
    for (int i = 0; i < 3000; ++i) {
        rows.push_back(random_unit(random, 32));
        index.add(i, i % 7, rows.back());
    }
    index.publish();
    const Vector query = random_unit(random, 32);
    expect_best(index.snapshot()->search(query, 20, std::vector<std::int64_t>{2, 5}, {}), rows, query, 20,
                [](std::size_t i) { return i % 7 == 2 || i % 7 == 5; });
    EXPECT_TRUE(index.snapshot()->search(query, 20, std::vector<std::int64_t>{}, {}).empty());
}

TEST(DenseIndexTest, after_any_adds_and_removes_it_holds_what_is_left_and_no_more_than_twice_the_memory) {
    std::mt19937 random(10);
    DenseIndex index;
    index.clear("model", 16);
    std::vector<Vector> rows;
    std::vector<std::int64_t> document_of;
    std::vector<bool> live;
    for (int round = 0; round < 200; ++round) {
        const auto document = static_cast<std::int64_t>(random() % 12);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            if (document_of[i] == document) live[i] = false;
        }
        index.remove(document, 0, no_key);
        for (std::size_t i = random() % 900; i > 0; --i) {
            index.add(static_cast<std::int64_t>(rows.size()), document, rows.emplace_back(random_unit(random, 16)));
            document_of.push_back(document);
            live.push_back(true);
        }
        index.publish();
        const auto snapshot = index.snapshot();
        const auto left = static_cast<std::size_t>(std::ranges::count(live, true));
        ASSERT_EQ(snapshot->size(), left);
        ASSERT_LE(snapshot->parts().size() * DenseBlock::capacity, 2 * left + 2 * DenseBlock::capacity);
        if (round % 20 == 0) {
            const Vector query = random_unit(random, 16);
            expect_best(snapshot->search(query, 10, std::nullopt, {}), rows, query, 10, [&](std::size_t i) { return live[i]; });
        }
    }
}

TEST(DenseIndexTest, a_snapshot_never_changes_while_the_index_does) {
    std::mt19937 random(11);
    DenseIndex index;
    index.clear("model", 8);
    for (int i = 0; i < 100; ++i) index.add(i, 1, random_unit(random, 8));
    index.publish();
    const auto before = index.snapshot();
    std::atomic<bool> done = false;
    std::vector<std::jthread> threads;
    for (int t = 0; t < 2; ++t) {
        threads.emplace_back([&, t] {
            std::mt19937 own(static_cast<unsigned>(t));
            while (!done) {
                EXPECT_EQ(before->search(random_unit(own, 8), 1000, std::nullopt, {}).size(), 100u);
                const auto now = index.snapshot();
                EXPECT_EQ(now->search(random_unit(own, 8), 10'000, std::nullopt, {}).size(), now->size());
            }
        });
    }
    for (int i = 100; i < 6000; ++i) {
        index.add(i, i % 10, random_unit(random, 8));
        if (i % 50 == 0) index.remove(i / 50 % 10, 0, no_key);
        if (i % 10 == 0) index.publish();
    }
    done = true;
    threads.clear();
    EXPECT_EQ(before->size(), 100u);
}

TEST(DenseIndexTest, vectors_need_no_unit_length_and_zero_is_like_nothing) {
    DenseIndex index;
    index.clear("model", 8);
    Vector twice = test::axis(1);
    twice[1] = 2;
    index.add(1, 1, twice);
    index.add(2, 1, Vector(8));
    index.publish();
    const auto hits = index.snapshot()->search(twice, 2, std::nullopt, {});
    ASSERT_EQ(hits.size(), 2u);
    EXPECT_FLOAT_EQ(hits[0].score, 1);
    EXPECT_FLOAT_EQ(hits[1].score, 0);
    EXPECT_FLOAT_EQ(index.snapshot()->search(Vector(8), 1, std::nullopt, {}).at(0).score, 0);
}

TEST(DenseIndexTest, a_requested_stop_ends_the_scan) {
    DenseIndex index;
    index.clear("model", 8);
    index.add(1, 1, test::axis(1));
    index.publish();
    std::stop_source stop;
    stop.request_stop();
    EXPECT_THROW(static_cast<void>(index.snapshot()->search(test::axis(1), 1, std::nullopt, stop.get_token())), Error);
}

TEST(DenseIndexTest, the_kernels_of_this_machine_give_the_sums_they_promise) {
    std::mt19937 random(12);
    constexpr std::size_t n = 512, rows = 3;
    std::vector<std::uint8_t> coarse(rows * n / 2), fine(n / 2);
    std::vector<std::int8_t> rest(n), query(n);
    std::vector<float> floats(n);
    for (std::uint8_t& byte : coarse) byte = static_cast<std::uint8_t>(random());
    for (std::uint8_t& byte : fine) byte = static_cast<std::uint8_t>(random());
    for (std::size_t i = 0; i < n; ++i) {
        rest[i] = static_cast<std::int8_t>(static_cast<int>(random() % 255) - 127);
        query[i] = static_cast<std::int8_t>(i < n / 4 ? 127 : -127);
        floats[i] = static_cast<float>(random() % 1000) / 1000;
    }
    const auto nibble = [](const std::uint8_t* row, std::size_t i) { return i < n / 2 ? row[i] & 15 : row[i - n / 2] >> 4; };
    std::array<std::int32_t, rows> sums{};
    dense_kernels().nibbles(coarse.data(), rows, query.data(), n, sums.data());
    for (std::size_t row = 0; row < rows; ++row) {
        std::int32_t sum = 0;
        for (std::size_t i = 0; i < n; ++i) sum += nibble(coarse.data() + row * n / 2, i) * query[i];
        EXPECT_EQ(sums[row], sum) << dense_kernels().name;
    }
    double value = 0;
    for (std::size_t i = 0; i < n; ++i)
        value += (16 * nibble(coarse.data(), i) + nibble(fine.data(), i) - 128 + rest[i] / 254.0) * static_cast<double>(floats[i]);
    EXPECT_NEAR(dense_kernels().values(coarse.data(), fine.data(), rest.data(), floats.data(), n), value, 1e-5 * std::abs(value) + 0.01);
}

}  // namespace
}  // namespace docmind
