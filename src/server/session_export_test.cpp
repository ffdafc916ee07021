#include "server/session_export.hpp"

#include <docmind/error.hpp>

#include <gtest/gtest.h>
#include <boost/json/array.hpp>

#include "server/json.hpp"

namespace docmind {
namespace {

const SessionRecord session{.id = "s", .title = "About <b>bridges</b>", .created_at = "2026-01-01T00:00:00Z"};
const std::vector<StoredMessage> messages{{.id = "1", .role = MessageRole::user, .content = "When <script>?\n# really"},
                                          {.id = "2",
                                           .role = MessageRole::assistant,
                                           .content = "In 1872 [1].",
                                           .citations = {{.n = 1, .name = "=cmd|x.txt", .page = 3, .quote = "opened in 1872"}},
                                           .stopped = true}};

TEST(SessionExport, MarkdownHoldsQuestionsAnswersAndSources) {
    const std::string text = export_session(session, messages, messages, "md");
    EXPECT_NE(text.find("In 1872 [1]."), std::string::npos);
    EXPECT_NE(text.find("page 3: \"opened in 1872\""), std::string::npos);
    EXPECT_NE(text.find("(stopped)"), std::string::npos);
}

TEST(SessionExport, WhatPeopleAndDocumentsWroteHasNoMeaningAsMarkup) {
    const std::string text = export_session(session, messages, messages, "md");
    EXPECT_EQ(text.find("<script>"), std::string::npos);
    EXPECT_EQ(text.find("<b>"), std::string::npos);
    EXPECT_EQ(text.find("\n# really"), std::string::npos);
}

TEST(SessionExport, MarkdownFollowsTheActivePathAndJsonHoldsTheOtherBranchesToo) {
    const std::vector<StoredMessage> all{{.id = "1",
                                          .role = MessageRole::user,
                                          .content = "When?",
                                          .citations = {},
                                          .created_at = {},
                                          .parent_id = "",
                                          .siblings = {"1", "3"}},
                                         {.id = "2",
                                          .role = MessageRole::assistant,
                                          .content = "Long ago.",
                                          .citations = {},
                                          .created_at = {},
                                          .parent_id = "1",
                                          .siblings = {"2"}},
                                         {.id = "3",
                                          .role = MessageRole::user,
                                          .content = "In which year?",
                                          .citations = {},
                                          .created_at = {},
                                          .parent_id = "",
                                          .siblings = {"1", "3"}}};
    const std::vector<StoredMessage> path{all[2]};
    const std::string text = export_session(session, path, all, "md");
    EXPECT_NE(text.find("In which year?"), std::string::npos);
    EXPECT_EQ(text.find("Long ago."), std::string::npos);

    const auto whole = parse_json(export_session(session, path, all, "json"));
    ASSERT_EQ(whole.at("messages").as_array().size(), 1U);
    EXPECT_EQ(whole.at("messages").at(0).at("position").to_number<int>(), 2);
    ASSERT_EQ(whole.at("other_branches").as_array().size(), 2U);
    EXPECT_EQ(whole.at("other_branches").at(1).at("parent_id").as_string(), "1");
}

TEST(SessionExport, AnotherFormatIsRefused) {
    EXPECT_THROW(static_cast<void>(export_session(session, messages, messages, "docx")), Error);
}

}  // namespace
}  // namespace docmind
