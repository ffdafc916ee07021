#include <docmind/query_pipeline.hpp>

#include "async/deadline.hpp"
#include "async/event.hpp"
#include "async/test_support.hpp"
#include "async/when_all.hpp"

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace docmind {
namespace {

using namespace std::chrono_literals;
using test::run_task;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::UnorderedElementsAre;

/// Waits, counts who is in it at the same time, and gives its input and its name.
struct Step {
    std::string name;
    std::chrono::milliseconds time{0};
    int* inside = nullptr;
    int* most = nullptr;
    std::optional<Error> fails = std::nullopt;
};

struct Leave {
    int* inside;
    ~Leave() {
        if (inside != nullptr) --*inside;
    }
};

Task<std::string> take_step(Step step, std::string text) {
    const Leave leave{step.inside};
    if (step.inside != nullptr) *step.most = std::max(*step.most, ++*step.inside);
    co_await sleep_for(step.time);
    if (step.fails) throw *step.fails;
    co_return text + step.name;
}

Task<std::string> wait_for(Event* event, std::string text) {
    co_await event->wait();
    co_return text;
}

std::shared_ptr<QueryComponent> component(Step step) {
    return make_component({"input"}, [step](std::string text) { return take_step(step, std::move(text)); });
}
std::shared_ptr<QueryComponent> join(std::vector<std::string> names) {
    if (names.size() == 2) return make_component(std::move(names), [](std::string a, std::string b) { return a + "+" + b; });
    return make_component(std::move(names), [](std::string a, std::string b, std::string c) { return a + "+" + b + "+" + c; });
}

Error failure_of(const std::function<void()>& run) {
    try {
        run();
    } catch (const Error& error) {
        return error;
    }
    return {errc::internal, "nothing failed"};
}

/// input -> a, b, c (slow ones) -> join
QueryPipeline three_at_once(Step step, QueryPipeline::Params params = {}) {
    QueryPipeline pipeline(params);
    std::vector<std::string> names{"a", "b", "c"};
    pipeline.add_modules({{"join", join(names)}});
    for (const std::string& name : names) {
        step.name = name;
        pipeline.add_modules({{name, component(step)}});
        pipeline.add_link("input", name);
        pipeline.add_link(name, "join", {.dest_key = name});
    }
    return pipeline;
}

TEST(QueryPipeline, RunsAChainInOrder) {
    QueryPipeline pipeline;
    pipeline.add_modules({{"one", component({"1"})}, {"two", component({"2"})}, {"three", component({"3"})}});
    pipeline.add_chain({"input", "two", "one", "three"});
    const QueryResult result = run_task(pipeline.arun("x"));
    EXPECT_EQ(result.get<std::string>(), "x213");
    EXPECT_EQ(result.get<std::string>("three"), "x213");
    EXPECT_THAT(result.timings_ms, UnorderedElementsAre(Key("one"), Key("two"), Key("three")));
    EXPECT_EQ(failure_of([&] { static_cast<void>(result.get<std::string>("one")); }).code(), errc::not_found);
}

TEST(QueryPipeline, ModulesThatDoNotWaitForEachOtherRunAtTheSameTime) {
    int inside = 0;
    int most = 0;
    QueryPipeline pipeline = three_at_once({.time = 20ms, .inside = &inside, .most = &most});
    EXPECT_EQ(run_task(pipeline.arun("x")).get<std::string>(), "xa+xb+xc");
    EXPECT_EQ(most, 3);
}

TEST(QueryPipeline, AModuleStartsWhenItsOwnInputsHaveComeNotWhenAllOfTheLevelAboveHave) {
    Event quick_is_through;
    const auto wait = [&](std::string text) { return wait_for(&quick_is_through, std::move(text)); };
    QueryPipeline pipeline;
    pipeline.add_modules({{"slow", make_component({"input"}, wait)},
                          {"quick", component({"q"})},
                          {"after quick", make_component({"input"}, [&](std::string text) { return quick_is_through.set(), text; })},
                          {"join", join({"left", "right"})}});
    pipeline.add_chain({"input", "quick", "after quick"});
    pipeline.add_link("input", "slow");
    pipeline.add_link("slow", "join", {.dest_key = "left"});
    pipeline.add_link("after quick", "join");
    EXPECT_EQ(run_task(pipeline.arun("x")).get<std::string>(), "x+xq") << "it would wait for ever if it went level by level";
}

TEST(QueryPipeline, RunsNoMoreModulesAtOnceThanItsLimit) {
    int inside = 0;
    int most = 0;
    QueryPipeline pipeline = three_at_once({.time = 1ms, .inside = &inside, .most = &most}, {.modules_at_once = 1});
    EXPECT_EQ(run_task(pipeline.arun("x")).get<std::string>(), "xa+xb+xc");
    EXPECT_EQ(most, 1);
}

TEST(QueryPipeline, TheTimeOfAModuleIsItsOwnWithoutWhatItWaitedFor) {
    QueryPipeline pipeline;
    pipeline.add_modules({{"slow", component({"s", 60ms})}, {"quick", component({"q"})}});
    pipeline.add_chain({"input", "slow", "quick"});
    const QueryResult result = run_task(pipeline.arun("x"));
    EXPECT_GE(result.timings_ms.at("slow"), 60);
    EXPECT_LT(result.timings_ms.at("quick"), 40);
    EXPECT_GE(result.total_ms, result.timings_ms.at("slow") + result.timings_ms.at("quick"));
}

TEST(QueryPipeline, AFailureNamesItsModuleKeepsItsCodeAndCancelsTheOthers) {
    int inside = 0;
    int most = 0;
    QueryPipeline pipeline = three_at_once({.time = 1h, .inside = &inside, .most = &most});
    pipeline.add_modules({{"d", component({"d", 1ms, nullptr, nullptr, Error(errc::unavailable, "The model is away.")})}});
    pipeline.add_link("input", "d");
    const Error error = failure_of([&] { run_task(pipeline.arun("x")); });
    EXPECT_EQ(error.code(), errc::unavailable);
    EXPECT_STREQ(error.what(), "The model is away. (module \"d\")");
    EXPECT_EQ(most, 3);
    EXPECT_EQ(inside, 0) << "the others were cancelled and waited for";
}

TEST(QueryPipeline, WhatAProgramsOwnModuleThrowsIsItsDefectAndNamed) {
    QueryPipeline pipeline;
    pipeline.add_modules({{"mine", make_component({"input"}, [](std::string text) { return text.substr(5); })}});
    pipeline.add_link("input", "mine");
    const Error error = failure_of([&] { run_task(pipeline.arun("x")); });
    EXPECT_EQ(error.code(), errc::internal);
    EXPECT_THAT(error.what(), EndsWith("(module \"mine\")"));
}

TEST(QueryPipeline, AnInputOfAnotherTypeIsRefusedWithTheModulesNameAndBothTypes) {
    QueryPipeline pipeline;
    pipeline.add_modules({{"reader", component({"r"})}});
    pipeline.add_link("input", "reader");
    const Error error = failure_of([&] { run_task(pipeline.arun(42)); });
    EXPECT_EQ(error.code(), errc::invalid_argument);
    EXPECT_STREQ(error.what(), "The input \"input\" is int where text is expected. (module \"reader\")");
}

TEST(QueryPipeline, SeveralInputsGoByNameAndNoneMayLackOrBeTooMuch) {
    QueryPipeline pipeline;
    pipeline.add_modules({{"join", join({"left", "right"})}});
    pipeline.add_link("input", "join", {.src_key = "question", .dest_key = "left"});
    pipeline.add_link("input", "join", {.src_key = "history", .dest_key = "right"});
    EXPECT_EQ(run_task(pipeline.arun_with({{"question", "q"}, {"history", "h"}})).get<std::string>(), "q+h");
    EXPECT_THAT(failure_of([&] { run_task(pipeline.arun_with({{"question", "q"}})); }).what(), HasSubstr("needs the input \"history\""));
    const QueryValues typo{{"question", "q"}, {"history", "h"}, {"histroy", "h"}};
    EXPECT_THAT(failure_of([&] { run_task(pipeline.arun_with(typo)); }).what(), HasSubstr("takes an input \"histroy\""));
    EXPECT_THAT(failure_of([&] { run_task(pipeline.arun("q")); }).what(), HasSubstr("needs the input"));
}

TEST(QueryPipeline, WhatAModuleLeavesOutIsSkippedWithAllThatNeedsItAndOptionalInputsDoNotMind) {
    const auto pass = [](bool wanted, std::string text) { return wanted ? std::optional(std::move(text)) : std::nullopt; };
    const auto either = [](std::optional<std::string> odd, std::optional<std::string> even) {
        return odd.value_or("-") + even.value_or("-");
    };
    QueryPipeline pipeline;
    pipeline.add_modules({{"odd", make_component({"input"}, [pass](std::string t) { return pass(t.size() % 2 == 1, t); })},
                          {"even", make_component({"input"}, [pass](std::string t) { return pass(t.size() % 2 == 0, t); })},
                          {"after odd", component({"o"})},
                          {"after even", component({"e"})},
                          {"either", make_component({"odd", "even"}, either)}});
    pipeline.add_chain({"input", "odd", "after odd"});
    pipeline.add_chain({"input", "even", "after even"});
    pipeline.add_link("after odd", "either", {.dest_key = "odd"});
    pipeline.add_link("after even", "either", {.dest_key = "even"});
    const QueryResult odd = run_task(pipeline.arun("abc"));
    EXPECT_EQ(odd.get<std::string>(), "abco-");
    EXPECT_THAT(odd.timings_ms, UnorderedElementsAre(Key("odd"), Key("even"), Key("after odd"), Key("either")));
    EXPECT_EQ(run_task(pipeline.arun("ab")).get<std::string>(), "-abe");
}

TEST(QueryPipeline, AModuleThatIsSkippedHasNoOutput) {
    QueryPipeline pipeline;
    pipeline.add_modules({{"never", make_component({"input"}, [](const std::string&) { return std::optional<std::string>(); })},
                          {"last", component({"l"})}});
    pipeline.add_chain({"input", "never", "last"});
    const QueryResult result = run_task(pipeline.arun("x"));
    EXPECT_THAT(result.outputs, IsEmpty());
    EXPECT_EQ(failure_of([&] { static_cast<void>(result.get<std::string>()); }).code(), errc::invalid_argument);
}

/// Says that it gives a text.
class Liar final : public QueryComponent {
  public:
    QueryValues gives;
    std::vector<QueryKey> input_keys() const override { return {query_key<std::string>("input")}; }
    std::vector<QueryKey> output_keys() const override { return {query_key<std::string>("output")}; }
    Task<QueryValues> arun(QueryValues) override { co_return gives; }
};

TEST(QueryPipeline, AModuleThatDoesNotGiveWhatItSaysIsNamed) {
    const auto liar = std::make_shared<Liar>();
    QueryPipeline pipeline;
    pipeline.add_modules({{"liar", liar}});
    pipeline.add_link("input", "liar");
    EXPECT_STREQ(failure_of([&] { run_task(pipeline.arun("x")); }).what(), "It gave no \"output\". (module \"liar\")");
    liar->gives = {{"output", 42}};
    const Error error = failure_of([&] { run_task(pipeline.arun("x")); });
    EXPECT_EQ(error.code(), errc::internal);
    EXPECT_STREQ(error.what(), "Its \"output\" is of another type than it says. (module \"liar\")");
}

TEST(QueryPipeline, TheLastWhoTakesAValueGetsItWithoutACopy) {
    const int* data = nullptr;
    QueryPipeline pipeline;
    pipeline.add_modules({{"make", make_component({"input"}, [&](std::size_t n) { return std::vector<int>(n, 1); })},
                          {"look", make_component({"input"}, [&](std::vector<int> v) { return data = v.data(), std::move(v); })},
                          {"compare", make_component({"input"}, [&](std::vector<int> v) { return v.data() == data; })}});
    pipeline.add_chain({"input", "make", "look", "compare"});
    EXPECT_TRUE(run_task(pipeline.arun(std::size_t{10'000})).get<bool>());
}

TEST(QueryPipeline, ManyRunsOfOnePipelineDoNotMix) {
    QueryPipeline pipeline = three_at_once({.time = 1ms});
    std::vector<Task<QueryResult>> tasks;
    for (int i = 0; i < 20; ++i) tasks.push_back(pipeline.arun(std::to_string(i)));
    const auto results = run_task(when_all(std::move(tasks)));
    for (int i = 0; i < 20; ++i) {
        const std::string n = std::to_string(i);
        EXPECT_EQ(results[i].get<std::string>(), n + "a+" + n + "b+" + n + "c");
    }
}

TEST(QueryPipeline, ParallelRunKeepsTheOrderAndItsLimit) {
    int inside = 0;
    int most = 0;
    QueryPipeline pipeline({.inputs_at_once = 3});
    // The first inputs take longest, so that they end last.
    const auto wait = [&](std::string text) {
        return take_step({"", std::chrono::milliseconds(20 - std::stoi(text)), &inside, &most}, text);
    };
    pipeline.add_modules({{"wait", make_component({"input"}, wait)}});
    pipeline.add_link("input", "wait");
    std::vector<QueryValue> inputs;
    for (int i = 0; i < 20; ++i) inputs.emplace_back(std::to_string(i));
    const auto results = run_task(pipeline.parallel_run(std::move(inputs)));
    ASSERT_EQ(results.size(), 20);
    for (int i = 0; i < 20; ++i) EXPECT_EQ(results[i].get<std::string>(), std::to_string(i));
    EXPECT_EQ(most, 3);
    EXPECT_THAT(run_task(pipeline.parallel_run({})), IsEmpty());
}

TEST(QueryPipeline, AFailureInParallelRunNamesTheInputAndStartsNoFurtherOne) {
    int inside = 0;
    int most = 0;
    std::vector<std::string> began;
    QueryPipeline pipeline({.inputs_at_once = 2});
    const auto wait = [&](std::string text) {
        began.push_back(text);
        if (text == "bad") return take_step({"", 1ms, &inside, &most, Error(errc::backend, "Nonsense.")}, text);
        return take_step({"", 1h, &inside, &most}, text);
    };
    pipeline.add_modules({{"ask", make_component({"input"}, wait)}});
    pipeline.add_link("input", "ask");
    const Error error = failure_of([&] { run_task(pipeline.parallel_run({"good", "bad", "later"})); });
    EXPECT_EQ(error.code(), errc::backend);
    EXPECT_STREQ(error.what(), "Nonsense. (module \"ask\") (input 2)");
    EXPECT_THAT(began, ElementsAre("good", "bad"));
    EXPECT_EQ(inside, 0);
}

TEST(QueryPipeline, CanBeCancelledAtEveryPointAndLeavesNothingRunning) {
    int inside = 0;
    int most = 0;
    QueryPipeline pipeline = three_at_once({.time = 1ms, .inside = &inside, .most = &most}, {.modules_at_once = 2, .inputs_at_once = 2});
    const auto sweep = test::cancel_at_every_await([&] { return pipeline.parallel_run({"1", "2", "3"}); }, [&] { EXPECT_EQ(inside, 0); });
    EXPECT_GT(sweep.cancelled, 10U);
}

TEST(QueryPipeline, MayDieWithItsLoopAtEveryPoint) {
    int inside = 0;
    int most = 0;
    QueryPipeline pipeline = three_at_once({.time = 1ms, .inside = &inside, .most = &most}, {.modules_at_once = 2});
    EXPECT_GT(test::destroy_at_every_await([&] { return pipeline.arun("x"); }, [&] { EXPECT_EQ(inside, 0); }), 5U);
}

}  // namespace
}  // namespace docmind
