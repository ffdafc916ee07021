#include "server/live_answers.hpp"

#include <docmind/error.hpp>

#include <gtest/gtest.h>

#include <boost/asio/this_coro.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "async/deadline.hpp"
#include "async/event.hpp"
#include "async/test_support.hpp"
#include "async/when_all.hpp"

namespace docmind {
namespace {

/// Tells what a test lets it tell, and says when it is gone.
struct Script {
    std::vector<std::string> words;
    bool whole = false;  // no more words will come
    bool fails = false;
    bool gone = false;
    Event changed;

    void say(std::string word) {
        words.push_back(std::move(word));
        changed.set();
        changed.reset();
    }
    void end() {
        whole = true;
        changed.set();
        changed.reset();
    }
};

class ScriptedSource final : public SseSource {
  public:
    explicit ScriptedSource(Script& script) : script_(script) {}
    ~ScriptedSource() override { script_.gone = true; }
    Task<std::optional<SseEvent>> next() override {
        while (next_ >= script_.words.size()) {
            if (script_.fails) throw std::runtime_error("broken");
            if (script_.whole) co_return std::nullopt;
            co_await script_.changed.wait();
        }
        co_return SseEvent{.event = "token", .data = script_.words[next_++]};
    }

  private:
    Script& script_;
    std::size_t next_ = 0;
};

/// What a listener hears, as "id:data" or, where it is no token, "id:event".
Task<> hear(std::unique_ptr<SseSource> stream, std::vector<std::string>* heard, std::size_t most) {
    while (heard->size() < most) {
        std::optional<SseEvent> event = co_await stream->next();
        if (!event) break;
        heard->push_back(event->id + ":" + (event->event == "token" ? event->data : event->event));
    }
}

void begin(LiveAnswers& answers, const std::string& id, const std::string& session, Script& script) {
    const auto claim = answers.claim(session);
    answers.begin(id, session, std::make_unique<ScriptedSource>(script));
}

errc code_of(const std::function<void()>& act) {
    try {
        act();
    } catch (const Error& error) {
        return error.code();
    }
    return {};
}

using Test = Task<> (*)(LiveAnswers*, Script* script, Script* other);

Task<> with_answers(Test test, LiveAnswers::Params params) {
    const Executor executor = co_await boost::asio::this_coro::executor;
    Script script;
    Script other;
    LiveAnswers answers(params, executor);
    co_await test(&answers, &script, &other);
    co_await answers.close(std::chrono::seconds(0));
}

void run(Test test, LiveAnswers::Params params = {}) {
    test::run_task(with_answers(test, params));
}

constexpr std::size_t all = 1'000'000;

TEST(LiveAnswers, AListenerWhoLeavesAndComesBackHearsEveryEventOnce) {
    run([](LiveAnswers* answers, Script* script, [[maybe_unused]] Script* other) -> Task<> {
        script->words = {"a", "b", "c"};
        begin(*answers, "id", "session", *script);
        std::vector<std::string> first;
        co_await hear(answers->follow("id", 0), &first, 2);
        EXPECT_EQ(first, (std::vector<std::string>{"1:a", "2:b"}));
        // Nobody listens, and it goes on.
        script->say("d");
        EXPECT_EQ(answers->running("session"), "id");
        std::vector<std::string> second;
        script->end();
        co_await hear(answers->follow("id", 2), &second, all);
        EXPECT_EQ(second, (std::vector<std::string>{"3:c", "4:d"}));
        EXPECT_EQ(answers->running("session"), "");
        // After its end, too; and a number that was never given means all.
        for (const std::uint64_t after : {0, 99}) {
            std::vector<std::string> again;
            co_await hear(answers->follow("id", after), &again, all);
            EXPECT_EQ(again.size(), 4u);
        }
    });
}

TEST(LiveAnswers, StopTellsEveryListenerAndCancelsTheSource) {
    run([](LiveAnswers* answers, Script* script, [[maybe_unused]] Script* other) -> Task<> {
        script->words = {"a"};
        begin(*answers, "id", "session", *script);
        std::vector<std::string> one;
        std::vector<std::string> first;
        co_await hear(answers->follow("id", 0), &first, 1);
        answers->stop("id");
        EXPECT_EQ(answers->running("session"), "");
        std::vector<std::string> two;
        co_await when_all(hear(answers->follow("id", 0), &one, all), hear(answers->follow("id", 1), &two, all));
        EXPECT_EQ(one, (std::vector<std::string>{"1:a", "2:stopped"}));
        EXPECT_EQ(two, (std::vector<std::string>{"2:stopped"}));
        co_await answers->close(std::chrono::seconds(0));
        EXPECT_TRUE(script->gone);
        answers->stop("id");
        EXPECT_EQ(code_of([&] { answers->stop("other"); }), errc::not_found);
        EXPECT_EQ(code_of([&] { (void)answers->follow("other", 0); }), errc::not_found);
    });
}

TEST(LiveAnswers, AnAnswerThatBeginsAConversationIsFoundUnderItOnceItIsMade) {
    run([](LiveAnswers* answers, Script* script, Script* other) -> Task<> {
        begin(*answers, "id", "", *script);
        EXPECT_EQ(answers->running(""), "id");
        answers->require_idle("");
        answers->set_session("id", "made");
        EXPECT_EQ(answers->running("made"), "id");
        EXPECT_EQ(code_of([&] { answers->require_idle("made"); }), errc::conflict);
        EXPECT_EQ(code_of([&] { answers->set_session("nobody", "made"); }), errc::not_found);
        // Who sends the same request twice gets one answer.
        EXPECT_EQ(code_of([&] { begin(*answers, "id", "", *other); }), errc::conflict);
        script->say("a");
        script->end();
        std::vector<std::string> heard;
        co_await hear(answers->follow("id", 0), &heard, all);
        EXPECT_EQ(heard, (std::vector<std::string>{"1:a"}));
        EXPECT_EQ(code_of([&] { begin(*answers, "id", "", *other); }), errc::conflict) << "it has ended, and is known still";
    });
}

TEST(LiveAnswers, AConversationIsAnsweredOnceAtATime) {
    run([](LiveAnswers* answers, Script* script, [[maybe_unused]] Script* other) -> Task<> {
        auto claim = answers->claim("session");
        EXPECT_EQ(code_of([&] { (void)answers->claim("session"); }), errc::conflict);
        EXPECT_EQ(code_of([&] { answers->require_idle("session"); }), errc::conflict);
        // Conversations that are yet to be made are different ones.
        const auto unnamed = answers->claim("");
        EXPECT_EQ(code_of([&] { (void)answers->claim(""); }), errc{});
        claim.reset();
        begin(*answers, "id", "session", *script);
        EXPECT_EQ(code_of([&] { (void)answers->claim("session"); }), errc::conflict);
        answers->stop("id");
        EXPECT_EQ(code_of([&] { (void)answers->claim("session"); }), errc{});
        co_return;
    });
}

TEST(LiveAnswers, ThereIsALimitOfAnswersAtOnce) {
    run(
        [](LiveAnswers* answers, Script* script, [[maybe_unused]] Script* other) -> Task<> {
            begin(*answers, "id", "one", *script);
            const auto claim = answers->claim("two");
            EXPECT_EQ(code_of([&] { (void)answers->claim("three"); }), errc::overloaded);
            co_return;
        },
        {.max_running = 2});
}

TEST(LiveAnswers, AnAnswerThatNeverEndsIsEndedWithAnError) {
    run(
        [](LiveAnswers* answers, Script* script, [[maybe_unused]] Script* other) -> Task<> {
            script->words.assign(100, std::string(1000, 'x'));
            begin(*answers, "id", "session", *script);
            std::vector<std::string> heard;
            co_await hear(answers->follow("id", 0), &heard, all);
            EXPECT_LE(heard.size(), 12u);
            EXPECT_TRUE(heard.back().ends_with(":error"));
        },
        {.max_bytes = 10'000});
}

TEST(LiveAnswers, ASourceThatBreaksIsToldToThoseWhoListen) {
    run([](LiveAnswers* answers, Script* script, [[maybe_unused]] Script* other) -> Task<> {
        script->words = {"a"};
        script->fails = true;
        begin(*answers, "id", "session", *script);
        std::vector<std::string> heard;
        co_await hear(answers->follow("id", 0), &heard, all);
        EXPECT_EQ(heard, (std::vector<std::string>{"1:a", "2:error"}));
        EXPECT_EQ(answers->running("session"), "");
    });
}

TEST(LiveAnswers, OldAnswersAreForgottenAndThoseUnderWayAreNot) {
    run(
        [](LiveAnswers* answers, Script* script, [[maybe_unused]] Script* other) -> Task<> {
            other->words = {std::string(5000, 'x')};
            begin(*answers, "open", "open", *other);
            script->words = {std::string(1000, 'x')};
            for (int i = 0; i < 20; ++i) {
                const std::string id = std::to_string(i);
                script->whole = false;
                begin(*answers, id, id, *script);
                script->end();
                std::vector<std::string> heard;
                co_await hear(answers->follow(id, 0), &heard, all);
            }
            EXPECT_EQ(code_of([&] { (void)answers->follow("0", 0); }), errc::not_found);
            EXPECT_EQ(code_of([&] { (void)answers->follow("19", 0); }), errc{});
            EXPECT_EQ(answers->running("open"), "open");
        },
        {.max_kept_bytes = 4000});
}

TEST(LiveAnswers, ClosingStopsWhatIsUnderWayAndBeginsNothing) {
    run([](LiveAnswers* answers, Script* script, [[maybe_unused]] Script* other) -> Task<> {
        script->words = {"a"};
        begin(*answers, "id", "session", *script);
        auto stream = answers->follow("id", 0);
        co_await answers->close(std::chrono::seconds(0));
        EXPECT_TRUE(script->gone);
        std::vector<std::string> heard;
        co_await hear(std::move(stream), &heard, all);
        EXPECT_EQ(heard.back(), std::to_string(heard.size()) + ":stopped");
        EXPECT_EQ(code_of([&] { (void)answers->claim("other"); }), errc::overloaded);
    });
}

}  // namespace
}  // namespace docmind
