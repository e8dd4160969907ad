#include "services/inference/registry/loader.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "common/base/error.h"
#include "common/base/hash.h"
#include "common/base/status_macros.h"

namespace clientele::inference {
namespace {

// What was loaded within so long is delivered together: with thousands of small models at start, a delivery each would
// cost more than loading.
constexpr absl::Duration kTogether = absl::Milliseconds(20);
constexpr int64_t kSmallBytes = 256 << 10;
constexpr absl::Duration kFirstPause = absl::Seconds(1);
constexpr absl::Duration kLongestPause = absl::Minutes(5);
constexpr int kMostDoublings = 10;  // More are longer than the longest.

Loader::Job Pop(std::deque<Loader::Job>& queue) {
  Loader::Job job = std::move(queue.front());
  queue.pop_front();
  return job;
}

// A stored artifact may be damaged, where one on its way in was checked as it came.
absl::StatusOr<std::shared_ptr<const ScoringModel>> LoadStored(const storage::VersionStore& store,
                                                               const TenantId& tenant, absl::string_view sha256) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto bytes, store.ReadArtifact(tenant, sha256));
  if (Sha256Hex(bytes->view()) != sha256) {
    return Error(absl::StatusCode::kInvalidArgument, ErrorReason::kArtifactInvalid,
                 "the stored artifact is damaged: its SHA-256 is another; publish it again");
  }
  return LoadModel(*bytes);
}

}  // namespace

absl::StatusOr<std::shared_ptr<const ScoringModel>> LoadModel(const storage::ArtifactBytes& bytes) {
  CLIENTELE_ASSIGN_OR_RETURN(auto predictor, model::Predictor::Load(bytes.view()));
  return std::make_shared<const ScoringModel>(std::move(predictor));
}

Loader::Loader(const storage::VersionStore& store, int threads, Deliver deliver)
    : store_(store), deliver_(std::move(deliver)) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
}

void Loader::Add(std::vector<Job> jobs) {
  absl::MutexLock lock(&mutex_);
  if (stopped_) return;
  for (Job& job : jobs) {
    ++pending_;
    if (job.urgent) ++urgent_pending_;
    (job.urgent ? urgent_ : rest_).push_back(std::move(job));
    added_.Signal();
  }
}

void Loader::AddAgain(Job job) {
  const int doublings = std::min(job.failures++, kMostDoublings);
  const absl::Duration pause = std::min(kFirstPause * (1 << doublings), kLongestPause);
  job.urgent = false;
  absl::MutexLock lock(&mutex_);
  again_.emplace(absl::Now() + pause, std::move(job));
  added_.Signal();
}

void Loader::AwaitAll() {
  absl::MutexLock lock(&mutex_);
  while (pending_ > 0 && !stopped_) delivered_.Wait(&mutex_);
}

void Loader::AwaitUrgent() {
  absl::MutexLock lock(&mutex_);
  while (urgent_pending_ > 0 && !stopped_) delivered_.Wait(&mutex_);
}

void Loader::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
    added_.SignalAll();
    delivered_.SignalAll();
  }
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void Loader::TakeDue() {
  for (; !again_.empty() && again_.begin()->first <= absl::Now(); again_.erase(again_.begin())) {
    ++pending_;
    rest_.push_back(std::move(again_.begin()->second));
  }
}

std::optional<Loader::Job> Loader::Next() {
  absl::MutexLock lock(&mutex_);
  for (TakeDue(); !stopped_ && urgent_.empty() && rest_.empty(); TakeDue()) {
    added_.WaitWithDeadline(&mutex_, again_.empty() ? absl::InfiniteFuture() : again_.begin()->first);
  }
  if (stopped_) return std::nullopt;
  return Pop(urgent_.empty() ? rest_ : urgent_);
}

std::optional<Loader::Job> Loader::NextSmall(bool urgent) {
  absl::MutexLock lock(&mutex_);
  std::deque<Job>& queue = urgent ? urgent_ : rest_;
  if (stopped_ || queue.empty() || queue.front().size_bytes > kSmallBytes) return std::nullopt;
  if (!urgent && !urgent_.empty()) return std::nullopt;
  return Pop(queue);
}

Loader::Result Loader::Load(Job job) const {
  const absl::Time begin = absl::Now();
  auto model = LoadStored(store_, job.tenant, job.sha256);
  return {std::move(job), std::move(model), absl::Now() - begin};
}

void Loader::Hand(std::vector<Result> results) {
  const auto all = static_cast<int64_t>(results.size());
  int64_t urgent = 0;
  for (const Result& result : results) urgent += result.job.urgent;
  deliver_(std::move(results));
  absl::MutexLock lock(&mutex_);
  pending_ -= all;
  urgent_pending_ -= urgent;
  delivered_.SignalAll();
}

void Loader::Run() {
  while (auto job = Next()) {
    const bool urgent = job->urgent;
    const absl::Time begin = absl::Now();
    std::vector<Result> results;
    do {
      results.push_back(Load(*std::move(job)));
    } while (absl::Now() - begin < kTogether && (job = NextSmall(urgent)));
    Hand(std::move(results));
  }
}

}  // namespace clientele::inference
