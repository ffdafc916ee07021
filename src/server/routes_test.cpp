#include "server/routes.hpp"

#include <docmind/error.hpp>

#include <gtest/gtest.h>

#include <set>

#include "server/json.hpp"
#include "server/responses.hpp"

namespace docmind {
namespace {

TEST(Routes, EveryRouteIsFoundByItsMethodAndNoOther) {
    for (const Route& route : routes()) {
        std::string path(route.pattern);
        for (std::size_t open = 0; (open = path.find('{')) != std::string::npos;)
            path.replace(open, path.find('}') - open + 1, "some-value");
        const RouteMatch match = find_route(route.method, path);
        ASSERT_EQ(match.route, &route) << route.pattern;
        const RouteMatch wrong = find_route("BREW", path);
        EXPECT_EQ(wrong.route, nullptr);
        EXPECT_FALSE(wrong.allowed.empty());
    }
}

TEST(Routes, ArgumentsAreTheSegmentsOfThePath) {
    const RouteMatch match = find_route("GET", "/api/documents/abc/pages/7");
    ASSERT_NE(match.route, nullptr);
    EXPECT_EQ(match.arguments, (std::vector<std::string>{"abc", "7"}));
    EXPECT_NE(find_route("HEAD", "/api/documents").route, nullptr);
}

TEST(Routes, WhatIsNotInTheTableIsNotFound) {
    for (const char* path :
         {"/nowhere", "/api", "/api/", "/api/documents/", "/api/documents//pages/1", "/api/documents/a/b/c/d", "", "//", "/app.js/x"}) {
        const RouteMatch match = find_route("GET", path);
        EXPECT_EQ(match.route, nullptr) << path;
        EXPECT_TRUE(match.allowed.empty()) << path;
    }
}

TEST(Problems, EveryErrorHasAStatusAndADocument) {
    std::set<int> seen;
    for (int code = 0; code <= static_cast<int>(errc::internal); ++code) {
        const int status = status_of(static_cast<errc>(code));
        EXPECT_GE(status, 400);
        const HttpResponse response = problem_response(static_cast<errc>(code), "What happened.", "the-id");
        EXPECT_EQ(response.status, status);
        EXPECT_EQ(response.headers.value("content-type"), "application/problem+json");
        const boost::json::value body = parse_json(response.body);
        EXPECT_EQ(body.at("code").as_string(), to_string(static_cast<errc>(code)));
        EXPECT_EQ(body.at("request_id").as_string(), "the-id");
        EXPECT_FALSE(body.at("title").as_string().empty());
        seen.insert(status);
    }
    EXPECT_GE(seen.size(), 12u);
}

TEST(Json, WhatComesFromOutsideIsParsedWithinLimits) {
    for (const std::string& text :
         {std::string("{"), std::string(10'000, '['), std::string("{\"a\":\"\xff\"}"), std::string(""), std::string("{} x")}) {
        EXPECT_THROW(static_cast<void>(parse_json(text)), Error) << text.substr(0, 20);
    }
}

TEST(Json, DocumentsAndAnswersSurviveTheWayThereAndBack) {
    const DocumentRecord record{.id = "a",
                                .name = "ü.pdf",
                                .media_type = "application/pdf",
                                .sha256 = "00",
                                .bytes = 5'000'000'000,
                                .status = DocumentStatus::failed,
                                .stage = IngestionStage::embedding,
                                .progress = 0.5,
                                .pages = 3,
                                .nodes = 9,
                                .error_code = "corrupt",
                                .error = "Damaged.",
                                .created_at = "2026-01-01T00:00:00Z"};
    const DocumentRecord back = document_from_json(to_json(record));
    EXPECT_EQ(back.name, record.name);
    EXPECT_EQ(back.bytes, record.bytes);
    EXPECT_EQ(back.status, record.status);
    EXPECT_EQ(back.stage, record.stage);
    EXPECT_EQ(back.error, record.error);
    const AgentResponse response{.answer = "It is [1].",
                                 .citations = {{.n = 1, .document_id = "a", .name = "ü.pdf", .page = 2, .node_id = "n", .quote = "is"}},
                                 .degraded = true,
                                 .found = true,
                                 .session_id = "s"};
    const AgentResponse answered = response_from_json(to_json(response));
    EXPECT_EQ(answered.answer, response.answer);
    ASSERT_EQ(answered.citations.size(), 1u);
    EXPECT_EQ(answered.citations[0].quote, "is");
    EXPECT_TRUE(answered.degraded);
    EXPECT_EQ(answered.session_id, "s");
}

}  // namespace
}  // namespace docmind
