#include <docmind/error.hpp>

namespace docmind {

std::string_view to_string(errc code) noexcept {
    switch (code) {
        case errc::invalid_argument: return "invalid_argument";
        case errc::unauthorized: return "unauthorized";
        case errc::forbidden: return "forbidden";
        case errc::not_found: return "not_found";
        case errc::method_not_allowed: return "method_not_allowed";
        case errc::conflict: return "conflict";
        case errc::too_large: return "too_large";
        case errc::unsupported: return "unsupported";
        case errc::empty_document: return "empty_document";
        case errc::encrypted: return "encrypted";
        case errc::corrupt: return "corrupt";
        case errc::overloaded: return "overloaded";
        case errc::timeout: return "timeout";
        case errc::unavailable: return "unavailable";
        case errc::backend: return "backend";
        case errc::storage: return "storage";
        case errc::storage_full: return "storage_full";
        case errc::internal: return "internal";
    }
    return "internal";
}

}  // namespace docmind
