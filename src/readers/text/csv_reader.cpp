#include "readers/text/csv_reader.hpp"

#include "readers/page_writer.hpp"
#include "readers/sniff.hpp"

#include <docmind/error.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace docmind {

namespace {

constexpr std::size_t rows_per_table = 40;
constexpr std::size_t sample_bytes = 64 * 1024;
constexpr std::array delimiters = {',', ';', '\t', '|'};

using Record = std::vector<std::string>;

/// One record after the other.
class Records {
  public:
    Records(std::string_view text, char delimiter) : text_(text), delimiter_(delimiter) {}

    bool next(Record& record) {
        record.clear();
        if (at_ >= text_.size()) return false;
        while (true) {
            record.push_back(field());
            if (at_ >= text_.size() || text_[at_++] == '\n') return true;
        }
    }

  private:
    /// Stops before the delimiter or newline.
    std::string field() {
        std::size_t begin = at_;
        while (begin < text_.size() && text_[begin] == ' ') ++begin;
        if (begin < text_.size() && text_[begin] == '"' && quotes_close_) {
            at_ = begin + 1;
            if (auto value = quoted()) return *std::move(value);
            at_ = begin;
            quotes_close_ = false;
        }
        const std::size_t from = at_;
        while (at_ < text_.size() && text_[at_] != delimiter_ && text_[at_] != '\n') ++at_;
        return std::string(text_.substr(from, at_ - from));
    }

    /// Nothing where the quote is not closed.
    std::optional<std::string> quoted() {
        std::string value;
        while (true) {
            const auto quote = text_.find('"', at_);
            if (quote == std::string_view::npos) return std::nullopt;
            value.append(text_.substr(at_, quote - at_));
            at_ = quote + 1;
            if (at_ >= text_.size() || text_[at_] != '"') break;
            value.push_back('"');
            ++at_;
        }
        // What stands behind the closing quote belongs to the field all the same.
        const std::size_t from = at_;
        while (at_ < text_.size() && text_[at_] != delimiter_ && text_[at_] != '\n') ++at_;
        value.append(text_.substr(from, at_ - from));
        return value;
    }

    std::string_view text_;
    char delimiter_;
    std::size_t at_ = 0;
    bool quotes_close_ = true;
};

/// Records of the most common length, times their fields; 0 where that length is one.
double score(std::string_view sample, char delimiter) {
    Records records(sample, delimiter);
    std::map<std::size_t, std::size_t> lengths;
    std::size_t total = 0;
    for (Record record; records.next(record); ++total) {
        if (record.size() > 1 || !record.front().empty()) ++lengths[record.size()];
    }
    std::pair<std::size_t, std::size_t> common{};
    for (const auto& [length, count] : lengths) {
        if (count > common.second) common = {length, count};
    }
    if (common.first < 2) return 0;
    const double share = static_cast<double>(common.second) / static_cast<double>(total);
    // More columns are more evidence, but not as much as records that agree.
    return share * share * (1 + 0.1 * static_cast<double>(std::min<std::size_t>(common.first, 20)));
}

std::string_view take_separator_line(std::string_view text, char* delimiter) {
    if (ascii_lower(text.substr(0, 4)) != "sep=" || text.size() < 6 || text[5] != '\n') return text;
    *delimiter = text[4];
    return text.substr(6);
}

}  // namespace

char csv_delimiter(std::string_view text, std::string_view media_type) {
    char found = 0;
    take_separator_line(text, &found);
    if (found != 0) return found;
    std::string_view sample = text.substr(0, sample_bytes);
    // Not the record that is cut off.
    if (sample.size() < text.size() && sample.rfind('\n') != std::string_view::npos) sample = sample.substr(0, sample.rfind('\n') + 1);
    if (media_type == "text/tab-separated-values" && sample.find('\t') != std::string_view::npos) return '\t';
    double best = 0;
    for (const char delimiter : delimiters) {
        if (const double points = score(sample, delimiter); points > best) {
            best = points;
            found = delimiter;
        }
    }
    return found;
}

void read_csv_into(std::string_view text, std::string_view media_type, const ReadOptions& options, PageWriter& writer) {
    char delimiter = csv_delimiter(text, media_type);
    text = take_separator_line(text, &delimiter);
    Records records(text, delimiter == 0 ? ',' : delimiter);
    std::vector<Record> table;
    std::uint64_t cells = 0;
    const auto write = [&] {
        writer.table(table);
        table.resize(1);
    };
    for (Record record; records.next(record);) {
        cells += record.size();
        if (cells > options.max_cells) {
            throw Error(errc::too_large, "This table has more than " + std::to_string(options.max_cells) +
                                             " cells (ingestion.max_cells). Split it into smaller files.");
        }
        if (record.size() == 1 && record.front().find_first_not_of(" \t") == std::string::npos) continue;
        table.push_back(std::exchange(record, {}));
        if (table.size() > rows_per_table) write();
    }
    if (table.size() > 1 || (cells > 0 && cells <= rows_per_table)) write();
}

}  // namespace docmind
