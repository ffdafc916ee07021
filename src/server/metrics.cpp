#include "server/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <array>

namespace docmind {
namespace {

const prometheus::Histogram::BucketBoundaries request_bounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};

prometheus::MetricFamily family(std::string name, std::string help, prometheus::MetricType type) {
    prometheus::MetricFamily result;
    result.name = std::move(name);
    result.help = std::move(help);
    result.type = type;
    return result;
}

prometheus::MetricFamily gauge(std::string name, std::string help, double value) {
    prometheus::MetricFamily result = family(std::move(name), std::move(help), prometheus::MetricType::Gauge);
    result.metric.emplace_back();
    result.metric.back().gauge.value = value;
    return result;
}

prometheus::MetricFamily loop_lag(const LagHistogram& lag) {
    prometheus::MetricFamily result =
        family("docmind_loop_lag_seconds", "How late the I/O thread runs what is due.", prometheus::MetricType::Histogram);
    prometheus::ClientMetric metric;
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < LagHistogram::bounds.size(); ++i) {
        below += lag.buckets()[i];
        metric.histogram.bucket.push_back({below, LagHistogram::bounds[i]});
    }
    metric.histogram.bucket.push_back({lag.count(), std::numeric_limits<double>::infinity()});
    metric.histogram.sample_count = lag.count();
    metric.histogram.sample_sum = lag.sum_seconds();
    result.metric.push_back(std::move(metric));
    return result;
}

prometheus::MetricFamily loop_lag_quantiles(const LagHistogram& lag) {
    prometheus::MetricFamily result =
        family("docmind_loop_lag_quantile_seconds", "Quantiles of the loop lag since the start; 1 is the greatest.",
               prometheus::MetricType::Gauge);
    for (const auto& [name, q] : {std::pair("0.5", 0.5), std::pair("0.99", 0.99), std::pair("0.999", 0.999), std::pair("1", 1.0)}) {
        prometheus::ClientMetric metric;
        metric.label.push_back({"quantile", name});
        metric.gauge.value = std::chrono::duration<double>(q == 1.0 ? lag.max() : lag.percentile(q)).count();
        result.metric.push_back(std::move(metric));
    }
    return result;
}

prometheus::MetricFamily documents(const IngestionCounters& counters) {
    prometheus::MetricFamily result =
        family("docmind_documents_total", "Documents since the start, by what became of them.", prometheus::MetricType::Counter);
    for (const auto& [outcome, count] :
         {std::pair("submitted", counters.submitted), std::pair("duplicate", counters.duplicates), std::pair("ready", counters.ready),
          std::pair("failed", counters.failed), std::pair("cancelled", counters.cancelled)}) {
        prometheus::ClientMetric metric;
        metric.label.push_back({"outcome", outcome});
        metric.counter.value = static_cast<double>(count);
        result.metric.push_back(std::move(metric));
    }
    return result;
}

}  // namespace

struct Metrics::Families {
    prometheus::Registry registry;
    prometheus::Family<prometheus::Counter>& requests =
        prometheus::BuildCounter().Name("docmind_http_requests_total").Help("Requests by route and status.").Register(registry);
    prometheus::Family<prometheus::Histogram>& latency =
        prometheus::BuildHistogram().Name("docmind_http_request_seconds").Help("Time to the response's head, by route.").Register(registry);
    prometheus::Family<prometheus::Counter>& answers =
        prometheus::BuildCounter().Name("docmind_answers_total").Help("Answers, by what they were made of.").Register(registry);
    prometheus::Family<prometheus::Gauge>& streams =
        prometheus::BuildGauge().Name("docmind_open_streams").Help("Event streams that are open, by kind.").Register(registry);
};

Metrics::Metrics() : families_(std::make_unique<Families>()) {}
Metrics::~Metrics() = default;

void Metrics::count_request(std::string_view method, std::string_view route, int status, std::chrono::steady_clock::duration took) {
    const std::string pattern(route);
    families_->requests.Add({{"method", std::string(method)}, {"route", pattern}, {"status", std::to_string(status)}}).Increment();
    families_->latency.Add({{"route", pattern}}, request_bounds).Observe(std::chrono::duration<double>(took).count());
}

void Metrics::count_answer(bool degraded, bool found) {
    families_->answers.Add({{"kind", !found ? "not_found" : degraded ? "passages" : "model"}}).Increment();
}

void Metrics::stream_opened(const std::string& kind) {
    families_->streams.Add({{"kind", kind}}).Increment();
}

void Metrics::stream_closed(const std::string& kind) {
    families_->streams.Add({{"kind", kind}}).Decrement();
}

std::string Metrics::text(const Services& services, const IngestionOverview& overview) const {
    std::vector<prometheus::MetricFamily> all = families_->registry.Collect();
    all.push_back(loop_lag(services.watchdog.lag()));
    all.push_back(loop_lag_quantiles(services.watchdog.lag()));
    all.push_back(gauge("docmind_loop_stalls", "Times the I/O thread was late by more than 100 ms.",
                        static_cast<double>(services.watchdog.stalls())));
    all.push_back(gauge("docmind_ingestion_queue_documents", "Documents that wait.", static_cast<double>(overview.library.queued)));
    all.push_back(gauge("docmind_ingestion_passages_per_second", "Passages that the model embeds while it is at it.",
                        overview.nodes_per_second.value_or(0)));
    all.push_back(gauge("docmind_ingestion_seconds_left", "Until everything that waits is searchable; -1 = not known yet.",
                        overview.seconds_left.value_or(-1)));
    all.push_back(gauge("docmind_ingestion_active_documents", "Documents in work.", static_cast<double>(services.ingestion.active())));
    all.push_back(documents(services.ingestion.counters()));
    return prometheus::TextSerializer().Serialize(all);
}

}  // namespace docmind
