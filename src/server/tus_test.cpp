#include "server/tus.hpp"

#include <docmind/error.hpp>

#include <gtest/gtest.h>

namespace docmind {
namespace {

TEST(Tus, Base64IsDecodedOrRefused) {
    EXPECT_EQ(tus::decode_base64(""), "");
    EXPECT_EQ(tus::decode_base64("Zg=="), "f");
    EXPECT_EQ(tus::decode_base64("Zm8="), "fo");
    EXPECT_EQ(tus::decode_base64("Zm9vYmFy"), "foobar");
    EXPECT_EQ(tus::decode_base64("//79"), "\xff\xfe\xfd");
    for (const char* bad : {"Z", "Zg", "Zg=", "Zg===", "====", "Z===", "Zh==", "Zm9=", "Z g=", "Zg==Zg==", "Zm-_"})
        EXPECT_FALSE(tus::decode_base64(bad).has_value()) << bad;
}

TEST(Tus, MetadataTellsNameAndType) {
    const tus::Metadata plain = tus::parse_metadata("filename bm90ZXMudHh0,filetype VGV4dC9QbGFpbjsgY2hhcnNldD11dGYtOA==,is_secret");
    EXPECT_EQ(plain.name, "notes.txt");
    EXPECT_EQ(plain.media_type, "text/plain");
    EXPECT_EQ(tus::parse_metadata("name bm90ZXMudHh0").name, "notes.txt");
    EXPECT_EQ(tus::parse_metadata("").name, "");
    EXPECT_EQ(tus::parse_metadata("filename //79").name, "\ufffd\ufffd\ufffd");
}

TEST(Tus, MetadataThatIsNoneIsRefused) {
    for (const char* bad : {",", "filename ?", "filename Zg", ", filename Zg==", "filename Zg==,filename Zg==", "a Zg==,,b Zg=="})
        EXPECT_THROW(static_cast<void>(tus::parse_metadata(bad)), Error) << bad;
}

TEST(Tus, ChecksumsHaveAKnownAlgorithmAndItsLength) {
    EXPECT_EQ(tus::parse_checksum("sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=").digest.size(), 20u);
    EXPECT_EQ(tus::parse_checksum("sha256 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=").algorithm, PieceChecksum::Algorithm::sha256);
    for (const char* bad : {"", "sha1", "sha1 ", "sha1 Zg==", "md5 1B2M2Y8AsgTpgAmY7PhCfg==", "sha256 Kq5sNclPz7QV2+lfQIuc6R7oRu0="})
        EXPECT_THROW(static_cast<void>(tus::parse_checksum(bad)), Error) << bad;
}

TEST(Tus, NumbersAreDigits) {
    const std::string good = "2147483648";
    EXPECT_EQ(tus::parse_number("Upload-Length", &good), 2147483648u);
    EXPECT_THROW(static_cast<void>(tus::parse_number("Upload-Length", nullptr)), Error);
    for (const std::string bad : {"", "-1", "+1", " 1", "1.0", "0x10", "99999999999999999999999", "1 "})
        EXPECT_THROW(static_cast<void>(tus::parse_number("Upload-Length", &bad)), Error) << bad;
}

TEST(Tus, DatesAreAsHttpWritesThem) {
    EXPECT_EQ(tus::http_date(std::chrono::system_clock::time_point(std::chrono::seconds(1403712000))), "Wed, 25 Jun 2014 16:00:00 GMT");
}

}  // namespace
}  // namespace docmind
