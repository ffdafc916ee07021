#include "readers/pdf_bookmarks.hpp"

#include "readers/text_sanitizer.hpp"

// This file is compiled as C++17: Debian's qpdf has headers that are no C++23 (see CMakeLists.txt).
#include <qpdf/QPDF.hh>
#include <qpdf/QPDFOutlineDocumentHelper.hh>
#include <qpdf/QPDFPageObjectHelper.hh>

#include <algorithm>
#include <exception>
#include <map>
#include <utility>

namespace docmind {

namespace {

constexpr std::size_t most_bookmarks = 20'000;
constexpr int lowest_level = 9;
constexpr std::size_t longest_title = 300;

std::string on_one_line(const std::string& title) {
    std::string line;
    for (const char c : sanitize(title)) {
        const bool is_space = c == ' ' || c == '\n' || c == '\t';
        if (is_space && (line.empty() || line.back() == ' ')) continue;
        line.push_back(is_space ? ' ' : c);
    }
    while (!line.empty() && line.back() == ' ') line.pop_back();
    return line.size() > longest_title ? std::string() : line;
}

/// The page's upper edge in its own coordinates, which grow upwards; nothing for a page that is shown turned.
std::optional<float> upper_edge(QPDFObjectHandle page) {
    QPDFPageObjectHelper helper(page);
    QPDFObjectHandle turn = helper.getAttribute("/Rotate", false);
    if (turn.isInteger() && turn.getIntValue() % 360 != 0) return std::nullopt;
    QPDFObjectHandle box = helper.getCropBox(false);
    if (!box.isRectangle()) return std::nullopt;
    const auto sides = box.getArrayAsRectangle();
    return static_cast<float>(std::max(sides.lly, sides.ury));
}

/// How far below the page's upper edge a destination is: [page /XYZ left top zoom], [page /FitH top].
std::optional<float> top_of(QPDFObjectHandle destination) {
    if (!destination.isArray() || destination.getArrayNItems() < 3) return std::nullopt;
    QPDFObjectHandle kind = destination.getArrayItem(1);
    if (!kind.isName()) return std::nullopt;
    const int at = kind.getName() == "/XYZ" ? 3 : kind.getName() == "/FitH" || kind.getName() == "/FitBH" ? 2 : 0;
    if (at == 0 || destination.getArrayNItems() <= at || !destination.getArrayItem(at).isNumber()) return std::nullopt;
    const auto edge = upper_edge(destination.getArrayItem(0));
    if (!edge) return std::nullopt;
    return *edge - static_cast<float>(destination.getArrayItem(at).getNumericValue());
}

std::vector<Bookmark> in_order_of_pages(std::vector<Bookmark> bookmarks) {
    std::vector<std::pair<int, std::size_t>> order;
    for (std::size_t i = 0; i < bookmarks.size(); ++i) order.emplace_back(bookmarks[i].page, i);
    std::sort(order.begin(), order.end());
    std::vector<Bookmark> sorted;
    for (const auto& [page, i] : order) sorted.push_back(std::move(bookmarks[i]));
    return sorted;
}

std::vector<Bookmark> read_outline(QPDF& pdf) {
    std::vector<Bookmark> bookmarks;
    QPDFOutlineDocumentHelper outline(pdf);
    if (!outline.hasOutlines()) return bookmarks;
    std::map<QPDFObjGen, int> numbers;
    for (const QPDFObjectHandle& page : pdf.getAllPages()) numbers.emplace(page.getObjGen(), static_cast<int>(numbers.size()) + 1);
    struct Waiting {
        std::vector<QPDFOutlineObjectHelper> items;
        std::size_t next = 0;
    };
    std::vector<Waiting> waiting;
    waiting.push_back({outline.getTopLevelOutlines(), 0});
    while (!waiting.empty() && bookmarks.size() < most_bookmarks) {
        if (waiting.back().next == waiting.back().items.size()) {
            waiting.pop_back();
            continue;
        }
        QPDFOutlineObjectHelper item = waiting.back().items[waiting.back().next++];
        const int level = std::min(lowest_level, static_cast<int>(waiting.size()));
        waiting.push_back({item.getKids(), 0});
        QPDFObjectHandle destination = item.getDest();
        // What a name stands for may be wrapped.
        if (destination.isDictionary()) destination = destination.getKey("/D");
        const bool leads_to_page = destination.isArray() && destination.getArrayNItems() > 0;
        const auto number = leads_to_page ? numbers.find(destination.getArrayItem(0).getObjGen()) : numbers.end();
        std::string title = on_one_line(item.getTitle());
        if (number == numbers.end() || title.empty()) continue;
        bookmarks.push_back({number->second, top_of(destination), level, std::move(title)});
    }
    return in_order_of_pages(std::move(bookmarks));
}

}  // namespace

std::vector<Bookmark> bookmarks_of(std::string_view bytes) {
    try {
        QPDF pdf;
        pdf.setSuppressWarnings(true);
        pdf.processMemoryFile("document", bytes.data(), bytes.size());
        return read_outline(pdf);
    } catch (const std::exception&) {
        // The text does not need it: poppler reads what it can.
        return {};
    }
}

}  // namespace docmind
