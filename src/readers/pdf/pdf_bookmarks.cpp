#include "readers/pdf/pdf_bookmarks.hpp"

#include "readers/text_sanitizer.hpp"

// This file is compiled as C++17: Debian's qpdf has headers that are no C++23 (see CMakeLists.txt).
#include <qpdf/QPDF.hh>
#include <qpdf/QPDFObjectHandle.hh>
#include <qpdf/QPDFPageObjectHelper.hh>

#include <algorithm>
#include <exception>
#include <map>
#include <set>
#include <utility>

namespace docmind {

namespace {

constexpr std::size_t most_bookmarks = 20'000;
constexpr std::size_t most_names = 200'000;
constexpr std::size_t lowest_level = 9;
constexpr std::size_t deepest = 64;
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

/// The first time that this object is seen; one that has no number of its own can be in no circle.
bool is_new(std::set<QPDFObjGen>& seen, const QPDFObjectHandle& object) {
    return !object.isIndirect() || seen.insert(object.getObjGen()).second;
}

/// Where the document's names lead to: its catalogue's dictionary of them (PDF 1.1), and the leaves of the tree that came after it.
std::map<std::string, QPDFObjectHandle> named_destinations(QPDF& pdf) {
    std::map<std::string, QPDFObjectHandle> destinations;
    QPDFObjectHandle old = pdf.getRoot().getKey("/Dests");
    if (old.isDictionary()) destinations = old.getDictAsMap();
    QPDFObjectHandle names = pdf.getRoot().getKey("/Names");
    std::vector<QPDFObjectHandle> waiting;
    if (names.isDictionary()) waiting.push_back(names.getKey("/Dests"));
    std::set<QPDFObjGen> seen;
    while (!waiting.empty() && destinations.size() < most_names && seen.size() < most_names) {
        QPDFObjectHandle node = waiting.back();
        waiting.pop_back();
        if (!node.isDictionary() || !is_new(seen, node)) continue;
        QPDFObjectHandle leaves = node.getKey("/Names");
        for (int i = 0; leaves.isArray() && i + 1 < leaves.getArrayNItems(); i += 2) {
            if (leaves.getArrayItem(i).isString()) destinations.emplace(leaves.getArrayItem(i).getUTF8Value(), leaves.getArrayItem(i + 1));
        }
        QPDFObjectHandle kids = node.getKey("/Kids");
        for (int i = 0; kids.isArray() && i < kids.getArrayNItems() && waiting.size() < most_names; ++i)
            waiting.push_back(kids.getArrayItem(i));
    }
    return destinations;
}

/// The array that says where an item of the outline leads to, by itself, by its action or by a name; null where there is none.
QPDFObjectHandle destination_of(QPDFObjectHandle item, const std::map<std::string, QPDFObjectHandle>& names) {
    QPDFObjectHandle destination = item.getKey("/Dest");
    QPDFObjectHandle action = item.getKey("/A");
    if (destination.isNull() && action.isDictionary() && action.getKey("/S").isNameAndEquals("/GoTo")) destination = action.getKey("/D");
    if (destination.isName() || destination.isString()) {
        const auto named = names.find(destination.isName() ? destination.getName() : destination.getUTF8Value());
        destination = named == names.end() ? QPDFObjectHandle::newNull() : named->second;
    }
    // What a name stands for may be wrapped.
    if (destination.isDictionary()) destination = destination.getKey("/D");
    return destination.isArray() && destination.getArrayNItems() > 0 ? destination : QPDFObjectHandle::newNull();
}

// qpdf's own helper follows circles until the memory is full.
std::vector<Bookmark> read_outline(QPDF& pdf) {
    std::vector<Bookmark> bookmarks;
    QPDFObjectHandle outline = pdf.getRoot().getKey("/Outlines");
    if (!outline.isDictionary()) return bookmarks;
    const auto names = named_destinations(pdf);
    std::map<QPDFObjGen, int> numbers;
    for (const QPDFObjectHandle& page : pdf.getAllPages()) numbers.emplace(page.getObjGen(), static_cast<int>(numbers.size()) + 1);
    std::set<QPDFObjGen> seen;
    std::vector<QPDFObjectHandle> path = {outline.getKey("/First")};  // the next item of each level
    while (!path.empty() && bookmarks.size() < most_bookmarks) {
        QPDFObjectHandle item = path.back();
        if (!item.isDictionary() || !item.isIndirect() || !is_new(seen, item)) {
            path.pop_back();
            continue;
        }
        path.back() = item.getKey("/Next");
        const int level = static_cast<int>(std::min(path.size(), lowest_level));
        if (path.size() < deepest) path.push_back(item.getKey("/First"));
        QPDFObjectHandle destination = destination_of(item, names);
        QPDFObjectHandle title = item.getKey("/Title");
        if (destination.isNull() || !title.isString()) continue;
        const auto number = numbers.find(destination.getArrayItem(0).getObjGen());
        std::string text = on_one_line(title.getUTF8Value());
        if (number == numbers.end() || text.empty()) continue;
        bookmarks.push_back({number->second, top_of(destination), level, std::move(text)});
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
