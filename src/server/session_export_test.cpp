#include "server/session_export.hpp"

#include <docmind/error.hpp>

#include <gtest/gtest.h>

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
    const std::string text = export_session(session, messages, "md");
    EXPECT_NE(text.find("In 1872 [1]."), std::string::npos);
    EXPECT_NE(text.find("page 3: \"opened in 1872\""), std::string::npos);
    EXPECT_NE(text.find("(stopped)"), std::string::npos);
}

TEST(SessionExport, WhatPeopleAndDocumentsWroteHasNoMeaningAsMarkup) {
    const std::string text = export_session(session, messages, "md");
    EXPECT_EQ(text.find("<script>"), std::string::npos);
    EXPECT_EQ(text.find("<b>"), std::string::npos);
    EXPECT_EQ(text.find("\n# really"), std::string::npos);
}

TEST(SessionExport, AnotherFormatIsRefused) {
    EXPECT_THROW(static_cast<void>(export_session(session, messages, "docx")), Error);
}

}  // namespace
}  // namespace docmind
