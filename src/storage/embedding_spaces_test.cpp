// From one embedding model to another: which vectors are searched when, and what is there at the end.

#include "async/test_support.hpp"
#include "storage/storage.hpp"
#include "storage/test_documents.hpp"

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace docmind {
namespace {

using test::axis;
using test::make_document;
using test::run_task;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::size_t next_dimension = 16;

class EmbeddingSpacesTest : public testing::Test {
  protected:
    [[nodiscard]] Storage open() const { return Storage({.data_dir = directory.data(), .snapshot_rows = 1}); }
    /// Two documents of the old model: "alpha" on axis 0, "beta" on axis 1, "gamma" on axis 2.
    void fill() const {
        Storage storage = open();
        run_task(storage.ause_embedding("old", test::test_dimension));
        run_task(storage.vector_store().aadd(make_document("a", {"alpha", "beta"})));
        run_task(storage.vector_store().aadd(make_document("b", {"gamma"}, 2)));
        run_task(storage.aload());
    }
    /// The vector of the next model: by the text, so that it can be told whether each passage has its own.
    static Vector next_vector(const std::string& text, std::size_t dimension = next_dimension) {
        const std::size_t which = text.contains("alpha") ? 7 : text.contains("beta") ? 6 : text.contains("gamma") ? 5 : 4;
        return axis(which, dimension);
    }
    static EmbeddingSpace space(std::string model_id, std::size_t dimension = next_dimension) {
        return {.model_id = std::move(model_id), .dimension = dimension, .source = {}};
    }
    static std::size_t embed(Storage& storage, std::size_t limit, std::size_t dimension = next_dimension,
                             const std::string& model = "new") {
        std::vector<UnembeddedPassage> passages = run_task(storage.embedding_spaces().amissing(model, 0, limit));
        std::vector<Vector> vectors;
        for (const UnembeddedPassage& passage : passages) vectors.push_back(next_vector(passage.text, dimension));
        const std::size_t count = passages.size();
        run_task(storage.embedding_spaces().aput(model, std::move(passages), std::move(vectors)));
        return count;
    }
    static std::string nearest(Storage& storage, Vector vector) {
        const auto found = run_task(storage.vector_store().aquery({.embedding = std::move(vector), .similarity_top_k = 1}));
        return found.empty() || found.front().score < 0.9F ? "" : found.front().node.text;
    }
    static errc failure_of(Task<> task) {
        try {
            run_task(std::move(task));
        } catch (const Error& error) {
            return error.code();
        }
        return {};
    }
    test::TemporaryDirectory directory;
};

TEST_F(EmbeddingSpacesTest, the_old_vectors_are_searched_until_every_passage_has_a_new_one) {
    fill();
    Storage storage = open();
    ASSERT_TRUE(run_task(storage.embedding_spaces().abegin(space("new", next_dimension))));
    EXPECT_EQ(embed(storage, 2), 2u);
    EXPECT_FALSE(run_task(storage.embedding_spaces().afinish()));
    EXPECT_EQ(nearest(storage, axis(0)), "alpha");
    EXPECT_EQ(failure_of([](Storage* s) -> Task<> { co_await s->vector_store().aquery({.embedding = axis(7, next_dimension)}); }(&storage)),
              errc::invalid_argument);
    EXPECT_EQ(embed(storage, 2), 1u);
    EXPECT_TRUE(run_task(storage.embedding_spaces().afinish()));
    EXPECT_EQ(nearest(storage, axis(7, next_dimension)), "alpha");
    EXPECT_EQ(nearest(storage, axis(6, next_dimension)), "beta");
    EXPECT_EQ(nearest(storage, axis(5, next_dimension)), "gamma");
    EXPECT_EQ(failure_of([](Storage* s) -> Task<> { co_await s->vector_store().aquery({.embedding = axis(0)}); }(&storage)),
              errc::invalid_argument);
    EXPECT_THAT(run_task(storage.acheck()), IsEmpty());
}

TEST_F(EmbeddingSpacesTest, it_goes_on_where_it_stood_after_a_restart) {
    fill();
    {
        Storage storage = open();
        ASSERT_TRUE(run_task(storage.embedding_spaces().abegin(space("new", next_dimension))));
        EXPECT_EQ(embed(storage, 2), 2u);
    }
    Storage storage = open();
    ASSERT_TRUE(run_task(storage.embedding_spaces().abegin(space("new", next_dimension))));
    const SpaceProgress progress = run_task(storage.embedding_spaces().aprogress());
    EXPECT_EQ(run_task(storage.embedding_spaces().asearched()).model_id, "old");
    EXPECT_EQ(progress.passages, 3u);
    EXPECT_EQ(progress.embedded, 2u);
    EXPECT_EQ(embed(storage, 100), 1u);
}

TEST_F(EmbeddingSpacesTest, what_was_added_and_removed_meanwhile_is_right_afterwards) {
    fill();
    Storage storage = open();
    run_task(storage.embedding_spaces().abegin(space("new", next_dimension)));
    embed(storage, 2);
    std::vector<UnembeddedPassage> late = run_task(storage.embedding_spaces().amissing("new", 0, 1));
    run_task(storage.vector_store().adelete("b"));
    run_task(storage.embedding_spaces().aput("new", std::move(late), {axis(5, next_dimension)}));
    run_task(storage.vector_store().aadd(make_document("c", {"delta"}, 3)));
    EXPECT_EQ(nearest(storage, axis(3)), "delta") << "new documents are found in the old space";
    EXPECT_FALSE(run_task(storage.embedding_spaces().afinish()));
    EXPECT_EQ(embed(storage, 100), 1u);
    EXPECT_TRUE(run_task(storage.embedding_spaces().afinish()));
    EXPECT_EQ(nearest(storage, axis(4, next_dimension)), "delta");
    EXPECT_EQ(nearest(storage, axis(5, next_dimension)), "") << "a removed passage";
    EXPECT_THAT(run_task(storage.acheck()), IsEmpty());
}

TEST_F(EmbeddingSpacesTest, the_file_of_the_old_space_is_not_read_into_a_new_one_of_the_same_dimension) {
    fill();
    ASSERT_TRUE(std::filesystem::exists(directory.data() / "search.index"));
    const std::filesystem::path file = directory.data() / "search.index";
    const std::filesystem::path kept = directory.path() / "kept";
    std::filesystem::copy_file(file, kept);
    {
        Storage storage = open();
        run_task(storage.embedding_spaces().abegin(space("new", test::test_dimension)));
        embed(storage, 100, test::test_dimension);
        ASSERT_TRUE(run_task(storage.embedding_spaces().afinish()));
    }
    std::filesystem::copy_file(kept, file, std::filesystem::copy_options::overwrite_existing);
    Storage storage = open();
    EXPECT_EQ(nearest(storage, axis(7)), "alpha");
    EXPECT_EQ(nearest(storage, axis(0)), "");
    EXPECT_EQ(run_task(storage.vector_store().aquery({.mode = VectorStoreQueryMode::sparse, .text = "gamma"})).size(), 1u);
}

TEST_F(EmbeddingSpacesTest, going_back_to_the_old_model_gives_the_next_space_up) {
    fill();
    Storage storage = open();
    run_task(storage.embedding_spaces().abegin(space("new", next_dimension)));
    embed(storage, 2);
    EXPECT_FALSE(run_task(storage.embedding_spaces().abegin(space("old", test::test_dimension))));
    EXPECT_EQ(run_task(storage.embedding_spaces().aprogress()).embedded, 0u);
    EXPECT_EQ(nearest(storage, axis(0)), "alpha");
    // A third model begins anew.
    run_task(storage.embedding_spaces().abegin(space("new", next_dimension)));
    embed(storage, 2);
    EXPECT_TRUE(run_task(storage.embedding_spaces().abegin(space("third", test::test_dimension))));
    EXPECT_EQ(run_task(storage.embedding_spaces().aprogress()).embedded, 0u);
}

TEST_F(EmbeddingSpacesTest, a_vector_of_another_dimension_is_refused) {
    fill();
    Storage storage = open();
    run_task(storage.embedding_spaces().abegin(space("new", next_dimension)));
    std::vector<UnembeddedPassage> passages = run_task(storage.embedding_spaces().amissing("new", 0, 1));
    EXPECT_EQ(failure_of(storage.embedding_spaces().aput("new", std::move(passages), {axis(0)})), errc::invalid_argument);
    EXPECT_EQ(run_task(storage.embedding_spaces().aprogress()).embedded, 0u);
}

}  // namespace
}  // namespace docmind
