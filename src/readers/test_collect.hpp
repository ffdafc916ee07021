#pragma once
// For tests: what a format reader says, as a Document.

#include "readers/format_reader.hpp"

#include <docmind/error.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace docmind::test {

inline Document read(std::string_view bytes, const std::string& name, const std::string& media_type = "", const ReadOptions& options = {}) {
    Document document;
    DocumentSink sink;
    sink.document = [&](std::string type, Metadata metadata) {
        document.media_type = std::move(type);
        document.metadata = std::move(metadata);
    };
    sink.page = [&](Page page) { document.pages.push_back(std::move(page)); };
    sink.facts = [&](Metadata facts) { document.metadata.merge(std::move(facts)); };
    read_document(bytes, name, media_type, options, sink);
    return document;
}

/// The error's code; nothing where there is none.
inline std::optional<errc> failure(std::string_view bytes, const std::string& name, std::string* message = nullptr,
                                   const ReadOptions& options = {}) {
    try {
        read(bytes, name, "", options);
    } catch (const Error& error) {
        if (message != nullptr) *message = error.what();
        return error.code();
    }
    return std::nullopt;
}

}  // namespace docmind::test
