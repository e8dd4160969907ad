#include "common/storage/postgresql/leadership.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/hash.h"
#include "common/base/status_macros.h"
#include "common/storage/postgresql/connection.h"

namespace clientele::storage::postgresql {
namespace {

constexpr int32_t kLock = 1'129'072'208;  // Any number that nobody else takes; see TenantLock.
constexpr absl::Duration kAnswer = absl::Seconds(3);

class SessionLeadership final : public Leadership {
 public:
  SessionLeadership(std::string url, std::string what, absl::Duration grace)
      : url_(std::move(url)), what_(std::move(what)), grace_(grace) {}

  absl::StatusOr<bool> Hold() override {
    absl::StatusOr<bool> leads = HoldOrFail();
    if (!leads.ok()) Forget();
    return leads;
  }

  void Release() override {
    if (session_ != nullptr && is_held_) {
      // Where this fails, the next one waits in vain.
      (void)session_->Execute("UPDATE leaderships SET is_over = true WHERE what = $1", {Text(what_)});
      // The end of the session would do it too, but in the server's own time.
      (void)session_->Execute("SELECT pg_advisory_unlock($1, $2)", LockKey());
    }
    Forget();
  }

 private:
  absl::StatusOr<bool> HoldOrFail() {
    if (session_ == nullptr) {
      CLIENTELE_ASSIGN_OR_RETURN(session_, Connection::Open(url_, kAnswer));
      CLIENTELE_RETURN_IF_ERROR(EndWhenIdle());
    }
    if (!is_held_) {
      CLIENTELE_ASSIGN_OR_RETURN(is_held_, Lock());
      if (!is_held_) return false;
      CLIENTELE_ASSIGN_OR_RETURN(const bool in_order, BeginTerm());
      begin_ = absl::Now() + (in_order ? absl::ZeroDuration() : grace_);
    }
    CLIENTELE_RETURN_IF_ERROR(session_->Execute("SELECT").status());  // Still there.
    return absl::Now() >= begin_;
  }

  // A host that has vanished says nothing: without this its session would stay for hours. Servers before 14 cannot.
  absl::Status EndWhenIdle() {
    return session_
        ->Execute("SELECT set_config(name, $1, false) FROM pg_catalog.pg_settings WHERE name = 'idle_session_timeout'",
                  {Text(absl::StrCat(absl::ToInt64Milliseconds(kLeadershipLooks)))})
        .status();
  }

  absl::StatusOr<bool> Lock() {
    CLIENTELE_ASSIGN_OR_RETURN(const Result locked,
                               session_->Execute("SELECT pg_try_advisory_lock($1, $2)", LockKey()));
    return locked.Bool(0, 0);
  }

  std::vector<Value> LockKey() const { return {Int4(kLock), Int4(static_cast<int32_t>(Hash64(what_)))}; }

  // Whether the leader before, if there was one, had let go. Nobody else writes this: the lock is held.
  absl::StatusOr<bool> BeginTerm() {
    CLIENTELE_ASSIGN_OR_RETURN(const Result before,
                               session_->Execute("SELECT is_over FROM leaderships WHERE what = $1", {Text(what_)}));
    const bool in_order = before.rows() == 0 || before.Bool(0, 0);
    CLIENTELE_RETURN_IF_ERROR(session_
                                  ->Execute("INSERT INTO leaderships VALUES ($1, false) ON CONFLICT (what) DO UPDATE"
                                            " SET is_over = false",
                                            {Text(what_)})
                                  .status());
    return in_order;
  }

  void Forget() {
    session_.reset();
    is_held_ = false;
  }

  const std::string url_;
  const std::string what_;
  const absl::Duration grace_;
  std::unique_ptr<Connection> session_;  // Null: none.
  bool is_held_ = false;                 // The lock, by the session.
  absl::Time begin_;                     // Of leading, where it is held.
};

}  // namespace

std::unique_ptr<Leadership> MakeLeadership(std::string url, std::string what, absl::Duration grace) {
  return std::make_unique<SessionLeadership>(std::move(url), std::move(what), grace);
}

}  // namespace clientele::storage::postgresql
