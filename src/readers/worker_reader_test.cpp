#include "readers/worker_reader.hpp"

#include "async/deadline.hpp"
#include "async/test_gate.hpp"
#include "async/test_support.hpp"
#include "async/when_all.hpp"
#include "readers/pdf/recognizer.hpp"
#include "readers/test_pdf.hpp"

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

namespace docmind {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
namespace fs = std::filesystem;

const fs::path r_manuals = "/usr/share/R/doc/manual";

class WorkerReaderTest : public testing::Test {
  protected:
    WorkerReaderTest() : folder_(fs::path(testing::TempDir()) / ("readers-" + std::to_string(::getpid()))) {
        fs::create_directories(folder_);
    }
    ~WorkerReaderTest() override { fs::remove_all(folder_); }

    SourceFile file(const std::string& name, const std::string& bytes = "x") {
        const fs::path path = folder_ / name;
        std::ofstream(path, std::ios::binary) << bytes;
        return {.path = path, .name = name};
    }

    static WorkerReader::Params real() { return {.worker_path = DOCMIND_WORKER}; }
    static WorkerReader::Params misbehaving() { return {.worker_path = MISBEHAVING_WORKER}; }

    fs::path folder_;
};

Task<Document> load(WorkerReader::Params params, SourceFile file) {
    const auto executor = co_await boost::asio::this_coro::executor;
    WorkerReader reader(std::move(params), executor);
    Document document = co_await reader.aload(std::move(file));
    co_await reader.astop();
    co_return document;
}

struct Outcome {
    std::optional<Document> document;
    errc code{};
    std::string message;
    std::chrono::steady_clock::duration time{};
};

Outcome outcome_of(WorkerReader::Params params, SourceFile file) {
    Outcome outcome;
    const auto begin = std::chrono::steady_clock::now();
    try {
        outcome.document = test::run_task(load(std::move(params), std::move(file)), 60s);
    } catch (const Error& error) {
        outcome.code = error.code();
        outcome.message = error.what();
    }
    outcome.time = std::chrono::steady_clock::now() - begin;
    return outcome;
}

/// Processes that this one has started and that have not been reaped.
std::vector<pid_t> children() {
    std::ifstream list("/proc/self/task/" + std::to_string(::getpid()) + "/children");
    return {std::istream_iterator<pid_t>(list), {}};
}

TEST_F(WorkerReaderTest, reads_a_text_in_a_real_worker) {
    const Outcome outcome = outcome_of(real(), file("a.txt", "Hello\r\n\x1b[31mw\xC3\xB6rld"));
    ASSERT_TRUE(outcome.document) << outcome.message;
    EXPECT_EQ(outcome.document->name, "a.txt");
    EXPECT_EQ(outcome.document->media_type, "text/plain");
    EXPECT_EQ(outcome.document->id, "");
    EXPECT_EQ(outcome.document->pages.at(0).text, "Hello\n[31mwörld");
}

TEST_F(WorkerReaderTest, reads_a_pdf_in_a_real_worker) {
    const Outcome outcome = outcome_of(real(), file("a.pdf", test::make_pdf({test::lines({"Hello there"})})));
    ASSERT_TRUE(outcome.document) << outcome.message;
    EXPECT_EQ(outcome.document->pages.at(0).text, "Hello there");
    EXPECT_EQ(outcome.document->pages.at(0).words.size(), 2u);
}

TEST_F(WorkerReaderTest, reads_every_encoding_though_no_file_can_be_opened) {
    for (const char* name : {"russian.koi8-r.txt", "japanese.shift_jis.txt", "japanese.iso-2022-jp.txt", "chinese.gb18030.txt",
                             "taiwanese.big5.txt", "keeper.utf-16le.txt"}) {
        const std::string language = std::string(name).substr(0, std::string(name).find('.'));
        const Outcome outcome = outcome_of(real(), {.path = fs::path("tests/data/corpus/text") / name, .name = name});
        ASSERT_TRUE(outcome.document) << outcome.message;
        std::ifstream truth("tests/data/corpus/text/" + language + ".txt");
        std::string first_line;
        std::getline(truth, first_line);
        EXPECT_TRUE(outcome.document->pages.at(0).text.starts_with(first_line)) << name;
    }
}

TEST_F(WorkerReaderTest, reads_what_is_attached_to_mail_in_a_real_worker) {
    const Outcome outcome = outcome_of(real(), {.path = "tests/data/corpus/text/handbook.eml", .name = "handbook.eml"});
    ASSERT_TRUE(outcome.document) << outcome.message;
    EXPECT_EQ(outcome.document->pages.size(), 2u);
    EXPECT_EQ(outcome.document->pages.at(1).headings.at(0).title, "Schiffe für Zoë.csv");
}

TEST_F(WorkerReaderTest, reads_a_long_text_whole) {
    std::string text;
    for (int i = 0; i < 500'000; ++i) text += "línea " + std::to_string(i) + "\n";
    const Outcome outcome = outcome_of(real(), file("long.txt", text));
    ASSERT_TRUE(outcome.document) << outcome.message;
    EXPECT_EQ(outcome.document->pages.at(0).text, text);
}

TEST_F(WorkerReaderTest, reads_every_page_and_word_of_a_real_manual) {
    const fs::path path = r_manuals / "R-intro.pdf";
    if (!fs::exists(path)) GTEST_SKIP() << path << " is missing: apt-get install r-doc-pdf";
    const Outcome outcome = outcome_of(real(), {.path = path, .name = "R-intro.pdf"});
    ASSERT_TRUE(outcome.document) << outcome.message;
    EXPECT_GT(outcome.document->pages.size(), 100u);
    std::size_t words = 0;
    bool about_data_frames = false;
    for (const Page& page : outcome.document->pages) {
        EXPECT_GT(page.width, 500);
        EXPECT_GT(page.height, 700);
        about_data_frames = about_data_frames || page.text.find("read.table()") != std::string::npos;
        std::uint32_t end = 0;
        for (const WordBox& word : page.words) {
            ASSERT_GE(word.begin, end);
            ASSERT_GT(word.end, word.begin);
            ASSERT_LE(word.end, page.text.size());
            EXPECT_EQ(page.text.substr(word.begin, word.end - word.begin).find_first_of(" \n"), std::string::npos);
            EXPECT_TRUE(word.x0 >= 0 && word.x1 <= page.width + 1 && word.y0 >= -1 && word.y1 <= page.height + 1);
            end = word.end;
            ++words;
        }
    }
    EXPECT_GT(words, 30'000u);
    EXPECT_TRUE(about_data_frames);
}

TEST_F(WorkerReaderTest, passes_on_what_the_reader_says_of_a_bad_file) {
    EXPECT_EQ(outcome_of(real(), file("empty.txt", "")).code, errc::empty_document);
    EXPECT_EQ(outcome_of(real(), file("blank.txt", " \n ")).code, errc::empty_document);
    EXPECT_EQ(outcome_of(real(), file("a.zip", "PK\x03\x04 and so on")).code, errc::corrupt);
    EXPECT_EQ(outcome_of(real(), file("broken.pdf", "%PDF-1.7\ngarbage")).code, errc::corrupt);
    EXPECT_EQ(outcome_of(real(), file("empty.pdf", test::make_pdf({""}))).code, errc::empty_document);
    EXPECT_EQ(outcome_of(real(), {.path = "tests/data/encrypted.pdf", .name = "a.pdf"}).code, errc::encrypted);
}

TEST_F(WorkerReaderTest, refuses_what_is_not_a_file_without_starting_a_worker) {
    EXPECT_EQ(outcome_of(real(), {.path = folder_ / "nothing", .name = "x"}).code, errc::not_found);
    EXPECT_EQ(outcome_of(real(), {.path = folder_, .name = "x"}).code, errc::invalid_argument);
    ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
    EXPECT_EQ(outcome_of(real(), {.path = folder_ / "pipe", .name = "x"}).code, errc::invalid_argument);
}

TEST_F(WorkerReaderTest, says_which_program_is_missing) {
    const Outcome outcome = outcome_of({.worker_path = folder_ / "no-such-worker"}, file("a.txt"));
    EXPECT_EQ(outcome.code, errc::unavailable);
    EXPECT_THAT(outcome.message, HasSubstr("no-such-worker"));
}

TEST_F(WorkerReaderTest, gives_a_worker_neither_environment_nor_open_files) {
    ::setenv("DOCMIND__LLM__API_KEY", "canary-key", 1);
    const Outcome outcome = outcome_of(misbehaving(), file("environment"));
    ASSERT_TRUE(outcome.document) << outcome.message;
    EXPECT_EQ(outcome.document->pages.at(0).text, "environment: 0 1 2 3");
}

TEST_F(WorkerReaderTest, fails_a_document_on_which_two_workers_died) {
    for (const char* name : {"crash", "exit", "close"}) {
        const Outcome outcome = outcome_of(misbehaving(), file(name));
        EXPECT_EQ(outcome.code, errc::internal) << name;
        EXPECT_THAT(outcome.message, HasSubstr("The reader crashed on this document")) << name;
    }
}

TEST_F(WorkerReaderTest, takes_garbage_for_what_it_is) {
    const Outcome outcome = outcome_of(misbehaving(), file("garbage"));
    EXPECT_EQ(outcome.code, errc::internal);
    EXPECT_THAT(outcome.message, HasSubstr("nonsense"));
}

TEST_F(WorkerReaderTest, stops_a_worker_that_sends_without_end) {
    auto params = misbehaving();
    params.max_text_bytes = 20 << 20;
    const Outcome outcome = outcome_of(params, file("endless"));
    EXPECT_EQ(outcome.code, errc::too_large);
    EXPECT_THAT(outcome.message, HasSubstr("20 MiB"));
}

TEST_F(WorkerReaderTest, stops_a_worker_that_takes_too_long) {
    auto params = misbehaving();
    params.max_document_time = 300ms;
    const Outcome outcome = outcome_of(params, file("hang"));
    EXPECT_EQ(outcome.code, errc::timeout);
    EXPECT_THAT(outcome.message, HasSubstr("300 ms"));
    EXPECT_LT(outcome.time, 3s);
}

TEST_F(WorkerReaderTest, gives_each_page_its_own_time) {
    auto params = misbehaving();
    params.max_document_time = 400ms;  // ten pages, 60 ms apart
    const Outcome outcome = outcome_of(params, file("slow"));
    ASSERT_TRUE(outcome.document) << outcome.message;
    EXPECT_EQ(outcome.document->pages.size(), 10u);
    EXPECT_GT(outcome.time, 500ms);
    params.max_total_time = 300ms;
    const Outcome stopped = outcome_of(params, file("slow"));
    EXPECT_EQ(stopped.code, errc::timeout);
    EXPECT_THAT(stopped.message, HasSubstr("300 ms"));
    EXPECT_THAT(stopped.message, HasSubstr("ingestion.max_total_seconds"));
}

TEST_F(WorkerReaderTest, tells_how_far_it_is) {
    SourceFile source = file("slow");
    std::vector<int> done;
    source.progress = [&done](int pages, int total) {
        done.push_back(pages);
        EXPECT_EQ(total, 10);
    };
    ASSERT_TRUE(outcome_of(misbehaving(), source).document);
    ASSERT_GE(done.size(), 2u);
    EXPECT_TRUE(std::ranges::is_sorted(done));
    EXPECT_LE(done.back(), 10);
}

TEST_F(WorkerReaderTest, recognises_a_scan_in_a_real_worker) {
    if (language_data_folder().empty()) GTEST_SKIP() << "there is no language data: apt-get install tesseract-ocr-eng";
    for (const char* name : {"scan.png", "scan.pdf", "scan.tif", "scan.webp", "scan.jpg"}) {
        const Outcome outcome = outcome_of(real(), {.path = std::string("tests/data/corpus/pdf/") + name, .name = name});
        ASSERT_TRUE(outcome.document) << name << ": " << outcome.message;
        EXPECT_THAT(outcome.document->pages.at(0).text, HasSubstr("Twice a day the tide lifts the mud banks"));
        EXPECT_EQ(outcome.document->metadata.at("ocr"), "tesseract eng");
        EXPECT_GT(std::stoi(outcome.document->metadata.at("ocr_confidence")), 80);
    }
}

TEST_F(WorkerReaderTest, gives_up_on_workers_that_fall_silent) {
    auto params = misbehaving();
    params.heartbeat_timeout = 200ms;
    const Outcome outcome = outcome_of(params, file("silent"));
    EXPECT_EQ(outcome.code, errc::internal);
    EXPECT_THAT(outcome.message, HasSubstr("stopped answering"));
    EXPECT_LT(outcome.time, 3s);
}

TEST_F(WorkerReaderTest, ends_a_worker_that_eats_memory) {
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    GTEST_SKIP() << "there is no memory limit under the sanitizers";
#endif
#endif
    auto params = misbehaving();
    params.max_memory_bytes = 128 << 20;
    const Outcome outcome = outcome_of(params, file("memory"));
    EXPECT_EQ(outcome.code, errc::too_large);
    EXPECT_THAT(outcome.message, HasSubstr("128 MiB of memory"));
}

TEST_F(WorkerReaderTest, says_that_a_real_document_needs_too_much_memory) {
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    GTEST_SKIP() << "there is no memory limit under the sanitizers";
#endif
#endif
    auto params = real();
    params.max_memory_bytes = 160 << 20;
    const Outcome outcome = outcome_of(params, file("big.txt", std::string(150 << 20, 'x')));
    EXPECT_EQ(outcome.code, errc::too_large) << outcome.message;
}

/// A load under way, whose workers the test may reach.
struct Loading {
    explicit Loading(WorkerReader::Params params, SourceFile file) : run(start(this, std::move(params), std::move(file))) {}

    static Task<Document> start(Loading* self, WorkerReader::Params params, SourceFile file) {
        const auto executor = co_await boost::asio::this_coro::executor;
        self->reader = std::make_unique<WorkerReader>(std::move(params), executor);
        Document document = co_await self->reader->aload(std::move(file));
        co_await self->reader->astop();
        co_return document;
    }

    pid_t wait_for_worker(pid_t other_than = 0) {
        pid_t found = 0;
        test::run_until(run, [&] {
            for (const pid_t child : children()) found = child != other_than ? child : found;
            return found != 0;
        });
        test::run_for(run, 100ms);
        return found;
    }

    std::unique_ptr<WorkerReader> reader;
    test::Run<Document> run;
};

TEST_F(WorkerReaderTest, reads_a_document_whose_first_worker_was_killed_from_outside) {
    Loading loading(misbehaving(), file("slow"));
    const pid_t first = loading.wait_for_worker();
    ::kill(first, SIGKILL);
    const pid_t second = loading.wait_for_worker(first);
    EXPECT_NE(second, first);
    loading.run.finish();
    EXPECT_EQ(loading.run.take().pages.size(), 10u);
}

TEST_F(WorkerReaderTest, fails_a_document_whose_second_worker_was_killed_too) {
    Loading loading(misbehaving(), file("slow"));
    const pid_t first = loading.wait_for_worker();
    ::kill(first, SIGKILL);
    ::kill(loading.wait_for_worker(first), SIGTERM);
    loading.run.finish();
    try {
        loading.run.take();
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), errc::internal);
        EXPECT_THAT(error.what(), HasSubstr("signal 15"));
    }
}

TEST_F(WorkerReaderTest, replaces_a_real_worker_that_was_stopped) {
    auto params = real();
    params.heartbeat_timeout = 3s;
    const fs::path path = r_manuals / "R-exts.pdf";
    if (!fs::exists(path)) GTEST_SKIP() << path << " is missing: apt-get install r-doc-pdf";
    Loading loading(params, {.path = path, .name = "R-exts.pdf"});
    ::kill(loading.wait_for_worker(), SIGSTOP);
    loading.run.finish(60s);
    EXPECT_GT(loading.run.take().pages.size(), 200u);
}

TEST_F(WorkerReaderTest, hears_a_real_worker_that_is_slow_but_alive) {
    auto params = real();
    params.heartbeat_timeout = 3s;  // the worker says something every second, even while it parses
    const Outcome outcome = outcome_of(params, file("a.txt", "text"));
    EXPECT_TRUE(outcome.document) << outcome.message;
}

TEST_F(WorkerReaderTest, catches_a_stopped_worker_within_ten_seconds_by_default) {
    EXPECT_LE(WorkerReader::Params{}.heartbeat_timeout, 10s);
    EXPECT_GE(WorkerReader::Params{}.heartbeat_timeout, 3s) << "a busy machine delays the heartbeat of each second";
}

TEST_F(WorkerReaderTest, kills_the_worker_of_a_cancelled_load) {
    Loading loading(misbehaving(), file("hang"));
    const pid_t worker = loading.wait_for_worker();
    EXPECT_EQ(loading.reader->running(), 1u);
    loading.run.cancel();
    loading.run.finish();
    EXPECT_TRUE(is_cancelled(loading.run.error()));
    EXPECT_EQ(loading.reader->running(), 0u);
    EXPECT_EQ(::kill(worker, 0), -1) << "the process has been reaped";
    EXPECT_THAT(children(), testing::IsEmpty());
}

TEST_F(WorkerReaderTest, can_be_cancelled_at_every_point) {
    const SourceFile source = file("a.txt", "text");
    const auto sweep =
        test::cancel_at_every_await([&] { return load(real(), source); }, [] { EXPECT_THAT(children(), testing::IsEmpty()); });
    EXPECT_GT(sweep.cancelled, 3u);
}

TEST_F(WorkerReaderTest, leaves_no_process_when_the_loop_ends_at_any_point) {
    const SourceFile source = file("a.txt", "text");
    test::destroy_at_every_await([&] { return load(real(), source); }, [] { EXPECT_THAT(children(), testing::IsEmpty()); });
}

Task<std::size_t> load_all(WorkerReader::Params params, std::vector<SourceFile> files, std::size_t* most) {
    const auto executor = co_await boost::asio::this_coro::executor;
    WorkerReader reader(std::move(params), executor);
    std::vector<Task<Document>> loads;
    for (auto& file : files) loads.push_back(reader.aload(std::move(file)));
    Scope watching(executor);
    bool done = false;
    const auto watch = [](WorkerReader* watched, std::size_t* result, bool* end) -> Task<> {
        while (!*end) {
            *result = std::max(*result, watched->running());
            co_await sleep_for(1ms);
        }
    };
    watching.spawn(watch(&reader, most, &done));
    const auto documents = co_await when_all(std::move(loads));
    done = true;
    co_await watching.close(1s);
    co_await reader.astop();
    co_return documents.size();
}

TEST_F(WorkerReaderTest, runs_no_more_workers_at_once_than_it_is_told) {
    auto params = real();
    params.workers = 3;
    std::vector<SourceFile> files;
    for (int i = 0; i < 30; ++i) files.push_back(file("text" + std::to_string(i) + ".txt", "text"));
    std::size_t most = 0;
    EXPECT_EQ(test::run_task(load_all(params, files, &most)), 30u);
    EXPECT_LE(most, 3u);
    EXPECT_GE(most, 2u);
}

Task<> stop_while_loading(WorkerReader::Params params, SourceFile file) {
    const auto executor = co_await boost::asio::this_coro::executor;
    WorkerReader reader(std::move(params), executor);
    std::optional<errc> code;
    Scope loads(executor);
    const auto load_one = [](WorkerReader* target, SourceFile source, std::optional<errc>* result) -> Task<> {
        try {
            co_await target->aload(std::move(source));
        } catch (const Error& error) {
            *result = error.code();
        }
    };
    loads.spawn(load_one(&reader, file, &code));
    co_await sleep_for(100ms);
    EXPECT_EQ(reader.running(), 1u);
    co_await reader.astop();
    co_await loads.close(2s);
    EXPECT_EQ(code, errc::unavailable);
    EXPECT_THAT(children(), testing::IsEmpty());
    code.reset();
    co_await load_one(&reader, file, &code);
    EXPECT_EQ(code, errc::unavailable) << "later loads are refused";
}

TEST_F(WorkerReaderTest, kills_its_workers_when_it_is_stopped) {
    test::run_task(stop_while_loading(misbehaving(), file("hang")));
}

TEST_F(WorkerReaderTest, refuses_parameters_that_make_no_sense) {
    boost::asio::io_context io;
    EXPECT_THROW(WorkerReader({.worker_path = "x", .workers = 0}, io.get_executor()), Error);
    EXPECT_THROW(WorkerReader({.worker_path = "x", .max_document_time = 0ms}, io.get_executor()), Error);
}

}  // namespace
}  // namespace docmind
