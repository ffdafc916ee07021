// custom_tool QUESTION: the model may call a function of this program besides those that search the documents.
#include <docmind/application.hpp>

#include <iostream>

int main(int argc, char** argv) {
    if (argc != 2) return std::cerr << "usage: custom_tool QUESTION\n", 2;
    const std::map<std::string, std::string> flags{{"storage.data_dir", "tool-library"}, {"agent.mode", "react"}};
    docmind::Application app(docmind::load_settings("", flags, docmind::process_environment()).settings);

    const docmind::ToolMetadata metadata{
        .name = "kreuzer_to_gulden",
        .description = "Converts an amount of kreuzer, as old documents give it, to gulden.",
        .parameters = {{.name = "kreuzer", .description = "the amount", .type = docmind::ToolParameter::Type::number}}};
    const auto convert = [](const docmind::ToolArguments& call) { return std::to_string(*call.number("kreuzer") / 60) + " gulden"; };
    app.add_tool(std::make_unique<docmind::FunctionTool>(metadata, convert));

    std::cout << app.run(app.get_agent_response(argv[1])).answer << '\n';
}
