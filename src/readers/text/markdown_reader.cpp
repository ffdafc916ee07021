#include "readers/text/markdown_reader.hpp"

#include "readers/page_writer.hpp"
#include "readers/text/front_matter.hpp"
#include "readers/text/html_reader.hpp"
#include "readers/utf8.hpp"

#include <docmind/error.hpp>

#include <md4c.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <new>
#include <string>
#include <utility>

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
    Renderer(const ReadOptions& options, PageWriter& writer) : writer_(writer), max_cells_(options.max_cells) {}

    /// Returns the first heading.
    std::string run(std::string_view markdown) {
        MD_PARSER parser{};
        parser.flags = MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH | MD_FLAG_TASKLISTS;
        parser.enter_block = [](MD_BLOCKTYPE type, void* detail, void* self) { return static_cast<Renderer*>(self)->enter(type, detail); };
        parser.leave_block = [](MD_BLOCKTYPE type, void*, void* self) { return static_cast<Renderer*>(self)->leave(type); };
        parser.enter_span = [](MD_SPANTYPE, void*, void*) { return 0; };
        parser.leave_span = [](MD_SPANTYPE, void*, void*) { return 0; };
        parser.text = [](MD_TEXTTYPE type, const MD_CHAR* text, MD_SIZE size, void* self) {
            return static_cast<Renderer*>(self)->text(type, {text, size});
        };
        const int result = md_parse(markdown.data(), static_cast<MD_SIZE>(markdown.size()), &parser, this);
        if (cells_ > max_cells_) {
            throw Error(errc::too_large, "The tables of this text have more than " + std::to_string(max_cells_) +
                                             " cells (ingestion.max_cells). Split it into smaller files.");
        }
        // It fails only where memory does.
        if (result != 0) throw std::bad_alloc();
        return title_.take(1).text;
    }

  private:
    int enter(MD_BLOCKTYPE type, void* detail) {
        switch (type) {
            case MD_BLOCK_UL: writer_.begin_list(false); break;
            case MD_BLOCK_OL: {
                const unsigned start = static_cast<MD_BLOCK_OL_DETAIL*>(detail)->start;
                writer_.begin_list(true, static_cast<int>(std::min(start, 999'999'999U)));
                break;
            }
            case MD_BLOCK_LI: writer_.begin_item(); break;
            case MD_BLOCK_H:
                writer_.begin_heading(static_cast<int>(static_cast<MD_BLOCK_H_DETAIL*>(detail)->level));
                in_heading_ = true;
                break;
            case MD_BLOCK_CODE: in_code_ = true; break;
            case MD_BLOCK_HTML: in_html_ = true; break;
            case MD_BLOCK_TABLE: writer_.begin_table(); break;
            case MD_BLOCK_TR: writer_.begin_row(); break;
            case MD_BLOCK_TH:
            case MD_BLOCK_TD: writer_.begin_cell(); return ++cells_ > max_cells_ ? -1 : 0;
            case MD_BLOCK_P:
            case MD_BLOCK_QUOTE:
            case MD_BLOCK_HR: writer_.paragraph(); break;
            default: break;
        }
        return 0;
    }

    int leave(MD_BLOCKTYPE type) {
        switch (type) {
            case MD_BLOCK_UL:
            case MD_BLOCK_OL: writer_.end_list(); break;
            case MD_BLOCK_H:
                writer_.end_heading();
                in_heading_ = false;
                titled_ = true;
                break;
            case MD_BLOCK_CODE:
                in_code_ = false;
                writer_.preformatted(std::exchange(held_, {}));
                break;
            case MD_BLOCK_HTML:
                in_html_ = false;
                writer_.paragraph();
                read_html_into(std::exchange(held_, {}), HtmlPart::everything, writer_);
                writer_.paragraph();
                break;
            case MD_BLOCK_TABLE: writer_.end_table(); break;
            case MD_BLOCK_P:
            case MD_BLOCK_QUOTE: writer_.paragraph(); break;
            default: break;
        }
        return 0;
    }

    int text(MD_TEXTTYPE type, std::string_view text) {
        switch (type) {
            case MD_TEXT_NULLCHAR: put("\uFFFD"); break;
            case MD_TEXT_BR: writer_.line_break(); break;
            case MD_TEXT_SOFTBR: writer_.space(); break;
            case MD_TEXT_ENTITY: put(decode_reference(text)); break;
            case MD_TEXT_HTML: html(text); break;
            default: put(text); break;
        }
        return 0;
    }

    void html(std::string_view text) {
        // Of HTML within a line only the tags come here; a block of HTML comes line by line, text included.
        if (in_html_) {
            held_.append(text);
        } else if (text.starts_with("<br")) {
            writer_.line_break();
        }
    }

    void put(std::string_view text) {
        if (in_code_) {
            held_.append(text);
            return;
        }
        writer_.text(text);
        if (in_heading_ && !titled_) title_.text(text);
    }

    PageWriter& writer_;
    std::uint64_t max_cells_;
    std::uint64_t cells_ = 0;
    PageWriter title_;
    std::string held_;  // of a block of code or HTML
    bool in_heading_ = false;
    bool in_code_ = false;
    bool in_html_ = false;
    bool titled_ = false;
};

}  // namespace

Metadata read_markdown_into(std::string_view markdown, const ReadOptions& options, PageWriter& writer) {
    if (markdown.size() > std::numeric_limits<MD_SIZE>::max())
        throw Error(errc::too_large, "This text is over 4 GiB. Split it into smaller files.");
    Metadata metadata = take_front_matter(markdown);
    std::string heading = Renderer(options, writer).run(markdown);
    if (!heading.empty()) metadata.try_emplace("title", std::move(heading));
    return metadata;
}

}  // namespace docmind
