#pragma once
// "What is asked in this evaluation, of which documents, and what is right?" An evaluation set: a folder with queries.jsonl, qrels.tsv, and
// corpus.jsonl or documents.txt.

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "retrieval/rank_metrics.hpp"

namespace docmind::cli {

struct EvalQuestion {
    std::string id, text;
    bool answerable = true;
    std::vector<std::string> answers;  ///< words a right answer has, one of them; empty where the set does not say
};

/// At most `most` of the set's questions, spread over it; 0: all. Errors: not_found, invalid_argument (a line that is no question).
[[nodiscard]] std::vector<EvalQuestion> read_questions(const std::filesystem::path& set, std::size_t most);
/// question -> what is right. Lines of question, item, grade; TREC's second column may be there. Errors: not_found, invalid_argument.
[[nodiscard]] std::map<std::string, Judgements> read_judgements(const std::filesystem::path& set);
/// corpus.jsonl, or the files that documents.txt names: beside it, in `files`, or where its first line says. Errors: not_found.
[[nodiscard]] std::vector<std::string> documents_of(const std::filesystem::path& set, const std::string& files);
/// The folder itself, or the sets in it, by name. Errors: not_found.
[[nodiscard]] std::vector<std::filesystem::path> evaluation_sets(const std::filesystem::path& folder);

}  // namespace docmind::cli
