#include "readers/office/xml.hpp"

#include "readers/text/text_decoder.hpp"

#include <algorithm>
#include <charconv>
#include <new>
#include <utility>

namespace docmind {

namespace {

// White space alone is text: in office formats it stands between words, and what is only layout gets lost where runs are folded.
constexpr unsigned parse_options = pugi::parse_cdata | pugi::parse_escapes | pugi::parse_eol | pugi::parse_ws_pcdata;
constexpr std::size_t batch_bytes = 256 * 1024;

[[noreturn]] void throw_corrupt(const std::string& name) {
    throw Error(errc::corrupt,
                "This file is damaged: its part \"" + name + "\" is no valid XML. Open it in its program and save it again.");
}

void check(const pugi::xml_parse_result& result, const std::string& name) {
    if (result.status == pugi::status_out_of_memory) throw std::bad_alloc();
    if (!result) throw_corrupt(name);
}

/// Where the next tag of that local name begins: "<p:name" or "</p:name", from `from` on.
std::size_t find_tag(std::string_view xml, std::string_view name, bool is_end, std::size_t from) {
    while (true) {
        const std::size_t at = xml.find(name, from);
        if (at == std::string_view::npos) return at;
        from = at + name.size();
        const bool ends = from < xml.size() && std::string_view(" \t\r\n/>").find(xml[from]) != std::string_view::npos;
        // The prefix is short, and white space or a bracket ends the search for it.
        std::size_t begin = at;
        if (begin > 0 && xml[begin - 1] == ':') {
            --begin;
            while (begin > 0 && at - begin < 64 && std::string_view("</> \"=\n").find(xml[begin - 1]) == std::string_view::npos) --begin;
        }
        const std::string_view mark = is_end ? "</" : "<";
        if (ends && begin >= mark.size() && xml.substr(begin - mark.size(), mark.size()) == mark) return begin - mark.size();
    }
}

}  // namespace

Xml::Xml(std::string bytes, const std::string& name) : bytes_(std::move(bytes)) {
    check(tree_.load_buffer_inplace(bytes_.data(), bytes_.size(), parse_options), name);
    if (!root()) throw_corrupt(name);
}

std::string_view local_name(std::string_view name) {
    const auto colon = name.find(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

pugi::xml_node child(pugi::xml_node node, std::string_view name) {
    for (const pugi::xml_node inner : node.children()) {
        if (local_name(inner) == name) return inner;
    }
    return {};
}

pugi::xml_node descend(pugi::xml_node node, std::string_view path) {
    while (node && !path.empty()) {
        const auto slash = path.find('/');
        node = child(node, path.substr(0, slash));
        path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
    }
    return node;
}

std::string_view attribute(pugi::xml_node node, std::string_view name) {
    for (const pugi::xml_attribute value : node.attributes()) {
        if (local_name(std::string_view(value.name())) == name) return value.value();
    }
    return {};
}

int number_attribute(pugi::xml_node node, std::string_view name, int otherwise) {
    const std::string_view text = attribute(node, name);
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? value : otherwise;
}

std::string own_text(pugi::xml_node node) {
    std::string text;
    for (const pugi::xml_node inner : node.children()) {
        if (is_text(inner)) text += inner.value();
    }
    return text;
}

std::string all_text(pugi::xml_node node) {
    std::string text;
    walk_xml(
        node,
        [&text](pugi::xml_node inner) {
            if (is_text(inner)) text += inner.value();
            return true;
        },
        [](pugi::xml_node) {});
    return text;
}

void for_each_item(std::string_view xml, std::string_view container, std::string_view item, const std::string& name,
                   const std::function<void(pugi::xml_node)>& use) {
    std::string converted;
    if (xml.starts_with("\xFF\xFE") || xml.starts_with("\xFE\xFF")) {
        converted = decode_text(xml);
        xml = converted;
    }
    const std::size_t container_tag = find_tag(xml, container, false, 0);
    if (container_tag == std::string_view::npos) return;
    std::size_t at = xml.find('>', container_tag);
    if (at == std::string_view::npos) throw_corrupt(name);
    if (xml[at - 1] == '/') return;
    ++at;
    const std::size_t end = find_tag(xml, container, true, at);
    if (end == std::string_view::npos) throw_corrupt(name);
    const std::string_view items = xml.substr(0, end);
    while (at < items.size()) {
        // A batch ends behind the end of an item, as only there it is sure not to cut one.
        const std::size_t tag = items.size() - at > batch_bytes ? find_tag(items, item, true, at + batch_bytes) : std::string_view::npos;
        const std::size_t tag_end = tag == std::string_view::npos ? tag : items.find('>', tag);
        const std::size_t next = tag_end == std::string_view::npos ? items.size() : tag_end + 1;
        pugi::xml_document tree;
        std::string batch(items.substr(at, next - at));
        const auto result = tree.load_buffer_inplace(batch.data(), batch.size(), parse_options | pugi::parse_fragment, pugi::encoding_utf8);
        if (result.status != pugi::status_no_document_element) check(result, name);
        for (const pugi::xml_node node : tree.children()) {
            if (local_name(node) == item) use(node);
        }
        at = next;
    }
}

}  // namespace docmind
