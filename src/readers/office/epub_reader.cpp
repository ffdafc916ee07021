#include "readers/office/epub_reader.hpp"

#include "readers/office/office_metadata.hpp"
#include "readers/office/opc_package.hpp"
#include "readers/office/xml.hpp"
#include "readers/page_output.hpp"
#include "readers/page_writer.hpp"
#include "readers/sniff.hpp"
#include "readers/text/html_reader.hpp"
#include "readers/text/text_decoder.hpp"

#include <docmind/error.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace docmind {

namespace {

using namespace std::string_view_literals;

struct Section {
    int level = 1;
    std::string title;
};

/// The part of the book that a link leads to.
std::string target_of(const std::string& from, std::string_view link) {
    link = link.substr(0, link.find('#'));
    std::string path;
    for (std::size_t i = 0; i < link.size(); ++i) {
        unsigned byte = 0;
        const bool is_escape = link[i] == '%' && i + 2 < link.size() &&
                               std::from_chars(link.data() + i + 1, link.data() + i + 3, byte, 16).ptr == link.data() + i + 3;
        path.push_back(is_escape ? static_cast<char>(byte) : link[i]);
        if (is_escape) i += 2;
    }
    return resolve_part(from, path);
}

class Book {
  public:
    explicit Book(Archive archive) : archive_(std::move(archive)) {
        const std::unique_ptr<Xml> container = xml("META-INF/container.xml");
        const pugi::xml_node file = container ? descend(container->root(), "rootfiles/rootfile") : pugi::xml_node();
        path_ = target_of("", attribute(file, "full-path"));
        opf_ = xml(path_);
        if (!opf_) throw Error(errc::corrupt, "This EPUB is damaged: its list of chapters is missing. Get it again where it came from.");
        for (const pugi::xml_node item : child(opf_->root(), "manifest").children()) items_.emplace(attribute(item, "id"), item);
        read_encryption();
        read_contents();
    }

    [[nodiscard]] Metadata metadata() const { return office_metadata(child(opf_->root(), "metadata")); }

    void run(PageOutput* output) {
        for (const pugi::xml_node entry : child(opf_->root(), "spine").children()) {
            const auto item = items_.find(attribute(entry, "idref"));
            if (local_name(entry) != "itemref" || item == items_.end()) continue;
            output->put(chapter(target_of(path_, attribute(item->second, "href"))));
        }
    }

  private:
    std::unique_ptr<Xml> xml(const std::string& name) {
        std::optional<std::string> bytes = archive_.read(name);
        return bytes ? std::make_unique<Xml>(std::move(*bytes), name) : nullptr;
    }

    /// Fonts often are, and may be; chapters are where the book is sold with a lock.
    void read_encryption() {
        const std::unique_ptr<Xml> list = xml("META-INF/encryption.xml");
        if (!list) return;
        for (const pugi::xml_node data : list->root().children())
            encrypted_.insert(target_of("", attribute(descend(data, "CipherData/CipherReference"), "URI")));
    }

    void read_contents() {
        const pugi::xml_node spine = child(opf_->root(), "spine");
        try {
            for (const auto& [id, item] : items_) {
                if ((" " + std::string(attribute(item, "properties")) + " ").find(" nav ") == std::string::npos) continue;
                contents_path_ = target_of(path_, attribute(item, "href"));
                if (const auto nav = xml(contents_path_)) read_links(nav->root(), "ol", "a", "href");
            }
            const auto ncx = items_.find(attribute(spine, "toc"));
            if (!sections_.empty() || ncx == items_.end()) return;
            contents_path_ = target_of(path_, attribute(ncx->second, "href"));
            if (const auto map = xml(contents_path_)) read_links(child(map->root(), "navMap"), "navPoint", "content", "src");
        } catch (const Error&) {
            // The book can be read without; a budget that is spent says so again.
        }
    }

    /// Of either table of contents: `nest` is what nests, `link` what points to a chapter.
    void read_links(pugi::xml_node root, std::string_view nest, std::string_view link, std::string_view target) {
        int level = 0;
        std::string label;
        walk_xml(
            root,
            [&](pugi::xml_node node) {
                const std::string_view name = local_name(node);
                if (name == nest) ++level;
                if (name == "navLabel") label = all_text(node);
                if (name == "nav" && attribute(node, "type") != "toc") return false;
                if (name != link) return true;
                std::string title;
                put_title(link == "a" ? all_text(node) : label, &title);
                if (!title.empty())
                    sections_.emplace(target_of(contents_path_, attribute(node, target)), Section{std::max(level, 1), title});
                return false;
            },
            [&](pugi::xml_node node) {
                if (local_name(node) == nest) --level;
            });
    }

    static void put_title(const std::string& text, std::string* title) {
        Metadata folded;
        put_fact(&folded, "title", text);
        *title = folded["title"];
    }

    Page chapter(const std::string& path) {
        if (encrypted_.contains(path))
            throw Error(errc::encrypted, "This EPUB is locked by whom it was bought from; only their programs can read it.");
        PageWriter writer;
        const std::string html = archive_.read(path).value_or("");
        if (!html.empty()) read_html_into(close_empty_elements(decode_text(html)), HtmlPart::everything, writer);
        Page page = writer.take(0);
        const auto section = sections_.find(path);
        if (page.headings.empty() && section != sections_.end()) page.headings.push_back({0, section->second.level, section->second.title});
        return page;
    }

    Archive archive_;
    std::string path_;  // of the OPF
    std::unique_ptr<Xml> opf_;
    std::map<std::string_view, pugi::xml_node> items_;
    std::set<std::string> encrypted_;
    std::string contents_path_;
    std::map<std::string, Section> sections_;  // by the chapter's path
};

}  // namespace

std::string close_empty_elements(std::string_view xhtml) {
    constexpr std::array is_void = {"area"sv,  "base"sv, "br"sv,   "col"sv,   "embed"sv,  "hr"sv,    "img"sv,
                                    "input"sv, "link"sv, "meta"sv, "param"sv, "source"sv, "track"sv, "wbr"sv};
    std::string html;
    html.reserve(xhtml.size());
    std::size_t copied = 0;
    for (std::size_t at = xhtml.find('<'); at != std::string_view::npos; at = xhtml.find('<', at)) {
        if (xhtml.substr(at, 4) == "<!--") {
            at = xhtml.find("-->", at);
            if (at == std::string_view::npos) break;
            continue;
        }
        const std::size_t name_end = std::min(xhtml.find_first_of(" \t\r\n/>", at), xhtml.size());
        const std::string_view name = xhtml.substr(at + 1, name_end - at - 1);
        ++at;
        if (name.empty() || std::isalpha(static_cast<unsigned char>(name[0])) == 0) continue;
        std::size_t end = name_end;
        while (end < xhtml.size() && xhtml[end] != '>') {
            const bool is_quote = xhtml[end] == '"' || xhtml[end] == '\'';
            end = is_quote ? xhtml.find(xhtml[end], end + 1) : end;
            if (end == std::string_view::npos) break;
            ++end;
        }
        if (end == std::string_view::npos || end >= xhtml.size()) break;
        at = end;
        if (xhtml[end - 1] != '/' || std::ranges::find(is_void, ascii_lower(name)) != is_void.end()) continue;
        html.append(xhtml.substr(copied, end - 1 - copied)).append("></").append(name).append(">");
        copied = end + 1;
    }
    html.append(xhtml.substr(copied));
    return html;
}

void read_epub(Archive archive, const ReadOptions& options, const DocumentSink& sink) {
    Book book(std::move(archive));
    sink.document("application/epub+zip", book.metadata());
    PageOutput output(options, sink);
    book.run(&output);
    output.finish("book");
}

}  // namespace docmind
