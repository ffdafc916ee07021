// The library follows the configured embedding model, or stays: what answers questions meanwhile, what becomes of new documents, and what
// is kept for the next start.

#include "application/reindex.hpp"

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "async/deadline.hpp"
#include "async/loop.hpp"
#include "async/scope.hpp"
#include "async/test_support.hpp"
#include "embeddings/hash_embedding.hpp"
#include "retrieval/query_fusion_retriever.hpp"
#include "storage/storage.hpp"
#include "storage/test_documents.hpp"

namespace docmind {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using State = Reindexing::State;

/// A model that can be held up, and can fail.
class SteeredEmbedding final : public HashEmbedding {
  public:
    explicit SteeredEmbedding(Params params) : HashEmbedding(std::move(params)) { open.set(); }
    Task<std::vector<Vector>> aget_text_embedding_batch(std::vector<std::string> texts, Priority priority) override {
        co_await open.wait();
        if (!failure.empty()) throw Error(errc::unavailable, failure);
        embedded += texts.size();
        std::vector<Vector> vectors = co_await HashEmbedding::aget_text_embedding_batch(std::move(texts), priority);
        co_return vectors;
    }
    Event open;
    std::string failure;
    std::size_t embedded = 0;
};

std::shared_ptr<SteeredEmbedding> model(const std::string& id, std::size_t dimension) {
    return std::make_shared<SteeredEmbedding>(HashEmbedding::Params{.dimension = dimension, .model_id = id});
}

EmbeddingSource at(const std::string& model_dir) {
    return {.model_dir = model_dir, .base_url = "", .model = "", .query_instruction = ""};
}

/// One start of the program, configured with the model "new"; the library was made with the model "old".
struct Start {
    explicit Start(const std::filesystem::path& data) : storage({.data_dir = data}) {}

    Task<std::shared_ptr<Embedding>> recall(EmbeddingSource source) {
        EXPECT_EQ(source, at("/old"));
        if (!lost.empty()) throw Error(errc::unavailable, lost);
        co_return former;
    }
    [[nodiscard]] State state() const { return reindex.status().value().state; }
    [[nodiscard]] bool is_moving() const { return reindex.status().has_value(); }

    std::shared_ptr<SteeredEmbedding> former = model("old", 64), configured = model("new", 32);
    std::string lost;  // why the former model cannot be had
    Storage storage;
    LateEmbedding questions, passages;
    Reindex reindex{{.passages_at_once = 4, .first_retry = std::chrono::milliseconds(1), .longest_retry = std::chrono::milliseconds(4)},
                    storage,
                    nullptr,
                    questions,
                    passages,
                    [this](EmbeddingSource source) { return recall(std::move(source)); }};
    QueryFusionRetriever retriever{{}, questions, storage.vector_store(), nullptr};
    std::unique_ptr<Scope> following;
};

Task<> follow(Start* start) {
    const Executor executor = co_await this_executor();
    start->following = std::make_unique<Scope>(executor);
    start->following->spawn(start->reindex.arun());
}

/// The configuration names another model while the program runs.
Task<> change(Start* start, std::shared_ptr<SteeredEmbedding> to, std::string folder) {
    co_await start->following->close(std::chrono::seconds(0));
    co_await start->reindex.achange({.embedding = std::move(to), .source = at(folder)});
    co_await follow(start);
}

Task<> add(Start* start, std::string id, std::string text, Embedding* with) {
    EmbeddedDocument document = test::make_document(id, {text});
    document.nodes.front().embedding = co_await with->aget_query_embedding(searchable_text(document.nodes.front().node));
    document.model_id = with->model_id();
    co_await start->storage.vector_store().aadd(std::move(document));
}

/// Ten documents of the model "old".
Task<> fill(Start* start) {
    co_await start->storage.ause_embedding("old", 64, at("/old"));
    for (int i = 0; i < 10; ++i) co_await add(start, "d" + std::to_string(i), "animal" + std::to_string(i), start->former.get());
}

Task<> until(std::function<bool()> it_is_so) {
    while (!it_is_so()) co_await sleep_for(std::chrono::milliseconds(1));
}

Task<std::string> nearest(Start* start, std::string question) {
    const RetrievalResult found = co_await start->retriever.aretrieve({.query_str = std::move(question), .mode = RetrievalMode::dense});
    const bool is_near = !found.nodes.empty() && found.nodes.front().scores.dense.value_or(0) > 0.3F;
    co_return is_near ? found.nodes.front().node.document_id : "";
}

Task<> expect_nearest(Start* start, std::string question, std::string document) {
    const std::string found = co_await nearest(start, question);
    EXPECT_EQ(found, document) << question;
}

using Script = Task<> (*)(Start* start);

Task<> run_script(Start* start, Script script) {
    co_await start->reindex.astart({.embedding = start->configured, .source = at("/new")});
    co_await follow(start);
    co_await script(start);
    start->configured->open.set();
    co_await start->following->close(std::chrono::seconds(0));
}

class ReindexTest : public testing::Test {
  protected:
    void SetUp() override {
        Start before(directory.data());
        test::run_task(fill(&before));
    }
    void run(const std::function<void(Start*)>& prepare, Script script) const {
        Start start(directory.data());
        prepare(&start);
        test::run_task(run_script(&start, script));
        EXPECT_THAT(test::run_task(start.storage.acheck()), IsEmpty());
    }
    test::TemporaryDirectory directory;
};

Task<> old_serves_then_new(Start* start) {
    co_await until([start] { return start->questions.late.is_decided(); });
    EXPECT_EQ(start->questions.model_id(), "old");
    EXPECT_EQ(start->passages.model_id(), "new");
    EXPECT_TRUE(start->reindex.status()->searches_by_meaning);
    EXPECT_THAT(start->reindex.status()->detail, HasSubstr("the search goes on with old"));
    co_await expect_nearest(start, "animal3", "d3");
    // What comes in brings a vector of the new model; the former one embeds it too.
    HashEmbedding as_the_new_one({.dimension = 32, .model_id = "new"});
    co_await add(start, "late", "newcomer", &as_the_new_one);
    std::string found;
    while (found != "late") found = co_await nearest(start, "newcomer");
    EXPECT_EQ(start->former->embedded, 1u);
    EXPECT_TRUE(start->is_moving());

    start->configured->open.set();
    co_await until([start] { return !start->is_moving(); });
    EXPECT_EQ(start->questions.model_id(), "new");
    EXPECT_EQ(start->former.use_count(), 1) << "the former model is let go";
    EXPECT_EQ(start->configured->embedded, 10u) << "the newcomer had its vector";
    co_await expect_nearest(start, "animal3", "d3");
    co_await expect_nearest(start, "newcomer", "late");
}

TEST_F(ReindexTest, the_former_model_answers_for_old_and_new_documents_until_the_new_one_takes_over) {
    // Held up after the first batch: the former one is asked while a part has vectors of both.
    run([](Start* start) { start->configured->open.reset(); }, old_serves_then_new);
    // The next start has nothing to do.
    run([](Start*) {},
        [](Start* start) -> Task<> {
            EXPECT_FALSE(start->is_moving());
            EXPECT_EQ(start->questions.model_id(), "new");
            co_await expect_nearest(start, "animal9", "d9");
            EXPECT_EQ(start->configured->embedded, 0u);
        });
}

Task<> words_only(Start* start) {
    co_await until([start] { return start->questions.late.is_decided(); });
    const RetrievalResult found = co_await start->retriever.aretrieve({.query_str = "animal3"});
    EXPECT_EQ(found.nodes.front().node.document_id, "d3");
    EXPECT_FALSE(found.nodes.front().scores.dense.has_value());
    EXPECT_THAT(found.notes, Contains(HasSubstr("keyword search only")));
    EXPECT_FALSE(start->reindex.status()->searches_by_meaning);
    EXPECT_THAT(start->reindex.status()->detail, HasSubstr("found by their words"));
    EXPECT_THAT(start->reindex.status()->detail, HasSubstr("old cannot be had, the folder is gone"));
    std::string refusal;
    try {
        co_await start->reindex.acancel();
    } catch (const Error& error) {
        refusal = error.what();
    }
    EXPECT_THAT(refusal, HasSubstr("embedding.model_dir = \"/old\"")) << "it says what to do";
    EXPECT_EQ(start->state(), State::running);
    // It comes back after all.
    start->lost.clear();
    co_await until([start] { return start->questions.late.now() != nullptr; });
    co_await expect_nearest(start, "animal3", "d3");
}

TEST_F(ReindexTest, where_the_former_model_cannot_be_had_words_are_searched_and_the_state_says_why) {
    run(
        [](Start* start) {
            start->configured->open.reset();
            start->lost = "the folder is gone.";
        },
        words_only);
}

TEST_F(ReindexTest, another_model_in_the_place_of_the_former_one_is_not_taken_for_it) {
    run(
        [](Start* start) {
            start->configured->open.reset();
            start->former = model("old, retrained", 64);
        },
        [](Start* start) -> Task<> {
            co_await until([start] { return start->questions.late.is_decided(); });
            EXPECT_EQ(start->questions.late.now(), nullptr);
            EXPECT_THAT(start->reindex.status()->detail, HasSubstr("there is old, retrained now"));
        });
}

Task<> cancel_it(Start* start) {
    co_await until([start] { return start->questions.late.is_decided(); });
    HashEmbedding as_the_new_one({.dimension = 32, .model_id = "new"});
    co_await add(start, "late", "newcomer", &as_the_new_one);
    co_await start->reindex.acancel();
    co_await start->reindex.acancel();
    EXPECT_EQ(start->state(), State::cancelled);
    EXPECT_EQ(start->passages.model_id(), "old");
    std::string found;
    while (found != "late") found = co_await nearest(start, "newcomer");
    co_await expect_nearest(start, "animal5", "d5");
    // A document that the new model embedded before is not taken any more; its work is done again.
    errc refused{};
    try {
        co_await add(start, "later", "straggler", &as_the_new_one);
    } catch (const Error& error) {
        refused = error.code();
    }
    EXPECT_EQ(refused, errc::unavailable);
}

Task<> still_cancelled_then_resumed(Start* start) {
    EXPECT_EQ(start->state(), State::cancelled);
    co_await until([start] { return start->passages.late.is_decided(); });
    EXPECT_EQ(start->passages.model_id(), "old");
    co_await expect_nearest(start, "newcomer", "late");
    EXPECT_EQ(start->configured->embedded, 0u);
    co_await start->reindex.aresume();
    EXPECT_EQ(start->passages.model_id(), "new");
    co_await until([start] { return !start->is_moving(); });
    EXPECT_EQ(start->configured->embedded, 11u);
    co_await expect_nearest(start, "newcomer", "late");
}

TEST_F(ReindexTest, cancelled_it_stays_with_the_former_model_also_after_a_restart_until_it_is_begun_anew) {
    run([](Start* start) { start->configured->open.reset(); }, cancel_it);
    run([](Start*) {}, still_cancelled_then_resumed);
}

TEST_F(ReindexTest, cancelled_and_the_former_model_gone_nothing_is_embedded_and_the_state_says_what_to_do) {
    run([](Start* start) { start->configured->open.reset(); }, cancel_it);
    run([](Start* start) { start->lost = "the folder is gone."; },
        [](Start* start) -> Task<> {
            co_await until([start] { return start->passages.late.is_decided(); });
            EXPECT_EQ(start->passages.late.now(), nullptr);
            EXPECT_THAT(start->reindex.status()->detail, HasSubstr("the folder is gone."));
            EXPECT_THAT(start->reindex.status()->detail, HasSubstr("docmind reindex"));
        });
}

Task<> pause_it(Start* start) {
    co_await start->reindex.apause();
    start->configured->open.set();
    co_await until([start] { return start->questions.late.is_decided(); });
    EXPECT_EQ(start->state(), State::paused);
    co_await expect_nearest(start, "animal5", "d5");
}

Task<> paused_then_resumed(Start* start) {
    EXPECT_EQ(start->state(), State::paused);
    // New documents are embedded by both all the same.
    HashEmbedding as_the_new_one({.dimension = 32, .model_id = "new"});
    co_await add(start, "late", "newcomer", &as_the_new_one);
    co_await until([start] { return start->former->embedded == 1; });
    EXPECT_EQ(start->configured->embedded, 0u);
    co_await start->reindex.aresume();
    co_await until([start] { return !start->is_moving(); });
    EXPECT_LE(start->configured->embedded, 10u);
}

TEST_F(ReindexTest, paused_it_stays_paused_after_a_restart_and_goes_on_where_it_stood) {
    run([](Start* start) { start->configured->open.reset(); }, pause_it);
    run([](Start*) {}, paused_then_resumed);
}

Task<> waits_then_goes_on(Start* start) {
    co_await until([start] { return start->state() == State::waiting; });
    EXPECT_THAT(start->reindex.status()->detail, HasSubstr("out to lunch"));
    co_await expect_nearest(start, "animal5", "d5");
    start->configured->failure.clear();
    co_await until([start] { return !start->is_moving(); });
    EXPECT_EQ(start->configured->embedded, 10u);
}

TEST_F(ReindexTest, while_the_configured_model_is_not_there_at_all_the_former_one_answers_questions) {
    Start start(directory.data());
    test::run_task(start.reindex.astand_in(at("/new")));
    EXPECT_EQ(start.questions.model_id(), "old");
    EXPECT_FALSE(start.passages.late.is_decided()) << "which model they get is not known";
    test::run_task(expect_nearest(&start, "animal3", "d3"));
    test::run_task(run_script(&start, [](Start* s) { return until([s] { return !s->is_moving(); }); }));
    EXPECT_EQ(start.questions.model_id(), "new");

    Start settled(directory.data() / "none");
    test::run_task(settled.reindex.astand_in(at("/new")));
    EXPECT_FALSE(settled.questions.late.is_decided()) << "an empty library has no former model";
}

TEST_F(ReindexTest, a_new_model_that_does_not_answer_is_waited_for) {
    run([](Start* start) { start->configured->failure = "It is out to lunch."; }, waits_then_goes_on);
}

TEST_F(ReindexTest, a_former_model_that_fails_holds_nothing_up) {
    run([](Start* start) { start->former->failure = "It is out to lunch."; },
        [](Start* start) -> Task<> {
            co_await until([start] { return !start->is_moving(); });
            co_await expect_nearest(start, "animal5", "d5");
        });
}

Task<> changed_while_it_runs(Start* start) {
    EXPECT_FALSE(start->is_moving());
    const auto next = model("next", 32);
    next->open.reset();
    co_await change(start, next, "/next");
    EXPECT_TRUE(start->is_moving());
    EXPECT_EQ(start->reindex.status()->from, "old");
    EXPECT_EQ(start->reindex.status()->to, "next");
    EXPECT_TRUE(start->reindex.status()->searches_by_meaning) << "the model is at hand: it need not be found again";
    EXPECT_EQ(start->questions.model_id(), "old");
    EXPECT_EQ(start->passages.model_id(), "next");
    co_await expect_nearest(start, "animal3", "d3");
    next->open.set();
    co_await until([start] { return !start->is_moving(); });
    EXPECT_EQ(start->questions.model_id(), "next");
    co_await expect_nearest(start, "animal3", "d3");
    // And on to one more, from the model that it has just come to.
    const auto last = model("last", 40);
    last->open.reset();
    co_await change(start, last, "/last");
    EXPECT_EQ(start->reindex.status()->from, "next");
    EXPECT_EQ(start->questions.model_id(), "next");
    co_await expect_nearest(start, "animal4", "d4");
    last->open.set();
    co_await until([start] { return !start->is_moving(); });
    co_await expect_nearest(start, "animal4", "d4");
}

TEST_F(ReindexTest, a_model_that_is_named_while_it_runs_is_followed_as_one_that_was_named_at_the_start) {
    run(
        [](Start* start) {
            start->configured = start->former;
            start->lost = "it is not asked for";
        },
        changed_while_it_runs);
}

Task<> superseded(Start* start) {
    co_await until([start] { return start->questions.late.is_decided(); });
    const auto third = model("third", 48);
    third->open.reset();
    co_await change(start, third, "/third");
    EXPECT_EQ(start->reindex.status()->from, "old");
    EXPECT_EQ(start->reindex.status()->to, "third");
    EXPECT_EQ(start->reindex.status()->embedded, 0u) << "what was embedded for the one in between is of no use";
    EXPECT_EQ(start->questions.model_id(), "old");
    EXPECT_EQ(start->passages.model_id(), "third");
    // A document that the one in between embedded goes back to the queue.
    HashEmbedding as_the_second({.dimension = 32, .model_id = "new"});
    errc refused{};
    try {
        co_await add(start, "late", "newcomer", &as_the_second);
    } catch (const Error& error) {
        refused = error.code();
    }
    EXPECT_EQ(refused, errc::unavailable);
    co_await expect_nearest(start, "animal3", "d3");
    third->open.set();
    co_await until([start] { return !start->is_moving(); });
    EXPECT_EQ(start->questions.model_id(), "third");
    EXPECT_EQ(start->configured->embedded, 0u);
    co_await expect_nearest(start, "animal3", "d3");
}

TEST_F(ReindexTest, another_change_while_the_first_is_under_way_takes_its_place) {
    run([](Start* start) { start->configured->open.reset(); }, superseded);
}

Task<> gone_back(Start* start) {
    co_await until([start] { return start->questions.late.is_decided(); });
    co_await change(start, start->former, "/old");
    EXPECT_FALSE(start->is_moving());
    EXPECT_EQ(start->questions.model_id(), "old");
    EXPECT_EQ(start->passages.model_id(), "old");
    EXPECT_EQ(start->former->embedded, 0u) << "nothing has to be embedded for that";
    co_await expect_nearest(start, "animal3", "d3");
}

TEST_F(ReindexTest, back_to_the_former_model_while_it_is_under_way_nothing_is_left_to_do) {
    run([](Start* start) { start->configured->open.reset(); }, gone_back);
    run([](Start* start) { start->configured = start->former; },
        [](Start* start) -> Task<> {
            EXPECT_FALSE(start->is_moving());
            co_await expect_nearest(start, "animal3", "d3");
        });
}

TEST_F(ReindexTest, a_model_that_is_named_again_is_followed_whatever_was_paused_or_cancelled_before) {
    run([](Start* start) { start->configured->open.reset(); }, cancel_it);
    run([](Start*) {},
        [](Start* start) -> Task<> {
            EXPECT_EQ(start->state(), State::cancelled);
            co_await change(start, start->configured, "/new");
            co_await start->reindex.apause();
            EXPECT_EQ(start->state(), State::paused);
            co_await change(start, start->configured, "/new");
            co_await until([start] { return !start->is_moving(); });
            EXPECT_EQ(start->questions.model_id(), "new");
        });
}

}  // namespace
}  // namespace docmind
