// Which messages are orders, and for whom.

#include "agent/router_agent.hpp"

#include "agent/document_order.hpp"
#include "agent/test_fakes.hpp"
#include "agent/test_library.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "async/test_support.hpp"

namespace docmind {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> names(const std::optional<std::vector<DocumentRecord>>& documents) {
    std::vector<std::string> all;
    if (!documents) return {"(none)"};
    for (const DocumentRecord& document : *documents) all.push_back(document.id);
    return all;
}

const std::vector<DocumentRecord>& library() {
    static const std::vector<DocumentRecord> documents{
        test::document("l1", "lease.pdf", 1, 1), test::document("l2", "lease 2024.pdf", 1, 1),
        test::document("t", "Terms and Conditions.docx", 1, 1), test::document("o", "Report on otters.txt", 1, 1)};
    return documents;
}

TEST(DocumentOrder, documents_are_known_by_name_with_or_without_ending_the_longest_first) {
    const auto named = [](const char* subject) { return names(documents_named(subject, library(), false)); };
    EXPECT_THAT(named("lease and lease 2024"), ElementsAre("l1", "l2"));
    EXPECT_THAT(named("lease 2024.pdf with lease.pdf"), ElementsAre("l2", "l1"));
    EXPECT_THAT(named("the terms and conditions, lease"), ElementsAre("t", "l1"));
    EXPECT_THAT(named("lease and the castle"), ElementsAre("(none)")) << "the castle is no document";
    EXPECT_THAT(named("leases and lease"), ElementsAre("(none)")) << "whole words only";
    EXPECT_THAT(named("apples and oranges"), ElementsAre("(none)"));
    EXPECT_THAT(named("these documents"), ElementsAre("(none)")) << "nothing is chosen";
    EXPECT_THAT(named(""), ElementsAre("(none)"));
    EXPECT_EQ(names(documents_named("these documents", library(), true)).size(), 4U);
    EXPECT_EQ(names(documents_named("them", library(), true)).size(), 4U);
}

TEST(DocumentOrder, a_comparison_is_known_by_its_form_and_keeps_the_aspects_as_they_were_written) {
    const auto orders = read_orders("Please compare lease.pdf and lease 2024 on Termination Notice, price and the VAT.");
    ASSERT_EQ(orders.size(), 1U);
    EXPECT_TRUE(orders[0].compare);
    EXPECT_EQ(orders[0].subject, "lease.pdf and lease 2024");
    EXPECT_THAT(orders[0].aspects, ElementsAre("Termination Notice", "price", "the VAT"));
    // An "on" in a name: the last one is tried first.
    const auto two = read_orders("compare report on otters with lease on food");
    ASSERT_EQ(two.size(), 2U);
    EXPECT_EQ(two[0].subject, "report on otters with lease");
    EXPECT_THAT(names(documents_named(two[0].subject, library(), false)), ElementsAre("o", "l1"));
    EXPECT_THAT(read_orders("How do I compare two vectors?"), IsEmpty());
    EXPECT_THAT(read_orders("compare lease.pdf and lease 2024"), IsEmpty()) << "on what?";
    EXPECT_THAT(read_orders(std::string(5000, 'x')), IsEmpty());
    EXPECT_THAT(read_orders(""), IsEmpty());
}

TEST(DocumentOrder, orders_are_known_in_several_languages) {
    const std::vector<DocumentRecord> documents{test::document("p", "Prüfbericht.pdf", 1, 1), test::document("o", "Отчёт.pdf", 1, 1)};
    const auto comparison = [&](const char* message) {
        std::vector<std::string> found;
        for (const DocumentOrder& order : read_orders(message)) {
            const auto named = documents_named(order.subject, documents, true);
            if (!order.compare || !named || !found.empty()) continue;
            found = names(named);
            std::ranges::copy(order.aspects, std::back_inserter(found));
        }
        return found;
    };
    const auto both = [](const char* first, const char* second) { return ElementsAre("p", "o", first, second); };
    EXPECT_THAT(comparison("Bitte vergleiche prüfbericht.pdf und Отчёт hinsichtlich Preis und Laufzeit."), both("Preis", "Laufzeit"));
    EXPECT_THAT(comparison("Compare Prüfbericht et отчёт.pdf sur le prix et la durée"), both("le prix", "la durée"));
    EXPECT_THAT(comparison("Compara los documentos prüfbericht y отчёт en cuanto a precio, plazo"), both("precio", "plazo"));
    EXPECT_THAT(comparison("Confronta PRÜFBERICHT e отчёт per quanto riguarda prezzo e durata"), both("prezzo", "durata"));
    EXPECT_THAT(comparison("Compara prüfbericht com отчёт quanto a preço e prazo"), both("preço", "prazo"));
    EXPECT_THAT(comparison("Сравни документы prüfbericht и ОТЧЁТ по цене и сроку"), both("цене", "сроку"));
    EXPECT_THAT(comparison("Vergleiche diese Dokumente nach Preis, Laufzeit"), both("Preis", "Laufzeit"));
    EXPECT_THAT(comparison("Vergleiche Äpfel und Birnen hinsichtlich Preis"), IsEmpty());
    for (const char* message :
         {"Fasse Prüfbericht.pdf zusammen.", "Kannst du prüfbericht zusammenfassen?", "Résume le document prüfbericht",
          "Por favor, resume prüfbericht", "Riassumi prüfbericht.pdf", "Faz um resumo de prüfbericht", "Кратко изложи prüfbericht"}) {
        const auto orders = read_orders(message);
        ASSERT_FALSE(orders.empty()) << message;
        EXPECT_FALSE(orders.front().compare);
        EXPECT_THAT(names(documents_named(orders.front().subject, documents, false)), ElementsAre("p")) << message;
    }
}

TEST(DocumentOrder, questions_with_parts_are_told_from_those_with_one) {
    EXPECT_TRUE(has_parts("When was it built, and who paid for it?"));
    EXPECT_TRUE(has_parts("What is the toll? When was it abolished?"));
    EXPECT_FALSE(has_parts("What is the toll?"));
    EXPECT_FALSE(has_parts("Who built the bridge and the tower?"));
    EXPECT_FALSE(has_parts("Which of those that know what they do is it?"));
}

/// Says whom a message would have gone to.
class NamedAgent final : public Agent {
  public:
    NamedAgent(std::string name, std::vector<std::string>* asked) : name_(std::move(name)), asked_(asked) {}
    Task<AgentResponse> achat(ChatTurn) override { throw Error(errc::internal, "the stream is asked"); }
    Task<std::unique_ptr<AgentStream>> astream_chat(ChatTurn) override {
        asked_->push_back(name_);
        co_return nullptr;
    }
    [[nodiscard]] std::string session_id() const override { return "s1"; }

  private:
    std::string name_;
    std::vector<std::string>* asked_;
};

std::string joined(const std::vector<std::string>& all) {
    std::string line;
    for (const std::string& one : all) line += (line.empty() ? "" : ",") + one;
    return line;
}

struct Router {
    test::FakeLibrary documents;
    test::FakeSessionStore sessions;
    std::vector<std::string> asked;
    std::vector<std::string> chosen;
    bool parts = false;

    Router() { documents.records = library(); }

    std::string ask(ChatTurn turn, std::string session = {}) {
        asked.clear();
        const auto named = [this](std::string name) { return std::make_unique<NamedAgent>(std::move(name), &asked); };
        RouterAgent::Makers makers{
            .questions = [named](std::string) { return named("question"); },
            .comparison = [named](std::string, std::vector<std::string> ids,
                                  std::vector<std::string> aspects) { return named("compare " + joined(ids) + " on " + joined(aspects)); },
            .summary = [named](std::string, std::string id) { return named("summarise " + id); }};
        if (parts) makers.parts = [named](std::string) { return named("parts"); };
        RouterAgent router(LibraryScope({.document_ids = chosen}, documents), std::move(makers), sessions, std::move(session));
        test::run_task(router.astream_chat(std::move(turn)));
        EXPECT_EQ(router.session_id(), "s1");
        return joined(asked);
    }
};

TEST(RouterAgent, orders_about_documents_are_carried_out_and_all_else_is_a_question) {
    Router router;
    EXPECT_EQ(router.ask("Compare lease and lease 2024 on price"), "compare l1,l2 on price");
    EXPECT_EQ(router.ask("compare report on otters and lease on food and drink"), "compare o,l1 on food,drink");
    EXPECT_EQ(router.ask("Summarize Terms and Conditions."), "summarise t");
    EXPECT_EQ(router.ask("Compare apples and oranges on price"), "question");
    EXPECT_EQ(router.ask("Compare lease on price"), "question") << "one document is no comparison";
    EXPECT_EQ(router.ask("Summarise lease and lease 2024"), "question");
    EXPECT_EQ(router.ask("Summarise the toll"), "question");
    EXPECT_EQ(router.ask("What is the notice period?"), "question");
}

TEST(RouterAgent, an_order_that_is_answered_again_is_carried_out_again) {
    Router router;
    StoredMessage order{.id = "m1", .content = "Compare lease and lease 2024 on price"};
    router.sessions.put("s1", {order});
    EXPECT_EQ(router.ask(ChatTurn::again("m1"), "s1"), "compare l1,l2 on price");
}

TEST(RouterAgent, orders_reach_the_chosen_documents_alone) {
    Router router;
    router.chosen = {"l1", "t"};
    EXPECT_EQ(router.ask("Compare these documents on price"), "compare l1,t on price");
    EXPECT_EQ(router.ask("compare lease and report on otters on price"), "question");
    EXPECT_EQ(router.ask("summarise report on otters"), "question");
    router.chosen = {"o"};
    EXPECT_EQ(router.ask("summarise this document"), "summarise o");
    EXPECT_EQ(router.ask("summarise it"), "summarise o");
    EXPECT_EQ(router.ask("compare them on price"), "question");
}

TEST(RouterAgent, a_question_is_taken_apart_only_where_that_is_switched_on_and_it_has_parts) {
    Router router;
    EXPECT_EQ(router.ask("When was it built, and who paid for it?"), "question");
    router.parts = true;
    EXPECT_EQ(router.ask("When was it built, and who paid for it?"), "parts");
    EXPECT_EQ(router.ask("When was it built?"), "question");
}

}  // namespace
}  // namespace docmind
