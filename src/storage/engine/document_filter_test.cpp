// Filters are part of the search: what it gives with them is what a search for everything gives, filtered afterwards.

#include "async/test_support.hpp"
#include "storage/memory_vector_store.hpp"
#include "storage/storage.hpp"
#include "storage/test_documents.hpp"

#include <docmind/document_store.hpp>
#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

namespace docmind {
namespace {

using test::run_task;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

MetadataFilter filter(const std::string& text) {
    return parse_filter(text);
}

TEST(MetadataFilter, is_read_as_it_is_written) {
    const MetadataFilter parsed = filter(" Author *= Smith, John | Doe ");
    EXPECT_EQ(parsed.key, "author");
    EXPECT_EQ(parsed.op, FilterOperator::contains);
    EXPECT_THAT(parsed.values, ElementsAre("Smith, John", "Doe"));
    for (const std::string text : {"type=pdf|docx", "language!=de", "source^=/a b/c=d", "created>=2024-03", "added<2024",
                                   "x>2020-01-01T00:00:00Z", "created<=2024-03-01"})
        EXPECT_EQ(to_string(filter(text)), text);
}

TEST(MetadataFilter, that_says_nothing_or_cannot_hold_is_refused_in_words_that_help) {
    for (const std::string text :
         {"", "pdf", "=pdf", "type=", "type=pdf|", "created>=May", "created<24", "folder^=/a", "folder>2024", "a=\x01"}) {
        try {
            ADD_FAILURE() << text << " became " << to_string(filter(text));
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), errc::invalid_argument);
            EXPECT_NE(std::string(error.what()).find("ilter"), std::string::npos);
        }
    }
    EXPECT_THROW(check_filters(std::vector(33, filter("a=b"))), Error);
}

TEST(MetadataFilter, holds_for_what_it_says) {
    const DocumentRecord document{.name = "Report.PDF",
                                  .media_type = "application/pdf",
                                  .created_at = "2026-02-03T04:05:06Z",
                                  .source = "/home/me/Papers/Report.PDF",
                                  .metadata = {{"author", "Ada Smith"}, {"created", "2024-03-31T23:59:59Z"}, {"language", "de"}}};
    const std::vector<std::pair<std::string, bool>> cases{
        {"type=pdf", true},
        {"type=docx|PDF", true},
        {"type=application/pdf", true},
        {"type^=image/", false},
        {"type!=pdf", false},
        {"type!=docx", true},
        {"name=report.pdf", true},
        {"author=Ada", false},
        {"author*=smith", true},
        {"title*=x", false},
        {"title!=x", true},
        {"created=2024-03", true},
        {"created=2024-04", false},
        {"created>=2024-03-31", true},
        {"created>2024-03-31", false},
        {"created<=2024", true},
        {"created<2024", false},
        {"created>2023", true},
        {"modified<2030", false},
        {"added>=2026-02-03T04:05", true},
        {"folder=/home/me/papers", true},
        {"folder=/home/me/", true},
        {"folder=/home/m", false},
        {"folder!=/etc", true},
        {"source^=/home/m", true},
    };
    for (const auto& [text, expected] : cases) EXPECT_EQ(matches({filter(text)}, document), expected) << text;
    EXPECT_TRUE(matches({}, document));
    EXPECT_FALSE(matches({filter("type=pdf"), filter("language=en")}, document)) << "all of them must hold";
}

/// A store with documents of random facts, some under way from a folder, and everything that is known of them.
struct Library {
    explicit Library(std::mt19937& random) {
        const auto one_of = [&random](std::initializer_list<const char*> values) {
            return std::string(*(values.begin() + random() % values.size()));
        };
        for (int i = 0; i < 60; ++i) {
            const std::string id = "d" + std::to_string(i);
            DocumentRecord record{.id = id,
                                  .name = one_of({"a", "B", "c"}) + std::to_string(i) + one_of({".pdf", ".PDF", ".docx", ".txt", ""}),
                                  .sha256 = "sha" + id,
                                  .created_at = one_of({"2023-01-01T00:00:00Z", "2024-06-01T10:00:00Z", "2024-06-02T10:00:00Z"})};
            if (random() % 2 == 0) record.source = one_of({"/home/me/papers/", "/home/me/papers2/", "/srv/Über/"}) + record.name;
            run_task(storage.document_store().acreate(record));
            std::vector<std::string> texts;
            for (unsigned n = 0; n < 1 + random() % 4; ++n)
                texts.push_back("otter " + one_of({"swims", "sleeps", "eats fish"}) + " " + std::to_string(random() % 50));
            EmbeddedDocument document = test::make_document(id, texts);
            document.document.name = record.name;
            document.document.media_type = one_of({"application/pdf", "text/plain", "image/png"});
            if (random() % 3 != 0) document.document.metadata["author"] = one_of({"Ada Smith", "ada smith", "Bob", "Ümit Ödül"});
            if (random() % 3 != 0)
                document.document.metadata["created"] = one_of({"2023-05-05T00:00:00Z", "2024-06-01", "2024", "May 2020"});
            if (random() % 3 == 0) document.document.metadata["language"] = one_of({"de", "en"});
            for (EmbeddedNode& node : document.nodes) node.embedding = test::random_unit(random, test::test_dimension);
            run_task(storage.vector_store().aadd(std::move(document)));
            records[id] = run_task(storage.document_store().aget(id));
        }
    }
    test::TemporaryDirectory directory;
    Storage storage{{.data_dir = directory.data()}};
    std::map<std::string, DocumentRecord> records;
};

std::vector<std::string> ids_of(const std::vector<NodeWithScore>& found) {
    std::vector<std::string> ids;
    for (const NodeWithScore& node : found) ids.push_back(node.node.id);
    return ids;
}

TEST(DocumentFilter, a_filtered_search_gives_what_filtering_everything_afterwards_gives) {
    std::mt19937 random(20'261'130);
    const Library library(random);
    VectorStore& store = const_cast<Library&>(library).storage.vector_store();
    const std::vector<std::string> pool{
        "type=pdf",          "type=pdf|txt",     "type!=pdf",        "type^=image/",      "name^=B",
        "name*=1",           "author=ada smith", "author!=bob",      "author*=smith|bob", "author^=Ü",
        "author*=Ödül",      "language=de",      "language!=de",     "created>=2024",     "created>2023",
        "created<=2024-06",  "created<2024",     "created=2024",     "created!=2024-06",  "added<2024",
        "added>=2024-06-02", "added=2024-06",    "folder!=/home/me", "folder=/home/me",   "folder=/home/me/papers",
        "source^=/srv/Über", "source*=papers",   "missing=x",        "missing!=x",        "created^=May"};
    std::size_t found_some = 0, found_none = 0;
    for (int round = 0; round < 400; ++round) {
        std::vector<MetadataFilter> filters;
        for (unsigned n = 0; n < 1 + random() % 3; ++n) filters.push_back(filter(pool[random() % pool.size()]));
        std::vector<std::string> named;
        if (random() % 4 == 0) {
            for (int i = 0; i < 20; ++i) named.push_back("d" + std::to_string(random() % 70));
        }
        const std::size_t k = 1 + random() % 12;
        VectorStoreQuery query{.mode = round % 2 == 0 ? VectorStoreQueryMode::dense : VectorStoreQueryMode::sparse,
                               .embedding = test::random_unit(random, test::test_dimension),
                               .text = "which otter sleeps or eats fish",
                               .similarity_top_k = 1000};
        std::vector<NodeWithScore> expected = run_task(store.aquery(query));
        std::erase_if(expected, [&](const NodeWithScore& node) {
            const bool is_named = named.empty() || std::ranges::find(named, node.node.document_id) != named.end();
            return !is_named || !matches(filters, library.records.at(node.node.document_id));
        });
        if (expected.size() > k) expected.resize(k);
        query.similarity_top_k = k;
        query.document_ids = named;
        query.filters = filters;
        std::string asked;
        for (const MetadataFilter& one : filters) asked += to_string(one) + " ";
        const std::vector<std::string> got = ids_of(run_task(store.aquery(query)));
        ASSERT_EQ(got, ids_of(expected)) << asked;
        ++(expected.empty() ? found_none : found_some);
    }
    EXPECT_GT(found_some, 100u);
    EXPECT_GT(found_none, 20u);
}

template <class Store>
void expect_filters_and_ids_both_hold(Store& store) {
    for (const std::string id : {"a", "b", "c"}) {
        EmbeddedDocument document = test::make_document(id, {"apple " + id});
        document.document.metadata["author"] = id == "c" ? "Eve" : "Ann";
        run_task(store.aadd(std::move(document)));
    }
    const auto ask = [&](std::vector<std::string> ids, const std::string& text) {
        const VectorStoreQuery query{
            .mode = VectorStoreQueryMode::sparse, .text = "apple", .document_ids = std::move(ids), .filters = {filter(text)}};
        std::vector<std::string> documents;
        for (const NodeWithScore& node : run_task(store.aquery(query))) documents.push_back(node.node.document_id);
        return documents;
    };
    EXPECT_THAT(ask({}, "author=ann"), UnorderedElementsAre("a", "b"));
    EXPECT_THAT(ask({"b", "c"}, "author=ann"), ElementsAre("b"));
    EXPECT_THAT(ask({"c"}, "author=ann"), IsEmpty());
    EXPECT_THAT(ask({}, "type=pdf").size(), 3u);
    VectorStoreQuery broken{.embedding = test::axis(0), .filters = {MetadataFilter{.key = "author"}}};
    EXPECT_THROW(run_task(store.aquery(broken)), Error);
}

TEST(DocumentFilter, filters_and_named_documents_hold_together) {
    const test::TemporaryDirectory directory;
    Storage storage{{.data_dir = directory.data()}};
    expect_filters_and_ids_both_hold(storage.vector_store());
}

TEST(DocumentFilter, the_store_in_memory_agrees) {
    MemoryVectorStore store;
    expect_filters_and_ids_both_hold(store);
}

TEST(DocumentFilter, a_document_that_is_replaced_or_renamed_is_found_by_what_it_is_now) {
    const test::TemporaryDirectory directory;
    Storage storage{{.data_dir = directory.data()}};
    EmbeddedDocument document = test::make_document("a", {"apple"});
    document.document.metadata["author"] = "Ann";
    run_task(storage.vector_store().aadd(document));
    document.document.metadata["author"] = "Eve";
    run_task(storage.vector_store().aadd(document));
    run_task(storage.document_store().arename("a", "a.docx", "/papers/a.docx"));
    const auto count = [&](const std::string& text) {
        return run_task(storage.vector_store().aquery({.embedding = test::axis(0), .filters = {filter(text)}})).size();
    };
    EXPECT_EQ(count("author=ann"), 0u);
    EXPECT_EQ(count("author=eve"), 1u);
    EXPECT_EQ(count("type=docx"), 1u);
    EXPECT_EQ(count("folder=/papers"), 1u);
}

}  // namespace
}  // namespace docmind
