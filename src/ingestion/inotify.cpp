#include "ingestion/inotify.hpp"

#include <sys/inotify.h>
#include <unistd.h>
#include <docmind/error.hpp>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace docmind {
namespace {

std::string limit_of(const std::string& file) {
    std::string value;
    std::ifstream(file) >> value;
    return file + (value.empty() ? "" : ", now " + value);
}

}  // namespace

Inotify::Inotify() : descriptor_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
    if (descriptor_) return;
    const int error = errno;
    throw Error(errc::overloaded, std::string("The system watches no further folders for this user: ") + std::strerror(error) + " (raise " +
                                      limit_of("/proc/sys/fs/inotify/max_user_instances") + ")");
}

int Inotify::add(const std::string& folder, bool follow) {
    constexpr std::uint32_t mask = IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE |
                                   IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK;
    const int watch = ::inotify_add_watch(descriptor_.get(), folder.c_str(), mask | (follow ? 0 : IN_DONT_FOLLOW));
    return watch < 0 ? -errno : watch;
}

void Inotify::remove(int watch) {
    ::inotify_rm_watch(descriptor_.get(), watch);
}

std::vector<Inotify::Event> Inotify::read() {
    std::vector<Event> events;
    alignas(inotify_event) char buffer[1 << 16];
    const ssize_t got = ::read(descriptor_.get(), buffer, sizeof buffer);
    for (ssize_t at = 0; at < got;) {
        const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
        events.push_back({.watch = event->wd, .mask = event->mask, .name = event->len > 0 ? std::string(event->name) : std::string()});
        at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
    }
    return events;
}

std::string Inotify::explain_limit() {
    return "the system watches no further folders for this user (raise " + limit_of("/proc/sys/fs/inotify/max_user_watches") + ")";
}

}  // namespace docmind
