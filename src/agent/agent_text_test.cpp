#include "agent/chat_memory_buffer.hpp"
#include "agent/citation_aligner.hpp"
#include "agent/citation_checker.hpp"
#include "agent/follow_up.hpp"
#include "agent/passage_answer.hpp"
#include "agent/prompt.hpp"
#include "agent/repetition.hpp"
#include "agent/sentence_gate.hpp"
#include "agent/test_fakes.hpp"
#include "agent/text.hpp"
#include "agent/tokens.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace docmind {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<Source> sources() {
    std::vector<Source> all;
    for (auto& passage : test::bridge()) all.push_back({static_cast<int>(all.size()) + 1, std::move(passage)});
    return all;
}

std::vector<std::string> sentences_of(const std::string& text) {
    std::vector<std::string> all;
    for (const auto& span : text::sentences(text)) all.push_back(text.substr(span.begin, span.size()));
    return all;
}

// The answer fed in pieces of every size must show the same.
std::string checked(const std::string& said, std::size_t passages, const std::string& boundary = "passage-ab") {
    std::string first;
    for (std::size_t size = 1; size <= said.size(); ++size) {
        CitationChecker checker({.passages = passages, .boundary = boundary});
        std::string out;
        for (std::size_t i = 0; i < said.size(); i += size) out += checker.feed(said.substr(i, size));
        out += checker.finish();
        if (size == 1) first = out;
        EXPECT_EQ(out, first) << "in pieces of " << size;
    }
    return first;
}

TEST(CitationChecker, marks_in_every_form_become_one_and_unknown_numbers_vanish) {
    EXPECT_EQ(checked("a [1], b [2,3] c [Passage 2] d [1-3].", 3), "a [1], b [2][3] c [2] d [1][2][3].");
    EXPECT_EQ(checked("a [4] b [0]. c [1, 9]", 3), "a b. c [1]");
    EXPECT_EQ(checked("end [12", 3), "end");
    EXPECT_EQ(checked("a [link](x) [note] [", 3), "a [link](x) [note] [");
}

TEST(CitationChecker, code_is_left_alone) {
    EXPECT_EQ(checked("use `x[9]` and\n```\ny[9] <- 1\n```\nbut not [9].", 3), "use `x[9]` and\n```\ny[9] <- 1\n```\nbut not.");
}

TEST(CitationChecker, echoes_of_the_tags_vanish_and_other_brackets_stay) {
    EXPECT_EQ(checked("<passage-ab n=\"1\">text</passage-ab> x <- 3 <b>", 3), "text x <- 3 <b>");
}

TEST(CitationAligner, every_quote_stands_word_for_word_in_its_passage) {
    const auto result = CitationAligner().align("The bridge has seven arches of red sandstone. In 1891 the toll was abolished.", sources());
    EXPECT_EQ(result.answer, "The bridge has seven arches of red sandstone [1]. In 1891 the toll was abolished [2].");
    ASSERT_EQ(result.citations.size(), 2U);
    for (const auto& citation : result.citations)
        EXPECT_THAT(sources()[static_cast<std::size_t>(citation.n) - 1].passage.node.text, HasSubstr(citation.quote));
}

TEST(CitationAligner, a_number_at_words_of_another_passage_is_put_right) {
    const auto result = CitationAligner().align("The third pillar was damaged in the flood [1].", sources());
    EXPECT_EQ(result.answer, "The third pillar was damaged in the flood [3].");
    EXPECT_EQ(result.citations.at(0).page, 5);
}

TEST(CitationAligner, words_of_no_passage_get_no_number_and_the_sources_are_named_below) {
    const auto result =
        CitationAligner().align_or_name_sources("Penguins like swimming in cold oceans.", sources(), "When was the bridge opened?");
    EXPECT_EQ(result.answer, "Penguins like swimming in cold oceans.\n\nSources: [1] [2]");
    EXPECT_EQ(result.citations.size(), 2U);
}

TEST(CitationAligner, code_gets_no_numbers) {
    const auto result = CitationAligner().align("```\nThe bridge was opened in 1872.\n```", sources());
    EXPECT_EQ(result.answer, "```\nThe bridge was opened in 1872.\n```");
}

TEST(Repetition, a_long_sentence_twice_and_an_endless_pattern_are_found_and_prose_is_not) {
    const std::string once = "The toll on the bridge was two kreuzer for a person. ";
    EXPECT_EQ(find_repetition(once + "It was abolished in 1891."), std::nullopt);
    EXPECT_EQ(find_repetition(once + once + "And"), once.size());
    std::string pattern = "So: ";
    for (int i = 0; i < 100; ++i) pattern += "ab ";
    const auto at = find_repetition(pattern);
    ASSERT_TRUE(at);
    EXPECT_LT(*at, 20U);
}

TEST(Text, sentences_end_where_a_reader_would_end_them) {
    EXPECT_THAT(sentences_of("One, e.g. this. Two! Three?\n\nFour\n- five"),
                ElementsAre("One, e.g. this.", "Two!", "Three?", "Four", "- five"));
    EXPECT_THAT(sentences_of("Version 1.5 of read.table() is old."), ElementsAre("Version 1.5 of read.table() is old."));
    EXPECT_THAT(sentences_of("The command (alternatively ?\?) allows searching. (It does.) Yes."),
                ElementsAre("The command (alternatively ?\?) allows searching.", "(It does.)", "Yes."));
    EXPECT_THAT(sentences_of("東京。大阪。"), testing::SizeIs(testing::Ge(1U)));
}

TEST(Text, shortening_never_cuts_a_character) {
    EXPECT_EQ(text::shorten("aé", 2), "a");
    EXPECT_EQ(text::shorten("aé", 3), "aé");
}

TEST(ChatMemoryBuffer, the_last_turns_that_fit_begin_with_a_question) {
    std::vector<StoredMessage> messages;
    for (int i = 0; i < 10; ++i) {
        StoredMessage message;
        message.role = i % 2 == 0 ? MessageRole::user : MessageRole::assistant;
        message.content = std::string(60, static_cast<char>('a' + i));
        messages.push_back(message);
    }
    const auto kept = ChatMemoryBuffer({.token_limit = 3 * 24}).get(messages, std::vector<std::size_t>(10, 20)).turns;
    ASSERT_EQ(kept.size(), 2U);
    EXPECT_EQ(kept[0].message.role, MessageRole::user);
    EXPECT_EQ(kept[1].message.content[0], 'j');
}

TEST(Prompt, it_fits_the_window_whatever_it_is_made_of) {
    for (const std::size_t limit : {200UL, 500UL, 3000UL}) {
        for (const auto style : {PromptStyle::full, PromptStyle::small}) {
            PromptInput input{.style = style, .boundary = "passage-0123abcd", .token_limit = limit};
            for (int i = 0; i < 6; ++i) input.sources.push_back({i + 1, test::passage("n", std::string(4000, 'w'))});
            for (int i = 0; i < 10; ++i)
                input.memory.turns.push_back({{i % 2 == 0 ? MessageRole::user : MessageRole::assistant, std::string(300, 'h')}, 100});
            input.memory.summary = std::string(300, 's');
            input.memory.summary_tokens = 100;
            input.question = std::string(50'000, 'q');
            const Prompt prompt = build_prompt(input);
            std::size_t tokens = 0;
            for (const auto& message : prompt.messages) tokens += estimate_tokens(message.content);
            EXPECT_LE(tokens, std::max<std::size_t>(limit, 260)) << limit;
            EXPECT_TRUE(prompt.question_shortened);
            EXPECT_EQ(prompt.messages.back().role, MessageRole::user);
        }
    }
}

TEST(Prompt, the_best_passage_comes_first_with_its_document_and_page) {
    PromptInput input{.boundary = "passage-ab", .sources = sources(), .question = "When?"};
    input.sources[0].passage.document_name = "a\" onload=\"<x>\n.pdf";
    const Prompt prompt = build_prompt(input);
    EXPECT_EQ(prompt.passages, 3U);
    EXPECT_THAT(prompt.messages.back().content,
                testing::StartsWith("<passage-ab n=\"1\" document=\"a onload=x .pdf\" page=\"3\">\nThe Ludwig bridge"));
    EXPECT_THAT(prompt.messages.back().content, testing::EndsWith("Question: When?"));
}

TEST(Prompt, roles_take_turns_where_a_question_was_never_answered) {
    PromptInput input{.boundary = "b", .sources = sources(), .question = "Third?"};
    input.memory.turns = {{{MessageRole::user, "First?"}, 2},
                          {{MessageRole::user, "Second?"}, 2},
                          {{MessageRole::assistant, "Answer."}, 2},
                          {{MessageRole::user, "Lost?"}, 2}};
    const Prompt prompt = build_prompt(input);
    ASSERT_EQ(prompt.messages.size(), 4U);
    EXPECT_EQ(prompt.messages[1].content, "Second?");
    EXPECT_EQ(prompt.messages[2].role, MessageRole::assistant);
}

TEST(Prompt, a_summary_stands_between_tags_at_the_end_of_the_instructions_and_goes_before_the_turns_do) {
    PromptInput input{.boundary = "passage-ab", .sources = sources(), .question = "Third?"};
    input.memory = {.summary = "The bridge was asked about.",
                    .summary_tokens = 9,
                    .turns = {{{MessageRole::user, "Old?"}, 400},
                              {{MessageRole::assistant, "Old."}, 400},
                              {{MessageRole::user, "New?"}, 2},
                              {{MessageRole::assistant, "New."}, 2}}};
    const Prompt prompt = build_prompt(input);
    EXPECT_THAT(prompt.messages[0].content, testing::EndsWith("\n<passage-ab>\nThe bridge was asked about.\n</passage-ab>"));
    EXPECT_EQ(prompt.messages[1].content, "Old?");
    input.token_limit = 700;
    const Prompt tight = build_prompt(input);
    EXPECT_THAT(tight.messages[0].content, testing::HasSubstr("The bridge was asked about."));
    EXPECT_EQ(tight.messages[1].content, "New?");
    input.token_limit = 200;
    EXPECT_THAT(build_prompt(input).messages[0].content, testing::Not(testing::HasSubstr("was asked about")));
}

TEST(Prompt, small_models_are_known_by_the_size_in_their_name) {
    for (const char* name : {"SmolLM2-135M-Instruct-Q4_0", "qwen2.5:0.5b", "smollm2:360m", "Qwen3-0.6B"})
        EXPECT_EQ(style_for(name), PromptStyle::small) << name;
    for (const char* name : {"llama3.2:1b", "Qwen2.5-7B-Instruct", "gpt-4o", "phi3:mini", "", "mixtral-8x7b", "mistral-7b-v0.3"})
        EXPECT_EQ(style_for(name), PromptStyle::full) << name;
}

TEST(FollowUp, messages_that_lean_on_what_was_said_are_known) {
    for (const char* message :
         {"And the toll?", "Why?", "What about the flood of 1882?", "How long did it take to build the whole bridge?", "Who built it?"})
        EXPECT_TRUE(is_follow_up(message)) << message;
    for (const char* message : {"Which pillar was damaged in the flood of 1882?", "How do I read a CSV file into a data frame?"})
        EXPECT_FALSE(is_follow_up(message)) << message;
}

TEST(FollowUp, what_a_model_made_of_it_must_keep_the_question_and_invent_nothing) {
    std::vector<StoredMessage> history(2);
    history[0].content = "When was the Ludwig bridge opened?";
    history[1].role = MessageRole::assistant;
    history[1].content = "In 1872.";
    EXPECT_EQ(accept_condensed("\"What was the toll on the Ludwig bridge?\"\n", history, "And the toll?"),
              "What was the toll on the Ludwig bridge?");
    EXPECT_EQ(accept_condensed("When was the Ludwig bridge opened?", history, "And the toll?"), std::nullopt);
    EXPECT_EQ(accept_condensed("What toll did emperors of Atlantis pay?", history, "And the toll?"), std::nullopt);
    EXPECT_EQ(accept_condensed("", history, "And the toll?"), std::nullopt);
    EXPECT_EQ(joined_question(history, "And the toll?"), "When was the Ludwig bridge opened? And the toll?");
}

TEST(SentenceGate, shows_a_sentence_once_when_it_is_whole_and_supported) {
    SentenceGate gate(sources());
    EXPECT_EQ(gate.feed("The toll on the bridge was two kreuzer"), "");
    EXPECT_EQ(gate.feed(" for a person. The"), "The toll on the bridge was two kreuzer for a person [2].");
    EXPECT_EQ(gate.feed(" toll on the bridge was two kreuzer for a person. Penguins swim in cold oceans. The third"), "");
    EXPECT_EQ(gate.feed(" pillar was damaged in the flood"), "");
    EXPECT_EQ(gate.finish(false), "") << "a sentence that the token limit cut is none";
    EXPECT_EQ(gate.citations().size(), 1U);
}

TEST(SentenceGate, a_name_or_a_number_that_the_passage_lacks_makes_a_sentence_wrong) {
    auto source = sources()[0];
    source.passage.node.text =
        "The function read.table() is the most convenient way to read in a rectangular grid of data. It has 24 arguments.";
    for (const char* wrong : {"The function read.DIF is the most convenient way to read in a rectangular grid of data.",
                              "The function read.table22 is the most convenient way to read in a rectangular grid of data.",
                              "The function readTable is the most convenient way to read in a rectangular grid of data.",
                              "The function has 25 arguments to read in a grid of data."}) {
        SentenceGate gate({source});
        EXPECT_EQ(gate.feed(wrong) + gate.finish(true), "") << wrong;
    }
    SentenceGate gate({source});
    EXPECT_EQ(gate.feed("The most convenient way to read in a rectangular grid of data is `read.table()`. And"),
              "The most convenient way to read in a rectangular grid of data is `read.table()` [1].");
    EXPECT_EQ(gate.feed(" read.table() is the most convenient way to read in a rectangular grid of data.") + gate.finish(true), "")
        << "the same words in another order say nothing new";
}

TEST(CitationAligner, a_heading_or_a_line_of_a_table_of_contents_is_no_quotation_where_there_is_a_sentence) {
    auto source = sources()[0];
    source.passage.node.text =
        "6.3 Installing packages\n\nPackages may be distributed in source form or compiled binary form.\n\nInstalling packages . . . . . "
        "25";
    EXPECT_THAT(CitationAligner().quote(source, "How do I install packages?").quote, HasSubstr("distributed in source form"));
}

TEST(PassageAnswer, a_quotation_is_text_whatever_it_looks_like) {
    auto source = sources()[0];
    source.passage.node.text = "# not a heading\r\n\n> no quotation, see [7]\nplain";
    const auto answer = quote_passages({source}, "heading", 1);
    EXPECT_EQ(answer.answer, "> \\# not a heading\n> \\> no quotation, see \\[7]\n> plain\n>\n> — doc.pdf, page 3 [1]");
}

TEST(PassageAnswer, first_stand_the_passages_that_something_rests_on_then_the_others_and_none_twice) {
    const auto all = sources();
    Citation rests_on = CitationAligner().quote(all[1], "toll");
    rests_on.quote = "a";
    const auto answer = quote_passages(all, "bridge", 2, {rests_on});
    ASSERT_EQ(answer.citations.size(), 2u);
    EXPECT_EQ(answer.citations[0].n, all[1].n);
    EXPECT_EQ(answer.citations[0].quote, "a") << "the words it rests on, not those that fit the question";
    EXPECT_EQ(answer.citations[1].n, all[0].n);
    EXPECT_EQ(quote_passages(all, "bridge", 1, {rests_on}).citations.size(), 1u);
}

TEST(PassageAnswer, of_a_long_passage_the_words_that_fit_are_shown_with_whole_sentences_around_them) {
    auto source = sources()[0];
    std::string& text = source.passage.node.text;
    text.clear();
    for (int i = 0; i < 60; ++i) {
        text +=
            i == 30 ? "The Ludwig bridge was opened in 1872. " : "Sentence number " + std::to_string(i) + " speaks of quite other things. ";
    }
    auto other = source;
    other.n = 2;
    const auto answer = quote_passages({source, other}, "When was the Ludwig bridge opened?", 2);
    ASSERT_EQ(answer.citations.size(), 2u);
    EXPECT_EQ(answer.citations[0].quote, "The Ludwig bridge was opened in 1872.");
    const std::size_t second = answer.answer.find("\n\n> Sentence");
    ASSERT_NE(second, std::string::npos);
    for (const std::string& quoted : {answer.answer.substr(0, second), answer.answer.substr(second + 2)}) {
        EXPECT_THAT(quoted, HasSubstr("number 29 speaks of quite other things. The Ludwig bridge was opened in 1872. Sentence number 31"));
        EXPECT_THAT(quoted, testing::StartsWith("> Sentence number "));
        EXPECT_THAT(quoted, HasSubstr("other things.\n>\n> — doc.pdf"));
    }
    EXPECT_GT(second, 1400u);
    EXPECT_LT(second, 1700u);
    EXPECT_LT(answer.answer.size() - second, 1000u);
}

}  // namespace
}  // namespace docmind
