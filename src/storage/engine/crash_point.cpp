#include "storage/engine/crash_point.hpp"

#include <atomic>

namespace docmind {
namespace {

std::atomic<void (*)(std::string_view)> installed{nullptr};

}  // namespace

void crash_point(CrashPoint point) noexcept {
    if (auto* handler = installed.load(std::memory_order_relaxed)) handler(point.name());
}

void on_crash_point(void (*handler)(std::string_view)) noexcept {
    installed.store(handler);
}

std::span<const std::string_view> crash_points() noexcept {
    return crash_point_list;
}

}  // namespace docmind
