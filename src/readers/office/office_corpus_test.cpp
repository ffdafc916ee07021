// Files that LibreOffice and pandoc made (tests/data/make_office.sh), read back and compared with what was written into them.

#include "async/test_support.hpp"
#include "readers/archive/archive.hpp"
#include "readers/test_collect.hpp"
#include "readers/test_zip.hpp"
#include "readers/worker_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

namespace docmind {
namespace {

namespace fs = std::filesystem;
const fs::path corpus = "tests/data/corpus/office";
constexpr double most_wrong = 0.01;  // of the characters

std::string contents(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// White space, however much of it, is one space: CER is about what is written.
std::string folded(const std::string& text) {
    std::string out;
    for (const char c : text) {
        const bool is_white = c == ' ' || c == '\n' || c == '\t';
        if (!is_white || (!out.empty() && out.back() != ' ')) out.push_back(is_white ? ' ' : c);
    }
    if (out.ends_with(' ')) out.pop_back();
    return out;
}

/// Levenshtein's distance of the bytes, by the length of the truth.
double error_rate(const std::string& read, const std::string& truth) {
    std::vector<std::size_t> row(truth.size() + 1);
    for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= read.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= truth.size(); ++j) {
            const std::size_t above = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (read[i - 1] == truth[j - 1] ? 0 : 1)});
            diagonal = above;
        }
    }
    return static_cast<double>(row.back()) / static_cast<double>(std::max<std::size_t>(truth.size(), 1));
}

std::vector<std::string> truth_of(const std::string& name) {
    const fs::path own = corpus / (name + ".txt");
    std::string all = contents(fs::exists(own) ? own : corpus / fs::path(name).replace_extension(".txt"));
    std::vector<std::string> pages(1);
    for (const char c : all) {
        if (c == '\f') {
            pages.emplace_back();
        } else {
            pages.back().push_back(c);
        }
    }
    return pages;
}

std::vector<std::string> headings_of(const Document& document) {
    std::vector<std::string> headings;
    for (const Page& page : document.pages) {
        for (const Heading& heading : page.headings)
            headings.push_back(std::to_string(page.number) + " " + std::to_string(heading.level) + " " + heading.title);
    }
    return headings;
}

class OfficeCorpus : public testing::TestWithParam<const char*> {};

TEST_P(OfficeCorpus, ComesBackAsItWasWritten) {
    const std::string name = GetParam();
    const Document document = test::read(contents(corpus / name), name);
    const std::vector<std::string> truth = truth_of(name);
    ASSERT_EQ(document.pages.size(), truth.size());
    for (std::size_t i = 0; i < truth.size(); ++i) {
        const Page& page = document.pages[i];
        EXPECT_EQ(page.number, static_cast<int>(i) + 1);
        EXPECT_LE(error_rate(folded(page.text), folded(truth[i])), most_wrong) << "page " << page.number << ":\n" << page.text;
        for (const Heading& heading : page.headings) EXPECT_LE(heading.begin, page.text.size());
    }
}

INSTANTIATE_TEST_SUITE_P(Files, OfficeCorpus,
                         testing::Values("report.docx", "report.odt", "report.rtf", "sheet.xlsx", "sheet.ods", "slides.pptx", "slides.odp",
                                         "article.docx", "article.odt", "article.rtf", "article.epub", "article.pptx", "article.md.gz"),
                         [](const auto& info) {
                             std::string name = info.param;
                             std::ranges::replace(name, '.', '_');
                             return name;
                         });

TEST(OfficeCorpusFacts, TablesAreWordForWord) {
    const std::string table =
        "| Sorte | Menge in kg | Preis |\n| --- | --- | --- |\n| Boskoop | 1250 | 2,40 € |\n| Birnen, nicht gewogen | | 3,10 € |";
    for (const char* name : {"report.docx", "report.odt", "report.rtf"})
        EXPECT_THAT(test::read(contents(corpus / name), name).pages.at(0).text, testing::HasSubstr("\n\n" + table + "\n\n")) << name;
    for (const char* name : {"sheet.xlsx", "sheet.ods"})
        EXPECT_EQ(test::read(contents(corpus / name), name).pages.at(0).text, truth_of("sheet.xlsx").at(0)) << name;
}

TEST(OfficeCorpusFacts, HeadingsHaveTheirLevelsAndPages) {
    for (const char* name : {"report.docx", "report.odt", "report.rtf"})
        EXPECT_THAT(headings_of(test::read(contents(corpus / name), name)),
                    testing::ElementsAre("1 1 Jahresbericht der Gärtnerei", "1 1 Ernte im Überblick", "1 2 Schritte der Lagerung",
                                         "2 1 Verkauf auf dem Markt"))
            << name;
    for (const char* name : {"slides.pptx", "slides.odp"})
        EXPECT_THAT(headings_of(test::read(contents(corpus / name), name)),
                    testing::ElementsAre("1 1 Bees in the city", "2 1 What the hives gave"))
            << name;
    for (const char* name : {"sheet.xlsx", "sheet.ods"})
        EXPECT_THAT(headings_of(test::read(contents(corpus / name), name)), testing::ElementsAre("1 1 Ausgaben März", "2 1 Second"))
            << name;
    EXPECT_THAT(headings_of(test::read(contents(corpus / "article.epub"), "a")),
                testing::ElementsAre("1 1 Über das Wandern", "2 1 Der Weg hinauf", "2 2 Die Rast", "3 1 Der Weg hinab"));
}

TEST(OfficeCorpusFacts, MetadataIsThere) {
    for (const char* name : {"report.docx", "report.odt", "report.rtf"}) {
        const Metadata metadata = test::read(contents(corpus / name), name).metadata;
        EXPECT_EQ(metadata.at("title"), "Jahresbericht der Gärtnerei") << name;
        EXPECT_EQ(metadata.at("author"), "Jürgen Müller") << name;
        EXPECT_EQ(metadata.at("created"), "2024-05-01T10:00:00Z") << name;
        EXPECT_EQ(metadata.at("modified"), "2024-05-02T11:30:00Z") << name;
        EXPECT_EQ(metadata.at("subject"), "Ernte und Verkauf") << name;
        EXPECT_EQ(metadata.at("keywords"), "Äpfel") << name;
    }
    const Metadata book = test::read(contents(corpus / "article.epub"), "a").metadata;
    EXPECT_EQ(book.at("author"), "Lena Weiß");
    EXPECT_EQ(book.at("language"), "de-DE");
    EXPECT_EQ(book.at("created"), "2023-09-10T00:00:00Z");
}

TEST(OfficeCorpusFacts, ArchivesAreOneDocument) {
    for (const char* name : {"mixed.zip", "mixed.tar.xz"}) {
        const Document document = test::read(contents(corpus / name), name);
        EXPECT_EQ(document.metadata.at("skipped"), "picture.bin") << name;
        ASSERT_EQ(document.pages.size(), 5u) << name;
        EXPECT_EQ(document.pages[0].headings.at(0).title, "Gärten/report.docx");
        EXPECT_EQ(document.pages[2].headings.at(0).title, "article.md");
        EXPECT_EQ(document.pages[3].headings.at(0).title, "sheet.ods");
        EXPECT_EQ(document.pages[3].headings.at(1).level, 2);
    }
}

/// One of its ranges is dropped, doubled, or put in another place; the same for the same seed.
std::string mutated(std::string bytes, std::mt19937* random) {
    if (bytes.empty()) return bytes;
    const auto at = [&](std::size_t size) { return std::uniform_int_distribution<std::size_t>(0, size - 1)(*random); };
    for (std::size_t changes = at(4) + 1; changes > 0 && !bytes.empty(); --changes) {
        const std::size_t begin = at(bytes.size()), size = at(std::min<std::size_t>(bytes.size() - begin, 200)) + 1;
        const std::string range = bytes.substr(begin, size);
        if (at(3) > 0) bytes.erase(begin, size);
        if (at(3) > 0) bytes.insert(at(bytes.size() + 1), range);
    }
    return bytes;
}

TEST(OfficeCorpusFacts, DamagedFilesAreReadOrRefused) {
    std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): always the same
    std::size_t read = 0, refused = 0;
    const auto count = [&](const std::string& bytes, const std::string& name) {
        const bool failed = test::failure(bytes, name).has_value();
        ++(failed ? refused : read);
    };
    for (const fs::directory_entry& file : fs::directory_iterator(corpus)) {
        const std::string name = file.path().filename(), bytes = contents(file.path());
        if (!bytes.starts_with("PK")) {
            for (int i = 0; i < 100; ++i) count(mutated(bytes, &random), name);
            continue;
        }
        // A damaged part in a sound archive, or else the archive's checks see it first.
        const ReadOptions options;
        ExpansionBudget budget(options, 1 << 20);
        Archive archive(bytes, options, &budget);
        std::vector<test::Packed> parts;
        for (const std::string& part : archive.names()) parts.push_back({part, archive.read(part).value_or("")});
        for (int i = 0; i < 100; ++i) {
            std::vector<test::Packed> changed = parts;
            const std::size_t which = std::uniform_int_distribution<std::size_t>(0, parts.size() - 1)(random);
            changed[which].content = mutated(changed[which].content, &random);
            count(test::zip(changed), name);
        }
    }
    EXPECT_GT(read, 100u);
    EXPECT_GT(refused, 100u);
}

Task<Document> load(std::string name) {
    const auto executor = co_await boost::asio::this_coro::executor;
    WorkerReader reader({.worker_path = DOCMIND_WORKER}, executor);
    Document document = co_await reader.aload({.path = corpus / name, .name = name});
    co_await reader.astop();
    co_return document;
}

TEST(OfficeCorpusFacts, IsReadTheSameInTheSandbox) {
    for (const fs::directory_entry& file : fs::directory_iterator(corpus)) {
        if (file.path().extension() == ".txt") continue;
        const std::string name = file.path().filename();
        const Document document = test::run_task(load(name), std::chrono::seconds(60));
        const Document here = test::read(contents(file.path()), name);
        EXPECT_EQ(document.metadata, here.metadata) << name;
        ASSERT_EQ(document.pages.size(), here.pages.size()) << name;
        for (std::size_t i = 0; i < here.pages.size(); ++i) EXPECT_EQ(document.pages[i].text, here.pages[i].text) << name;
    }
}

}  // namespace
}  // namespace docmind
