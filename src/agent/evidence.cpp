#include "agent/evidence.hpp"

#include "agent/prompt.hpp"
#include "agent/text.hpp"
#include "agent/tokens.hpp"

#include <algorithm>

namespace docmind {

namespace {

// The text cut to about so many tokens.
std::string cut(const std::string& text, std::size_t tokens) {
    const std::size_t wanted = estimate_tokens(text);
    if (wanted <= tokens) return text;
    return std::string(text::shorten(text, tokens * text.size() / wanted)) + "…";
}

}  // namespace

Source* Evidence::source_of(const NodeWithScore& passage) {
    const auto same = [&](const Source& source) {
        const Node& known = source.passage.node;
        return known.document_id == passage.node.document_id && known.id == passage.node.id && known.text == passage.node.text;
    };
    const auto known = std::ranges::find_if(sources_, same);
    if (known != sources_.end()) return &*known;
    if (sources_.size() == params_.max_sources) return nullptr;
    sources_.push_back({static_cast<int>(sources_.size()) + 1, passage});
    return &sources_.back();
}

std::string Evidence::add(std::string_view tool, const ToolOutput& output, std::size_t token_limit) {
    std::string words;
    const std::string open = "<" + params_.boundary + " tool=\"" + std::string(tool) + "\">\n";
    const std::string close = "\n</" + params_.boundary + ">\n";
    if (!output.content.empty()) words = open + cut(output.content, token_limit) + close;
    ground_ = ground_ || (output.found && (!output.content.empty() || !output.passages.empty()));
    std::size_t left_out = 0;
    for (const NodeWithScore& passage : output.passages) {
        std::string body = condensed(passage.node.text);
        const std::size_t used = estimate_tokens(words);
        const std::size_t frame = estimate_tokens(passage_block(params_.boundary, {.n = 999, .passage = passage}, ""));
        const std::size_t room = token_limit > used + frame ? token_limit - used - frame : 0;
        if (!words.empty() && estimate_tokens(body) > room) {
            ++left_out;
            continue;
        }
        const Source* source = source_of(passage);
        if (source == nullptr) {
            ++left_out;
            continue;
        }
        words += passage_block(params_.boundary, *source, cut(body, std::max<std::size_t>(room, 1)));
    }
    if (left_out > 0) words += "(" + std::to_string(left_out) + " more passages were left out.)";
    return words.empty() ? "(The tool gave nothing.)" : words;
}

}  // namespace docmind
