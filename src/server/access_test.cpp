#include "server/access.hpp"

#include <gtest/gtest.h>

namespace docmind {
namespace {

HttpFields headers(std::initializer_list<std::pair<std::string, std::string>> more = {}) {
    HttpFields fields{{"Host", "127.0.0.1:8080"}};
    for (const auto& [name, value] : more) fields.set(name, value);
    return fields;
}

std::optional<errc> refused(const Access& access, const std::string& method, const std::string& path, const HttpFields& fields) {
    const auto refusal = access.check(method, path, fields);
    return refusal ? std::optional(refusal->code) : std::nullopt;
}

TEST(Access, LoopbackNamesAreKnownAndNothingElseIs) {
    const Access access({});
    for (const char* host : {"127.0.0.1", "127.0.0.1:8080", "localhost:1", "LOCALHOST", "[::1]:8080", "[::1]"}) {
        EXPECT_FALSE(refused(access, "GET", "/", headers({{"Host", host}}))) << host;
    }
    for (const char* host : {"evil.example", "127.0.0.1.evil.example", "localhost.", "", "127.0.0.1:", "127.0.0.1:80x", "[::1", "[::1]x",
                             "10.0.0.1", "a:b:c"}) {
        EXPECT_EQ(refused(access, "GET", "/", headers({{"Host", host}})), errc::forbidden) << host;
    }
    const Access more({.allowed_hosts = {"docs.local"}});
    EXPECT_FALSE(refused(more, "GET", "/", headers({{"Host", "docs.local:8080"}})));
}

TEST(Access, OtherSitesMayNeitherChangeNorRead) {
    const Access access({});
    for (const char* origin : {"https://evil.example", "null", "http://127.0.0.1.evil.example:8080", "http://127.0.0.1:8081", ""}) {
        EXPECT_EQ(refused(access, "POST", "/api/chat", headers({{"Origin", origin}})), errc::forbidden) << origin;
        EXPECT_EQ(refused(access, "GET", "/api/events", headers({{"Origin", origin}})), errc::forbidden) << origin;
    }
    EXPECT_FALSE(refused(access, "POST", "/api/chat", headers({{"Origin", "http://127.0.0.1:8080"}})));
    EXPECT_EQ(refused(access, "POST", "/api/chat", headers({{"Sec-Fetch-Site", "cross-site"}})), errc::forbidden);
    EXPECT_EQ(refused(access, "DELETE", "/api/documents/x", headers({{"Sec-Fetch-Site", "same-site"}})), errc::forbidden);
    EXPECT_FALSE(refused(access, "POST", "/api/chat", headers({{"Sec-Fetch-Site", "same-origin"}})));
    EXPECT_FALSE(refused(access, "GET", "/", headers({{"Sec-Fetch-Site", "cross-site"}})));
    EXPECT_FALSE(refused(access, "POST", "/api/documents", headers()));
}

TEST(Access, ATokenGuardsTheInterfaceButNotThePage) {
    const Access access({.token = "secret"});
    for (const char* path : {"/api/documents", "/api/events", "/metrics", "/api/nowhere"}) {
        EXPECT_EQ(refused(access, "GET", path, headers()), errc::unauthorized) << path;
        EXPECT_EQ(refused(access, "GET", path, headers({{"Authorization", "Bearer wrong"}})), errc::unauthorized);
        EXPECT_EQ(refused(access, "GET", path, headers({{"Authorization", "Bearer secretsecret"}})), errc::unauthorized);
        EXPECT_EQ(refused(access, "GET", path, headers({{"Authorization", "secret"}})), errc::unauthorized);
        EXPECT_FALSE(refused(access, "GET", path, headers({{"Authorization", "bearer secret"}})));
    }
    EXPECT_FALSE(refused(access, "GET", "/", headers()));
    EXPECT_FALSE(refused(access, "GET", "/api/health", headers()));
}

TEST(Access, BeyondLoopbackATokenIsNeededAndLiteralAddressesAreKnown) {
    EXPECT_THROW(Access({.address = "0.0.0.0"}), Error);
    EXPECT_THROW(Access({.address = "192.168.1.5"}), Error);
    const Access access({.address = "0.0.0.0", .token = "secret"});
    EXPECT_FALSE(refused(access, "GET", "/", headers({{"Host", "192.168.1.5:8080"}})));
    EXPECT_EQ(refused(access, "GET", "/", headers({{"Host", "evil.example"}})), errc::forbidden);
}

TEST(Access, CompressedRequestsAreRefused) {
    const Access access({});
    EXPECT_EQ(refused(access, "POST", "/api/chat", headers({{"Content-Encoding", "gzip"}})), errc::unsupported);
}

}  // namespace
}  // namespace docmind
