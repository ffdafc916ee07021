#include "readers/text/code_outline.hpp"

#include "readers/test_collect.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace docmind {
namespace {

using testing::ElementsAre;

/// "level title" of each heading; what it points at must be its line.
std::vector<std::string> outline(const std::string& code, const std::string& name) {
    std::vector<std::string> lines;
    const Document document = test::read(code, name);
    const Page& page = document.pages.at(0);
    EXPECT_EQ(page.text, code) << "code stays as it stands";
    for (const Heading& heading : page.headings) {
        lines.push_back(std::to_string(heading.level) + " " + heading.title);
        EXPECT_EQ(page.text.substr(heading.begin, 3), heading.title.substr(0, 3));
    }
    return lines;
}

std::string repeated(const std::string& part, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += part;
    return all;
}

TEST(CodeOutline, OfCpp) {
    EXPECT_THAT(outline(R"code(#include <x>
#define BRACE {
namespace a::b {

/// A { brace in a comment
template <class T = int>
class Point : public Shape {
  public:
    Point() : x_{1} { f("}"); }
    int x() const { if (x_) { return '{'; } return 1'000; }
  private:
    int x_ = {};
};

static struct point make(int x,
                         int y) {
    for (;;) {}
}

constexpr int table[] = {1, 2};
enum class Color { red };
}  // namespace a::b

int defaults(A a = {}, B b = {1, {2}}) {
    return 0;
}

int main(int argc, char** argv)
{
    return 0;
}
)code",
                        "a.cpp"),
                ElementsAre("1 template <class T = int> class Point : public Shape", "2 Point() : x_", "2 int x() const",
                            "1 static struct point make(int x, int y)", "1 enum class Color", "1 int defaults(A a = {}, B b = {1, {2}})",
                            "1 int main(int argc, char** argv)"));
}

TEST(CodeOutline, OfJavaScriptAndItsLike) {
    EXPECT_THAT(outline("import x from 'y{';\nexport class A extends B {\n  run() { return `{${1}`; }\n}\nfunction f(a) {\n}\n"
                        "const g = async (x) => {\n};\nconst o = { a: 1 };\nif (x) {\n}\n",
                        "a.js"),
                ElementsAre("1 export class A extends B", "2 run()", "1 function f(a)", "1 const g = async (x) =>"));
    EXPECT_THAT(outline("package main\n\ntype P struct {\n\tx int\n}\n\nfunc (p *P) X() int {\n\treturn p.x\n}\n", "a.go"),
                ElementsAre("1 type P struct", "1 func (p *P) X() int"));
    EXPECT_THAT(outline("impl<'a> Foo<'a> for Bar {\n    fn go(&self) -> char { '}' }\n}\nfn main() {\n}\n", "a.rs"),
                ElementsAre("1 impl<'a> Foo<'a> for Bar", "2 fn go(&self) -> char", "1 fn main()"));
    EXPECT_THAT(outline("<?php\n# {\nclass A {\n  public function f($x) {\n    if ($x) { }\n  }\n}\n", "a.php"),
                ElementsAre("1 class A", "2 public function f($x)"));
    EXPECT_THAT(outline("public class A {\n    @Override\n    public int f() {\n        return 1;\n    }\n}\n", "A.java"),
                ElementsAre("1 public class A", "2 @Override public int f()"));
}

TEST(CodeOutline, OfPythonAndOthersByLine) {
    EXPECT_THAT(outline("import x\n\"\"\"\ndef not_this():\n\"\"\"\nclass A(B):\n    def f(self):\n        def inner(): pass\n\nasync def "
                        "g():\n    pass\n",
                        "a.py"),
                ElementsAre("1 class A(B)", "2 def f(self)", "1 async def g()"));
    EXPECT_THAT(outline("module M\n  class A\n    def f\n    end\n  end\nend\n", "a.rb"),
                ElementsAre("1 module M", "2 class A", "3 def f"));
    EXPECT_THAT(outline("f <- function(x) x\ng = function (y) {\n}\nz <- 3\n", "a.R"),
                ElementsAre("1 f <- function(x) x", "1 g = function (y)"));
    EXPECT_THAT(outline("CREATE TABLE t (\n  id int\n);\nselect 1;\ncreate or replace view v as select 1;\n", "a.sql"),
                ElementsAre("1 CREATE TABLE t (", "1 create or replace view v as select 1;"));
    EXPECT_THAT(outline("#!/bin/sh\nf() {\n  g() { :; }\n}\nfunction h {\n}\n", "run"), ElementsAre("1 f()", "1 function h"));
    EXPECT_THAT(outline("[package]\nname = 'x'\n[deps]\n", "a.toml"), ElementsAre("1 [package]", "1 [deps]"));
}

TEST(CodeOutline, SurvivesWhatIsNoCode) {
    for (const std::string& code : {repeated("{\n", 100'000) + repeated("}\n", 200'000), repeated("class A {\n", 50'000),
                                    repeated("'", 100'000), repeated("template <", 50'000) + "{", repeated("R\"(", 50'000),
                                    repeated("/*", 100'000), repeated("f(", 100'000) + "{", std::string("\"")})
        EXPECT_FALSE(test::read(code, "a.cpp").pages.empty());
}

TEST(CodeLanguage, IsToldByTheTextBeforeTheName) {
    const auto type = [](const std::string& code, const std::string& name) { return test::read(code, name).media_type; };
    EXPECT_EQ(type("#!/usr/bin/env -S python3.11 -u\nx", "run.sh"), "text/x-python");
    EXPECT_EQ(type("#!/bin/bash\r\nx", "run"), "text/x-shellscript");
    EXPECT_EQ(type("<?php echo 1;", "x"), "text/x-php");
    EXPECT_EQ(type("# -*- mode: ruby -*-\nx", "Vagrantfile"), "text/x-ruby");
    EXPECT_EQ(type("#include <vector>\nstd::vector<int> x;", "x"), "text/x-c++");
    EXPECT_EQ(type("class A {};\nnamespace b {}", "a.h"), "text/x-c++");
    EXPECT_EQ(type("struct a;", "a.h"), "text/x-c");
    EXPECT_EQ(type("plain", "a.txt"), "text/plain");
    EXPECT_EQ(test::read("x = 1", "a.py").metadata.at("programming_language"), "Python");
}

}  // namespace
}  // namespace docmind
