// parallel_run FILE QUESTION...: answers all questions at once, as many at a time as the model has slots for.
#include <docmind/application.hpp>

#include <iostream>

int main(int argc, char** argv) {
    if (argc < 3) return std::cerr << "usage: parallel_run FILE QUESTION...\n", 2;
    const std::map<std::string, std::string> flags{{"storage.data_dir", "parallel-library"}};
    docmind::Application app(docmind::load_settings("", flags, docmind::process_environment()).settings);
    app.run(app.process_new_documents({argv[1]}));

    docmind::QueryPipeline pipeline = app.get_query_pipeline();
    const std::vector<docmind::QueryValue> questions(argv + 2, argv + argc);
    const auto results = app.run(pipeline.parallel_run(questions));
    for (std::size_t i = 0; i < results.size(); ++i) {
        std::cout << "## " << questions[i].get<std::string>() << "\n\n" << results[i].get<docmind::AgentResponse>().answer << "\n\n";
    }
}
