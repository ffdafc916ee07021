// Looking after what is there: documents and conversations.

#include <fmt/format.h>
#include <boost/json/serialize.hpp>

#include <algorithm>

#include "server/json.hpp"
#include "terminal.hpp"
#include "verbs.hpp"

namespace docmind::cli {
namespace {

template <class T>
void print_json(const T& value) {
    fmt::print("{}\n", boost::json::serialize(to_json(value)));
}

Task<int> list_documents(Library* library, bool json) {
    std::string cursor;
    std::size_t count = 0;
    do {
        DocumentPage page = co_await library->alist(200, cursor);
        for (const DocumentRecord& record : page.documents) {
            ++count;
            if (json) {
                print_json(record);
                continue;
            }
            const std::string state = record.status == DocumentStatus::ready
                                          ? counted(record.pages, "page") + ", " + counted(record.nodes, "passage")
                                      : record.error.empty() ? fmt::format("{} {:.0f} %", to_string(record.stage), 100 * record.progress)
                                                             : record.error;
            fmt::print("{}  {:<10} {:>9}  {}  ({})\n", record.id, to_string(record.status), human_bytes(record.bytes), record.name, state);
        }
        cursor = page.next_cursor.value_or("");
    } while (!cursor.empty());
    if (count == 0 && !json) fmt::print(stderr, "The library is empty. Add something with: docmind ingest PATH...\n");
    co_return 0;
}

}  // namespace

Task<int> documents(Library* library, DocumentsOptions options) {
    if (options.action == "list") co_return co_await list_documents(library, options.json);
    if (options.id.empty())
        throw Error(errc::invalid_argument,
                    fmt::format("docmind documents {} needs an ID; `docmind documents` lists them.", options.action));
    if (options.action == "remove") {
        co_await library->aremove(options.id);
        fmt::print(stderr, "Removed.\n");
        co_return 0;
    }
    DocumentRecord record;
    if (options.action == "show") {
        record = co_await library->aget(options.id);
    } else {
        record = co_await library->achange(options.id, options.action);
    }
    print_json(record);
    co_return 0;
}

namespace {

// The words that were found in brackets, on one line.
std::string marked(const SessionMatch& match) {
    std::string text;
    std::size_t at = 0;
    for (const auto& [begin, end] : match.matches) {
        if (begin < at || end > match.excerpt.size()) continue;
        text += match.excerpt.substr(at, begin - at) + "[" + match.excerpt.substr(begin, end - begin) + "]";
        at = end;
    }
    text += match.excerpt.substr(at);
    std::ranges::replace_if(text, [](unsigned char c) { return c < ' '; }, ' ');
    return text;
}

Task<int> search_sessions(Library* library, std::string words, bool json) {
    const std::vector<SessionMatch> matches = co_await library->asearch_sessions(std::move(words));
    for (const SessionMatch& match : matches) {
        if (json) {
            print_json(match);
        } else {
            fmt::print("{}  {}  {}\n    {}\n", match.session.id, match.session.updated_at, match.session.title, marked(match));
        }
    }
    if (matches.empty() && !json) fmt::print(stderr, "No conversation has all these words in its title or in one message.\n");
    co_return 0;
}

}  // namespace

Task<int> sessions(Library* library, SessionsOptions options) {
    if (options.action == "list") {
        const std::vector<SessionRecord> all = co_await library->alist_sessions();
        for (const SessionRecord& session : all) {
            if (options.json) {
                print_json(session);
            } else {
                fmt::print("{}  {}  {:3} messages  {}\n", session.id, session.updated_at, session.messages, session.title);
            }
        }
        if (all.empty() && !options.json) fmt::print(stderr, "No conversations yet. Start one with: docmind ask \"...\"\n");
        co_return 0;
    }
    if (options.id.empty())
        throw Error(errc::invalid_argument,
                    options.action == "search"
                        ? std::string("docmind sessions search needs the words to look for, in quotation marks where there are several.")
                        : fmt::format("docmind sessions {} needs an ID; `docmind sessions` lists them.", options.action));
    if (options.action == "search") co_return co_await search_sessions(library, options.id, options.json);
    if (options.action == "remove") {
        co_await library->aremove_session(options.id);
        fmt::print(stderr, "Removed. For a while it comes back with: docmind sessions restore {}\n", options.id);
        co_return 0;
    }
    if (options.action == "restore") {
        const SessionRecord restored = co_await library->arestore_session(options.id);
        if (options.json)
            print_json(restored);
        else
            fmt::print(stderr, "Restored: {}\n", restored.title);
        co_return 0;
    }
    if (options.action == "export") {
        const std::string text = co_await library->aexport_session(options.id, options.format);
        fmt::print("{}", text);
        co_return 0;
    }
    const std::vector<StoredMessage> messages = co_await library->aget_messages(options.id);
    for (const StoredMessage& message : messages) {
        if (options.json) {
            print_json(message);
        } else {
            fmt::print("{}: {}\n\n", message.role == MessageRole::user ? "You" : "DocMind", message.content);
        }
    }
    co_return 0;
}

}  // namespace docmind::cli
