// custom_pipeline FILE QUESTION: puts two steps of its own into the way from a question to an answer.
#include <docmind/application.hpp>
#include <docmind/query_components.hpp>

#include <iostream>
#include <map>

using namespace docmind;

// A step as a class: no page has more than one passage.
class OnePassageAPage final : public QueryComponent {
  public:
    std::vector<QueryKey> input_keys() const override { return {query_key<RetrievalResult>("nodes")}; }
    std::vector<QueryKey> output_keys() const override { return {query_key<RetrievalResult>("output")}; }
    Task<QueryValues> arun(QueryValues inputs) override {
        auto found = inputs.at("nodes").take<RetrievalResult>();
        std::map<std::pair<std::string, int>, int> seen;
        std::erase_if(found.nodes, [&](const auto& passage) { return seen[{passage.node.document_id, passage.node.page}]++ > 0; });
        co_return one_output(std::move(found));
    }
};

int main(int argc, char** argv) {
    if (argc != 3) return std::cerr << "usage: custom_pipeline FILE QUESTION\n", 2;
    const std::map<std::string, std::string> flags{{"storage.data_dir", "custom-library"}};
    Application app(load_settings("", flags, process_environment()).settings);
    app.run(app.process_new_documents({argv[1]}));

    // A step as a function.
    const auto without_please = make_component({"question"}, [](std::string question) {
        if (const auto at = question.find(", please"); at != std::string::npos) question.erase(at, 8);
        return question;
    });
    QueryPipeline pipeline = app.get_query_pipeline();
    pipeline.add_modules({{"one_a_page", std::make_shared<OnePassageAPage>()}, {"without_please", without_please}});
    pipeline.remove_link("input", "retriever");
    pipeline.add_chain({"input", "without_please", "retriever"});
    pipeline.remove_link("retriever", "synthesizer");
    pipeline.add_chain({"retriever", "one_a_page", "synthesizer"});

    const QueryResult result = app.run(pipeline.arun(std::string(argv[2])));
    std::cout << result.get<AgentResponse>().answer << '\n';
    for (const auto& [module, ms] : result.timings_ms) std::cout << module << ": " << ms << " ms\n";
}
