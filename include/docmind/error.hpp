#pragma once
// The one error type. Library errors are translated once, in the class that calls the library.

#include <stdexcept>
#include <string>
#include <string_view>

namespace docmind {

/// Why an operation failed, as far as a caller can act on it.
enum class errc {
    invalid_argument,    ///< the caller's input is wrong; the message says what to change
    unauthorized,        ///< a token is missing or wrong
    forbidden,           ///< this origin or host may not do that
    not_found,           ///< no such document, session, page or route
    method_not_allowed,  ///< the route exists, the method does not
    conflict,            ///< the state does not allow it now
    too_large,           ///< a limit of the configuration was passed
    unsupported,         ///< a media type that no reader understands
    empty_document,      ///< zero bytes, zero pages or no text
    encrypted,           ///< the document asks for a password
    corrupt,             ///< the bytes are damaged
    overloaded,          ///< a queue or limiter is full; try again later
    timeout,             ///< a deadline passed
    unavailable,         ///< a model or backend cannot be reached
    backend,             ///< a backend answered with an error or with nonsense
    storage,             ///< the data directory cannot be read or written
    storage_full,        ///< no space left in the data directory
    internal,            ///< a defect of DocMind
};

/// The error's stable name, as it stands in problem documents ("not_found").
[[nodiscard]] std::string_view to_string(errc code) noexcept;

/// The one exception type. `what()` is a sentence for the user: what happened and what to do.
class Error : public std::runtime_error {
  public:
    Error(errc code, const std::string& message) : std::runtime_error(message), code_(code) {}
    [[nodiscard]] errc code() const noexcept { return code_; }

  private:
    errc code_;
};

}  // namespace docmind
