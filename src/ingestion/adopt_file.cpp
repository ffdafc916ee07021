// How a file that came in pieces becomes a document: by the way of every upload, its bytes taken over instead of streamed.

#include "async/offload.hpp"
#include "ingestion/ingestion_service.hpp"

namespace docmind {

Task<SubmittedDocument> IngestionService::aadopt_file(CompleteFile file, std::string name, std::string media_type) {
    const std::unique_ptr<Upload> upload = begin_upload(std::move(name), {.media_type = std::move(media_type)});
    auto adopt = [blobs = blobs_, file = std::move(file)](std::stop_token) {
        return std::shared_ptr<BlobStore::Writer>(blobs.adopt(file.path, file.bytes, file.sha256));
    };
    upload->writer_ = co_await offload(files_, Priority::interactive, std::move(adopt));
    co_return co_await upload->afinish();
}

}  // namespace docmind
