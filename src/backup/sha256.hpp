#pragma once

#include <boost/hash2/sha2.hpp>

#include <string>
#include <string_view>

namespace docmind {

/// SHA-256 of what it is fed, in hex.
class Sha256 {
  public:
    void update(std::string_view bytes) { hash_.update(bytes.data(), bytes.size()); }
    /// The hash is finished.
    [[nodiscard]] std::string finish();

  private:
    boost::hash2::sha2_256 hash_;
};

[[nodiscard]] std::string sha256_of(std::string_view bytes);

}  // namespace docmind
