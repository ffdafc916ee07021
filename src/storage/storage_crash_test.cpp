// Killed at each named point, with a power cut's suddenness: what was acknowledged is there, nothing is half there, nothing is there twice.

#include "async/test_support.hpp"
#include "storage/engine/crash_point.hpp"
#include "storage/engine/restored_library.hpp"
#include "storage/storage.hpp"
#include "storage/test_documents.hpp"

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <functional>
#include <optional>
#include <string>

namespace docmind {
namespace {

using test::axis;
using test::make_document;
using test::run_task;
using testing::IsEmpty;

// In the child only.
std::string_view deadly_point;
int passes_left = 0;

void die_at(std::string_view name) {
    if (name == deadly_point && --passes_left == 0) ::kill(::getpid(), SIGKILL);
}

/// All passages get vectors of another model, as long as the old ones.
void move_to(Storage& storage, const std::string& model) {
    EmbeddingSpaces& spaces = storage.embedding_spaces();
    if (!run_task(spaces.abegin({.model_id = model, .dimension = test::test_dimension, .source = {}}))) return;
    for (;;) {
        std::vector<UnembeddedPassage> passages = run_task(spaces.amissing(model, 0, 1));
        if (passages.empty()) break;
        run_task(spaces.aput(model, std::move(passages), {axis(7)}));
    }
    if (!run_task(spaces.afinish())) throw std::runtime_error("not every passage has a vector");
}

/// Everything that writes, one step after another; `done` hears of each step that was acknowledged.
void work(const std::filesystem::path& directory, const std::function<void(char)>& done) {
    // A restored library that is empty; restored_library_test.cpp has more of that.
    std::filesystem::create_directories(unfinished_restore(directory));
    commit_restore(directory, "");
    {
        Storage storage({.data_dir = directory, .snapshot_rows = 1});
        run_task(storage.ause_embedding("model", test::test_dimension));
        DocumentStore& documents = storage.document_store();
        run_task(documents.acreate({.id = "d1", .name = "d1.pdf", .sha256 = "aa", .bytes = 1}));
        done('c');
        DocumentRecord record = run_task(documents.aget("d1"));
        record.status = DocumentStatus::processing;
        run_task(documents.aupdate(record, {DocumentStatus::queued}));
        done('u');
        run_task(documents.arequeue_unfinished());
        done('q');
        run_task(documents.aclaim({.owner = "p", .now = 1}));
        done('k');
        run_task(storage.vector_store().aadd(make_document("d1", {"old one", "old two"})));
        done('a');
        run_task(storage.aload());  // from here on the indexes change with the documents, and are written
        run_task(storage.vector_store().aadd(make_document("d1", {"new one", "new two", "new three"}, 3)));
        done('A');
        run_task(documents.areplace({.id = "d1", .name = "d1.pdf", .next_sha256 = "ab", .next_bytes = 2}));
        run_task(storage.vector_store().aadd(make_document("d1", {"new one", "new two", "new three"}, 3)));
        done('p');
        run_task(documents.acreate({.id = "d2", .name = "d2.pdf", .sha256 = "bb", .bytes = 1}));
        run_task(storage.vector_store().aadd(make_document("d2", {"another"})));
        run_task(documents.aremove("d2"));
        done('r');
        run_task(storage.embedding_spaces().abegin({.model_id = "given up", .dimension = test::test_dimension, .source = {}}));
        run_task(storage.embedding_spaces().agive_up());
        move_to(storage, "next model");
        done('n');
        SessionStore& sessions = storage.session_store();
        const SessionRecord session = run_task(sessions.acreate_session("talk"));
        done('s');
        const StoredMessage first = run_task(sessions.aappend_message(session.id, {.role = MessageRole::user, .content = "hello"}));
        done('m');
        run_task(sessions.aappend_message(
            session.id, {.role = MessageRole::user, .content = "hello", .citations = {}, .created_at = {}, .parent_id = ""}));
        run_task(sessions.achoose_branch(session.id, first.id));
        done('b');
        run_task(sessions.aremove_session(session.id));
        done('t');
    }
    done('z');
}

struct Crash {
    bool killed = false;
    std::string acknowledged;
};

/// The work in a process of its own, which dies when it passes `point` for the `pass`-th time.
Crash crash_at(std::string_view point, int pass, const std::filesystem::path& directory) {
    std::array<int, 2> pipe{};
    if (::pipe(pipe.data()) != 0) throw std::runtime_error("no pipe");
    const pid_t child = ::fork();
    if (child == 0) {
        ::close(pipe[0]);
        deadly_point = point;
        passes_left = pass;
        on_crash_point(die_at);
        try {
            work(directory, [&](char step) { [[maybe_unused]] const auto written = ::write(pipe[1], &step, 1); });
        } catch (const std::exception&) {
            ::_exit(2);
        }
        ::_exit(0);
    }
    ::close(pipe[1]);
    Crash crash;
    char step = 0;
    while (::read(pipe[0], &step, 1) == 1) crash.acknowledged.push_back(step);
    ::close(pipe[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    crash.killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    if (!crash.killed && (!WIFEXITED(status) || WEXITSTATUS(status) != 0)) throw std::runtime_error("the work itself failed");
    return crash;
}

std::optional<DocumentRecord> find(Storage& storage, const std::string& id) {
    try {
        return run_task(storage.document_store().aget(id));
    } catch (const Error&) {
        return std::nullopt;
    }
}

void expect_whole(Storage& storage, const std::string& acknowledged) {
    const auto was = [&](char step) { return acknowledged.contains(step); };
    EXPECT_THAT(run_task(storage.acheck()), IsEmpty());

    const auto record = find(storage, "d1");
    const std::vector<Node> nodes = run_task(storage.vector_store().aget_nodes("d1", 0, 100));
    if (was('c')) EXPECT_TRUE(record);
    if (was('A')) EXPECT_EQ(nodes.size(), 3u);
    if (was('a')) EXPECT_TRUE(nodes.size() == 2 || nodes.size() == 3) << nodes.size();
    EXPECT_TRUE(nodes.empty() || nodes.size() == 2 || nodes.size() == 3) << nodes.size();
    // While a new version waits, the old one stays searchable.
    if (record) EXPECT_EQ(record->status == DocumentStatus::ready || !record->next_sha256.empty(), !nodes.empty());
    if (was('p')) EXPECT_EQ(record->sha256, "ab");
    for (const Node& node : nodes) EXPECT_TRUE(node.text.starts_with(nodes.size() == 2 ? "old" : "new")) << "two versions at once";

    const auto dense = run_task(storage.vector_store().aquery({.embedding = axis(0), .similarity_top_k = 100, .document_ids = {"d1"}}));
    EXPECT_EQ(dense.size(), nodes.size());
    const auto sparse = run_task(storage.vector_store().aquery(
        {.mode = VectorStoreQueryMode::sparse, .text = "old new", .similarity_top_k = 100, .document_ids = {"d1"}}));
    EXPECT_EQ(sparse.size(), nodes.size());
    // One space: every passage of d1 lies on an axis of its own, or all lie on that of the next model.
    if (nodes.size() == 3) {
        const auto next = run_task(storage.vector_store().aquery({.embedding = axis(7), .similarity_top_k = 100, .document_ids = {"d1"}}));
        const auto hits = std::ranges::count_if(next, [](const NodeWithScore& node) { return node.score > 0.9F; });
        EXPECT_TRUE(hits == 0 || hits == 3) << hits;
        if (was('n')) EXPECT_EQ(hits, 3);
    }
    if (was('r')) {
        EXPECT_FALSE(find(storage, "d2"));
        EXPECT_THAT(run_task(storage.vector_store().aget_nodes("d2", 0, 100)), IsEmpty());
    }

    const std::vector<SessionRecord> sessions = run_task(storage.session_store().alist_sessions());
    if (was('t')) EXPECT_THAT(sessions, IsEmpty());
    if (was('s') && !was('b')) EXPECT_EQ(sessions.size(), 1u);
    if (!sessions.empty()) {
        // One of the branches, and always exactly one.
        const auto path = run_task(storage.session_store().aget_messages(sessions.front().id));
        const auto all = run_task(storage.session_store().aget_all_messages(sessions.front().id));
        EXPECT_EQ(path.size(), all.empty() ? 0u : 1u);
        EXPECT_LE(all.size(), 2u);
        if (was('m')) EXPECT_GE(all.size(), 1u);
        if (was('b')) EXPECT_EQ(path.at(0).id, all.at(0).id);
        for (const StoredMessage& message : all) EXPECT_EQ(message.content, "hello");
    }
}

class StorageCrashTest : public testing::TestWithParam<std::string_view> {};

TEST_P(StorageCrashTest, leaves_what_was_acknowledged_and_nothing_half_done) {
    bool killed = true;
    for (int pass = 1; killed && pass <= 8; ++pass) {
        const test::TemporaryDirectory directory;
        const Crash crash = crash_at(GetParam(), pass, directory.data());
        killed = crash.killed;
        if (pass == 1) EXPECT_TRUE(killed) << "the work never comes past this point";
        Storage storage({.data_dir = directory.data()});
        expect_whole(storage, crash.acknowledged);
        EXPECT_FALSE(std::filesystem::exists(directory.data() / "search.index.new"));
        if (!killed) EXPECT_EQ(crash.acknowledged, "cuqkaAprnsmbtz");
        // And it goes on.
        move_to(storage, "next model");
        run_task(storage.ause_embedding("next model", test::test_dimension));
        run_task(storage.document_store().arequeue_unfinished());
        run_task(storage.vector_store().aadd(make_document("d1", {"new one", "new two", "new three"}, 3)));
        EXPECT_EQ(run_task(storage.vector_store().aget_nodes("d1", 0, 100)).size(), 3u);
        EXPECT_THAT(run_task(storage.acheck()), IsEmpty());
    }
}

INSTANTIATE_TEST_SUITE_P(EveryPoint, StorageCrashTest, testing::ValuesIn(crash_points().begin(), crash_points().end()),
                         [](const auto& point) {
                             std::string name(point.param);
                             std::ranges::replace(name, '.', '_');
                             return name;
                         });

}  // namespace
}  // namespace docmind
