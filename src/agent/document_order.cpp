#include "agent/document_order.hpp"

#include "agent/text.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace docmind {

namespace {

constexpr std::size_t longest_order = 2'000;  // bytes of a message; a longer one is no order
constexpr std::size_t shortest_name = 2;      // bytes of a name without its ending

std::string lower(std::string_view text) {
    std::string small(text);
    for (char& c : small) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return small;
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

// The message in small letters, without courtesy and final stop.
std::string_view core_of(std::string_view message) {
    for (const std::string_view courtesy : {"please ", "can you ", "could you ", "please "}) take_prefix(message, courtesy);
    while (!message.empty() && std::string_view(".!? ").contains(message.back())) message.remove_suffix(1);
    return message;
}

std::vector<std::string> aspects_in(std::string_view text) {
    std::string marked(text);
    for (const std::string_view between : {", and ", " and ", ";"}) {
        for (auto at = marked.find(between); at != std::string::npos; at = marked.find(between)) marked.replace(at, between.size(), ",");
    }
    std::vector<std::string> aspects;
    std::size_t begin = 0;
    while (begin <= marked.size()) {
        const std::size_t end = std::min(marked.find(',', begin), marked.size());
        const std::string_view aspect = text::trim(std::string_view(marked).substr(begin, end - begin));
        if (!aspect.empty()) aspects.emplace_back(aspect);
        begin = end + 1;
    }
    return aspects;
}

bool is_word_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
}

// Where `name` stands in the text as whole words.
std::size_t find_name(std::string_view text, std::string_view name) {
    for (auto at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
        const std::size_t end = at + name.size();
        const bool begins = at == 0 || !is_word_byte(text[at - 1]);
        const bool ends =
            end == text.size() || (!is_word_byte(text[end]) && !(text[end] == '.' && end + 1 < text.size() && is_word_byte(text[end + 1])));
        if (begins && ends) return at;
    }
    return std::string_view::npos;
}

}  // namespace

std::vector<DocumentOrder> read_orders(std::string_view message) {
    std::vector<DocumentOrder> orders;
    if (message.size() > longest_order) return orders;
    const std::string line = text::one_line(message);
    const std::string small = lower(line);
    std::string_view words = core_of(small);
    // Aspects are shown as they were written.
    const auto as_written = [&](std::string_view part) {
        return std::string_view(line).substr(static_cast<std::size_t>(part.data() - small.data()), part.size());
    };
    for (const std::string_view begin : {"summarise ", "summarize ", "sum up ", "give me a summary of ", "write a summary of "}) {
        if (take_prefix(words, begin)) return {{.subject = std::string(words)}};
    }
    if (!take_prefix(words, "compare ")) return orders;
    std::map<std::size_t, std::size_t, std::greater<>> splits;  // where the subject ends -> where the aspects begin
    for (const std::string_view between :
         {" on ", " regarding ", " concerning ", " as to ", " with respect to ", " with regard to ", " in terms of "}) {
        for (auto at = words.find(between); at != std::string_view::npos; at = words.find(between, at + 1))
            splits.emplace(at, at + between.size());
    }
    // A name may have an "on" in it too: the last one is the likeliest.
    for (const auto& [end, begin] : splits) {
        auto aspects = aspects_in(as_written(words.substr(begin)));
        if (!aspects.empty()) orders.push_back({true, std::string(words.substr(0, end)), std::move(aspects)});
    }
    return orders;
}

std::optional<std::vector<DocumentRecord>> documents_named(std::string_view subject, const std::vector<DocumentRecord>& documents,
                                                           bool chosen) {
    struct Name {
        std::string text;
        const DocumentRecord* document;
    };
    std::vector<Name> names;
    for (const DocumentRecord& document : documents) {
        std::string name = lower(text::one_line(document.name));
        const auto dot = name.rfind('.');
        if (dot != std::string::npos && dot >= shortest_name) names.push_back({name.substr(0, dot), &document});
        if (!name.empty()) names.push_back({std::move(name), &document});
    }
    // A name that contains another one goes before it.
    std::ranges::stable_sort(names, std::ranges::greater(), [](const Name& name) { return name.text.size(); });
    std::string rest(subject);
    std::map<std::size_t, const DocumentRecord*> found;
    std::set<std::string> taken;
    for (const Name& name : names) {
        if (taken.contains(name.document->id)) continue;
        const std::size_t at = find_name(rest, name.text);
        if (at == std::string::npos) continue;
        rest.replace(at, name.text.size(), name.text.size(), ' ');
        found.emplace(at, name.document);
        taken.insert(name.document->id);
    }
    static const std::set<std::string_view> between{"and", "with",     "to",        "vs",   "versus", "against",
                                                    "the", "document", "documents", "file", "files"};
    static const std::set<std::string_view> pointers{"these", "those", "them", "this",   "it",      "the",
                                                     "all",   "my",    "both", "chosen", "selected"};
    bool points = false;
    for (const text::Word& word : text::words(rest)) {
        const bool points_here = pointers.contains(word.text);
        if (!between.contains(word.text) && (!found.empty() || !points_here)) return std::nullopt;
        points = points || points_here;
    }
    if (found.empty()) return points && chosen ? std::optional(documents) : std::nullopt;
    std::vector<DocumentRecord> result;
    for (const auto& [at, document] : found) result.push_back(*document);
    return result;
}

bool has_parts(std::string_view message) {
    if (std::ranges::count(message, '?') >= 2) return true;
    static const std::set<std::string_view> asking{"what", "when", "where", "who", "whom", "whose", "which", "why", "how"};
    std::size_t questions = 0;
    bool joined = true;  // the first needs none
    for (const text::Word& word : text::words(message)) {
        if (asking.contains(word.text) && joined) {
            ++questions;
            joined = false;
        }
        joined = joined || word.text == "and";
    }
    return questions >= 2;
}

}  // namespace docmind
