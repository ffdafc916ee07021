#pragma once
// Named places where a test ends the process as a power cut would. The code is the one that is shipped: a point does nothing until a
// test program installs a handler, and no setting or environment variable can install one.

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace docmind {

inline constexpr auto crash_point_list = std::to_array<std::string_view>({"storage.restore.before_move",
                                                                          "storage.restore.after_commit",
                                                                          "storage.migrate.before_commit",
                                                                          "storage.space.before_commit",
                                                                          "storage.next_space.before_begin",
                                                                          "storage.next_space.before_give_up",
                                                                          "storage.next_space.before_put",
                                                                          "storage.next_space.before_finish",
                                                                          "storage.next_space.after_finish",
                                                                          "storage.create.before_commit",
                                                                          "storage.create.after_commit",
                                                                          "storage.update.before_commit",
                                                                          "storage.update.after_commit",
                                                                          "storage.add.begin",
                                                                          "storage.add.old_removed",
                                                                          "storage.add.page",
                                                                          "storage.add.node",
                                                                          "storage.add.before_commit",
                                                                          "storage.add.after_commit",
                                                                          "storage.remove.begin",
                                                                          "storage.remove.before_commit",
                                                                          "storage.remove.after_commit",
                                                                          "storage.requeue.before_commit",
                                                                          "storage.replace.before_commit",
                                                                          "storage.claim.before_commit",
                                                                          "storage.session.before_commit",
                                                                          "storage.session.before_removal",
                                                                          "storage.message.before_commit",
                                                                          "storage.message.after_commit",
                                                                          "storage.branch.before_commit",
                                                                          "storage.snapshot.before_rename",
                                                                          "storage.snapshot.after_rename",
                                                                          "storage.close",
                                                                          "storage.close.after_checkpoint"});

/// A name of the list above; another name does not compile.
class CrashPoint {
  public:
    consteval CrashPoint(const char* name) : name_(name) {
        if (std::ranges::find(crash_point_list, std::string_view(name)) == crash_point_list.end()) throw "not in crash_point_list";
    }
    [[nodiscard]] std::string_view name() const noexcept { return name_; }

  private:
    std::string_view name_;
};

/// Tells the handler, where a test installed one; else does nothing.
void crash_point(CrashPoint point) noexcept;

/// For test programs only, before any other thread runs: `handler` is called at every point that is passed, on the thread that passes it.
void on_crash_point(void (*handler)(std::string_view name)) noexcept;

/// Every point there is.
[[nodiscard]] std::span<const std::string_view> crash_points() noexcept;

}  // namespace docmind
