#pragma once
// For tests: a retriever and a session store that do what a test says, as strict as the real ones; and a listener.

#include <docmind/agent.hpp>
#include <docmind/error.hpp>
#include <docmind/memory.hpp>
#include <docmind/retriever.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "async/deadline.hpp"

namespace docmind::test {

inline NodeWithScore passage(std::string id, std::string text, int page = 1, std::string document = "doc") {
    NodeWithScore node;
    node.node.id = std::move(id);
    node.node.document_id = document;
    node.node.page = page;
    node.node.end = static_cast<std::uint32_t>(text.size());
    node.node.text = std::move(text);
    node.document_name = document + ".pdf";
    node.score = 0.5F;
    return node;
}

/// The story of a bridge.
inline std::vector<NodeWithScore> bridge() {
    return {passage("n1", "The Ludwig bridge was opened in 1872 and has seven arches of red sandstone.", 3),
            passage("n2", "The toll on the bridge was two kreuzer for a person and six for a cart, until it was abolished in 1891.", 4),
            passage("n3", "In the flood of 1882 the third pillar was damaged and replaced by a wider one.", 5)};
}

class FakeRetriever final : public Retriever {
  public:
    RetrievalResult result{
        bridge(), true, 0.9F, {{"embed", 1.0}, {"dense", 2.0}, {"sparse", 0.5}, {"fuse", 0.1}, {"rerank", 3.0}, {"total", 6.6}}, {}};
    std::optional<Error> failure;
    std::chrono::milliseconds delay{0};
    std::vector<QueryBundle> queries;

    Task<RetrievalResult> aretrieve(QueryBundle query) override {
        if (query.query_str.empty()) throw Error(errc::invalid_argument, "The query is empty.");
        queries.push_back(query);
        co_await sleep_for(delay);
        if (failure) throw *failure;
        RetrievalResult found = result;
        if (found.nodes.size() > query.similarity_top_k) found.nodes.resize(query.similarity_top_k);
        co_return found;
    }
};

/// Keeps trees as the real store does; removes for good, and finds what contains the query.
class FakeSessionStore final : public SessionStore {
  public:
    struct Session {
        SessionRecord record;
        std::vector<StoredMessage> messages;        ///< of all branches
        std::map<std::string, std::string> chosen;  ///< by parent
    };
    std::map<std::string, Session> sessions;
    std::optional<Error> append_fails;  ///< for answers
    std::chrono::milliseconds delay{0};

    Task<SessionRecord> acreate_session(std::string title) override {
        co_await sleep_for(delay);
        SessionRecord record{
            .id = "s" + std::to_string(sessions.size() + 1), .title = std::move(title), .created_at = {}, .updated_at = {}};
        sessions[record.id].record = record;
        co_return record;
    }
    Task<std::pair<SessionRecord, StoredMessage>> abegin_session(std::string title, StoredMessage first) override {
        auto begun = co_await acreate_session(std::move(title));
        auto stored = co_await aappend_message(begun.id, std::move(first));
        co_return std::pair(std::move(begun), std::move(stored));
    }
    Task<SessionRecord> aget_session(std::string id) override {
        co_await sleep_for(delay);
        co_return find(id).record;
    }
    Task<std::vector<SessionRecord>> alist_sessions() override {
        std::vector<SessionRecord> all;
        for (const auto& [id, session] : sessions) all.push_back(session.record);
        co_return all;
    }
    Task<std::vector<SessionMatch>> asearch_sessions(std::string query, std::size_t limit) override {
        std::vector<SessionMatch> found;
        for (const auto& [id, session] : sessions) {
            if (found.size() < limit && session.record.title.contains(query)) found.push_back({.session = session.record});
        }
        co_return found;
    }
    Task<> arename_session(std::string id, std::string title) override {
        co_await sleep_for(delay);
        find(id).record.title = std::move(title);
    }
    Task<> aremove_session(std::string id) override {
        sessions.erase(id);
        co_return;
    }
    Task<SessionRecord> arestore_session(std::string id) override { co_return find(id).record; }
    Task<StoredMessage> aappend_message(std::string session_id, StoredMessage message) override {
        co_await sleep_for(delay);
        if (append_fails && message.role == MessageRole::assistant) throw *append_fails;
        if (message.content.empty()) throw Error(errc::internal, "an empty message");
        Session& session = find(session_id);
        const auto path = active_path(session);
        if (!message.parent_id) message.parent_id = path.empty() ? "" : path.back().id;
        if (!message.parent_id->empty() && !known(session, *message.parent_id))
            throw Error(errc::invalid_argument, "There is no such parent.");
        message.id = "m" + std::to_string(session.messages.size() + 1);
        if (message.role == MessageRole::user) choose(session, *message.parent_id);
        session.chosen[*message.parent_id] = message.id;
        session.messages.push_back(message);
        co_return message;
    }
    Task<std::vector<StoredMessage>> aget_messages(std::string session_id) override {
        co_await sleep_for(delay);
        co_return active_path(find(session_id));
    }
    Task<std::vector<StoredMessage>> aget_path(std::string session_id, std::string message_id) override {
        co_await sleep_for(delay);
        Session& session = find(session_id);
        std::vector<StoredMessage> path;
        for (std::string id = message_id; !id.empty(); id = path.front().parent_id.value_or("")) {
            const StoredMessage* const message = known(session, id);
            if (message == nullptr) throw Error(errc::not_found, "There is no such message.");
            path.insert(path.begin(), *message);
        }
        co_return path;
    }
    Task<std::vector<StoredMessage>> aget_all_messages(std::string session_id) override { co_return find(session_id).messages; }
    Task<> achoose_branch(std::string session_id, std::string message_id) override {
        choose(find(session_id), message_id);
        co_return;
    }
    Task<> aset_summary(std::string message_id, std::string summary) override {
        for (auto& [id, session] : sessions) {
            for (StoredMessage& message : session.messages) {
                if (message.id == message_id) message.summary = summary;
            }
        }
        co_return;
    }

    /// A conversation of one branch, without its store's delay.
    void put(const std::string& session, std::vector<StoredMessage> path) {
        std::string parent;
        for (StoredMessage& message : path) {
            message.parent_id = parent;
            sessions[session].chosen[parent] = message.id;
            parent = message.id;
        }
        sessions[session].messages = std::move(path);
    }

  private:
    Session& find(const std::string& id) {
        const auto found = sessions.find(id);
        if (found == sessions.end()) throw Error(errc::not_found, "There is no such conversation.");
        return found->second;
    }
    static const StoredMessage* known(const Session& session, const std::string& id) {
        const auto found = std::ranges::find(session.messages, id, &StoredMessage::id);
        return found == session.messages.end() ? nullptr : &*found;
    }
    static std::vector<StoredMessage> active_path(const Session& session) {
        std::vector<StoredMessage> path;
        for (auto next = session.chosen.find(""); next != session.chosen.end(); next = session.chosen.find(path.back().id))
            path.push_back(*known(session, next->second));
        return path;
    }
    static void choose(Session& session, const std::string& id) {
        for (const StoredMessage* message = known(session, id); message != nullptr;
             message = known(session, message->parent_id.value_or("")))
            session.chosen[message->parent_id.value_or("")] = message->id;
    }
};

/// What a reader heard of one answer.
struct Told {
    std::vector<std::string> kinds;
    std::string query;
    std::vector<std::string> tools;     ///< steps of the kind tool
    std::vector<std::string> thoughts;  ///< and thought
    std::vector<AgentProgress> progress;
    std::string tokens;
    std::vector<SentenceSupport> sentences;
    std::vector<Source> sources;
    AgentResponse response;
    std::optional<Error> error;
};

inline void hear(const AgentEvent& event, Told& told) {
    if (const auto* step = std::get_if<AgentStep>(&event)) {
        told.kinds.push_back(step->kind);
        if (step->kind == "query") told.query = step->text;
        if (step->kind == "tool") told.tools.push_back(step->text);
        if (step->kind == "thought") told.thoughts.push_back(step->text);
    } else if (const auto* progress = std::get_if<AgentProgress>(&event)) {
        told.progress.push_back(*progress);
    } else if (const auto* sources = std::get_if<AgentSources>(&event)) {
        told.kinds.push_back("sources");
        told.sources = sources->sources;
    } else if (const auto* token = std::get_if<AgentToken>(&event)) {
        if (told.kinds.empty() || told.kinds.back() != "token") told.kinds.push_back("token");
        told.tokens += token->text;
    } else if (const auto* sentence = std::get_if<AgentSentence>(&event)) {
        told.sentences.push_back(sentence->sentence);
    } else {
        told.kinds.push_back("response");
        told.response = std::get<AgentResponse>(event);
    }
}

}  // namespace docmind::test
