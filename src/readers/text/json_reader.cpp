#include "readers/text/json_reader.hpp"

#include "readers/text/json_tokens.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace docmind {

namespace {

using Kind = JsonTokens::Kind;

constexpr std::size_t max_indent = 8;
constexpr std::size_t max_heading = 200;
constexpr std::size_t longest_inline_list = 100;
constexpr int heading_levels = 2;

/// Writes the values of one JSON text as lines.
class Notes {
  public:
    explicit Notes(Page& page) : page_(page) {}

    /// The names at the first level that are not told.
    void leave_out(std::string_view first, std::string_view second) { left_out_ = {std::string(first), std::string(second)}; }
    void without_headings() { has_headings_ = false; }

    /// Whether it was JSON; `at` is then behind it. Else what was written so far is to be thrown away.
    bool write(std::string_view json, std::size_t* at) {
        JsonTokens tokens(json);
        while (true) {
            const Kind kind = tokens.next();
            if (kind == Kind::end) break;
            if (kind == Kind::cut_off || kind == Kind::error) return false;
            take(kind, tokens.text());
        }
        *at = tokens.at();
        return true;
    }

    [[nodiscard]] std::string take_title() { return std::move(title_); }

  private:
    struct Open {
        bool is_array;
        bool has_lines = false;
        std::vector<std::string> held{};  // plain values of an array, until it is known whether they are all
    };

    void take(Kind kind, const std::string& text) {
        if (skipping_ > 0 || skip_next_) {
            skip(kind);
            return;
        }
        switch (kind) {
            case Kind::object_begin: begin(false); break;
            case Kind::array_begin: begin(true); break;
            case Kind::object_end:
            case Kind::array_end: end(); break;
            case Kind::key: key(text); break;
            default: plain(text);
        }
    }

    void skip(Kind kind) {
        skip_next_ = false;
        if (kind == Kind::object_begin || kind == Kind::array_begin) ++skipping_;
        if (kind == Kind::object_end || kind == Kind::array_end) --skipping_;
    }

    void key(const std::string& name) {
        if (open_.size() == 1 && std::ranges::find(left_out_, name) != left_out_.end()) {
            skip_next_ = true;
            return;
        }
        if (lead_.ends_with(':')) end_line();
        key_ = name;
        begin_line();
        lead_ += one_line(name) + ":";
    }

    void plain(const std::string& value) {
        if (open_.empty()) {
            page_.text.append(value);
        } else if (open_.back().is_array) {
            open_.back().held.push_back(value);
        } else {
            if (open_.size() == 1 && key_ == "title") title_ = value;
            if (!value.empty()) lead_ += " ";
            write_value(value);
        }
    }

    void begin(bool is_array) {
        if (!open_.empty() && open_.back().is_array) {
            write_held();
            if (lead_.ends_with(':')) end_line();
            // Records are apart from each other.
            if (open_.size() == 1 && !is_array) empty_line();
            begin_line();
            lead_ += "- ";
        } else if (!open_.empty()) {
            heading();
        }
        open_.push_back({.is_array = is_array});
    }

    void end() {
        Open& last = open_.back();
        if (last.is_array && !last.has_lines && is_short(last.held)) {
            std::string line;
            for (const auto& value : last.held) line += (line.empty() ? "" : ", ") + value;
            if (lead_.ends_with(':') && !line.empty()) lead_ += " ";
            open_.pop_back();
            write_value(line);
            return;
        }
        write_held();
        open_.pop_back();
        // Nothing was in it.
        heading_level_ = 0;
        if (!lead_.empty()) end_line();
    }

    static bool is_short(const std::vector<std::string>& values) {
        std::size_t length = 0;
        bool numbers = true;
        for (const auto& value : values) {
            length += value.size() + 2;
            numbers = numbers && value.find_first_not_of("0123456789.+-eE") == std::string::npos;
            if (value.find('\n') != std::string::npos) return false;
        }
        return numbers || length <= longest_inline_list;
    }

    void write_held() {
        for (const auto& value : std::exchange(open_.back().held, {})) {
            if (lead_.ends_with(':')) end_line();
            begin_line();
            lead_ += "- ";
            write_value(value);
        }
        open_.back().has_lines = true;
    }

    /// The name may become a heading: when it is known that lines come below it.
    void heading() {
        const bool has_arrays_around = std::ranges::any_of(open_, [](const Open& open) { return open.is_array; });
        if (!has_headings_ || static_cast<int>(open_.size()) > heading_levels || has_arrays_around || key_.size() > max_heading) return;
        heading_level_ = static_cast<int>(open_.size());
        key_above_ = key_;
    }

    void empty_line() {
        if (!page_.text.empty() && !page_.text.ends_with("\n\n")) page_.text.push_back('\n');
    }

    void begin_line() {
        if (lead_.empty()) lead_.assign(indent(), ' ');
    }

    [[nodiscard]] std::size_t indent() const { return open_.empty() ? 0 : 2 * std::min(open_.size() - 1, max_indent); }

    void end_line() {
        if (const int level = std::exchange(heading_level_, 0); level > 0) {
            if (level == 1) empty_line();
            page_.headings.push_back({static_cast<std::uint32_t>(page_.text.size()), level, one_line(key_above_)});
        }
        while (lead_.ends_with(' ')) lead_.pop_back();
        if (!lead_.empty()) page_.text.append(lead_).push_back('\n');
        lead_.clear();
    }

    void write_value(std::string_view value) {
        heading_level_ = 0;
        const std::string next = "\n" + std::string(indent() + 2, ' ');
        page_.text.append(std::exchange(lead_, {}));
        while (!value.empty()) {
            const std::string_view line = value.substr(0, value.find('\n'));
            page_.text.append(line);
            if (line.size() == value.size()) break;
            value.remove_prefix(line.size() + 1);
            page_.text.append(value.starts_with('\n') || value.empty() ? "\n" : next);
        }
        page_.text.push_back('\n');
    }

    static std::string one_line(std::string text) {
        std::ranges::replace(text, '\n', ' ');
        return text;
    }

    Page& page_;
    std::vector<Open> open_;
    std::string lead_;  // of the line that comes next: indentation, marks and name
    std::string key_, key_above_, title_;
    int heading_level_ = 0;  // of key_above_, if lines come below it
    std::vector<std::string> left_out_;
    std::size_t skipping_ = 0;
    bool skip_next_ = false;
    bool has_headings_ = true;
};

/// "title" and "text" of a record.
struct Record {
    std::string title, text;
};

Record record_of(std::string_view json) {
    Record record;
    JsonTokens tokens(json);
    std::size_t depth = 0;
    std::string key;
    while (true) {
        const Kind kind = tokens.next();
        if (kind == Kind::end || kind == Kind::cut_off || kind == Kind::error) return record;
        if (kind == Kind::object_begin || kind == Kind::array_begin) ++depth;
        if (kind == Kind::object_end || kind == Kind::array_end) --depth;
        if (depth != 1) continue;
        if (kind == Kind::key) key = tokens.text();
        if (kind == Kind::string && key == "title") record.title = tokens.text();
        if (kind == Kind::string && key == "text") record.text = tokens.text();
    }
}

bool is_white(std::string_view text) {
    return text.find_first_not_of(" \t\n\r") == std::string_view::npos;
}

/// Puts back what was there before a text turned out to be no JSON.
void forget(Page& page, std::size_t size, std::size_t headings) {
    page.text.resize(size);
    page.headings.resize(headings);
}

void write_record(std::string_view line, Page& page) {
    const std::size_t size = page.text.size();
    const Record record = record_of(line);
    if (!record.text.empty() && !record.title.empty()) {
        std::string title = record.title;
        std::ranges::replace(title, '\n', ' ');
        page.headings.push_back({static_cast<std::uint32_t>(size), 1, title});
        page.text += title + "\n\n";
    }
    const std::size_t before = page.text.size(), headings = page.headings.size();
    Notes notes(page);
    notes.without_headings();
    if (!record.text.empty()) notes.leave_out("text", record.title.empty() ? "text" : "title");
    std::size_t end = 0;
    if (!notes.write(line, &end) || !is_white(line.substr(end))) {
        forget(page, size, headings - (before > size ? 1 : 0));
        page.text.append(line).push_back('\n');
        return;
    }
    if (record.text.empty()) return;
    if (page.text.size() > before) page.text.push_back('\n');
    page.text.append(record.text).push_back('\n');
}

}  // namespace

JsonPage read_json(std::string_view text) {
    JsonPage result;
    Notes notes(result.page);
    std::size_t end = 0;
    if (!notes.write(text, &end) || !is_white(text.substr(end))) return {.page = {.text = std::string(text)}, .metadata = {}};
    if (std::string title = notes.take_title(); !title.empty()) result.metadata["title"] = std::move(title);
    return result;
}

JsonPage read_json_lines(std::string_view text) {
    JsonPage result;
    Page& page = result.page;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (is_white(line)) continue;
        if (!page.text.empty()) page.text.push_back('\n');
        write_record(line, page);
    }
    return result;
}

}  // namespace docmind
