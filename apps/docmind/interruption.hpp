#pragma once
// "How does Ctrl-C end work so that nothing is left of it?"

#include <docmind/task.hpp>

namespace docmind::cli {

inline constexpr int interrupted = 130;  ///< exit code, as of a shell

/// Runs `work`; SIGINT or SIGTERM cancels it and awaits its end. False where one did.
Task<bool> run_until_signal(Task<> work);

}  // namespace docmind::cli
