#include "async/unix_stream.hpp"

#include "async/test_gate.hpp"
#include "async/when_all.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <cstring>
#include <optional>
#include <string>

namespace docmind {
namespace {

using namespace std::chrono_literals;

Task<> send(UnixStream* stream, std::string bytes, int fd) {
    co_await stream->send_with_descriptor(std::move(bytes), fd);
}

Task<> read_all(UnixStream* stream, std::string* all) {
    for (;;) {
        const std::string part = co_await stream->read_some(4096);
        if (part.empty()) co_return;
        all->append(part);
    }
}

/// Sends to a stream of its own and closes it, reads on the other.
Task<std::string> send_and_read(std::string bytes, int fd) {
    const auto executor = co_await boost::asio::this_coro::executor;
    auto [near_end, far_end] = UnixStream::pair();
    UnixStream reader(executor, std::move(near_end));
    std::optional<UnixStream> writer(std::in_place, executor, std::move(far_end));
    std::string all;
    auto close_after = [](std::optional<UnixStream>* stream, std::string data, int descriptor) -> Task<> {
        co_await send(&**stream, std::move(data), descriptor);
        stream->reset();
    };
    std::vector<Task<>> both;
    both.push_back(close_after(&writer, std::move(bytes), fd));
    both.push_back(read_all(&reader, &all));
    co_await when_all(std::move(both));
    co_return all;
}

Task<std::string> read_from(FileDescriptor end) {
    const auto executor = co_await boost::asio::this_coro::executor;
    UnixStream stream(executor, std::move(end));
    std::string bytes = co_await stream.read_some(100);
    co_return bytes;
}

Task<> send_from(FileDescriptor end, std::string bytes, int fd) {
    const auto executor = co_await boost::asio::this_coro::executor;
    UnixStream stream(executor, std::move(end));
    co_await stream.send_with_descriptor(std::move(bytes), fd);
}

/// The first bytes and the descriptor that came with them, by the kernel's plain call.
std::pair<std::string, FileDescriptor> receive_plainly(int end) {
    char bytes[64] = {};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    iovec part{bytes, sizeof bytes};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t got = ::recvmsg(end, &message, MSG_CMSG_CLOEXEC);
    int fd = -1;
    if (const cmsghdr* header = CMSG_FIRSTHDR(&message)) std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
    return {std::string(bytes, got > 0 ? static_cast<std::size_t>(got) : 0), FileDescriptor(fd)};
}

class UnixStreamTest : public ::testing::Test {
  protected:
    FileDescriptor file{::open("/proc/self/exe", O_RDONLY | O_CLOEXEC)};
};

TEST_F(UnixStreamTest, carries_all_bytes_also_those_that_do_not_fit_at_once) {
    std::string bytes(3'000'000, 'x');
    for (std::size_t i = 0; i < bytes.size(); i += 1001) bytes[i] = static_cast<char>('a' + i % 26);
    EXPECT_EQ(test::run_task(send_and_read(bytes, file.get())), bytes);
}

TEST_F(UnixStreamTest, carries_an_open_file) {
    auto [near_end, far_end] = UnixStream::pair();
    test::run_task(send_from(std::move(near_end), "here it is", file.get()));
    const auto [bytes, received] = receive_plainly(far_end.get());
    EXPECT_EQ(bytes, "here it is");
    ASSERT_TRUE(received);
    EXPECT_NE(received.get(), file.get());
    char magic[4] = {};
    EXPECT_EQ(::pread(received.get(), magic, 4, 0), 4);
    EXPECT_EQ(std::string(magic + 1, 3), "ELF");
}

TEST_F(UnixStreamTest, reads_nothing_at_the_end_of_the_stream) {
    auto [near_end, far_end] = UnixStream::pair();
    far_end = FileDescriptor();
    EXPECT_EQ(test::run_task(read_from(std::move(near_end))), "");
}

TEST_F(UnixStreamTest, reads_nothing_when_the_peer_died_with_unread_data) {
    auto [near_end, far_end] = UnixStream::pair();
    ASSERT_EQ(::write(near_end.get(), "unread", 6), 6);
    far_end = FileDescriptor();
    EXPECT_EQ(test::run_task(read_from(std::move(near_end))), "");
}

TEST_F(UnixStreamTest, throws_and_raises_no_signal_when_the_peer_is_gone) {
    auto [near_end, far_end] = UnixStream::pair();
    far_end = FileDescriptor();
    EXPECT_THROW(test::run_task(send_from(std::move(near_end), "to nobody", file.get())), boost::system::system_error);
}

TEST_F(UnixStreamTest, can_be_cancelled_while_it_waits_for_bytes_and_before) {
    for (const auto time : {0ms, 2ms}) {
        auto [near_end, far_end] = UnixStream::pair();
        test::Run<std::string> run(read_from(std::move(near_end)));
        if (time > 0ms) test::run_for(run, time);
        run.cancel();
        run.finish(5s);
        EXPECT_TRUE(is_cancelled(run.error()));
    }
}

TEST_F(UnixStreamTest, can_be_cancelled_while_a_peer_does_not_read) {
    auto [near_end, far_end] = UnixStream::pair();
    test::Run<void> run(send_from(std::move(near_end), std::string(5'000'000, 'x'), file.get()));
    test::run_for(run, 5ms);
    EXPECT_FALSE(run.ended());
    run.cancel();
    run.finish(5s);
    EXPECT_TRUE(is_cancelled(run.error()));
}

TEST_F(UnixStreamTest, may_be_cancelled_or_destroyed_at_every_await) {
    const std::string bytes(500'000, 'x');
    const int before = ::dup(0);
    ::close(before);
    EXPECT_GE(test::cancel_at_every_await([&] { return send_and_read(bytes, file.get()); }).cancelled, 3u);
    EXPECT_GE(test::destroy_at_every_await([&] { return send_and_read(bytes, file.get()); }), 3u);
    const int after = ::dup(0);
    ::close(after);
    EXPECT_EQ(after, before) << "a descriptor was left open";
}

}  // namespace
}  // namespace docmind
