// The page, carried inside the program.

#include <docmind/error.hpp>

#include <array>

#include "page_key.hpp"  // generated: changes whenever the page does
#include "server/responses.hpp"
#include "server/routes.hpp"

namespace docmind {
namespace {

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wc23-extensions"
constexpr unsigned char index_html[] = {
#embed "index.html"
};
constexpr unsigned char app_js[] = {
#embed "app.js"
};
constexpr unsigned char app_css[] = {
#embed "app.css"
};
#pragma clang diagnostic pop

struct Asset {
    std::string_view path, type, bytes;
};

template <std::size_t n>
std::string_view view(const unsigned char (&bytes)[n]) {
    return {reinterpret_cast<const char*>(bytes), n};
}

const std::array<Asset, 4> assets{{
    {"/", "text/html; charset=utf-8", view(index_html)},
    {"/index.html", "text/html; charset=utf-8", view(index_html)},
    {"/app.js", "text/javascript; charset=utf-8", view(app_js)},
    {"/app.css", "text/css; charset=utf-8", view(app_css)},
}};

}  // namespace

Task<HttpResponse> get_page(Call call) {
    static const std::string tag = std::string("\"") + page_key + "\"";
    for (const Asset& asset : assets) {
        if (asset.path != call.request.path) continue;
        HttpResponse response;
        response.headers.add("ETag", tag);
        response.headers.add("Cache-Control", "no-cache");
        if (call.request.headers.value("if-none-match") == tag) {
            response.status = 304;
            co_return response;
        }
        response.headers.add("Content-Type", std::string(asset.type));
        response.body = asset.bytes;
        co_return response;
    }
    throw Error(errc::not_found, "There is no such file.");
}

}  // namespace docmind
