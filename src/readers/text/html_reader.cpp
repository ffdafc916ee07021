#include "readers/text/html_reader.hpp"

#include "readers/page_writer.hpp"
#include "readers/sniff.hpp"
#include "readers/text/dates.hpp"
#include "readers/text/html_content.hpp"
#include "readers/text/html_tree.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace docmind {

namespace {

using namespace std::string_view_literals;

constexpr std::array paragraphs = {GUMBO_TAG_P,     GUMBO_TAG_PRE,     GUMBO_TAG_BLOCKQUOTE, GUMBO_TAG_TEXTAREA,
                                   GUMBO_TAG_TABLE, GUMBO_TAG_HR,      GUMBO_TAG_FIGURE,     GUMBO_TAG_DL,
                                   GUMBO_TAG_DT,    GUMBO_TAG_SECTION, GUMBO_TAG_ARTICLE};
constexpr std::array lines = {
    GUMBO_TAG_ADDRESS,    GUMBO_TAG_ASIDE,  GUMBO_TAG_CAPTION, GUMBO_TAG_CENTER, GUMBO_TAG_DETAILS, GUMBO_TAG_DIV, GUMBO_TAG_FIELDSET,
    GUMBO_TAG_FIGCAPTION, GUMBO_TAG_FOOTER, GUMBO_TAG_FORM,    GUMBO_TAG_HEADER, GUMBO_TAG_MAIN,    GUMBO_TAG_NAV, GUMBO_TAG_SUMMARY,
    GUMBO_TAG_DD,         GUMBO_TAG_BR,     GUMBO_TAG_OPTION,  GUMBO_TAG_BODY,   GUMBO_TAG_TR,      GUMBO_TAG_TD,  GUMBO_TAG_TH};

struct MetaName {
    std::string_view name, key;
};
// The first that is there wins.
constexpr std::array meta_names = {
    MetaName{"og:title", "title"},
    MetaName{"dc.title", "title"},
    MetaName{"author", "author"},
    MetaName{"dc.creator", "author"},
    MetaName{"citation_author", "author"},
    MetaName{"description", "description"},
    MetaName{"og:description", "description"},
    MetaName{"dcterms.created", "created"},
    MetaName{"dcterms.issued", "created"},
    MetaName{"dcterms.date", "created"},
    MetaName{"dc.date", "created"},
    MetaName{"article:published_time", "created"},
    MetaName{"citation_publication_date", "created"},
    MetaName{"date", "created"},
    MetaName{"dcterms.modified", "modified"},
    MetaName{"article:modified_time", "modified"},
    MetaName{"last-modified", "modified"},
};

template <class Tags>
bool contains(const Tags& tags, GumboTag tag) {
    return std::ranges::find(tags, tag) != tags.end();
}

int number_of(const GumboNode* element, const char* name, int otherwise) {
    const std::string_view value = attribute_of(element, name);
    int number = otherwise;
    const auto read = std::from_chars(value.data(), value.data() + value.size(), number);
    return read.ec == std::errc() ? number : otherwise;
}

int heading_level(GumboTag tag) {
    constexpr std::array levels = {GUMBO_TAG_H1, GUMBO_TAG_H2, GUMBO_TAG_H3, GUMBO_TAG_H4, GUMBO_TAG_H5, GUMBO_TAG_H6};
    const auto found = std::ranges::find(levels, tag);
    return found == levels.end() ? 0 : static_cast<int>(found - levels.begin()) + 1;
}

/// The tables that are there for their data, not for the look of the page.
std::unordered_set<const GumboNode*> data_tables(const GumboNode* root) {
    struct Open {
        const GumboNode* table;
        bool is_layout = false;
    };
    std::vector<Open> open;
    std::unordered_set<const GumboNode*> found;
    walk_html(
        root,
        [&](const GumboNode* node) {
            if (!is_element(node)) return false;
            const GumboTag tag = node->v.element.tag;
            if (!open.empty() && (tag == GUMBO_TAG_TABLE || tag == GUMBO_TAG_PRE || heading_level(tag) > 0)) open.back().is_layout = true;
            if (tag == GUMBO_TAG_TABLE) {
                const std::string_view role = attribute_of(node, "role");
                open.push_back({node, role == "presentation" || role == "none"});
            }
            return true;
        },
        [&](const GumboNode* node) {
            if (open.empty() || open.back().table != node) return;
            if (!open.back().is_layout) found.insert(node);
            open.pop_back();
        });
    return found;
}

/// Text on one line.
class Line {
  public:
    void add(std::string_view text) { writer_.text(text); }
    std::string take() { return writer_.take(1).text; }

  private:
    PageWriter writer_;
};

class Walk {
  public:
    Walk(const GumboNode* root, HtmlContent content, PageWriter& writer)
        : content_(std::move(content)), tables_(data_tables(root)), writer_(writer), within_(content_.roots.empty() ? 1 : 0) {
        walk_html(root, [this](const GumboNode* node) { return enter(node); }, [this](const GumboNode* node) { leave(node); });
        finish();
    }

    Metadata take_metadata() { return std::move(metadata_); }

  private:
    bool enter(const GumboNode* node) {
        if (is_text(node)) {
            text(node->v.text.text);
            return false;
        }
        if (!is_element(node)) return false;
        const GumboTag tag = node->v.element.tag;
        if (tag == GUMBO_TAG_META) meta(node);
        if (tag == GUMBO_TAG_HTML) language(node);
        if (tag == GUMBO_TAG_TITLE) ++titles_;
        if (content_.left_out.contains(node)) {
            writer_.space();
            return false;
        }
        if (content_.roots.contains(node)) ++within_;
        if (within_ > 0) begin(node);
        return true;
    }

    void leave(const GumboNode* node) {
        if (!is_element(node) || content_.left_out.contains(node)) return;
        if (node->v.element.tag == GUMBO_TAG_TITLE) --titles_;
        if (within_ > 0) end(node);
        if (content_.roots.contains(node)) --within_;
    }

    void begin(const GumboNode* node) {
        const GumboTag tag = node->v.element.tag;
        blocks(tag);
        if (const int level = heading_level(tag); level > 0) writer_.begin_heading(level);
        if (tag == GUMBO_TAG_H1) ++headings_;
        if (heading_level(tag) > 0) ++any_headings_;
        if (tag == GUMBO_TAG_A) ++links_;
        switch (tag) {
            case GUMBO_TAG_UL: writer_.begin_list(false); break;
            case GUMBO_TAG_OL: writer_.begin_list(true, number_of(node, "start", 1)); break;
            case GUMBO_TAG_LI: writer_.begin_item(); break;
            case GUMBO_TAG_PRE:
            case GUMBO_TAG_TEXTAREA: ++pre_; break;
            case GUMBO_TAG_BR:
                if (pre_ > 0) code_.push_back('\n');
                break;
            case GUMBO_TAG_TABLE: open_tables_.push_back({tables_.contains(node)}); break;
            case GUMBO_TAG_TR:
                if (in_data_table()) row();
                break;
            case GUMBO_TAG_TD:
            case GUMBO_TAG_TH:
                if (in_data_table()) writer_.begin_cell(number_of(node, "colspan", 1));
                break;
            default: break;
        }
    }

    void end(const GumboNode* node) {
        const GumboTag tag = node->v.element.tag;
        if (heading_level(tag) > 0) {
            writer_.end_heading();
            --any_headings_;
        }
        if (tag == GUMBO_TAG_A) --links_;
        if (tag == GUMBO_TAG_H1 && --headings_ == 0) heading_seen_ = true;
        switch (tag) {
            case GUMBO_TAG_UL:
            case GUMBO_TAG_OL: writer_.end_list(); break;
            case GUMBO_TAG_PRE:
            case GUMBO_TAG_TEXTAREA:
                if (--pre_ == 0) writer_.preformatted(std::exchange(code_, {}));
                break;
            case GUMBO_TAG_TABLE:
                if (open_tables_.back().has_begun) writer_.end_table();
                open_tables_.pop_back();
                break;
            default: break;
        }
        blocks(tag);
    }

    void blocks(GumboTag tag) {
        if (contains(paragraphs, tag)) {
            writer_.paragraph();
        } else if (contains(lines, tag)) {
            writer_.line_break();
        }
    }

    [[nodiscard]] bool in_data_table() const { return !open_tables_.empty() && open_tables_.back().is_data; }

    void row() {
        // Not before the caption.
        if (!std::exchange(open_tables_.back().has_begun, true)) writer_.begin_table();
        writer_.begin_row();
    }

    void text(std::string_view text) {
        if (titles_ > 0) {
            title_.add(text);
        } else if (within_ > 0) {
            if (pre_ > 0) {
                code_.append(text);
            } else if (!is_anchor(text)) {
                writer_.text(with_plain_spaces(text));
                if (headings_ > 0 && !heading_seen_) heading_.add(text);
            }
        }
    }

    /// The sign beside a heading that links to itself.
    [[nodiscard]] bool is_anchor(std::string_view text) const {
        return any_headings_ > 0 && links_ > 0 && (text == "#" || text == "¶" || text == "§");
    }

    /// Spaces that do not break are there for the look of the page.
    static std::string with_plain_spaces(std::string_view text) {
        constexpr std::string_view hard = "\u00A0";
        std::string out;
        out.reserve(text.size());
        while (true) {
            const auto found = text.find(hard);
            out.append(text.substr(0, found));
            if (found == std::string_view::npos) return out;
            out.push_back(' ');
            text.remove_prefix(found + hard.size());
        }
    }

    void meta(const GumboNode* node) {
        const std::string_view content = attribute_of(node, "content");
        if (content.empty()) return;
        std::string_view said = attribute_of(node, "name");
        if (said.empty()) said = attribute_of(node, "property");
        const std::string name = ascii_lower(said);
        for (const auto& known : meta_names) {
            if (known.name != name) continue;
            const bool is_date = known.key == "created" || known.key == "modified";
            std::string value = is_date ? rfc3339(content) : std::string(content);
            if (!value.empty()) metadata_.try_emplace(std::string(known.key), std::move(value));
        }
    }

    void language(const GumboNode* node) {
        std::string_view said = attribute_of(node, "lang");
        if (said.empty()) said = attribute_of(node, "xml:lang");
        if (!said.empty() && said.size() <= 35) metadata_["language"] = said;
    }

    void finish() {
        std::string title = title_.take();
        if (title.empty() && !metadata_.contains("title")) title = heading_.take();
        if (!title.empty()) metadata_["title"] = std::move(title);
    }

    struct OpenTable {
        bool is_data = false;
        bool has_begun = false;
    };

    HtmlContent content_;
    std::unordered_set<const GumboNode*> tables_;
    PageWriter& writer_;
    Metadata metadata_;
    Line title_, heading_;
    std::string code_;
    std::vector<OpenTable> open_tables_;
    int within_, titles_ = 0, headings_ = 0, any_headings_ = 0, links_ = 0, pre_ = 0;
    bool heading_seen_ = false;
};

}  // namespace

Metadata read_html_into(std::string_view html, HtmlPart part, PageWriter& writer) {
    const HtmlTree tree(html);
    HtmlContent content;
    if (part == HtmlPart::main_content) content = main_content(tree.root());
    return Walk(tree.root(), std::move(content), writer).take_metadata();
}

}  // namespace docmind
