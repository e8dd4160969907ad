// Prometheus metrics of one process. Named clientele_<area>_<noun>_<unit>[_total], made beside their use, with a help
// text.
//
//   prometheus::Counter& accepted = metrics.Counter("clientele_ingestion_records_total", "Records by disposition.",
//                                                   {{"disposition", "accepted"}});
//   accepted.Increment();
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace prometheus {
class Registry;
}

namespace clientele::observability {

using Labels = std::map<std::string, std::string>;

// Thread-safe. A metric asked for twice, with the same name and labels, is the same metric; it lives as long as this.
// Ask once and keep the reference where it is hot. Label values must come from a small, bounded set: never a customer.
class Metrics {
 public:
  Metrics();
  ~Metrics();

  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  prometheus::Counter& Counter(const std::string& name, const std::string& help, const Labels& labels = {});
  prometheus::Gauge& Gauge(const std::string& name, const std::string& help, const Labels& labels = {});
  // `bounds`: ascending upper bounds of the buckets, in the unit of the name.
  prometheus::Histogram& Histogram(const std::string& name, const std::string& help, const std::vector<double>& bounds,
                                   const Labels& labels = {});

  // `refresh` is called at each scrape, before the metrics are read: for what is looked up and not counted. Must be
  // quick, and stay callable as long as anybody scrapes.
  void BeforeScrape(std::function<void()> refresh);

  // What an exposer reads.
  std::shared_ptr<prometheus::Registry> registry() const;
  // The text a scrape answers.
  std::string Text() const;

 private:
  class RefreshedRegistry;
  const std::shared_ptr<RefreshedRegistry> registry_;
};

// Bounds for the seconds a call takes: 100 us to 60 s.
const std::vector<double>& LatencyBounds();

}  // namespace clientele::observability
