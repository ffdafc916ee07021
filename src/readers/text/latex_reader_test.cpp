#include "readers/text/latex_reader.hpp"

#include "readers/page_writer.hpp"
#include "readers/test_collect.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace docmind {
namespace {

std::string text_of(std::string_view latex) {
    PageWriter writer;
    read_latex_into(latex, writer);
    return writer.take(1).text;
}

std::string repeated(const std::string& part, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += part;
    return all;
}

TEST(Latex, IsWhatItWouldPrint) {
    const Document document = test::read(R"(% comment
\documentclass[12pt]{article}
\usepackage{x}
\newcommand{\name}{DocMind}
\title{The \emph{title}\thanks{nobody}}
\author{Ann \and Bob}
\date{May 1, 2024}
\begin{document}
\maketitle
\section*{One \texorpdfstring{$x$}{x}}\label{sec:one}
Text with 100\,\% \textbf{bold {\it and} italic}, % dropped
a \name{} footnote\footnote{See \cite[p.~3]{knuth}.} -- and --- ``quotes''.

\subsection{Two}
\begin{itemize}
  \item one
  \item[\textbf{B}] two
    \begin{enumerate}\item first\end{enumerate}
\end{itemize}
Math $a_1 < b$ and \[ x^2 \] and \begin{equation} y \end{equation}
\begin{verbatim}
  if a: % no comment
    \b
\end{verbatim}
\verb|\x{| \href{http://x}{link} \url{http://y_z} \includegraphics[width=3cm]{x.png}
\end{document}
After.
)",
                                         "a.tex");
    EXPECT_EQ(document.media_type, "text/x-tex");
    EXPECT_EQ(document.metadata.at("title"), "The title");
    EXPECT_EQ(document.metadata.at("author"), "Ann , Bob");
    const Page& page = document.pages.at(0);
    EXPECT_EQ(page.text,
              "The title\n\nAnn , Bob\n\nMay 1, 2024\n\nOne $x$\n\nText with 100 % bold and italic, a DocMind footnote [See [knuth].] – "
              "and — “quotes”.\n\n"
              "Two\n\n- one\n- B two\n  1. first\n\nMath $a_1 < b$ and\n\n x^2\n\nand\n\n y\n\n  if a: % no comment\n    \\b\n\n\\x{ link "
              "http://y_z");
    ASSERT_EQ(page.headings.size(), 3u);
    EXPECT_EQ(page.headings[1].title, "One $x$");
    EXPECT_EQ(page.headings[2].level, 2);
}

TEST(Latex, PutsAccentsOnLetters) {
    EXPECT_EQ(
        text_of("\\\"u \\'{e} \\v{c} \\^\\i{} \\c c \\~n \\H{o} \\k a \\.z \\=a \\u{g} \\r{a} \\ss{} \\o{} \\AE{} \\l{} \\'x \\\"{\\i}"),
        "ü é č î ç ñ ő ą ż ā ğ å ß ø Æ ł x́ ï");
    EXPECT_EQ(text_of("a\\&b 5\\% \\$3 \\#1 x\\_y \\{z\\} \\textbackslash{} ?`no?' \\ldots"), "a&b 5% $3 #1 x_y {z} \\ ¿no?’ …");
}

TEST(Latex, ReadsTables) {
    EXPECT_EQ(
        text_of(
            "\\begin{table}[h]\\caption{Cap}\\begin{tabular}{l|r}\\hline a & b \\\\ \\hline\\hline\n\\multicolumn{2}{c}{wide} \\\\[2pt]\n"
            "1 & \\& 2 \\\\ \\end{tabular}\\end{table} end"),
        "Cap\n\n| a | b |\n| --- | --- |\n| wide | |\n| 1 | & 2 |\n\nend");
    EXPECT_EQ(text_of("a & b \\\\ c"), "a & b\nc");
}

TEST(Latex, KnowsChapters) {
    const Document document = test::read("\\documentclass{book}\\begin{document}\\chapter{One}\\section{Two}x", "a");
    ASSERT_EQ(document.pages.at(0).headings.size(), 2u);
    EXPECT_EQ(document.pages[0].headings[0].level, 1);
    EXPECT_EQ(document.pages[0].headings[1].level, 2);
}

TEST(Latex, DefinesOnlyWords) {
    EXPECT_EQ(
        text_of(
            "\\newcommand{\\a}{\\a\\a\\a}\\newcommand{\\w}[1]{x #1}\\newcommand*\\word{word}\\def\\z#1{{a}b}\\a{}t \\w{y} \\word{} \\z{q}"),
        "t y word q");
}

TEST(Latex, SurvivesWhatIsNotClosed) {
    for (const std::string& latex : {repeated("{", 100'000),
                                     repeated("\\section{", 50'000),
                                     repeated("\\begin{itemize}", 50'000),
                                     repeated("\\begin{tabular}{", 50'000),
                                     repeated("$", 99'999) + "x",
                                     repeated("\\title{", 50'000),
                                     repeated("\\footnote{", 50'000),
                                     repeated("\\label{", 50'000),
                                     repeated("\\begin{verbatim}", 50'000),
                                     repeated("\\item[", 50'000),
                                     repeated("\\[", 50'000),
                                     repeated("\\x[", 50'000),
                                     repeated("}", 100'000),
                                     repeated("\\begin{tabular}{l}", 20'000) + repeated("a&\\\\", 20'000),
                                     std::string("\\"),
                                     std::string("\\verb"),
                                     std::string("\\'"),
                                     std::string("\\newcommand"),
                                     std::string("\\def"),
                                     repeated("\\end{document}", 10),
                                     repeated("\\texorpdfstring{a}", 20'000)}) {
        const auto begin = std::chrono::steady_clock::now();
        static_cast<void>(text_of(latex));
        EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5)) << latex.substr(0, 20);
    }
}

}  // namespace
}  // namespace docmind
