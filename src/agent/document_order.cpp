#include "agent/document_order.hpp"

#include "agent/order_words.hpp"
#include "agent/text.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "analysis/text_analysis.hpp"

namespace docmind {

namespace {

constexpr std::size_t longest_order = 2'000;  // bytes of a message; a longer one is no order
constexpr std::size_t shortest_name = 2;      // bytes of a name without its ending

bool take_prefix(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

bool take_suffix(std::string_view& text, std::string_view suffix) {
    if (!text.ends_with(suffix)) return false;
    text.remove_suffix(suffix.size());
    return true;
}

bool is_among(std::string_view word, std::span<const std::string_view> words) {
    return std::ranges::find(words, word) != words.end();
}

std::vector<std::string> aspects_in(std::string_view text, std::span<const std::string_view> ands) {
    std::string marked(text);
    const auto separate = [&](std::string_view between) {
        for (auto at = marked.find(between); at != std::string::npos; at = marked.find(between)) marked.replace(at, between.size(), ",");
    };
    separate(";");
    std::ranges::for_each(ands, separate);
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
    const std::string small = small_letters(line);
    std::string_view said = small;
    while (!said.empty() && std::string_view(".!? ").contains(said.back())) said.remove_suffix(1);
    // Aspects are shown as they were written.
    const auto as_written = [&](std::string_view part) {
        return std::string_view(line).substr(static_cast<std::size_t>(part.data() - small.data()), part.size());
    };
    for (const OrderWords& language : order_words()) {
        std::string_view words = said;
        for (const std::string_view courtesy : language.courtesies) take_prefix(words, courtesy);
        take_prefix(words, language.courtesies.front());  // could you please
        for (const auto& [before, behind] : language.summary) {
            std::string_view subject = words;
            if (take_prefix(subject, before) && take_suffix(subject, behind)) orders.push_back({.subject = std::string(subject)});
        }
        const auto compares = [&](std::string_view verb) { return take_prefix(words, verb); };
        if (std::ranges::none_of(language.compare, compares)) continue;
        std::map<std::size_t, std::size_t, std::greater<>> splits;  // where the subject ends -> where the aspects begin
        for (const std::string_view between : language.on) {
            for (auto at = words.find(between); at != std::string_view::npos; at = words.find(between, at + 1))
                splits.emplace(at, at + between.size());
        }
        // A name may have an "on" in it too: the last one is the likeliest.
        for (const auto& [end, begin] : splits) {
            auto aspects = aspects_in(as_written(words.substr(begin)), language.ands);
            if (!aspects.empty()) orders.push_back({true, std::string(words.substr(0, end)), std::move(aspects)});
        }
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
        std::string name = small_letters(text::one_line(document.name));
        const auto dot = name.rfind('.');
        if (dot != std::string::npos && dot >= shortest_name) names.push_back({name.substr(0, dot), &document});
        if (!name.empty()) names.push_back({std::move(name), &document});
    }
    // A name that contains another one goes before it.
    std::ranges::sort(names, [](const Name& a, const Name& b) {
        return a.text.size() != b.text.size() ? a.text.size() > b.text.size() : a.document < b.document;
    });
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
    const auto known = [](std::string_view word, auto words) {
        return std::ranges::any_of(order_words(), [&](const OrderWords& language) { return is_among(word, language.*words); });
    };
    bool points = false;
    for (const text::Word& word : text::words(rest)) {
        const bool points_here = known(word.text, &OrderWords::pointers);
        if (!known(word.text, &OrderWords::between) && (!found.empty() || !points_here)) return std::nullopt;
        points = points || points_here;
    }
    if (found.empty()) return points && chosen ? std::optional(documents) : std::nullopt;
    std::vector<DocumentRecord> result;
    for (const auto& [at, document] : found) result.push_back(*document);
    return result;
}

bool has_parts(std::string_view message) {
    if (std::ranges::count(message, '?') >= 2) return true;
    static constexpr auto asking =
        std::to_array<std::string_view>({"what", "when", "where", "who", "whom", "whose", "which", "why", "how"});
    std::size_t questions = 0;
    bool joined = true;  // the first needs none
    for (const text::Word& word : text::words(message)) {
        if (is_among(word.text, asking) && joined) {
            ++questions;
            joined = false;
        }
        joined = joined || word.text == "and";
    }
    return questions >= 2;
}

}  // namespace docmind
