#include "eval_set.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <utility>

#include "server/json.hpp"

namespace docmind::cli {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

std::vector<std::string> lines_of(const fs::path& path) {
    std::ifstream in(path);
    if (!in) throw Error(errc::not_found, "Cannot read " + path.string() + ".");
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) {
        if (!line.empty() && line.back() == '\r') line.pop_back();
        if (line.find_first_not_of(" \t") != std::string::npos) lines.push_back(std::move(line));
    }
    return lines;
}

}  // namespace

std::vector<EvalQuestion> read_questions(const fs::path& set, std::size_t most) {
    const fs::path path = set / "queries.jsonl";
    std::vector<EvalQuestion> questions;
    for (const std::string& line : lines_of(path)) {
        try {
            const json::value value = parse_json(line);
            const json::object& object = value.as_object();
            EvalQuestion question{
                .id = std::string(object.at("id").as_string()), .text = std::string(object.at("text").as_string()), .answers = {}};
            if (const json::value* answerable = object.if_contains("answerable")) question.answerable = answerable->as_bool();
            if (const json::value* answers = object.if_contains("answers")) {
                for (const json::value& words : answers->as_array()) question.answers.emplace_back(words.as_string());
            }
            questions.push_back(std::move(question));
        } catch (const std::exception&) {
            throw Error(errc::invalid_argument, fmt::format("{}:{}: expected {{\"id\",\"text\"}}, maybe with \"answerable\".",
                                                            path.string(), questions.size() + 1));
        }
    }
    if (most == 0 || most >= questions.size()) return questions;
    // Spread over the set: its last questions are often of another kind than its first.
    std::vector<EvalQuestion> some;
    for (std::size_t n = 0; n < most; ++n) some.push_back(std::move(questions[n * questions.size() / most]));
    return some;
}

std::map<std::string, Judgements> read_judgements(const fs::path& set) {
    const fs::path path = set / "qrels.tsv";
    std::map<std::string, Judgements> judgements;
    std::size_t number = 0;
    for (const std::string& line : lines_of(path)) {
        ++number;
        if (line.starts_with('#')) continue;
        std::vector<std::string> parts;
        std::istringstream in(line);
        for (std::string part; in >> part;) parts.push_back(part);
        if (parts.size() == 4) parts.erase(parts.begin() + 1);
        try {
            if (parts.size() != 3) throw std::invalid_argument("columns");
            const int grade = static_cast<int>(std::stod(parts[2]));
            if (grade > 0) judgements[parts[0]][parts[1]] = grade;
        } catch (const std::logic_error&) {
            if (number == 1) continue;  // a line of headings
            throw Error(errc::invalid_argument, fmt::format("{}:{}: expected question, document and grade.", path.string(), number));
        }
    }
    return judgements;
}

std::vector<std::string> documents_of(const fs::path& set, const std::string& files) {
    if (fs::exists(set / "corpus.jsonl")) return {(set / "corpus.jsonl").string()};
    std::vector<std::string> paths;
    std::vector<fs::path> folders{set};
    if (!files.empty()) folders.insert(folders.begin(), files);
    for (const std::string& line : lines_of(set / "documents.txt")) {
        if (line.starts_with('#')) {
            const std::size_t at = line.find("directory ");
            if (at != std::string::npos) folders.push_back("/" + line.substr(at + 10));
            continue;
        }
        const std::string name = line.substr(0, line.find('\t'));
        const auto folder = std::ranges::find_if(folders, [&](const fs::path& place) { return fs::exists(place / name); });
        if (folder == folders.end())
            throw Error(errc::not_found,
                        fmt::format("{} is not there. Say with --files where the documents of {} are.", name, set.string()));
        paths.push_back((*folder / name).string());
    }
    return paths;
}

std::vector<fs::path> evaluation_sets(const fs::path& folder) {
    if (fs::exists(folder / "queries.jsonl")) return {folder};
    std::vector<fs::path> sets;
    if (fs::is_directory(folder)) {
        for (const auto& entry : fs::directory_iterator(folder)) {
            if (fs::exists(entry.path() / "queries.jsonl")) sets.push_back(entry.path());
        }
    }
    if (sets.empty())
        throw Error(errc::not_found,
                    fmt::format("{} is no evaluation set and holds none: a set is a folder with queries.jsonl, qrels.tsv, and "
                                "corpus.jsonl or documents.txt.",
                                folder.string()));
    std::ranges::sort(sets);
    return sets;
}

}  // namespace docmind::cli
