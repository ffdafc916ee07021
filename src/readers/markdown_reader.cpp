#include "readers/markdown_reader.hpp"

#include "readers/html_reader.hpp"
#include "readers/text_writer.hpp"
#include "readers/utf8.hpp"

#include <docmind/error.hpp>

#include <md4c.h>

#include <array>
#include <charconv>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

namespace docmind {

namespace {

struct NamedCharacter {
    std::string_view name, text;
};
constexpr std::array named_characters = {
    NamedCharacter{"&amp;", "&"},         NamedCharacter{"&lt;", "<"},         NamedCharacter{"&gt;", ">"},
    NamedCharacter{"&quot;", "\""},       NamedCharacter{"&apos;", "'"},       NamedCharacter{"&nbsp;", " "},
    NamedCharacter{"&copy;", "\u00A9"},   NamedCharacter{"&mdash;", "\u2014"}, NamedCharacter{"&ndash;", "\u2013"},
    NamedCharacter{"&hellip;", "\u2026"}, NamedCharacter{"&rarr;", "\u2192"},  NamedCharacter{"&times;", "\u00D7"}};

/// A character reference as its character; one we do not know stays as it is.
std::string decode_reference(std::string_view reference) {
    for (const auto& named : named_characters) {
        if (named.name == reference) return std::string(named.text);
    }
    if (!reference.starts_with("&#")) return std::string(reference);
    const bool hex = reference.size() > 2 && (reference[2] == 'x' || reference[2] == 'X');
    const std::string_view digits = reference.substr(hex ? 3 : 2);
    unsigned value = 0;
    if (std::from_chars(digits.data(), digits.data() + digits.size(), value, hex ? 16 : 10).ec != std::errc()) value = utf8::replacement;
    std::string text;
    utf8::append(text, value);
    return text;
}

class Renderer {
  public:
    TitledText run(std::string_view markdown) {
        MD_PARSER parser{};
        parser.flags = MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH | MD_FLAG_TASKLISTS;
        parser.enter_block = [](MD_BLOCKTYPE type, void* detail, void* self) { return static_cast<Renderer*>(self)->enter(type, detail); };
        parser.leave_block = [](MD_BLOCKTYPE type, void* detail, void* self) { return static_cast<Renderer*>(self)->leave(type, detail); };
        parser.enter_span = [](MD_SPANTYPE, void*, void*) { return 0; };
        parser.leave_span = [](MD_SPANTYPE, void*, void*) { return 0; };
        parser.text = [](MD_TEXTTYPE type, const MD_CHAR* text, MD_SIZE size, void* self) {
            return static_cast<Renderer*>(self)->text(type, {text, size});
        };
        // It fails only where memory does.
        if (md_parse(markdown.data(), static_cast<MD_SIZE>(markdown.size()), &parser, this) != 0) throw std::bad_alloc();
        return {title_.take(), body_.take()};
    }

  private:
    struct List {
        bool ordered;
        unsigned next;
    };

    int enter(MD_BLOCKTYPE type, void* detail) {
        switch (type) {
            case MD_BLOCK_UL: lists_.push_back({false, 0}); break;
            case MD_BLOCK_OL: lists_.push_back({true, static_cast<MD_BLOCK_OL_DETAIL*>(detail)->start}); break;
            case MD_BLOCK_LI: begin_item(); return 0;
            case MD_BLOCK_H: in_heading_ = true; break;
            case MD_BLOCK_CODE: in_code_ = true; break;
            case MD_BLOCK_HTML: html_.clear(); break;
            case MD_BLOCK_TH:
            case MD_BLOCK_TD: body_.cell(); return 0;
            default: break;
        }
        breaks(type);
        return 0;
    }

    int leave(MD_BLOCKTYPE type, void*) {
        switch (type) {
            case MD_BLOCK_UL:
            case MD_BLOCK_OL: lists_.pop_back(); break;
            case MD_BLOCK_H:
                in_heading_ = false;
                titled_ = true;
                break;
            case MD_BLOCK_CODE: in_code_ = false; break;
            case MD_BLOCK_HTML: body_.text(read_html(html_).text, true); break;
            default: break;
        }
        breaks(type);
        return 0;
    }

    void breaks(MD_BLOCKTYPE type) {
        switch (type) {
            case MD_BLOCK_TH:
            case MD_BLOCK_TD: break;
            case MD_BLOCK_LI:
            case MD_BLOCK_THEAD:
            case MD_BLOCK_TBODY:
            case MD_BLOCK_TR: body_.break_line(1); break;
            case MD_BLOCK_UL:
            case MD_BLOCK_OL: body_.break_line(lists_.size() > 1 ? 1 : 2); break;
            case MD_BLOCK_P:
                // The first paragraph of an item stands behind its mark.
                if (!std::exchange(item_begins_, false)) body_.break_line(2);
                break;
            default: body_.break_line(2); break;
        }
    }

    void begin_item() {
        body_.break_line(1);
        List& list = lists_.back();
        body_.text(list.ordered ? std::to_string(list.next++) + ". " : "- ", false);
        item_begins_ = true;
    }

    int text(MD_TEXTTYPE type, std::string_view text) {
        item_begins_ = false;
        switch (type) {
            case MD_TEXT_NULLCHAR: put("\uFFFD"); break;
            case MD_TEXT_BR: body_.break_line(1); break;
            case MD_TEXT_SOFTBR: put(" "); break;
            case MD_TEXT_ENTITY: put(decode_reference(text)); break;
            case MD_TEXT_HTML: html(text); break;
            case MD_TEXT_CODE:
                body_.text(text, in_code_);
                note_title(text);
                break;
            default: put(text); break;
        }
        return 0;
    }

    void html(std::string_view text) {
        // Of HTML within a line only the tags come here; a block of HTML comes line by line, text included.
        html_.append(text);
        if (text.starts_with("<br")) body_.break_line(1);
    }

    void put(std::string_view text) {
        body_.text(text, false);
        note_title(text);
    }

    void note_title(std::string_view text) {
        if (in_heading_ && !titled_) title_.text(text, false);
    }

    TextWriter body_, title_;
    std::string html_;
    std::vector<List> lists_;
    bool item_begins_ = false;
    bool in_heading_ = false;
    bool in_code_ = false;
    bool titled_ = false;
};

/// Takes YAML front matter off the text and returns its title.
std::string take_front_matter(std::string_view& markdown) {
    if (!markdown.starts_with("---\n")) return {};
    const auto end = markdown.find("\n---\n", 3);
    if (end == std::string_view::npos) return {};
    const std::string_view matter = markdown.substr(3, end - 2);
    markdown.remove_prefix(end + 5);
    auto at = matter.find("\ntitle:");
    if (at == std::string_view::npos) return {};
    at += 7;
    std::string_view title = matter.substr(at, matter.find('\n', at) - at);
    const auto trim = [&title](std::string_view what) {
        const auto first = title.find_first_not_of(what);
        title = first == std::string_view::npos ? std::string_view() : title.substr(first, title.find_last_not_of(what) - first + 1);
    };
    trim(" \t");
    trim("\"'");
    return std::string(title);
}

}  // namespace

TitledText read_markdown(std::string_view markdown) {
    if (markdown.size() > std::numeric_limits<MD_SIZE>::max())
        throw Error(errc::too_large, "This text is over 4 GiB. Split it into smaller files.");
    std::string title = take_front_matter(markdown);
    TitledText result = Renderer().run(markdown);
    if (!title.empty()) result.title = std::move(title);
    return result;
}

}  // namespace docmind
