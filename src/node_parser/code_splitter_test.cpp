#include "node_parser/code_splitter.hpp"

#include "node_parser/test_splitting.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace docmind {
namespace {

using namespace test;

std::vector<Node> split(const Document& document, std::size_t chunk_size) {
    const PieceCounter counter;
    std::vector<Node> nodes = CodeSplitter({.chunk_size = chunk_size}, counter).get_nodes_from_document(document, {});
    expect_valid(document, nodes, chunk_size, 0, counter);
    return nodes;
}

std::string python(int functions, int lines) {
    std::string text = "import os\nimport sys\n\n";
    for (int f = 0; f < functions; ++f) {
        text += "\n# what it does\n@cached\ndef function" + std::to_string(f) + "(a, b):\n    value = a\n";
        for (int i = 0; i < lines; ++i) text += "    if value > " + std::to_string(i) + ":\n\n        value = value + b\n";
        text += "    return value\n";
    }
    return text;
}

std::string cpp(int functions, int lines) {
    std::string text = "#include <vector>\n\nnamespace a {\n";
    for (int f = 0; f < functions; ++f) {
        text += "\n/// Adds.\nint function" + std::to_string(f) + "(int a)\n{\n";
        for (int i = 0; i < lines; ++i) text += "\tif (a > " + std::to_string(i) + ") {\n\t\ta += 1;\n\t} else {\n\t\ta -= 1;\n\t}\n";
        text += "\treturn a;\n}\n";
    }
    return text + "\n}\n";
}

TEST(CodeSplitter, KeepsFunctionsWhole) {
    for (const Node& node : split(document_of({python(30, 3)}), 128)) {
        EXPECT_TRUE(node.text.starts_with("import") || node.text.starts_with("# what it does")) << node.text;
        EXPECT_TRUE(node.text.ends_with("return value")) << node.text;
    }
    for (const Node& node : split(document_of({cpp(30, 2)}), 160)) {
        EXPECT_TRUE(node.text.starts_with("#include") || node.text.starts_with("/// Adds.")) << node.text;
        EXPECT_TRUE(node.text.ends_with("\n}")) << node.text;
    }
}

TEST(CodeSplitter, CutsALongFunctionWhereItIsLeastIndented) {
    for (const Node& node : split(document_of({python(2, 60)}), 64)) {
        EXPECT_FALSE(node.text.starts_with("value = value + b")) << node.text;
    }
    for (const Node& node : split(document_of({cpp(2, 60)}), 64)) {
        EXPECT_FALSE(node.text.starts_with("}") || node.text.starts_with("{") || node.text.starts_with("a ")) << node.text;
    }
}

TEST(CodeSplitter, CutsNoLineThatFits) {
    const Document document = document_of({cpp(40, 5)});
    const std::string& text = document.pages[0].text;
    for (const Node& node : split(document, 40)) {
        const std::size_t line = text.rfind('\n', node.begin) + 1;
        EXPECT_EQ(text.find_first_not_of(" \t", line), node.begin);
        EXPECT_EQ(text[node.end], '\n');
    }
}

TEST(CodeSplitter, CutsALineThatDoesNotFit) {
    std::string line = "x = [";
    for (int i = 0; i < 500; ++i) line += std::to_string(i) + ", ";
    const std::vector<Node> nodes = split(document_of({"a = 1\n" + line + "]\nb = 2"}), 64);
    EXPECT_GT(nodes.size(), 10u);
}

TEST(CodeSplitter, FillsPassagesWhereNothingIsIndented) {
    std::string text;
    for (int i = 0; i < 200; ++i) text += "select a from b\n";
    const std::vector<Node> nodes = split(document_of({text}), 64);
    for (std::size_t i = 0; i + 1 < nodes.size(); ++i) EXPECT_EQ(nodes[i].tokens, 60u) << "a line of 5 tokens more does not fit";
}

TEST(CodeSplitter, CrossesNoHeadingThePageSays) {
    Document document = document_of({"Part one\na = 1\n\nPart two\nb = 2\n"});
    document.pages[0].headings = {{0, 1, "Part one"}, {16, 1, "Part two"}};
    const std::vector<Node> nodes = split(document, 64);
    ASSERT_EQ(nodes.size(), 2u);
    EXPECT_EQ(nodes[0].section, "Part one");
    EXPECT_EQ(nodes[1].text, "Part two\nb = 2");
    EXPECT_EQ(nodes[1].section, "Part two");
}

}  // namespace
}  // namespace docmind
