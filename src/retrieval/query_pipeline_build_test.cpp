#include <docmind/query_pipeline.hpp>

#include "async/test_support.hpp"

#include <docmind/error.hpp>
#include <docmind/retriever.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace docmind {
namespace {

using test::run_task;
using ::testing::AllOf;
using ::testing::HasSubstr;

std::string refusal(const std::function<void()>& build) {
    try {
        build();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), errc::invalid_argument) << error.what();
        return error.what();
    }
    return "it was accepted";
}

std::shared_ptr<QueryComponent> text_to_text() {
    return make_component({"input"}, [](std::string text) { return text + "!"; });
}
std::shared_ptr<QueryComponent> text_to_number() {
    return make_component({"input"}, [](const std::string& text) { return static_cast<int>(text.size()); });
}
std::shared_ptr<QueryComponent> join_two() {
    return make_component({"left", "right"}, [](std::string left, std::string right) { return left + right; });
}

TEST(QueryValue, IsReadUnderTheTypeItWasMadeWithAndUnderNoOther) {
    const QueryValue text = "words";
    EXPECT_EQ(text.get<std::string>(), "words");
    EXPECT_EQ(text.get_if<int>(), nullptr);
    EXPECT_THAT(refusal([&] { static_cast<void>(text.get<RetrievalResult>()); }), AllOf(HasSubstr("is text"), HasSubstr("passages")));
    EXPECT_THAT(refusal([&] { static_cast<void>(QueryValue().get<int>()); }), AllOf(HasSubstr("nothing"), HasSubstr("int")));
}

TEST(QueryValue, TheOnlyHolderMovesTheValueOutAndAnotherOneGetsACopy) {
    QueryValue first = std::vector<int>(1000, 7);
    const int* const data = first.get<std::vector<int>>().data();
    QueryValue second = first;
    const auto copy = first.take<std::vector<int>>();
    EXPECT_NE(copy.data(), data);
    EXPECT_FALSE(first.has_value());
    const auto moved = second.take<std::vector<int>>();
    EXPECT_EQ(moved.data(), data);
    EXPECT_EQ(moved, copy);
}

TEST(QueryValue, TakingUnderAWrongTypeLeavesItAsItWas) {
    QueryValue value = 42;
    EXPECT_THROW(static_cast<void>(value.take<std::string>()), Error);
    EXPECT_EQ(value.get<int>(), 42);
}

TEST(FunctionComponent, NamesOneInputForEachParameter) {
    EXPECT_THAT(refusal([] { make_component({"a"}, [](int, int) { return 0; }); }), HasSubstr("takes 2 inputs, 1 are named"));
    EXPECT_THAT(refusal([] { make_component({"a", "a"}, [](int, int) { return 0; }); }), HasSubstr("two inputs \"a\""));
    EXPECT_THAT(refusal([] { make_component({"a"}, std::function<int(int)>()); }), HasSubstr("needs a function"));
}

TEST(QueryPipelineBuild, RefusesALimitOfZero) {
    for (const QueryPipeline::Params params : {QueryPipeline::Params{.modules_at_once = 0}, {.inputs_at_once = 0}, {.max_modules = 0}}) {
        EXPECT_THAT(refusal([&] { QueryPipeline pipeline(params); }), HasSubstr("at least 1"));
    }
}

TEST(QueryPipelineBuild, RefusesModulesWithoutANameOrAComponentAndNamesThatAreTaken) {
    QueryPipeline pipeline({.max_modules = 2});
    pipeline.add_modules({{"one", text_to_text()}});
    EXPECT_THAT(refusal([&] { pipeline.add_modules({{"", text_to_text()}}); }), HasSubstr("needs a name"));
    EXPECT_THAT(refusal([&] { pipeline.add_modules({{"input", text_to_text()}}); }), HasSubstr("the pipeline's own"));
    EXPECT_THAT(refusal([&] { pipeline.add_modules({{"one", text_to_text()}}); }), HasSubstr("\"one\" already"));
    EXPECT_THAT(refusal([&] { pipeline.add_modules({{"two", nullptr}}); }), HasSubstr("\"two\" has no component"));
    EXPECT_THAT(refusal([&] { pipeline.add_modules({{"two", text_to_text()}, {"three", text_to_text()}}); }), HasSubstr("At most 2"));
    pipeline.add_modules({{"two", text_to_text()}});
}

TEST(QueryPipelineBuild, RefusesALinkToWhatIsNotThere) {
    QueryPipeline pipeline;
    pipeline.add_modules({{"one", text_to_text()}, {"two", text_to_text()}});
    EXPECT_THAT(refusal([&] { pipeline.add_link("one", "three"); }), HasSubstr("no module \"three\""));
    EXPECT_THAT(refusal([&] { pipeline.add_link("three", "one"); }), HasSubstr("no module \"three\""));
    EXPECT_THAT(refusal([&] { pipeline.add_link("one", "input"); }), HasSubstr("no module \"input\""));
    EXPECT_THAT(refusal([&] { pipeline.add_link("one", "two", {.src_key = "nodes"}); }), HasSubstr("\"one\" has no output \"nodes\""));
    EXPECT_THAT(refusal([&] { pipeline.add_link("one", "two", {.dest_key = "nodes"}); }), HasSubstr("\"two\" has no input \"nodes\""));
    EXPECT_THAT(refusal([&] { pipeline.remove_link("one", "two"); }), HasSubstr("no link from \"one\" to \"two\""));
}

TEST(QueryPipelineBuild, RefusesALinkBetweenTypesThatDoNotFit) {
    QueryPipeline pipeline;
    pipeline.add_modules({{"count", text_to_number()}, {"shout", text_to_text()}});
    const std::string why = refusal([&] { pipeline.add_link("count", "shout", {.dest_key = "input"}); });
    EXPECT_THAT(why, AllOf(HasSubstr("\"count\" is int"), HasSubstr("\"shout\" takes text")));
}

TEST(QueryPipelineBuild, RefusesEveryCircleWhateverItsLength) {
    QueryPipeline pipeline;
    pipeline.add_modules({{"a", text_to_text()}, {"b", text_to_text()}, {"c", join_two()}});
    EXPECT_THAT(refusal([&] { pipeline.add_link("a", "a"); }), HasSubstr("circle"));
    pipeline.add_link("a", "b");
    pipeline.add_link("b", "c", {.dest_key = "left"});
    EXPECT_THAT(refusal([&] { pipeline.add_link("c", "a"); }), AllOf(HasSubstr("circle"), HasSubstr("\"c\""), HasSubstr("\"a\"")));
    pipeline.add_link("a", "c");  // two ways to the same module are none
}

TEST(QueryPipelineBuild, RefusesToFeedAnInputTwice) {
    QueryPipeline pipeline;
    pipeline.add_modules({{"a", text_to_text()}, {"b", text_to_text()}});
    pipeline.add_link("input", "b");
    EXPECT_THAT(refusal([&] { pipeline.add_link("a", "b", {.dest_key = "input"}); }), HasSubstr("fed already"));
}

TEST(QueryPipelineBuild, AsksWhichInputIsMeantWhereSeveralAreOpenAndFindsTheLastOneItself) {
    QueryPipeline pipeline;
    pipeline.add_modules({{"join", join_two()}});
    EXPECT_THAT(refusal([&] { pipeline.add_link("input", "join"); }), HasSubstr("Say its dest_key"));
    pipeline.add_link("input", "join", {.dest_key = "right"});
    pipeline.add_link("input", "join");
    EXPECT_EQ(run_task(pipeline.arun("ab")).get<std::string>(), "abab");
}

TEST(QueryPipelineBuild, AnInputThatNothingFeedsIsRefusedBeforeAnythingRuns) {
    int runs = 0;
    QueryPipeline pipeline;
    pipeline.add_modules({{"first", make_component({"input"}, [&runs](std::string text) { return ++runs, text; })}, {"join", join_two()}});
    pipeline.add_link("input", "first");
    pipeline.add_link("first", "join", {.dest_key = "left"});
    EXPECT_THAT(refusal([&] { pipeline.check(); }), HasSubstr("Nothing feeds the input \"right\" of the module \"join\""));
    EXPECT_THAT(refusal([&] { run_task(pipeline.arun("x")); }), HasSubstr("Nothing feeds the input \"right\""));
    EXPECT_THAT(refusal([&] { run_task(pipeline.parallel_run({})); }), HasSubstr("Nothing feeds the input \"right\""));
    EXPECT_EQ(runs, 0);
}

TEST(QueryPipelineBuild, APipelineWithoutModulesIsRefused) {
    EXPECT_THAT(refusal([] { QueryPipeline().check(); }), HasSubstr("no modules"));
}

TEST(QueryPipelineBuild, AChainThatFailsAddsNothing) {
    QueryPipeline pipeline;
    pipeline.add_modules({{"a", text_to_text()}, {"b", text_to_text()}});
    EXPECT_THAT(refusal([&] { pipeline.add_chain({"input", "a", "b", "nowhere"}); }), HasSubstr("nowhere"));
    EXPECT_THAT(refusal([&] { pipeline.add_chain({"a"}); }), HasSubstr("two modules"));
    pipeline.add_chain({"input", "a", "b"});
    EXPECT_EQ(run_task(pipeline.arun("x")).get<std::string>(), "x!!");
}

TEST(QueryPipelineBuild, SomethingComesBetweenTwoModulesByRemovingTheirLink) {
    QueryPipeline pipeline;
    pipeline.add_modules({{"a", text_to_text()}, {"b", text_to_text()}});
    pipeline.add_chain({"input", "a", "b"});
    pipeline.add_modules({{"twice", make_component({"input"}, [](std::string text) { return text + text; })}});
    pipeline.remove_link("a", "b");
    pipeline.add_chain({"a", "twice", "b"});
    EXPECT_EQ(run_task(pipeline.arun("x")).get<std::string>(), "x!x!!");
}

}  // namespace
}  // namespace docmind
