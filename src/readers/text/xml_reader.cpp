#include "readers/text/xml_reader.hpp"

#include "readers/page_writer.hpp"
#include "readers/sniff.hpp"
#include "readers/text/html_reader.hpp"

#include <pugixml.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace docmind {

namespace {

constexpr std::size_t max_name = 100;

bool is_white(std::string_view text) {
    return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

bool is_text(pugi::xml_node node) {
    return node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata;
}

/// The name without its namespace.
std::string_view local_name(std::string_view name) {
    const auto colon = name.rfind(':');
    return (colon == std::string_view::npos ? name : name.substr(colon + 1)).substr(0, max_name);
}

/// Depth first, without recursion: `enter(node, depth)` says whether to go on to its children, `leave(node)` comes behind them.
template <class Enter, class Leave>
void walk(pugi::xml_node root, Enter enter, Leave leave) {
    int depth = 1;
    for (pugi::xml_node node = root; node;) {
        if (enter(node, depth) && node.first_child()) {
            node = node.first_child();
            ++depth;
            continue;
        }
        while (true) {
            leave(node);
            if (node == root) return;
            if (node.next_sibling()) break;
            node = node.parent();
            --depth;
        }
        node = node.next_sibling();
    }
}

bool has_own_text(pugi::xml_node element) {
    return std::ranges::any_of(element.children(), [](pugi::xml_node child) { return is_text(child) && !is_white(child.value()); });
}

bool has_elements(pugi::xml_node element) {
    return std::ranges::any_of(element.children(), [](pugi::xml_node child) { return child.type() == pugi::node_element; });
}

class Walk {
  public:
    Walk(pugi::xml_node root, PageWriter& writer) : root_(root), writer_(writer) {}

    Metadata run() {
        is_document_ = has_mixed_content();
        walk(
            root_, [this](pugi::xml_node node, int depth) { return node.type() == pugi::node_element && element(node, depth); },
            [this](pugi::xml_node node) {
                if (is_document_ && node.type() == pugi::node_element) end(ascii_lower(local_name(node.name())));
            });
        if (const auto language = std::string_view(root_.attribute("xml:lang").value()); !language.empty())
            metadata_["language"] = language;
        return std::move(metadata_);
    }

  private:
    bool has_mixed_content() {
        bool found = false;
        walk(
            root_,
            [&found](pugi::xml_node node, int) {
                found = found || (node.type() == pugi::node_element && has_own_text(node) && has_elements(node));
                return !found;
            },
            [](pugi::xml_node) {});
        return found;
    }

    /// Lists and tables as DocBook, JATS and TEI name them.
    void begin(const std::string& name) {
        if (is_list(name)) {
            writer_.begin_list(name == "orderedlist");
        } else if (name == "listitem" || name == "list-item" || name == "item") {
            writer_.begin_item();
        } else if (name == "row" || name == "tr") {
            if (!std::exchange(in_table_, true)) writer_.begin_table();
            writer_.begin_row();
        } else if (in_table_ && (name == "entry" || name == "cell" || name == "td" || name == "th")) {
            writer_.begin_cell();
        }
    }

    void end(const std::string& name) {
        if (is_list(name)) {
            writer_.end_list();
        } else if (in_table_ && (name == "tgroup" || name == "table" || name == "informaltable")) {
            in_table_ = false;
            writer_.end_table();
        }
    }

    static bool is_list(std::string_view name) {
        return name == "itemizedlist" || name == "orderedlist" || name == "variablelist" || name == "list" || name == "simplelist";
    }

    /// Writes an element; whether its children are to be written too.
    bool element(pugi::xml_node node, int depth) {
        const std::string_view name = local_name(node.name());
        const std::string lower = ascii_lower(name);
        if (is_document_) {
            begin(lower);
        } else {
            writer_.line_break();
            // A record is apart from the one before.
            if (has_elements(node)) writer_.paragraph();
            for (const auto& attribute : node.attributes()) {
                if (!std::string_view(attribute.name()).starts_with("xmlns")) value(local_name(attribute.name()), attribute.value());
            }
        }
        if (!has_own_text(node)) return true;
        const std::string text = inline_text(node);
        const bool is_title = lower == "title" || lower == "head" || lower == "heading";
        if (lower == "title") metadata_.try_emplace("title", text);
        if (!is_document_) {
            value(name, text);
        } else if (is_title) {
            // The title of what it lies in, not of the block that says things about it.
            const bool is_within_info = ascii_lower(local_name(node.parent().name())).ends_with("info");
            writer_.begin_heading(std::clamp(depth - (is_within_info ? 2 : 1), 1, 6));
            writer_.text(text);
            writer_.end_heading();
        } else if (is_code(lower)) {
            writer_.preformatted(text);
        } else {
            writer_.paragraph();
            writer_.text(text);
            writer_.paragraph();
        }
        return false;
    }

    static bool is_code(std::string_view name) { return name == "programlisting" || name == "screen" || name == "code" || name == "pre"; }

    void value(std::string_view name, std::string_view text) {
        if (is_white(text)) return;
        writer_.line_break();
        writer_.text(std::string(name) + ":");
        writer_.space();
        if (text.find("</") != std::string_view::npos || text.find("<br") != std::string_view::npos) {
            read_html_into(text, HtmlPart::everything, writer_);
        } else {
            writer_.text(text);
        }
        writer_.line_break();
    }

    static std::string inline_text(pugi::xml_node element) {
        std::string text;
        const auto is_quote = [](pugi::xml_node node) { return local_name(node.name()) == "quote"; };
        walk(
            element,
            [&](pugi::xml_node node, int) {
                if (is_text(node)) text.append(node.value());
                if (is_quote(node)) text.append("\u201C");
                return true;
            },
            [&](pugi::xml_node node) {
                if (is_quote(node)) text.append("\u201D");
            });
        return text;
    }

    pugi::xml_node root_;
    PageWriter& writer_;
    bool is_document_ = false;
    bool in_table_ = false;
    Metadata metadata_;
};

}  // namespace

std::optional<Metadata> read_xml_into(std::string_view xml, PageWriter& writer) {
    pugi::xml_document document;
    constexpr unsigned how = pugi::parse_cdata | pugi::parse_escapes;
    if (!document.load_buffer(xml.data(), xml.size(), how, pugi::encoding_utf8)) return std::nullopt;
    return Walk(document.document_element(), writer).run();
}

}  // namespace docmind
