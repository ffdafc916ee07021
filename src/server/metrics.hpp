#pragma once
// "How is it doing?" Prometheus text: what requests cost, how late the loop is, how long the queues are.

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "server/services.hpp"

namespace docmind {

class Metrics {
  public:
    Metrics();
    ~Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    /// `route`: the pattern, never the path: ids would make a series each.
    void count_request(std::string_view method, std::string_view route, int status, std::chrono::steady_clock::duration took);
    void count_answer(bool degraded, bool found);
    /// Open streams of a kind (chat, events).
    void stream_opened(const std::string& kind);
    void stream_closed(const std::string& kind);

    [[nodiscard]] std::string text(const Services& services, const IngestionOverview& overview) const;

  private:
    struct Families;
    std::unique_ptr<Families> families_;
};

/// Counts a stream as open while it lives.
class OpenStream {
  public:
    OpenStream(Metrics& metrics, std::string kind) : metrics_(metrics), kind_(std::move(kind)) { metrics_.stream_opened(kind_); }
    ~OpenStream() { metrics_.stream_closed(kind_); }
    OpenStream(const OpenStream&) = delete;
    OpenStream& operator=(const OpenStream&) = delete;

  private:
    Metrics& metrics_;
    std::string kind_;
};

}  // namespace docmind
