// What every VectorStore promises, asked of the one on SQLite and of its twin in RAM.

#include "async/test_support.hpp"
#include "storage/memory_vector_store.hpp"
#include "storage/storage.hpp"
#include "storage/test_documents.hpp"

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <memory>

namespace docmind {
namespace {

using test::axis;
using test::make_document;
using test::run_task;
using testing::ElementsAre;

struct OnSqlite {
    test::TemporaryDirectory directory;
    Storage storage{{.data_dir = directory.data()}};
    VectorStore& store = storage.vector_store();
};

struct InMemory {
    MemoryVectorStore memory;
    VectorStore& store = memory;
};

template <class Kind>
class VectorStores : public testing::Test {
  protected:
    VectorStore& store() { return kind_.store; }
    void add(EmbeddedDocument document) { run_task(store().aadd(std::move(document))); }
    std::vector<NodeWithScore> dense(Vector embedding, std::size_t k = 10, std::vector<std::string> ids = {}) {
        VectorStoreQuery query{
            .mode = VectorStoreQueryMode::dense, .embedding = std::move(embedding), .similarity_top_k = k, .document_ids = std::move(ids)};
        return run_task(store().aquery(std::move(query)));
    }
    std::vector<NodeWithScore> sparse(std::string text, std::size_t k = 10, std::vector<std::string> ids = {}) {
        VectorStoreQuery query{
            .mode = VectorStoreQueryMode::sparse, .text = std::move(text), .similarity_top_k = k, .document_ids = std::move(ids)};
        return run_task(store().aquery(std::move(query)));
    }
    errc code_of(Task<> task) {
        try {
            run_task(std::move(task));
        } catch (const Error& error) {
            return error.code();
        }
        ADD_FAILURE() << "nothing was thrown";
        return errc::internal;
    }

  private:
    Kind kind_;
};

std::vector<std::string> texts_of(const std::vector<NodeWithScore>& found) {
    std::vector<std::string> texts;
    for (const NodeWithScore& node : found) texts.push_back(node.node.text);
    return texts;
}

struct KindName {
    template <class Kind>
    static std::string GetName(int) {
        return std::is_same_v<Kind, OnSqlite> ? "OnSqlite" : "InMemory";
    }
};
using Kinds = testing::Types<OnSqlite, InMemory>;
TYPED_TEST_SUITE(VectorStores, Kinds, KindName);

TYPED_TEST(VectorStores, a_vector_is_compared_with_those_of_its_own_model_only) {
    EmbeddedDocument document = make_document("a", {"alpha"});
    document.model_id = "one";
    this->add(document);
    const auto ask = [](VectorStore* store, std::string model_id) -> Task<> {
        co_await store->aquery({.embedding = axis(0), .model_id = std::move(model_id), .text = {}});
    };
    EXPECT_NO_THROW(run_task(ask(&this->store(), "one")));
    EXPECT_EQ(this->code_of(ask(&this->store(), "another")), errc::unavailable);
    document.document.id = "b";
    document.model_id = "another";
    EXPECT_EQ(this->code_of(this->store().aadd(document)), errc::unavailable);
    EXPECT_EQ(this->dense(axis(0)).size(), 1u);
}

TYPED_TEST(VectorStores, an_empty_store_finds_nothing) {
    EXPECT_TRUE(this->dense(axis(0)).empty());
    EXPECT_TRUE(this->sparse("anything").empty());
    EXPECT_TRUE(run_task(this->store().aget_nodes("none", 0, 10)).empty());
}

TYPED_TEST(VectorStores, a_dense_query_gives_the_nearest_first_with_its_cosine_and_the_name_of_its_document) {
    this->add(make_document("a", {"zero", "one", "two"}));
    Vector query(test::test_dimension);
    query[1] = 0.8F;
    query[2] = 0.6F;
    const auto found = this->dense(query, 2);
    ASSERT_THAT(texts_of(found), ElementsAre("one", "two"));
    EXPECT_FLOAT_EQ(found[0].score, 0.8F);
    EXPECT_FLOAT_EQ(found[0].scores.dense.value(), 0.8F);
    EXPECT_FALSE(found[0].scores.sparse.has_value());
    EXPECT_EQ(found[0].document_name, "a.pdf");
}

TYPED_TEST(VectorStores, a_found_node_has_every_field_it_was_stored_with) {
    const EmbeddedDocument document = make_document("a", {"the first passage", "the second passage"});
    this->add(document);
    const Node given = document.nodes[1].node;
    const Node node = this->dense(axis(1), 1).at(0).node;
    EXPECT_EQ(
        std::tie(node.id, node.document_id, node.ordinal, node.page, node.begin, node.end, node.text, node.title, node.tokens),
        std::tie(given.id, given.document_id, given.ordinal, given.page, given.begin, given.end, given.text, given.title, given.tokens));
}

TYPED_TEST(VectorStores, a_sparse_query_gives_the_passages_with_the_words_and_a_score_above_zero) {
    this->add(make_document("a", {"read a CSV file into a frame", "plot a histogram", "write a file"}));
    const auto found = this->sparse("How do I read a CSV file?");
    ASSERT_THAT(texts_of(found), ElementsAre("read a CSV file into a frame", "write a file"));
    EXPECT_GT(found[0].score, found[1].score);
    EXPECT_GT(found[1].score, 0);
    EXPECT_FLOAT_EQ(found[0].scores.sparse.value(), found[0].score);
    EXPECT_FALSE(found[0].scores.dense.has_value());
}

TYPED_TEST(VectorStores, a_passage_is_found_by_the_words_of_its_section_after_one_that_has_them_itself) {
    EmbeddedDocument document = make_document("a", {"it is set by an option", "arrays are vectors with dimensions", "other things"});
    document.nodes[0].node.section = "Arrays › Printing";
    this->add(document);
    EXPECT_THAT(texts_of(this->sparse("arrays")), ElementsAre("arrays are vectors with dimensions", "it is set by an option"));
    run_task(this->store().adelete("a"));
    EXPECT_TRUE(this->sparse("printing").empty());
}

TYPED_TEST(VectorStores, a_sparse_query_says_which_words_a_passage_has_and_has_not) {
    this->add(make_document("a", {"read a CSV file into a frame", "write files"}));
    const auto found = this->sparse("Reading the CSV files by moonlight");
    ASSERT_EQ(found.size(), 2u);
    EXPECT_THAT(found[0].matched_terms, ElementsAre("read", "csv", "file"));
    EXPECT_THAT(found[0].missing_terms, ElementsAre("moonlight"));
    EXPECT_THAT(found[1].matched_terms, ElementsAre("file"));
    EXPECT_TRUE(this->dense(axis(0), 1).at(0).matched_terms.empty());
}

TYPED_TEST(VectorStores, a_word_in_every_passage_is_still_found) {
    this->add(make_document("a", {"frame", "frame", "frame"}));
    EXPECT_EQ(this->sparse("frame").size(), 3u);
    EXPECT_GT(this->sparse("frame").back().score, 0);
}

TYPED_TEST(VectorStores, a_question_of_stop_words_alone_looks_for_them) {
    this->add(make_document("a", {"to be or not to be", "something else"}));
    EXPECT_THAT(texts_of(this->sparse("to be")), ElementsAre("to be or not to be"));
}

TYPED_TEST(VectorStores, a_query_is_limited_to_the_documents_it_names) {
    this->add(make_document("a", {"apple pie"}));
    this->add(make_document("b", {"apple cake"}));
    this->add(make_document("c", {"apple juice"}));
    EXPECT_THAT(texts_of(this->sparse("apple", 10, {"b"})), ElementsAre("apple cake"));
    EXPECT_THAT(texts_of(this->dense(axis(0), 10, {"c", "unknown"})), ElementsAre("apple juice"));
    EXPECT_EQ(this->dense(axis(0), 10, {"b", "a"}).size(), 2u);
    EXPECT_TRUE(this->dense(axis(0), 10, {"unknown"}).empty());
    EXPECT_TRUE(this->sparse("apple", 10, {"unknown"}).empty());
}

TYPED_TEST(VectorStores, adding_replaces_the_earlier_version_of_the_document) {
    this->add(make_document("a", {"old words", "more old words"}));
    this->add(make_document("b", {"other"}, 5));
    this->add(make_document("a", {"new words"}, 3));
    EXPECT_TRUE(this->sparse("old").empty());
    EXPECT_THAT(texts_of(this->sparse("new")), ElementsAre("new words"));
    EXPECT_THAT(texts_of(this->dense(axis(3), 1)), ElementsAre("new words"));
    EXPECT_EQ(this->dense(axis(0)).size(), 2u);
    EXPECT_EQ(run_task(this->store().aget_nodes("a", 0, 10)).size(), 1u);
    EXPECT_EQ(this->code_of([](VectorStore* store) -> Task<> { co_await store->aget_page("a", 2); }(&this->store())), errc::not_found);
}

TYPED_TEST(VectorStores, adding_the_same_document_twice_leaves_one) {
    this->add(make_document("a", {"same", "again"}));
    this->add(make_document("a", {"same", "again"}));
    EXPECT_EQ(this->dense(axis(0)).size(), 2u);
    EXPECT_EQ(this->sparse("same").size(), 1u);
}

TYPED_TEST(VectorStores, after_delete_nothing_of_the_document_is_found) {
    this->add(make_document("a", {"gone soon"}));
    this->add(make_document("b", {"stays"}, 1));
    run_task(this->store().adelete("a"));
    EXPECT_TRUE(this->sparse("gone").empty());
    EXPECT_THAT(texts_of(this->dense(axis(0))), ElementsAre("stays"));
    EXPECT_TRUE(run_task(this->store().aget_nodes("a", 0, 10)).empty());
    EXPECT_EQ(this->code_of([](VectorStore* store) -> Task<> { co_await store->aget_page("a", 1); }(&this->store())), errc::not_found);
    EXPECT_NO_THROW(run_task(this->store().adelete("a"))) << "deleting what is not there is no error";
}

TYPED_TEST(VectorStores, nodes_come_in_order_from_an_offset) {
    EmbeddedDocument document = make_document("a", {"n0", "n1", "n2", "n3"});
    std::ranges::reverse(document.nodes);
    this->add(document);
    const auto nodes = run_task(this->store().aget_nodes("a", 1, 2));
    ASSERT_EQ(nodes.size(), 2u);
    EXPECT_EQ(nodes[0].text, "n1");
    EXPECT_EQ(nodes[1].text, "n2");
    EXPECT_TRUE(run_task(this->store().aget_nodes("a", 4, 2)).empty());
}

TYPED_TEST(VectorStores, a_page_comes_back_with_its_words) {
    this->add(make_document("a", {"first", "second page"}));
    const Page page = run_task(this->store().aget_page("a", 2));
    EXPECT_EQ(page.number, 2);
    EXPECT_EQ(page.text, "second page");
    EXPECT_FLOAT_EQ(page.width, 595.25F);
    ASSERT_EQ(page.words.size(), 1u);
    EXPECT_EQ(page.words[0].end, 11u);
    EXPECT_NEAR(page.words[0].x1, 300.5F, 1.0 / 16);
}

TYPED_TEST(VectorStores, what_is_not_ascii_is_stored_and_found_as_it_is) {
    const std::string text = "Die Größe des Datensatzes \xe2\x80\x94 \xe6\x95\xb0\xe6\x8d\xae \xf0\x9f\x98\x80 naïve";
    this->add(make_document("ü", {text}));
    EXPECT_THAT(texts_of(this->sparse("größe")).size() + texts_of(this->sparse("Größe")).size(), testing::Ge(1u));
    EXPECT_THAT(texts_of(this->sparse("datensatzes\xe2\x80\x94?")), ElementsAre(text));
    EXPECT_EQ(run_task(this->store().aget_page("ü", 1)).text, text);
}

TYPED_TEST(VectorStores, text_with_zero_bytes_and_broken_utf8_comes_back_byte_for_byte) {
    const std::string text = std::string("a\0b \xff\xfe c", 9);
    this->add(make_document("a", {text}));
    EXPECT_EQ(run_task(this->store().aget_page("a", 1)).text, text);
    EXPECT_EQ(run_task(this->store().aget_nodes("a", 0, 1)).at(0).text, text);
}

TYPED_TEST(VectorStores, no_text_is_a_syntax_error) {
    this->add(make_document("a", {"alpha beta gamma", "delta"}));
    const std::string nul("al\0pha", 6);
    for (const std::string& text : {std::string(),
                                    std::string("\""),
                                    std::string("\"\"\""),
                                    std::string("alpha AND"),
                                    std::string("NEAR(alpha beta, 2)"),
                                    std::string("title:alpha"),
                                    std::string("{title text}:x"),
                                    std::string("-alpha"),
                                    std::string("^alpha*"),
                                    std::string("alpha NOT beta OR"),
                                    std::string("(((("),
                                    std::string("'; DROP TABLE nodes; --"),
                                    nul,
                                    std::string("\xff\xc3("),
                                    std::string("\xe2\x80"),
                                    std::string("\xf0\x9f\x98\x80"),
                                    std::string("* + ^ : { } [ ]"),
                                    std::string("node_text MATCH rank"),
                                    std::string(100'000, '"'),
                                    std::string(100'000, 'x')}) {
        EXPECT_NO_THROW(this->sparse(text)) << text.substr(0, 40);
    }
    EXPECT_EQ(this->sparse("alpha AND nowhere").size(), 1u) << "AND is a word like another";
    EXPECT_EQ(this->sparse("text:delta").size(), 1u);
}

TYPED_TEST(VectorStores, odd_questions_have_defined_answers) {
    this->add(make_document("a", {"the needle in C++ and read.csv of version 3.14", "delta \xe6\x95\xb0\xe6\x8d\xae"}));
    std::string many;
    for (int i = 0; i < 10'000; ++i) many += "needle ";
    EXPECT_EQ(this->sparse(many).size(), 1u);
    EXPECT_EQ(this->sparse("the").size(), 1u) << "one stop word is looked for";
    EXPECT_TRUE(this->sparse("\xf0\x9f\x98\x80 \xf0\x9f\x8e\x89").empty());
    for (const char* whole : {"read.csv", "C++", "3.14"}) EXPECT_EQ(this->sparse(whole).size(), 1u) << whole;
    for (const char* part : {"csv", "3", "\xe6\x95\xb0\xe6\x8d\xae"}) EXPECT_EQ(this->sparse(part).size(), 1u) << part;
}

TYPED_TEST(VectorStores, a_question_of_a_hundred_thousand_characters_is_answered) {
    this->add(make_document("a", {"needle in a haystack", "delta"}));
    std::string question = "needle ";
    for (int i = 0; question.size() < 100'000; ++i) question += "word" + std::to_string(i) + " ";
    EXPECT_THAT(texts_of(this->sparse(question)), ElementsAre("needle in a haystack"));
}

TYPED_TEST(VectorStores, vectors_that_do_not_fit_are_refused_and_nothing_is_stored) {
    this->add(make_document("a", {"kept"}));
    EmbeddedDocument shorter = make_document("b", {"x", "y"});
    shorter.nodes[1].embedding.resize(4);
    EmbeddedDocument broken = make_document("b", {"x"});
    broken.nodes[0].embedding[2] = std::numeric_limits<float>::quiet_NaN();
    EmbeddedDocument other = make_document("b", {"x"});
    other.nodes[0].embedding = axis(0, 16);
    for (EmbeddedDocument& document : std::vector{shorter, broken, other}) {
        EXPECT_EQ(this->code_of(this->store().aadd(std::move(document))), errc::invalid_argument);
    }
    EXPECT_TRUE(run_task(this->store().aget_nodes("b", 0, 10)).empty());
    EXPECT_EQ(this->dense(axis(0)).size(), 1u);
    EXPECT_THROW(this->dense(axis(0, 16)), Error);
}

TYPED_TEST(VectorStores, a_document_that_contradicts_itself_is_refused) {
    EmbeddedDocument same_page = make_document("b", {"x", "y"});
    same_page.document.pages[1].number = 1;
    EmbeddedDocument same_node = make_document("b", {"x", "y"});
    same_node.nodes[1].node.id = same_node.nodes[0].node.id;
    EmbeddedDocument outside = make_document("b", {"x"});
    outside.nodes[0].node.end = 2;
    EmbeddedDocument nameless = make_document("", {"x"});
    EmbeddedDocument no_page = make_document("b", {"x"});
    no_page.nodes[0].node.page = 7;
    for (EmbeddedDocument& document : std::vector{same_page, same_node, outside, nameless, no_page}) {
        EXPECT_EQ(this->code_of(this->store().aadd(std::move(document))), errc::invalid_argument);
    }
    EXPECT_TRUE(this->dense(axis(0)).empty());
}

TYPED_TEST(VectorStores, asking_for_none_gives_none) {
    this->add(make_document("a", {"alpha"}));
    EXPECT_TRUE(this->dense(axis(0), 0).empty());
    EXPECT_TRUE(this->sparse("alpha", 0).empty());
}

TYPED_TEST(VectorStores, every_call_can_be_cancelled_at_every_await) {
    this->add(make_document("kept", {"alpha", "beta"}));
    VectorStore* store = &this->store();
    const auto whole = [&] {
        const auto nodes = run_task(store->aget_nodes("kept", 0, 10));
        EXPECT_EQ(nodes.size(), 2u);
        EXPECT_EQ(this->dense(axis(0), 10, {"kept"}).size(), 2u);
        const auto other = run_task(store->aget_nodes("other", 0, 10));
        EXPECT_TRUE(other.empty() || other.size() == 3) << "half a document is visible";
    };
    test::cancel_at_every_await([&] { return store->aadd(make_document("other", {"x", "y", "z"})); }, whole);
    test::cancel_at_every_await([&] { return store->adelete("other"); }, whole);
    test::cancel_at_every_await([&] { return store->aquery({.embedding = axis(1)}); }, whole);
    test::cancel_at_every_await([&] { return store->aquery({.mode = VectorStoreQueryMode::sparse, .text = "alpha"}); }, whole);
    test::cancel_at_every_await([&] { return store->aget_nodes("kept", 0, 1); }, whole);
    test::cancel_at_every_await([&] { return store->aget_page("kept", 1); }, whole);
    test::destroy_at_every_await([&] { return store->aadd(make_document("other", {"x", "y", "z"})); }, whole);
    test::destroy_at_every_await([&] { return store->aquery({.embedding = axis(1)}); }, whole);
}

}  // namespace
}  // namespace docmind
