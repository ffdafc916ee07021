#include "readers/text/html_filter.hpp"

#include "readers/sniff.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>
#include <vector>

namespace docmind {

namespace {

using namespace std::string_view_literals;

constexpr std::size_t longest_name = 32;
constexpr std::size_t longest_value = 1000;

/// An attribute that says something about the text, and the only element that has it; none: every element.
struct Attribute {
    std::string_view name, element;
};
constexpr std::array attributes = {Attribute{"class", ""},       Attribute{"id", ""},           Attribute{"role", ""},
                                   Attribute{"lang", "html"},    Attribute{"xml:lang", "html"}, Attribute{"name", "meta"},
                                   Attribute{"content", "meta"}, Attribute{"property", "meta"}, Attribute{"colspan", "td"},
                                   Attribute{"colspan", "th"},   Attribute{"start", "ol"}};

// Elements that never contain others, or that end by themselves when the next begins: they do not count as nesting.
constexpr std::array flat = {"area"sv,   "base"sv,  "br"sv,   "col"sv,   "dd"sv,     "dt"sv,    "embed"sv, "hr"sv,    "img"sv,
                             "input"sv,  "li"sv,    "link"sv, "meta"sv,  "option"sv, "p"sv,     "param"sv, "rp"sv,    "rt"sv,
                             "source"sv, "tbody"sv, "td"sv,   "tfoot"sv, "th"sv,     "thead"sv, "tr"sv,    "track"sv, "wbr"sv};
// Elements whose content is raw text that is not shown: without an end tag they reach to the document's end.
constexpr std::array unseen = {"script"sv, "style"sv, "iframe"sv, "noembed"sv, "noframes"sv};
// Elements whose content is not shown, or is no text: without an end tag they are ignored.
constexpr std::array unread = {"template"sv, "svg"sv, "math"sv};
// Elements whose content is text in which tags mean nothing.
constexpr std::array raw = {"title"sv, "textarea"sv};

bool is_alpha(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

class Filter {
  public:
    Filter(std::string_view html, std::size_t max_depth) : html_(html), lower_(ascii_lower(html)), max_depth_(max_depth) {}

    std::string run() {
        out_.reserve(html_.size());
        while (at_ < html_.size()) {
            const auto open = html_.find('<', at_);
            out_.append(html_.substr(at_, open == std::string_view::npos ? open : open - at_));
            if (open == std::string_view::npos) break;
            at_ = open;
            markup();
        }
        return std::move(out_);
    }

  private:
    void markup() {
        const char next = at_ + 1 < html_.size() ? html_[at_ + 1] : ' ';
        if (is_alpha(next)) {
            start_tag();
        } else if (next == '/') {
            end_tag();
        } else if (html_.substr(at_, 4) == "<!--"sv) {
            skip_past("-->", at_ + 4);
        } else if (next == '!' || next == '?') {
            skip_past(">", at_ + 2);
        } else {
            out_.append("&lt;");
            ++at_;
        }
    }

    void start_tag() {
        const std::string_view name = name_at(at_ + 1);
        const std::size_t begin = at_ + 1 + name.size();
        skip_attributes(begin);
        const std::string_view inside = html_.substr(begin, at_ - begin);
        if (contains(unread, name)) {
            const bool self_closing = html_.substr(0, at_).ends_with("/>");
            if (!self_closing && end_tag_from(name) < html_.size()) skip_element(name);
        } else if (contains(unseen, name)) {
            skip_element(name);
        } else if (contains(raw, name)) {
            copy_raw(name);
        } else if (contains(flat, name) || ++depth_ <= max_depth_) {
            put_tag("<", name, inside);
        } else {
            out_.push_back(' ');
        }
    }

    void end_tag() {
        const std::string_view name = name_at(at_ + 2);
        if (name.empty()) {
            skip_past(">", at_ + 2);
            return;
        }
        skip_attributes(at_ + 2 + name.size());
        const bool nests = !contains(flat, name);
        if (nests && depth_ > max_depth_) {
            out_.push_back(' ');
        } else {
            put_tag("</", name);
        }
        if (nests && depth_ > 0) --depth_;
    }

    std::string_view name_at(std::size_t begin) const {
        std::size_t end = begin;
        while (end < html_.size() && !is_space(html_[end]) && html_[end] != '>' && html_[end] != '/') ++end;
        return std::string_view(lower_).substr(begin, end - begin);
    }

    /// To behind the tag's '>'; one in a quoted value does not count (WHATWG HTML, 13.2.5.32 to 13.2.5.40).
    void skip_attributes(std::size_t from) {
        bool value_expected = false;
        char quote = 0;
        std::size_t i = from;
        for (; i < html_.size(); ++i) {
            const char c = html_[i];
            if (quote != 0) {
                if (c == quote) quote = 0;
            } else if (c == '>') {
                break;
            } else if (value_expected && (c == '"' || c == '\'')) {
                quote = c;
            }
            if (!is_space(c)) value_expected = c == '=' && quote == 0;
        }
        at_ = std::min(html_.size(), i + 1);
    }

    /// From behind a start tag to behind its end tag, the document's end where there is none. Nested ones of the same name are not
    /// counted: after the first end tag what is left of an outer one is text again.
    void skip_element(std::string_view name) {
        at_ = end_tag_from(name);
        if (at_ < html_.size()) skip_attributes(at_);
        out_.push_back(' ');
    }

    void copy_raw(std::string_view name) {
        const std::size_t end = end_tag_from(name);
        put_tag("<", name);
        // "&" stays: character references count in these elements.
        out_.append(html_.substr(at_, end - at_));
        put_tag("</", name);
        at_ = end;
        if (at_ < html_.size()) skip_attributes(at_);
    }

    std::size_t end_tag_from(std::string_view name) {
        // Once there is none from here on, there is none later: without this, many unclosed ones would make the pass quadratic.
        if (std::ranges::find(without_end_, name) != without_end_.end()) return html_.size();
        const std::string mark = "</" + std::string(name);
        for (std::size_t found = lower_.find(mark, at_); found != std::string::npos; found = lower_.find(mark, found + 1)) {
            const std::size_t after = found + mark.size();
            if (after >= lower_.size() || is_space(lower_[after]) || lower_[after] == '>' || lower_[after] == '/') return found;
        }
        without_end_.emplace_back(name);
        return html_.size();
    }

    void skip_past(std::string_view mark, std::size_t from) {
        const auto found = html_.find(mark, std::min(from, html_.size()));
        at_ = found == std::string_view::npos ? html_.size() : found + mark.size();
    }

    void put_tag(std::string_view open, std::string_view name, std::string_view inside = {}) {
        // A name that long is none; its text was markup all the same.
        if (name.size() > longest_name) return;
        out_.append(open).append(name);
        put_attributes(name, inside);
        out_.push_back('>');
    }

    /// `inside`: what stands between the tag's name and behind its '>'.
    void put_attributes(std::string_view element, std::string_view inside) {
        unsigned seen = 0;
        for (std::size_t i = 0; i < inside.size();) {
            if (is_space(inside[i]) || inside[i] == '/' || inside[i] == '>') {
                ++i;
                continue;
            }
            const std::size_t begin = i++;
            while (i < inside.size() && !is_space(inside[i]) && inside[i] != '=' && inside[i] != '/' && inside[i] != '>') ++i;
            const std::string_view name = inside.substr(begin, i - begin);
            while (i < inside.size() && is_space(inside[i])) ++i;
            if (i >= inside.size() || inside[i] != '=') continue;
            put_attribute(element, name, value_at(inside, &i), &seen);
        }
    }

    /// The value behind the '=' at `at`, which then is behind the value.
    static std::string_view value_at(std::string_view inside, std::size_t* at) {
        std::size_t& i = *at;
        ++i;
        while (i < inside.size() && is_space(inside[i])) ++i;
        if (i >= inside.size()) return {};
        const char quote = inside[i];
        const std::size_t begin = quote == '"' || quote == '\'' ? i + 1 : i;
        if (begin == i) {
            while (i < inside.size() && !is_space(inside[i]) && inside[i] != '>') ++i;
            return inside.substr(begin, i - begin);
        }
        const std::size_t end = std::min(inside.find(quote, begin), inside.size());
        i = std::min(end + 1, inside.size());
        return inside.substr(begin, end - begin);
    }

    void put_attribute(std::string_view element, std::string_view name, std::string_view value, unsigned* seen) {
        if (name.size() > longest_name) return;
        const std::string lower = ascii_lower(name);
        for (std::size_t k = 0; k < attributes.size(); ++k) {
            const bool wanted = attributes[k].name == lower && (attributes[k].element.empty() || attributes[k].element == element);
            // The first one of a name counts (WHATWG HTML, 13.2.5.33).
            if (!wanted || (*seen & (1U << k)) != 0) continue;
            *seen |= 1U << k;
            out_.append(" ").append(lower).append("=\"");
            for (const char c : value.substr(0, longest_value)) {
                if (c == '"') {
                    out_.append("&quot;");
                } else {
                    out_.push_back(c);
                }
            }
            out_.push_back('"');
        }
    }

    template <class Names>
    static bool contains(const Names& names, std::string_view name) {
        return std::ranges::find(names, name) != names.end();
    }

    std::string_view html_;
    std::string lower_;
    std::size_t max_depth_;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;
    std::vector<std::string> without_end_;
    std::string out_;
};

}  // namespace

std::string filter_html(std::string_view html, std::size_t max_depth) {
    return Filter(html, max_depth).run();
}

}  // namespace docmind
