#include "server/session_export.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

#include "server/json.hpp"

namespace docmind {
namespace {

/// Text that came from documents or people, on one line and without meaning as Markdown or HTML.
std::string plain(const std::string& text) {
    std::string result;
    for (const char c : text) {
        if (c == '\n' || c == '\r') {
            result += ' ';
        } else if (c == '<') {
            result += "&lt;";
        } else {
            if (std::string_view("\\`*_[]#!|>").find(c) != std::string_view::npos) result += '\\';
            result += c;
        }
    }
    return result;
}

/// An answer is Markdown already; only raw HTML in it is taken its meaning.
std::string without_html(std::string text) {
    for (std::size_t at = 0; (at = text.find('<', at)) != std::string::npos; at += 4) text.replace(at, 1, "&lt;");
    return text;
}

}  // namespace

std::string export_session(const SessionRecord& session, const std::vector<StoredMessage>& path, const std::vector<StoredMessage>& all,
                           const std::string& format) {
    if (format == "json") {
        boost::json::array messages, others;
        for (const StoredMessage& message : path) messages.push_back(to_json(message));
        for (const StoredMessage& message : all) {
            if (std::ranges::find(path, message.id, &StoredMessage::id) == path.end()) others.push_back(to_json(message));
        }
        const boost::json::object whole{
            {"session", to_json(session)}, {"messages", std::move(messages)}, {"other_branches", std::move(others)}};
        return boost::json::serialize(whole) + "\n";
    }
    if (format != "md") throw Error(errc::invalid_argument, "format must be md or json.");
    std::string text = fmt::format("# {}\n\n{}\n", plain(session.title), session.created_at);
    for (const StoredMessage& message : path) {
        if (message.role == MessageRole::user) {
            text += fmt::format("\n## {}\n", plain(message.content));
            continue;
        }
        text += fmt::format("\n{}\n", without_html(message.content));
        if (message.stopped) text += "\n(stopped)\n";
        for (const Citation& citation : message.citations) {
            text += fmt::format("\n- \\[{}\\] {}, page {}: \"{}\"", citation.n, plain(citation.name), citation.page, plain(citation.quote));
        }
        if (!message.citations.empty()) text += "\n";
        for (const SentenceSupport& sentence : message.sentences) {
            if (sentence.supported() || sentence.begin >= sentence.end || sentence.end > message.content.size()) continue;
            text += fmt::format("\nNot supported by the documents: \"{}\"\n",
                                plain(message.content.substr(sentence.begin, sentence.end - sentence.begin)));
        }
    }
    return text;
}

}  // namespace docmind
