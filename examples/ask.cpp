// ask FILE QUESTION: reads the file into a library beside it and answers from it.
#include <docmind/application.hpp>

#include <iostream>

int main(int argc, char** argv) {
    if (argc != 3) return std::cerr << "usage: ask FILE QUESTION\n", 2;
    const std::map<std::string, std::string> flags{{"storage.data_dir", "ask-library"}};
    docmind::Application app(docmind::load_settings("", flags, docmind::process_environment()).settings);

    for (const auto& file : app.run(app.process_new_documents({argv[1]}))) {
        std::cout << file.path << ": " << to_string(file.record.status) << ' ' << file.record.error << '\n';
    }
    const docmind::AgentResponse response = app.run(app.get_agent_response(argv[2]));
    std::cout << response.answer << '\n';
    for (const auto& citation : response.citations) {
        std::cout << '[' << citation.n << "] " << citation.name << ", page " << citation.page << ": " << citation.quote << '\n';
    }
}
