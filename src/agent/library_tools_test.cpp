#include "agent/library_tools.hpp"

#include "agent/auto_agent.hpp"
#include "agent/test_fakes.hpp"
#include "agent/test_library.hpp"
#include "agent/tool_box.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "async/pool.hpp"
#include "async/test_support.hpp"
#include "llms/scripted_llm.hpp"
#include "storage/memory_vector_store.hpp"

namespace docmind {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Library {
    test::FakeRetriever retriever;
    test::FakeLibrary documents;
    MemoryVectorStore vectors;
    ScriptedLLM llm;
    Pool cpu_pool{{.name = "cpu"}};

    Library() {
        documents.records = {test::document("a1", "bridge.pdf", 6, 9), test::document("b2", "Tower.pdf", 1, 1),
                             test::document("c3", "tower plans.pdf", 1, 1), test::document("d4", "unread.pdf", 0, 0)};
    }

    ToolOutput call(std::vector<std::string> scope, const std::string& name, std::map<std::string, ToolValue> arguments) {
        const ToolBox box(make_library_tools({.document_ids = std::move(scope)}, retriever, documents, vectors, &llm, cpu_pool));
        const auto fitting = box.fit({.id = "1", .name = name, .arguments = ToolArguments(std::move(arguments))});
        if (!fitting) throw Error(errc::invalid_argument, fitting.error());
        return test::run_task(fitting->tool->acall(fitting->arguments));
    }
    errc refused(std::vector<std::string> scope, const std::string& name, std::map<std::string, ToolValue> arguments) {
        try {
            call(std::move(scope), name, std::move(arguments));
        } catch (const Error& error) {
            return error.code();
        }
        return errc::internal;
    }
    /// Two passages on each odd page of a document of six pages.
    void store_pages(const std::string& id) {
        EmbeddedDocument stored;
        stored.document = {.id = id, .name = "bridge.pdf"};
        int ordinal = 0;
        for (int page = 1; page <= 6; ++page) {
            stored.document.pages.push_back({.number = page, .text = "x"});
            for (int i = 0; i < 2 && page % 2 == 1; ++i) {
                Node node{.id = id + "-" + std::to_string(ordinal), .document_id = id, .ordinal = ordinal, .page = page};
                node.text = "page " + std::to_string(page) + " part " + std::to_string(i);
                stored.nodes.push_back({std::move(node), Vector{1.0F}});
                ++ordinal;
            }
        }
        test::run_task(vectors.aadd(std::move(stored)));
    }
};

TEST(LibraryTools, the_documents_are_listed_with_names_and_ids_those_without_passages_are_not) {
    Library library;
    const std::string all = library.call({}, "list_documents", {}).content;
    EXPECT_THAT(all, HasSubstr("- bridge.pdf (id a1, 6 pages)\n"));
    EXPECT_THAT(all, HasSubstr("Tower.pdf (id b2, 1 page)"));
    EXPECT_THAT(all, testing::Not(HasSubstr("unread")));
    EXPECT_EQ(library.call({}, "list_documents", {{"name_contains", "BRIDGE"}}).content, "- bridge.pdf (id a1, 6 pages)\n");
    EXPECT_FALSE(library.call({}, "list_documents", {{"name_contains", "castle"}}).found);
}

TEST(LibraryTools, a_document_is_found_by_its_id_its_name_or_a_part_that_only_it_has) {
    Library library;
    for (const char* reference : {"a1", "bridge.pdf", "Bridge.PDF", " bridge "}) {
        library.call({}, "search_document", {{"document", reference}, {"query", "toll"}});
        EXPECT_THAT(library.retriever.queries.back().document_ids, ElementsAre("a1")) << reference;
    }
    library.call({}, "search_document", {{"document", "tower.pdf"}, {"query", "toll"}});
    EXPECT_THAT(library.retriever.queries.back().document_ids, ElementsAre("b2")) << "the whole name goes before a part";
    EXPECT_EQ(library.refused({}, "search_document", {{"document", "tower"}, {"query", "toll"}}), errc::not_found) << "two have it";
    EXPECT_EQ(library.refused({}, "search_document", {{"document", "castle"}, {"query", "toll"}}), errc::not_found);
}

TEST(LibraryTools, none_reaches_beyond_the_chosen_documents) {
    Library library;
    library.store_pages("a1");
    const std::vector<std::string> chosen{"b2", "gone"};
    const std::size_t before = library.retriever.queries.size();
    EXPECT_EQ(library.refused(chosen, "search_document", {{"document", "a1"}, {"query", "toll"}}), errc::not_found);
    EXPECT_EQ(library.refused(chosen, "search_document", {{"document", "bridge.pdf"}, {"query", "toll"}}), errc::not_found);
    EXPECT_EQ(library.refused(chosen, "read_page", {{"document", "a1"}, {"page", std::int64_t{1}}}), errc::not_found);
    EXPECT_EQ(library.retriever.queries.size(), before);
    EXPECT_EQ(library.call(chosen, "list_documents", {}).content, "- Tower.pdf (id b2, 1 page)\n");
    library.call(chosen, "search_library", {{"query", "toll"}, {"document_ids", std::vector<std::string>{"a1"}}});
    EXPECT_EQ(library.retriever.queries.back().document_ids, chosen);
}

TEST(LibraryTools, a_page_is_given_as_its_passages_in_order) {
    Library library;
    library.store_pages("a1");
    for (const std::int64_t page : {1, 3, 5}) {
        const auto output = library.call({}, "read_page", {{"document", "bridge.pdf"}, {"page", page}});
        ASSERT_EQ(output.passages.size(), 2U) << page;
        EXPECT_EQ(output.passages[0].node.text, "page " + std::to_string(page) + " part 0");
        EXPECT_EQ(output.passages[1].node.text, "page " + std::to_string(page) + " part 1");
        EXPECT_EQ(output.passages[0].document_name, "bridge.pdf");
    }
    for (const std::int64_t page : {2, 6}) EXPECT_FALSE(library.call({}, "read_page", {{"document", "a1"}, {"page", page}}).found) << page;
    for (const std::int64_t page : {0, 7, -1})
        EXPECT_EQ(library.refused({}, "read_page", {{"document", "a1"}, {"page", page}}), errc::not_found);
}

TEST(LibraryTools, comparing_and_summarising_reach_no_further_than_the_chosen_documents) {
    Library library;
    library.store_pages("a1");
    const std::vector<std::string> chosen{"b2", "c3"};
    using Texts = std::vector<std::string>;
    for (const char* outside : {"a1", "bridge.pdf"}) {
        EXPECT_EQ(library.refused(chosen, "compare_documents", {{"documents", Texts{"b2", outside}}, {"aspects", Texts{"toll"}}}),
                  errc::not_found);
        EXPECT_EQ(library.refused(chosen, "summarize_document", {{"document", outside}}), errc::not_found);
    }
    EXPECT_THAT(library.retriever.queries, testing::IsEmpty());
    EXPECT_THAT(library.llm.requests(), testing::IsEmpty());
    library.llm.otherwise([](const ChatRequest&) { return ScriptedLLM::Reply{.tokens = {"The bridge was opened in 1872 [1]."}}; });
    const auto table = library.call(chosen, "compare_documents", {{"documents", Texts{"tower.pdf", "plans"}}, {"aspects", Texts{"toll"}}});
    for (const QueryBundle& query : library.retriever.queries)
        EXPECT_THAT(query.document_ids, testing::AnyOf(ElementsAre("b2"), ElementsAre("c3")));
    EXPECT_EQ(library.retriever.queries.size(), 2U);
    EXPECT_THAT(table.content, testing::AllOf(HasSubstr("1872"), testing::Not(testing::ContainsRegex("\\[[0-9]\\]"))))
        << "numbers are given anew";
    ASSERT_FALSE(table.passages.empty());
    EXPECT_THAT(table.passages[0].node.text, HasSubstr("The Ludwig bridge was opened in 1872"));
}

TEST(LibraryTools, a_comparison_with_too_much_in_it_is_refused_in_words_for_the_model) {
    Library library;
    using Texts = std::vector<std::string>;
    EXPECT_EQ(library.refused({}, "compare_documents", {{"documents", Texts{"a1"}}, {"aspects", Texts{"toll"}}}), errc::invalid_argument);
    EXPECT_EQ(library.refused({}, "compare_documents", {{"documents", Texts{"a1", "b2"}}, {"aspects", Texts{}}}), errc::invalid_argument);
    EXPECT_EQ(library.refused({}, "compare_documents", {{"documents", Texts{"a1", "b2"}}, {"aspects", Texts{"1", "2", "3", "4", "5"}}}),
              errc::invalid_argument);
}

TEST(LibraryTools, only_the_enabled_ones_are_made_and_unknown_names_are_refused) {
    Library library;
    const auto tools =
        make_library_tools({.enabled = {"read_page"}}, library.retriever, library.documents, library.vectors, nullptr, library.cpu_pool);
    ASSERT_EQ(tools.size(), 1U);
    EXPECT_EQ(tools[0]->metadata().name, "read_page");
    EXPECT_THROW(
        (void)make_library_tools({.enabled = {"shell"}}, library.retriever, library.documents, library.vectors, nullptr, library.cpu_pool),
        Error);
}

TEST(FunctionTool, names_that_servers_refuse_and_doubled_parameters_are_refused) {
    const auto make = [](ToolMetadata metadata) { FunctionTool(std::move(metadata), [](const ToolArguments&) { return std::string(); }); };
    EXPECT_NO_THROW(make({"ok-1_x", "", {}}));
    for (const std::string& name : {std::string(), std::string("a b"), std::string("ä"), std::string(65, 'x')})
        EXPECT_THROW(make({name, "", {}}), Error) << name;
    EXPECT_THROW(make({"x", "", {{.name = "a"}, {.name = "a"}}}), Error);
}

// An agent that only says which it is.
class NamedAgent final : public Agent {
  public:
    NamedAgent(std::string name, std::vector<std::string>* asked, std::string session)
        : name_(std::move(name)), asked_(asked), session_(std::move(session)) {}
    Task<AgentResponse> achat(ChatTurn) override { co_return AgentResponse{}; }
    Task<std::unique_ptr<AgentStream>> astream_chat(ChatTurn turn) override {
        class One final : public AgentStream {
          public:
            Task<std::optional<AgentEvent>> next() override {
                if (std::exchange(said_, true)) co_return std::nullopt;
                co_return AgentResponse{};
            }

          private:
            bool said_ = false;
        };
        asked_->push_back(name_ + " " + session_ + " " + turn.message);
        session_ = "s1";
        co_return std::make_unique<One>();
    }
    [[nodiscard]] std::string session_id() const override { return session_; }

  private:
    std::string name_;
    std::vector<std::string>* asked_;
    std::string session_;
};

TEST(AutoAgent, a_model_that_calls_tools_gets_them_and_any_other_gets_the_passages) {
    ScriptedLLM llm;
    std::vector<std::string> asked;
    const auto make = [&asked](std::string name) {
        return [&asked, name](std::string session) { return std::make_unique<NamedAgent>(name, &asked, std::move(session)); };
    };
    AutoAgent agent({}, llm, make("tools"), make("passages"));
    test::run_task(agent.achat("one"));
    llm.calling = ToolCalling::none;
    test::run_task(agent.achat("two"));
    llm.calling = ToolCalling::text;
    test::run_task(agent.achat("three"));
    llm.calling_fails = Error(errc::unavailable, "away");
    test::run_task(agent.achat("four"));
    EXPECT_THAT(asked, ElementsAre("tools  one", "passages s1 two", "tools s1 three", "passages s1 four"));
    llm.calling_fails = Error(errc::internal, "a defect");
    EXPECT_THROW(test::run_task(agent.achat("five")), Error);
}

TEST(AutoAgent, a_model_that_is_small_by_its_name_is_not_tried) {
    ScriptedLLM llm;
    llm.model = "SmolLM2-135M-Instruct";
    llm.calling_fails = Error(errc::internal, "tried all the same");
    std::vector<std::string> asked;
    const auto make = [&asked](std::string name) {
        return [&asked, name](std::string session) { return std::make_unique<NamedAgent>(name, &asked, std::move(session)); };
    };
    AutoAgent agent({}, llm, make("tools"), make("passages"));
    test::run_task(agent.achat("one"));
    EXPECT_THAT(asked, ElementsAre("passages  one"));
}

}  // namespace
}  // namespace docmind
