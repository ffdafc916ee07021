#pragma once
// Which commands and environments of LaTeX are of a kind.

#include <array>
#include <string_view>

namespace docmind {

struct LatexSection {
    std::string_view command;
    int level;
};
inline constexpr std::array latex_sections = {
    LatexSection{"part", 0},          LatexSection{"chapter", 1},   LatexSection{"section", 2},     LatexSection{"subsection", 3},
    LatexSection{"subsubsection", 4}, LatexSection{"paragraph", 5}, LatexSection{"subparagraph", 6}};

/// Commands of which so many arguments are not printed.
struct LatexDropped {
    std::string_view command;
    int arguments;
};
inline constexpr std::array latex_dropped = {LatexDropped{"label", 1},
                                             LatexDropped{"index", 1},
                                             LatexDropped{"ref", 1},
                                             LatexDropped{"pageref", 1},
                                             LatexDropped{"eqref", 1},
                                             LatexDropped{"autoref", 1},
                                             LatexDropped{"cref", 1},
                                             LatexDropped{"vspace", 1},
                                             LatexDropped{"hspace", 1},
                                             LatexDropped{"includegraphics", 1},
                                             LatexDropped{"usepackage", 1},
                                             LatexDropped{"RequirePackage", 1},
                                             LatexDropped{"documentclass", 1},
                                             LatexDropped{"input", 1},
                                             LatexDropped{"include", 1},
                                             LatexDropped{"bibliography", 1},
                                             LatexDropped{"bibliographystyle", 1},
                                             LatexDropped{"pagestyle", 1},
                                             LatexDropped{"thispagestyle", 1},
                                             LatexDropped{"pagenumbering", 1},
                                             LatexDropped{"setlength", 2},
                                             LatexDropped{"addtolength", 2},
                                             LatexDropped{"setcounter", 2},
                                             LatexDropped{"addtocounter", 2},
                                             LatexDropped{"renewcommand", 2},
                                             LatexDropped{"providecommand", 2},
                                             LatexDropped{"newenvironment", 3},
                                             LatexDropped{"renewenvironment", 3},
                                             LatexDropped{"newtheorem", 2},
                                             LatexDropped{"hypersetup", 1},
                                             LatexDropped{"addcontentsline", 3},
                                             LatexDropped{"color", 1},
                                             LatexDropped{"textcolor", 1},
                                             LatexDropped{"definecolor", 3},
                                             LatexDropped{"hyphenation", 1},
                                             LatexDropped{"cline", 1},
                                             LatexDropped{"href", 1},
                                             LatexDropped{"hypertarget", 1},
                                             LatexDropped{"hyperlink", 1},
                                             LatexDropped{"thanks", 1},
                                             LatexDropped{"phantom", 1},
                                             LatexDropped{"rule", 2},
                                             LatexDropped{"fontsize", 2},
                                             LatexDropped{"selectlanguage", 1},
                                             LatexDropped{"graphicspath", 1},
                                             LatexDropped{"lstset", 1},
                                             LatexDropped{"raisebox", 1},
                                             LatexDropped{"parbox", 1},
                                             LatexDropped{"makebox", 0},
                                             LatexDropped{"resizebox", 2},
                                             LatexDropped{"nocite", 1},
                                             LatexDropped{"foreignlanguage", 1},
                                             LatexDropped{"geometry", 1},
                                             LatexDropped{"titleformat", 5},
                                             LatexDropped{"DeclareMathOperator", 2}};

inline constexpr std::array<std::string_view, 6> latex_verbatim = {"verbatim", "verbatim*", "Verbatim", "lstlisting", "minted", "alltt"};
inline constexpr std::array<std::string_view, 16> latex_math = {"equation", "equation*", "align",    "align*",    "gather",      "gather*",
                                                                "multline", "multline*", "eqnarray", "eqnarray*", "displaymath", "math",
                                                                "flalign",  "flalign*",  "alignat",  "alignat*"};
inline constexpr std::array<std::string_view, 7> latex_drawings = {"tikzpicture",  "pgfpicture",    "picture", "comment",
                                                                   "filecontents", "filecontents*", "CCSXML"};
inline constexpr std::array<std::string_view, 7> latex_tables = {"tabular",   "tabular*",     "tabularx", "tabulary",
                                                                 "longtable", "supertabular", "array"};

}  // namespace docmind
