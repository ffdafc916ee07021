#include "readers/text/code_language.hpp"

#include "readers/sniff.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace docmind {

namespace {

using enum OutlineStyle;

constexpr std::array languages = {
    CodeLanguage{"C", "text/x-c", braces, "c h", ""},
    CodeLanguage{"C++", "text/x-c++", braces, "cpp cc cxx hpp hh hxx ipp tpp inl cppm ixx cu", ""},
    CodeLanguage{"Java", "text/x-java", braces, "java", ""},
    CodeLanguage{"Kotlin", "text/x-kotlin", braces, "kt kts", ""},
    CodeLanguage{"Scala", "text/x-scala", braces, "scala", "scala"},
    CodeLanguage{"Swift", "text/x-swift", braces, "swift", "swift"},
    CodeLanguage{"C#", "text/x-csharp", braces, "cs", ""},
    CodeLanguage{"JavaScript", "text/javascript", braces, "js mjs cjs jsx", "node deno bun", "", false, true},
    CodeLanguage{"TypeScript", "text/x-typescript", braces, "ts tsx mts cts", "ts-node", "", false, true},
    CodeLanguage{"Go", "text/x-go", braces, "go", ""},
    CodeLanguage{"Rust", "text/x-rust", braces, "rs", ""},
    CodeLanguage{"PHP", "text/x-php", braces, "php phtml", "php", "", true, true},
    CodeLanguage{"Perl", "text/x-perl", keywords, "pl pm", "perl", "sub package"},
    CodeLanguage{"Python", "text/x-python", indented, "py pyw pyi", "python python2 python3 pypy pypy3"},
    CodeLanguage{"Ruby", "text/x-ruby", keywords, "rb rake gemspec", "ruby", "class module def"},
    CodeLanguage{"R", "text/x-r", assigned, "r", "Rscript"},
    CodeLanguage{"Julia", "text/x-julia", keywords, "jl", "julia", "function struct module macro abstract"},
    CodeLanguage{"Lua", "text/x-lua", keywords, "lua", "lua luajit", "function local"},
    CodeLanguage{"Haskell", "text/x-haskell", keywords, "hs", "runhaskell", "module data newtype class instance type"},
    CodeLanguage{"SQL", "application/sql", keywords, "sql ddl", "", "create alter"},
    CodeLanguage{"Shell", "text/x-shellscript", shell, "sh bash zsh ksh", "sh bash dash zsh ksh"},
    CodeLanguage{"PowerShell", "text/x-powershell", keywords, "ps1 psm1", "pwsh", "function class"},
    CodeLanguage{"CSS", "text/css", none, "css scss sass less", ""},
    CodeLanguage{"YAML", "application/yaml", none, "yaml yml", ""},
    CodeLanguage{"TOML", "application/toml", sections, "toml", ""},
    CodeLanguage{"INI", "text/x-ini", sections, "ini cfg conf desktop service", ""},
    CodeLanguage{"CMake", "text/x-cmake", keywords, "cmake", "", "function macro"},
    CodeLanguage{"Makefile", "text/x-makefile", none, "mk mak", "make"},
    CodeLanguage{"Assembler", "text/x-asm", none, "s asm", ""},
    CodeLanguage{"Fortran", "text/x-fortran", keywords, "f f90 f95 f03 for", "", "program subroutine function module"},
    CodeLanguage{"Pascal", "text/x-pascal", keywords, "pas", "", "program unit procedure function"},
    CodeLanguage{"Protocol Buffers", "text/x-protobuf", braces, "proto", ""},
    CodeLanguage{"GraphQL", "text/x-graphql", keywords, "graphql gql", "", "type input interface enum scalar query mutation"},
    CodeLanguage{"Diff", "text/x-diff", keywords, "diff patch", "", "diff ---"},
};

template <class Matches>
const CodeLanguage* find(Matches matches) {
    const auto found = std::ranges::find_if(languages, matches);
    return found == languages.end() ? nullptr : &*found;
}

const CodeLanguage* named(std::string_view name) {
    const std::string lower = ascii_lower(name);
    return find([&](const CodeLanguage& language) { return ascii_lower(language.name) == lower || is_listed(language.extensions, lower); });
}

/// "#!/usr/bin/env -S python3 -u" is "python3".
const CodeLanguage* by_interpreter(std::string_view line) {
    line.remove_prefix(2);
    while (!line.empty()) {
        const auto first = line.find_first_not_of(" \t");
        if (first == std::string_view::npos) break;
        line.remove_prefix(first);
        std::string_view word = line.substr(0, line.find_first_of(" \t\r"));
        line.remove_prefix(word.size());
        if (!line.empty() && line.front() == '\r') line.remove_prefix(1);
        word = word.substr(word.rfind('/') == std::string_view::npos ? 0 : word.rfind('/') + 1);
        if (word == "env" || word.starts_with('-')) continue;
        // "python3.11" is "python3".
        const std::string_view base = word.substr(0, word.find('.'));
        return find([&](const CodeLanguage& language) { return is_listed(language.interpreters, base); });
    }
    return nullptr;
}

/// "-*- mode: python -*-", "-*- C++ -*-" or "vim: ft=python", in the first lines.
const CodeLanguage* by_mode_line(std::string_view text) {
    const std::string_view head = text.substr(0, 500);
    std::string_view mode;
    if (const auto begin = head.find("-*-"); begin != std::string_view::npos) {
        const auto end = head.find("-*-", begin + 3);
        if (end == std::string_view::npos) return nullptr;
        mode = head.substr(begin + 3, end - begin - 3);
        if (const auto at = ascii_lower(mode).find("mode:"); at != std::string::npos) {
            mode.remove_prefix(at + 5);
        } else if (mode.find(':') != std::string_view::npos) {
            return nullptr;
        }
    } else if (const auto vim = head.find("vim:"); vim != std::string_view::npos) {
        const std::string_view line = head.substr(vim, head.find('\n', vim) - vim);
        const auto at = line.find("ft=");
        if (at == std::string_view::npos) return nullptr;
        mode = line.substr(at + 3, line.find_first_of(" :", at) - at - 3);
    }
    const auto first = mode.find_first_not_of(' ');
    if (first == std::string_view::npos) return nullptr;
    mode.remove_prefix(first);
    return named(mode.substr(0, mode.find_first_of(" ;")));
}

}  // namespace

bool is_listed(std::string_view words, std::string_view word) {
    while (!words.empty()) {
        const std::string_view next = words.substr(0, words.find(' '));
        if (next == word) return !word.empty();
        words.remove_prefix(std::min(words.size(), next.size() + 1));
    }
    return false;
}

const CodeLanguage* code_language(std::string_view text, std::string_view extension) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    if (text.starts_with("#!")) {
        if (const auto* language = by_interpreter(text.substr(0, text.find('\n'))); language != nullptr) return language;
    }
    if (text.starts_with("<?php")) return named("php");
    if (const auto* language = by_mode_line(text); language != nullptr) return language;
    if (const auto* language = find([&](const CodeLanguage& each) { return is_listed(each.extensions, extension); }); language != nullptr) {
        // A header may be of either.
        const bool may_be_cpp = language->name == "C" && extension == "h";
        const bool is_cpp = text.find("\nclass ") != std::string_view::npos || text.find("\nnamespace ") != std::string_view::npos ||
                            text.find("\ntemplate") != std::string_view::npos || text.find("std::") != std::string_view::npos;
        return may_be_cpp && is_cpp ? named("c++") : language;
    }
    if (extension.empty() && (text.starts_with("#include <") || text.starts_with("#include \"")))
        return named(text.find("std::") != std::string_view::npos ? "c++" : "c");
    return nullptr;
}

const CodeLanguage* code_language_of_media_type(std::string_view media_type) {
    return find([&](const CodeLanguage& language) { return language.media_type == media_type; });
}

}  // namespace docmind
