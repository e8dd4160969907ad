// A bounded queue that is fair over flows: whoever sends much waits behind its own, not before everybody else.
//
// Start-time fair queueing (Goyal, Vin and Cheng, SIGCOMM 1996). An item of flow f with cost c and weight w gets the
// start tag max(v, finish tag of f's last item) and the finish tag start + c / w; the item with the smallest start tag
// is next, and v is the start tag of the last one taken. While two flows have items waiting, what is taken of them
// differs, in c / w, by at most one item of each, however many each has sent. Equal tags go in the order they came: one
// flow alone is a FIFO.
//
// A flow may have as many items waiting as there are places free (Choudhury and Hahne, 1998): one alone takes at most
// half the queue, and a newcomer always finds a place. Items of no flow, with the empty name, are bounded by the whole
// queue alone.
//
// Cost: O(log flows) an item. Memory: flows with items waiting, and those whose last finish tag lies ahead of v.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/string_view.h"

namespace clientele {

// Whose an item is, and how much of what is shared it takes.
struct Flow {
  absl::string_view name;
  double cost = 1;    // > 0
  double weight = 1;  // > 0: a flow of weight 2 gets twice what one of weight 1 gets.
};

// For one thread, or under a lock.
template <typename T>
class FairQueue {
 public:
  explicit FairQueue(size_t capacity) : capacity_(capacity) {}

  // False: there is no place for it.
  bool Push(const Flow& flow, T item) {
    const size_t free = capacity_ - size_;
    if (free == 0) return false;
    const auto it = flows_.try_emplace(std::string(flow.name)).first;
    State& state = it->second;
    if (!flow.name.empty() && state.waiting.size() >= free) return false;
    if (state.waiting.empty()) idle_.erase({state.finish, &it->first});
    const double start = std::max(now_, state.finish);
    state.finish = start + flow.cost / flow.weight;
    state.waiting.push_back({start, arrivals_++, std::move(item)});
    if (state.waiting.size() == 1) AddHead(it);
    ++size_;
    return true;
  }

  // The next item. There must be one.
  T Pop() {
    const auto flow = std::get<2>(*heads_.begin());
    heads_.erase(heads_.begin());
    State& state = flow->second;
    now_ = state.waiting.front().start;
    T item = std::move(state.waiting.front().item);
    state.waiting.pop_front();
    --size_;
    if (state.waiting.empty()) {
      idle_.insert({state.finish, &flow->first});
    } else {
      AddHead(flow);
    }
    ForgetIdle();
    return item;
  }

  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }
  size_t flows() const { return flows_.size(); }  // That are remembered.

 private:
  struct Waiting {
    double start;
    uint64_t arrival;
    T item;
  };
  struct State {
    double finish = 0;  // Of its last item.
    std::deque<Waiting> waiting;
  };
  using Flows = std::map<std::string, State, std::less<>>;
  struct EarlierHead {
    using Head = std::tuple<double, uint64_t, typename Flows::iterator>;
    bool operator()(const Head& a, const Head& b) const {
      return std::tie(std::get<0>(a), std::get<1>(a)) < std::tie(std::get<0>(b), std::get<1>(b));
    }
  };

  void AddHead(typename Flows::iterator flow) {
    const Waiting& first = flow->second.waiting.front();
    heads_.emplace(first.start, first.arrival, flow);
  }

  // A flow with nothing waiting is remembered while its last item puts it behind the others, and there are others.
  void ForgetIdle() {
    while (!idle_.empty() && (size_ == 0 || idle_.begin()->first <= now_ || idle_.size() > capacity_)) {
      flows_.erase(flows_.find(*idle_.begin()->second));
      idle_.erase(idle_.begin());
    }
  }

  const size_t capacity_;
  size_t size_ = 0;
  double now_ = 0;  // Virtual time v.
  uint64_t arrivals_ = 0;
  Flows flows_;
  std::set<typename EarlierHead::Head, EarlierHead> heads_;  // Of the flows with items waiting, by start tag.
  std::set<std::pair<double, const std::string*>> idle_;     // The others, by finish tag.
};

}  // namespace clientele
