#include "services/inference/scoring/joined_fetches.h"

#include <algorithm>

#include "common/base/overload.h"

namespace clientele::inference {
namespace {

// One customer can make the call fail, and the others need not suffer.
bool MayBeOfOne(const absl::Status& status) {
  return absl::IsInvalidArgument(status) || absl::IsNotFound(status) || absl::IsFailedPrecondition(status);
}

}  // namespace

// A call that is under way.
struct JoinedFetches::Batch {
  Batch(const Key& line, std::vector<Waiting> all) : key(line), members(std::move(all)) {
    absl::flat_hash_map<absl::string_view, int> places;
    absl::Time latest = absl::InfinitePast();
    for (const Waiting& member : members) {
      const auto [place, is_new] = places.try_emplace(member.customer_id, static_cast<int>(ids.size()));
      if (is_new) ids.push_back(member.customer_id);
      place_of.push_back(place->second);
      latest = std::max(latest, member.call.stop.deadline());
    }
    joint.stop = StopToken(latest);
    joint.request_id = members[0].call.request_id;
    joint.traceparent = members[0].call.traceparent;
  }
  const rpc::Call& call() const { return members.size() == 1 ? members[0].call : joint; }

  const Key key;
  const std::vector<Waiting> members;
  std::vector<std::string> ids;  // Of the members, each once.
  std::vector<int> place_of;     // By member, in `ids`.
  rpc::Call joint;               // In the name of the first.
};

void JoinedFetches::Fetch(const TenantId& tenant, absl::Span<const std::string> customer_ids,
                          const FeatureNames& features, const rpc::Call& call, Done done) {
  if (customer_ids.size() != 1) return source_.Fetch(tenant, customer_ids, features, call, std::move(done));
  const Key key{tenant, features};
  {
    absl::ReleasableMutexLock lock(&mutex_);
    if (open_ >= most_) {
      lock.Release();
      return done(TooManyCalls());
    }
    Line& line = lines_[key];
    ++open_;
    if (line.under_way >= at_once_) {
      line.waiting.push_back({customer_ids[0], call, std::move(done)});
      return;
    }
    ++line.under_way;
  }
  std::vector<Waiting> alone;
  alone.push_back({customer_ids[0], call, std::move(done)});
  Send(key, std::move(alone));
}

void JoinedFetches::Send(const Key& key, std::vector<Waiting> members) {
  const auto batch = std::make_shared<const Batch>(key, std::move(members));
  source_.Fetch(key.tenant, batch->ids, key.features, batch->call(),
                [this, batch](const absl::StatusOr<FeatureRows>& rows) {
                  SendNext(batch->key);
                  HandOut(*batch, rows);
                });
}

void JoinedFetches::SendNext(const Key& key) {
  std::vector<Waiting> next, stopped;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = lines_.find(key);
    Line& line = found->second;
    for (; !line.waiting.empty() && next.size() < kMaxFetchedCustomers; line.waiting.pop_front()) {
      Waiting& first = line.waiting.front();
      (first.call.stop.Check().ok() ? next : stopped).push_back(std::move(first));
    }
    open_ -= static_cast<int>(stopped.size());
    if (next.empty() && --line.under_way == 0) lines_.erase(found);
  }
  for (const Waiting& one : stopped) one.done(one.call.stop.Check());
  if (!next.empty()) Send(key, std::move(next));
}

void JoinedFetches::HandOut(const Batch& batch, const absl::StatusOr<FeatureRows>& rows) {
  {
    absl::MutexLock lock(&mutex_);
    open_ -= static_cast<int>(batch.members.size());
  }
  const bool one_by_one = batch.members.size() > 1 && MayBeOfOne(rows.status());
  for (size_t i = 0; i < batch.members.size(); ++i) {
    const Waiting& member = batch.members[i];
    if (one_by_one) {
      source_.Fetch(batch.key.tenant, {member.customer_id}, batch.key.features, member.call, member.done);
    } else if (rows.ok()) {
      member.done(FeatureRows{(*rows)[batch.place_of[i]]});
    } else {
      member.done(rows.status());
    }
  }
}

}  // namespace clientele::inference
