#pragma once
// For tests: files made by real programs, and what a person reads in them.

#include <algorithm>
#include <fstream>
#include <numeric>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace docmind::test {

inline std::string file_bytes(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream bytes;
    bytes << in.rdbuf();
    return bytes.str();
}

/// The pages of a truth file, which begin with "=== page N".
inline std::vector<std::string> truth_pages(const std::string& path) {
    std::vector<std::string> pages;
    std::istringstream lines(file_bytes(path));
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("=== page ")) {
            pages.emplace_back();
        } else if (!pages.empty()) {
            pages.back() += line + "\n";
        }
    }
    return pages;
}

/// The words with one space between them; what only draws a Markdown table is left out.
inline std::string plain_words(std::string_view text) {
    std::istringstream words{std::string(text)};
    std::string plain;
    for (std::string word; words >> word;) {
        if (word.find_first_not_of("|-") == std::string::npos) continue;
        plain += (plain.empty() ? "" : " ") + word;
    }
    return plain;
}

/// How many characters must be changed, put in or taken out to make one text of the other, by the length of the second.
inline double error_rate(std::string_view read, std::string_view truth) {
    const std::string a = plain_words(read), b = plain_words(truth);
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
        }
    }
    return static_cast<double>(row.back()) / static_cast<double>(std::max<std::size_t>(1, b.size()));
}

}  // namespace docmind::test
