// docmind-worker: reads one document for docmind and ends. It is confined before the first byte of the document reaches it.

#include "report.hpp"
#include "sandbox.hpp"

#include "readers/format_reader.hpp"
#include "readers/pdf/pdf_reader.hpp"
#include "readers/pdf/recognizer.hpp"
#include "readers/worker_protocol.hpp"

#include <docmind/error.hpp>

#include <malloc.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using namespace docmind;
namespace protocol = docmind::worker_protocol;

constexpr std::string_view help = R"(docmind-worker reads one document for docmind and ends. docmind starts it; it is of no use on its own.

  docmind-worker --check   show how this machine lets it be confined
  docmind-worker --help    show this
)";

/// The way out, shared by the reader and the heartbeat.
class Output {
  public:
    void send(std::string_view frames) {
        const std::lock_guard lock(mutex_);
        while (!frames.empty()) {
            const ssize_t written = ::write(protocol::worker_descriptor, frames.data(), frames.size());
            if (written < 0 && errno == EINTR) continue;
            // Nobody listens any more.
            if (written < 0) ::_exit(0);
            frames.remove_prefix(static_cast<std::size_t>(written));
        }
    }

    [[noreturn]] void beat() {
        const std::string heartbeat = protocol::encode_heartbeat();
        std::mutex own;
        std::condition_variable never;
        while (true) {
            std::unique_lock lock(own);
            never.wait_for(lock, std::chrono::seconds(1));
            send(heartbeat);
        }
    }

  private:
    std::mutex mutex_;
};

struct Input {
    protocol::Request request;
    int descriptor = -1;
};

/// The request and the file that comes with its first byte; nothing when the parent has gone.
std::optional<Input> receive() {
    Input input;
    protocol::FrameDecoder decoder;
    while (true) {
        char bytes[4096];
        alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
        iovec part{bytes, sizeof bytes};
        msghdr message{};
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        const ssize_t got = ::recvmsg(protocol::worker_descriptor, &message, MSG_CMSG_CLOEXEC);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return std::nullopt;
        const cmsghdr* header = CMSG_FIRSTHDR(&message);
        if (header != nullptr && header->cmsg_type == SCM_RIGHTS)
            std::memcpy(&input.descriptor, CMSG_DATA(header), sizeof input.descriptor);
        decoder.feed({bytes, static_cast<std::size_t>(got)});
        const auto frame = decoder.next();
        if (!frame) continue;
        input.request = protocol::decode_request(frame->payload);
        return input;
    }
}

std::string_view map(int descriptor) {
    struct stat facts{};
    if (::fstat(descriptor, &facts) != 0) throw Error(errc::internal, "The file did not reach the reader process.");
    const auto size = static_cast<std::size_t>(facts.st_size);
    if (size == 0) return {};
    void* bytes = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (bytes == MAP_FAILED) throw std::bad_alloc();
    return {static_cast<const char*>(bytes), size};
}

protocol::Done read(const Input& input, Output* output) {
    protocol::Done done;
    std::uint32_t expected_pages = 0;
    DocumentSink sink;
    sink.expected = [&expected_pages](std::uint32_t pages) { expected_pages = pages; };
    sink.document = [output, &expected_pages](std::string media_type, Metadata metadata) {
        output->send(protocol::encode(protocol::DocumentHeader{std::move(media_type), std::move(metadata), expected_pages}));
    };
    sink.page = [output, &done](Page page) {
        ++done.pages;
        output->send(protocol::encode(page));
    };
    sink.facts = [&done](Metadata facts) { done.facts.merge(std::move(facts)); };
    read_document(map(input.descriptor), input.request.name, input.request.media_type, input.request.options, sink);
    return done;
}

std::string answer(const Input& input, Output* output) {
    try {
        return protocol::encode(read(input, output));
    } catch (const Error& error) {
        return protocol::encode(protocol::Failure{error.code(), error.what()});
    } catch (const std::bad_alloc&) {
        ::_exit(protocol::exit_out_of_memory);
    } catch (const std::exception& error) {
        return protocol::encode(protocol::Failure{errc::internal, std::string("The reader failed on this document: ") + error.what()});
    }
}

/// poppler aborts where malloc fails. Whether that was the reason is asked of the kernel: is there room for a little more?
extern "C" void on_abort(int) {
    constexpr std::size_t little = 16 << 20;
    if (::mmap(nullptr, little, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
        ::_exit(protocol::exit_out_of_memory);
    std::signal(SIGABRT, SIG_DFL);
}

int serve_one_document() {
    ::mallopt(M_ARENA_MAX, 1);  // a second heap would reserve 64 MiB of the limit for the heartbeat's few bytes
    std::signal(SIGABRT, on_abort);
    prepare_pdf();
    prepare_recognition();
    const std::vector<Measure> measures = confine_process({language_data_folder()});
    static Output output;
    // Before the filter: it allows no new threads.
    std::thread([] { output.beat(); }).detach();
    filter_system_calls(measures.back().active);
    const std::optional<Input> input = receive();
    if (!input) return 0;
    output.send(answer(*input, &output));
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view argument = argc > 1 ? argv[1] : "";
    // Here and below, without the destructors and checks of a normal exit: not all of them are allowed any more, and nothing is to be
    // saved.
    if (argument == "--check") ::_exit(docmind::report_sandbox());
    struct stat facts{};
    const bool started_by_docmind = argc == 1 && ::fstat(protocol::worker_descriptor, &facts) == 0 && S_ISSOCK(facts.st_mode);
    if (!started_by_docmind) {
        std::fwrite(help.data(), 1, help.size(), argument == "--help" ? stdout : stderr);
        return argument == "--help" ? 0 : 2;
    }
    ::_exit(serve_one_document());
}
