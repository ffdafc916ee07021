#include "ingestion/ingestion_rates.hpp"

#include <gtest/gtest.h>

namespace docmind {
namespace {

TEST(IngestionRates, SayNothingBeforeAnythingWasMeasuredAndZeroWhenNothingIsLeft) {
    const IngestionRates rates;
    EXPECT_FALSE(rates.seconds_left({{.kind = "pdf", .documents = 1, .bytes = 1000}}, {}, 2));
    EXPECT_EQ(rates.seconds_left({}, {}, 2), 0);
}

TEST(IngestionRates, TheSlowerOfReadingAndEmbeddingCounts) {
    IngestionRates rates;
    rates.learn_document("pdf", 1'000, 1.0, 100);  // 1 s and 100 passages a kB
    rates.learn_embedding(500, 10);                // 50 passages a second: 2 s a kB
    EXPECT_NEAR(*rates.seconds_left({{.kind = "pdf", .documents = 3, .bytes = 3'000}}, {}, 1), 6, 1e-6);
    rates.learn_document("scan", 1'000, 60, 1);  // 60 s a kB, two at once
    EXPECT_NEAR(*rates.seconds_left({{.kind = "scan", .documents = 3, .bytes = 2'000}}, {}, 2), 60, 1e-6);
}

TEST(IngestionRates, WhatIsInWorkCountsByWhatIsLeftOfIt) {
    IngestionRates rates;
    rates.learn_document("pdf", 1'000, 0.1, 100);
    rates.learn_embedding(100, 1);
    const IngestionRates::Remaining half{.kind = "pdf", .bytes = 1'000, .to_read = 0, .to_embed = 0.5};
    EXPECT_NEAR(*rates.seconds_left({}, {half}, 2), 0.5, 1e-6);
}

TEST(IngestionRates, AnUnknownKindIsTakenForTheAverage) {
    IngestionRates rates;
    rates.learn_document("pdf", 1'000, 0.1, 10);
    rates.learn_embedding(10, 1);
    EXPECT_NEAR(*rates.seconds_left({{.kind = "docx", .documents = 1, .bytes = 2'000}}, {}, 2), 2, 1e-6);
}

TEST(IngestionRates, AMachineThatBecameSlowerIsBelieved) {
    IngestionRates rates;
    rates.learn_embedding(100'000, 120);
    for (int i = 0; i < 60; ++i) rates.learn_embedding(10, 10);
    EXPECT_LT(*rates.nodes_per_second(), 20);
}

TEST(IngestionRates, SurviveAsTextAndNonsenseIsPassedOver) {
    IngestionRates rates;
    rates.learn_document("pdf", 1'000, 1, 100);
    rates.learn_document("", 10, 1, 1);
    rates.learn_embedding(500, 10);
    const IngestionRates back = IngestionRates::from_text(rates.to_text() + "nonsense\n.x nan 1 1 1\nembedding -1 0\n");
    EXPECT_EQ(back.to_text(), rates.to_text());
}

TEST(IngestionRates, AKindIsTheEndingOfTheName) {
    EXPECT_EQ(file_kind("a.b.PDF"), "pdf");
    EXPECT_EQ(file_kind("Makefile"), "");
    EXPECT_EQ(file_kind("x.averylongending"), "");
}

}  // namespace
}  // namespace docmind
