#include "readers/office/office_metadata.hpp"

#include "readers/office/xml.hpp"
#include "readers/text/dates.hpp"
#include "readers/text_sanitizer.hpp"

#include <array>
#include <cstddef>
#include <string>

namespace docmind {

namespace {

constexpr std::size_t max_fact_bytes = 300;

struct Term {
    std::string_view element, key;
};
constexpr std::array terms = {Term{"title", "title"},        Term{"subject", "subject"},         Term{"keywords", "keywords"},
                              Term{"keyword", "keywords"},   Term{"description", "description"}, Term{"language", "language"},
                              Term{"publisher", "publisher"}};
constexpr std::array times = {Term{"created", "created"}, Term{"creation-date", "created"}, Term{"modified", "modified"}};

std::string folded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool is_white = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        if (!is_white) {
            out.push_back(c);
        } else if (!out.empty() && out.back() != ' ') {
            out.push_back(' ');
        }
    }
    if (out.ends_with(' ')) out.pop_back();
    return out;
}

}  // namespace

void put_fact(Metadata* metadata, std::string_view key, std::string_view value) {
    std::string text = folded(sanitize(value));
    if (text.size() > max_fact_bytes) {
        std::size_t end = max_fact_bytes;
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80) --end;
        text.resize(end);
    }
    if (!text.empty()) (*metadata)[std::string(key)] = std::move(text);
}

Metadata office_metadata(pugi::xml_node properties) {
    Metadata metadata;
    std::string authors, first_author, date;
    for (const pugi::xml_node property : properties.children()) {
        const std::string_view name = local_name(property);
        const std::string value = all_text(property);
        for (const Term& term : terms) {
            // Of several titles the first is the main one; of keywords all count.
            if (name != term.element) continue;
            const auto old = metadata.find(std::string(term.key));
            if (old == metadata.end()) {
                put_fact(&metadata, term.key, value);
            } else if (term.key == "keywords") {
                put_fact(&metadata, term.key, old->second + ", " + value);
            }
        }
        for (const Term& term : times) {
            if (name == term.element) put_fact(&metadata, term.key, rfc3339(value));
        }
        if (name == "creator" && !value.empty()) authors += (authors.empty() ? "" : ", ") + value;
        if (name == "initial-creator") first_author = value;
        if (name == "date" && date.empty()) date = rfc3339(value);
        if (name == "meta" && attribute(property, "property") == "dcterms:modified") put_fact(&metadata, "modified", rfc3339(value));
    }
    // ODF: who wrote it first is the author, `creator` and `date` are the last one's.
    const bool is_odf = metadata.contains("created");
    put_fact(&metadata, "author", first_author.empty() ? authors : first_author);
    if (!metadata.contains(is_odf ? "modified" : "created")) put_fact(&metadata, is_odf ? "modified" : "created", date);
    return metadata;
}

}  // namespace docmind
