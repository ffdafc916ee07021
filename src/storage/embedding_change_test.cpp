// While the library moves from one embedding model to another: questions and documents of either, and never one of them compared with a
// vector of the other.

#include "async/test_support.hpp"
#include "async/when_all.hpp"
#include "storage/storage.hpp"
#include "storage/test_documents.hpp"

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace docmind {
namespace {

using test::axis;
using test::make_document;
using test::run_task;
using testing::IsEmpty;

constexpr std::size_t dimension = test::test_dimension;

/// Both models have eight dimensions, so that nothing but the name tells their vectors apart: passage i lies on axis i by the model "old",
/// and on axis 7 - i by the model "new".
Vector vector_of(const std::string& model, std::size_t passage) {
    return axis(model == "old" ? passage : 7 - passage);
}

EmbeddingSpace space(std::string model_id) {
    return {.model_id = std::move(model_id), .dimension = dimension, .source = {}};
}

const std::vector<std::string> words{"zero", "one", "two", "three", "four", "five", "six", "seven"};

EmbeddedDocument document(const std::string& id, std::size_t first, std::size_t count, const std::string& model) {
    EmbeddedDocument made = make_document(id, std::vector<std::string>(words.begin() + static_cast<std::ptrdiff_t>(first),
                                                                       words.begin() + static_cast<std::ptrdiff_t>(first + count)));
    for (std::size_t i = 0; i < count; ++i) made.nodes[i].embedding = vector_of(model, first + i);
    made.model_id = model;
    return made;
}

class EmbeddingChangeTest : public testing::Test {
  protected:
    [[nodiscard]] Storage open() const { return Storage({.data_dir = directory.data(), .snapshot_rows = 1}); }
    static void fill(Storage& storage) {
        run_task(storage.ause_embedding("old", dimension,
                                        {.model_dir = "/models/old", .base_url = "", .model = "", .query_instruction = "Q: "}));
        run_task(storage.vector_store().aadd(document("a", 0, 4, "old")));
        run_task(storage.aload());
    }
    /// Passages that lack a vector of this model, at most `limit`, get one.
    static std::size_t embed(Storage& storage, const std::string& model, std::size_t limit) {
        EmbeddingSpaces& spaces = storage.embedding_spaces();
        std::vector<UnembeddedPassage> passages = run_task(spaces.amissing(model, 0, limit));
        const std::size_t count = passages.size();
        std::vector<Vector> vectors;
        for (const UnembeddedPassage& passage : passages) {
            for (std::size_t i = 0; i < words.size(); ++i) {
                if (passage.text.ends_with(words[i])) vectors.push_back(vector_of(model, i));
            }
        }
        run_task(spaces.aput(model, std::move(passages), std::move(vectors)));
        return count;
    }
    static void move(Storage& storage, const std::string& model) {
        ASSERT_TRUE(run_task(storage.embedding_spaces().abegin(space(model))));
        while (embed(storage, model, 3) > 0) {
        }
        ASSERT_TRUE(run_task(storage.embedding_spaces().afinish()));
        run_task(storage.embedding_spaces().aforget_former());
    }
    static VectorStoreQuery question(const std::string& model, std::size_t passage) {
        return {.embedding = vector_of(model, passage), .model_id = model, .text = {}, .similarity_top_k = 1};
    }
    /// What lies there; "refused" where the vectors of that model are not searched.
    static std::string nearest(Storage& storage, const std::string& model, std::size_t passage) {
        try {
            const auto found = run_task(storage.vector_store().aquery(question(model, passage)));
            return found.empty() || found.front().score < 0.9F ? "" : found.front().node.text;
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), errc::unavailable) << error.what();
            return "refused";
        }
    }
    static std::size_t with_word(Storage& storage, const std::string& word) {
        return run_task(storage.vector_store().aquery({.mode = VectorStoreQueryMode::sparse, .text = word})).size();
    }
    test::TemporaryDirectory directory;
};

TEST_F(EmbeddingChangeTest, a_question_is_never_compared_with_vectors_of_another_model_while_the_library_moves_to_and_fro) {
    Storage storage = open();
    fill(storage);
    std::atomic<bool> done = false;
    std::map<std::string, std::map<std::string, int>> seen;  // by the question's model
    const auto ask = [&](const std::string& model, std::map<std::string, int>* answers) {
        for (std::size_t i = 0; !done; i = (i + 1) % 4) {
            const std::string found = nearest(storage, model, i);
            EXPECT_TRUE(found == words[i] || found == "refused") << model << " " << i << ": " << found;
            ++(*answers)[found == "refused" ? "refused" : "found"];
        }
    };
    auto *of_old = &seen["old"], *of_new = &seen["new"];
    std::thread first(ask, "old", of_old), second(ask, "new", of_new);
    for (int i = 0; i < 15; ++i) {
        move(storage, "new");
        move(storage, "old");
    }
    done = true;
    first.join();
    second.join();
    EXPECT_GT(seen["old"]["found"], 0);
    EXPECT_GT(seen["old"]["refused"], 0) << "the questions were to meet both spaces";
    EXPECT_GT(seen["new"]["found"], 0);
    EXPECT_GT(seen["new"]["refused"], 0);
}

TEST_F(EmbeddingChangeTest, questions_of_the_former_model_find_what_was_there_until_nobody_asks_any_more) {
    Storage storage = open();
    fill(storage);
    ASSERT_TRUE(run_task(storage.embedding_spaces().abegin(space("new"))));
    EXPECT_EQ(nearest(storage, "new", 1), "refused");
    while (embed(storage, "new", 3) > 0) {
    }
    EXPECT_EQ(nearest(storage, "old", 1), "one");
    ASSERT_TRUE(run_task(storage.embedding_spaces().afinish()));
    EXPECT_EQ(nearest(storage, "new", 1), "one");
    EXPECT_EQ(nearest(storage, "old", 1), "one") << "embedded just before the new space took over";
    run_task(storage.embedding_spaces().aforget_former());
    EXPECT_EQ(nearest(storage, "old", 1), "refused");
    EXPECT_EQ(nearest(storage, "new", 1), "one");
}

TEST_F(EmbeddingChangeTest,
       what_is_added_meanwhile_is_found_by_its_words_at_once_and_by_its_meaning_once_the_former_model_has_embedded_it) {
    {
        Storage storage = open();
        fill(storage);
        ASSERT_TRUE(run_task(storage.embedding_spaces().abegin(space("new"))));
        run_task(storage.vector_store().aadd(document("b", 4, 3, "new")));
        EXPECT_EQ(with_word(storage, "five"), 1u);
        EXPECT_EQ(nearest(storage, "old", 5), "") << "no vector of the old model, and none of another instead";
        EXPECT_EQ(nearest(storage, "old", 2), "two");
        EXPECT_THAT(run_task(storage.acheck()), IsEmpty());
    }
    Storage storage = open();
    EXPECT_EQ(with_word(storage, "five"), 1u) << "once, from the file of the indexes and the database";
    EXPECT_EQ(embed(storage, "old", 2), 2u);
    EXPECT_EQ(nearest(storage, "old", 4), "four");
    EXPECT_EQ(nearest(storage, "old", 5), "five");
    EXPECT_EQ(nearest(storage, "old", 6), "");
    EXPECT_EQ(embed(storage, "old", 2), 1u);
    EXPECT_EQ(embed(storage, "old", 2), 0u);
    EXPECT_EQ(nearest(storage, "old", 6), "six");
    // Only those of before lack a vector of the new model.
    EXPECT_EQ(embed(storage, "new", 100), 4u);
    ASSERT_TRUE(run_task(storage.embedding_spaces().afinish()));
    for (std::size_t i = 0; i < 7; ++i) EXPECT_EQ(nearest(storage, "new", i), words[i]);
    EXPECT_EQ(embed(storage, "new", 100), 0u);
    EXPECT_THAT(run_task(storage.acheck()), IsEmpty());
}

TEST_F(EmbeddingChangeTest, giving_it_up_leaves_the_old_space_whole_and_new_documents_to_be_embedded_in_it) {
    {
        Storage storage = open();
        fill(storage);
        ASSERT_TRUE(run_task(storage.embedding_spaces().abegin(space("new"))));
        embed(storage, "new", 2);
        run_task(storage.vector_store().aadd(document("b", 4, 1, "new")));
        EXPECT_TRUE(run_task(storage.embedding_spaces().agive_up()));
        EXPECT_FALSE(run_task(storage.embedding_spaces().agive_up()));
        EXPECT_EQ(run_task(storage.embedding_spaces().aprogress()).embedded, 0u);
    }
    Storage storage = open();
    EXPECT_EQ(with_word(storage, "four"), 1u);
    EXPECT_EQ(embed(storage, "old", 100), 1u);
    for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(nearest(storage, "old", i), words[i]);
    EXPECT_THAT(run_task(storage.acheck()), IsEmpty());
}

TEST_F(EmbeddingChangeTest, a_document_and_vectors_of_a_model_that_the_library_does_not_know_are_refused_and_leave_nothing) {
    Storage storage = open();
    fill(storage);
    const auto refused = [](Task<> task) {
        try {
            run_task(std::move(task));
        } catch (const Error& error) {
            return error.code() == errc::unavailable;
        }
        return false;
    };
    EXPECT_TRUE(refused(storage.vector_store().aadd(document("b", 4, 1, "new"))));
    EXPECT_EQ(with_word(storage, "four"), 0u);
    ASSERT_TRUE(run_task(storage.embedding_spaces().abegin(space("new"))));
    EXPECT_TRUE(refused(storage.vector_store().aadd(document("b", 4, 1, "third"))));
    EXPECT_TRUE(refused(storage.embedding_spaces().aput("third", {}, {})));
    EXPECT_EQ(with_word(storage, "four"), 0u);
}

TEST_F(EmbeddingChangeTest, where_the_model_was_found_is_remembered_and_follows_a_change_of_the_instruction) {
    {
        Storage storage = open();
        fill(storage);
        EXPECT_EQ(run_task(storage.embedding_spaces().asearched()).source.model_dir, "/models/old");
        const EmbeddingSource moved{.model_dir = "/elsewhere", .base_url = "", .model = "", .query_instruction = "Ask: "};
        run_task(storage.ause_embedding("old", dimension, moved));
        run_task(storage.ause_embedding("old", dimension));
        EXPECT_FALSE(run_task(storage.embedding_spaces().abegin({.model_id = "old", .dimension = dimension, .source = moved})));
    }
    Storage storage = open();
    const EmbeddingSource source = run_task(storage.embedding_spaces().asearched()).source;
    EXPECT_EQ(source.model_dir, "/elsewhere");
    EXPECT_EQ(source.query_instruction, "Ask: ");
    ASSERT_TRUE(run_task(storage.embedding_spaces().abegin(
        {.model_id = "new",
         .dimension = dimension,
         .source = {.model_dir = "", .base_url = "http://there", .model = "m", .query_instruction = ""}})));
    embed(storage, "new", 100);
    ASSERT_TRUE(run_task(storage.embedding_spaces().afinish()));
    EXPECT_EQ(run_task(storage.embedding_spaces().asearched()).source.base_url, "http://there");
}

TEST_F(EmbeddingChangeTest, the_pages_of_the_old_vectors_are_used_again) {
    std::vector<std::string> texts(300, "the same words again and again");
    for (std::size_t i = 0; i < texts.size(); ++i) texts[i] += " " + std::to_string(i);
    constexpr std::size_t wide = 512;
    const auto move_all = [](Storage& storage, const std::string& model) {
        EmbeddingSpaces& spaces = storage.embedding_spaces();
        ASSERT_TRUE(run_task(spaces.abegin({.model_id = model, .dimension = wide, .source = {}})));
        std::vector<UnembeddedPassage> passages = run_task(spaces.amissing(model, 0, 1000));
        std::vector<Vector> vectors(passages.size(), axis(1, wide));
        run_task(spaces.aput(model, std::move(passages), std::move(vectors)));
        ASSERT_TRUE(run_task(spaces.afinish()));
    };
    const auto size = [this] { return std::filesystem::file_size(directory.data() / "docmind.sqlite3"); };
    {
        Storage storage = open();
        run_task(storage.ause_embedding("first", wide));
        EmbeddedDocument many = make_document("many", texts);
        for (EmbeddedNode& node : many.nodes) node.embedding = axis(0, wide);
        run_task(storage.vector_store().aadd(std::move(many)));
    }
    std::vector<std::uintmax_t> sizes{size()};
    for (const char* model : {"second", "third", "fourth", "fifth"}) {
        {
            Storage storage = open();
            move_all(storage, model);
        }
        sizes.push_back(size());
    }
    // Room for two spaces at once, however often the model changes.
    EXPECT_GT(sizes[1], sizes[0]);
    EXPECT_LE(sizes.back(), sizes[1] + sizes[1] / 20);
}

}  // namespace
}  // namespace docmind
