#pragma once
// A picture in memory, as leptonica holds it.

#include <memory>

struct Pix;

namespace docmind {

struct PictureDeleter {
    void operator()(Pix* picture) const noexcept;
};
using Picture = std::unique_ptr<Pix, PictureDeleter>;

}  // namespace docmind
