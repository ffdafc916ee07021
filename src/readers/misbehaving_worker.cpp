// For tests: a docmind-worker that does what the requested file's name says, as one that a document has taken over might.

#include "readers/worker_protocol.hpp"

#include <docmind/node.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>

namespace {

using namespace docmind;
namespace protocol = docmind::worker_protocol;

void send(const std::string& bytes) {
    std::string_view rest = bytes;
    while (!rest.empty()) {
        const auto written = ::write(protocol::worker_descriptor, rest.data(), rest.size());
        if (written <= 0) ::_exit(0);
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
}

void send_page(int number, std::string text) {
    Page page{.number = number, .text = std::move(text)};
    send(protocol::encode(page));
}

std::string receive_name() {
    protocol::FrameDecoder decoder;
    while (true) {
        char bytes[4096];
        const auto got = ::read(protocol::worker_descriptor, bytes, sizeof bytes);
        if (got <= 0) ::_exit(0);
        decoder.feed({bytes, static_cast<std::size_t>(got)});
        if (const auto frame = decoder.next()) return protocol::decode_request(frame->payload).name;
    }
}

[[noreturn]] void beat_forever() {
    while (true) {
        send(protocol::encode_heartbeat());
        std::this_thread::sleep_for(std::chrono::milliseconds(50));  // a process of its own, without a loop
    }
}

void eat_memory() {
    for (std::size_t eaten = 0; eaten < (std::size_t{4} << 30); eaten += 1 << 20) {
        void* volatile block = std::malloc(1 << 20);  // volatile: else the compiler leaves the whole loop out
        if (block == nullptr) ::_exit(protocol::exit_out_of_memory);
        std::memset(block, 1, 1 << 20);
    }
}

}  // namespace

int main() {
    const std::string name = receive_name();
    const std::string header = protocol::encode(protocol::DocumentHeader{"text/plain", {}, 0});
    if (name == "exit") return 3;
    if (name == "crash") std::abort();
    if (name == "silent") ::pause();
    if (name == "close") {
        ::close(protocol::worker_descriptor);
        ::pause();
    }
    if (name == "hang") beat_forever();
    if (name == "memory") eat_memory();
    if (name == "garbage") send("This is no protocol at all, and it goes on for a while.");
    if (name == "environment") {
        send(header);
        std::string text = "environment:";
        for (char** entry = environ; *entry != nullptr; ++entry) text += *entry;
        for (int descriptor = 0; descriptor < 1024; ++descriptor) {
            if (::fcntl(descriptor, F_GETFD) != -1) text += " " + std::to_string(descriptor);
        }
        send_page(1, text);
        send(protocol::encode(protocol::Done{1, {}}));
    }
    if (name == "endless") {
        send(header);
        for (int number = 1;; ++number) send_page(number, std::string(100'000, 'x'));
    }
    if (name == "slow") {
        send(protocol::encode(protocol::DocumentHeader{"text/plain", {}, 10}));
        for (int number = 1; number <= 10; ++number) {
            send_page(number, "page " + std::to_string(number));
            std::this_thread::sleep_for(std::chrono::milliseconds(60));  // a process of its own, without a loop
        }
        send(protocol::encode(protocol::Done{10, {}}));
    }
    return 0;
}
