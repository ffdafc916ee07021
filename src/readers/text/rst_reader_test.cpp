#include "readers/text/rst_reader.hpp"

#include "readers/page_writer.hpp"
#include "readers/test_collect.hpp"
#include "readers/text/rst_inline.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace docmind {
namespace {

std::string text_of(std::string_view rst) {
    PageWriter writer;
    read_rst_into(rst, {}, writer);
    return writer.take(1).text;
}

std::string repeated(const std::string& part, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += part;
    return all;
}

TEST(Rst, ReducesItsMarksToTheirText) {
    const RstSubstitutions substitutions = {{"v", "1.0"}};
    const auto plain = [&](std::string_view text) { return rst_inline(text, substitutions); };
    EXPECT_EQ(plain("*a* **b c** ``d *e*`` `f <http://x>`_ `g`_ h_ [1]_ |v| |w|"), "a b c d *e* f g h [1] 1.0 w");
    EXPECT_EQ(plain(":class:`~mod.Klass` :ref:`text <target>` :py:func:`!f` :math:`x_1^2` `x`:sub:"), "Klass text f x_1^2 x:sub:");
    EXPECT_EQ(plain("2 * 3 * 4, a*b*, snake_case_name, __init__, \\*no\\*, re\\ ``l``"),
              "2 * 3 * 4, a*b*, snake_case_name, __init__, *no*, rel");
    EXPECT_EQ(plain("_`target` and * unclosed, `also"), "target and * unclosed, `also");
}

TEST(Rst, OrdersHeadingsByTheirUnderlines) {
    const Document document = test::read("=====\nTitle\n=====\n\nOne\n===\n\nText\n\nSub\n---\n\nTwo\n===\n\n----\n\nend", "a.rst");
    EXPECT_EQ(document.media_type, "text/x-rst");
    EXPECT_EQ(document.metadata.at("title"), "Title");
    const Page& page = document.pages.at(0);
    EXPECT_EQ(page.text, "Title\n\nOne\n\nText\n\nSub\n\nTwo\n\nend");
    ASSERT_EQ(page.headings.size(), 4u);
    EXPECT_EQ(page.headings[1].level, 2);
    EXPECT_EQ(page.headings[2].level, 3);
    EXPECT_EQ(page.headings[3].level, 2);
}

TEST(Rst, ReadsListsAndBlocks) {
    EXPECT_EQ(text_of("- one\n  goes on\n\n  1. a\n  #. b\n\n     more\n- two\n\nterm\n    what *it* is\n\n| line\n| by line\n\nCode::\n\n "
                      "   if a:\n        b\n\n"
                      ">>> 1 + 1\n2\n\n  A quote.\n"),
              "- one goes on\n  1. a\n  2. b\nmore\n- two\n\nterm\nwhat it is\n\nline\nby line\n\nCode:\n\nif a:\n    b\n\n>>> 1 + "
              "1\n2\n\nA quote.");
}

TEST(Rst, KeepsWhatDirectivesSayAndDropsWhatTheyDo) {
    EXPECT_EQ(text_of(R"(.. contents::
   :local:

.. |v| replace:: version *1*
.. _target: http://x
.. A comment
   over two lines

Before |v|.

.. code-block:: python
   :linenos:

   def f():
       pass

.. image:: x.png
   :alt: no

.. figure:: x.png
   :width: 3

   The caption.

.. note:: Mind
   the gap.

   Second.

.. function:: open(name)

   Opens it.

.. [1] The footnote.
)"),
              "Before version 1.\n\ndef f():\n    pass\n\nThe caption.\n\nMind the gap.\n\nSecond.\n\nopen(name)\n\nOpens it.\n\n[1] The "
              "footnote.");
}

TEST(Rst, ReadsTables) {
    EXPECT_EQ(text_of("+-----+------+\n| a   | *b*  |\n|     | more |\n+=====+======+\n| é日 | 2    |\n+-----+------+\n| both       "
                      "|\n+-----+------+\n\nend"),
              "| a | b more |\n| --- | --- |\n| é日 | 2 |\n| both | |\n\nend");
    EXPECT_EQ(text_of("===  =====\na    b\n===  =====\n1    ``2``\n     more\n3    long text\n===  =====\n\nend"),
              "| a | b |\n| --- | --- |\n| 1 | 2 more |\n| 3 | long text |\n\nend");
    EXPECT_EQ(text_of(".. list-table:: Caption\n   :header-rows: 1\n\n   * - a\n     - b\n   * - 1\n       goes on\n     - 2\n\nend"),
              "Caption\n\n| a | b |\n| --- | --- |\n| 1 goes on | 2 |\n\nend");
    EXPECT_EQ(text_of(".. csv-table::\n   :header: a, b\n\n   1, \"x, y\"\n\nend"), "| a | b |\n| --- | --- |\n| 1 | x, y |\n\nend");
}

TEST(Rst, TakesTimeInProportionForWhatIsNotClosed) {
    for (const std::string& rst : {repeated("*a `b ``c |d :e:`f ", 50'000), repeated("=== ===\nx\n", 50'000), repeated("+--+\n", 50'000),
                                   repeated("- ", 100'000) + "x", repeated(".. note::\n", 50'000), repeated("x::\n\n", 50'000),
                                   repeated("a\n=\n", 50'000), repeated("+", 100'000), repeated(":a:`", 100'000),
                                   repeated("+-", 50'000) + "+\n" + repeated("|", 100'000) + "\n" + repeated("+-", 50'000) + "+\n"}) {
        const auto begin = std::chrono::steady_clock::now();
        static_cast<void>(text_of(rst));
        EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5)) << rst.substr(0, 20);
    }
    std::string stairs;
    for (int i = 0; i < 2000; ++i) stairs += std::string(static_cast<std::size_t>(i), ' ') + "- x\n\n";
    EXPECT_FALSE(text_of(stairs).empty());
}

}  // namespace
}  // namespace docmind
