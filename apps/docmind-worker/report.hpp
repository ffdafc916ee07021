#pragma once

namespace docmind {

/// Confines this process for real, tries what must not work, and prints one line per measure: `docmind-worker --check`.
/// Returns the exit code: 0, also where a measure is not available; 1 where one is said to hold and does not.
int report_sandbox();

}  // namespace docmind
