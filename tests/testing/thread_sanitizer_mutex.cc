// Tells the thread sanitizer of absl's mutexes, which Debian builds without it: what they order would be reported as
// races. Linked into every program of the tsan preset, and goes before the library.
//
// A reader's unlocking is taken for a writer's, so that races between readers alone are not seen. What the library
// reads of a condition on another's behalf is not looked at: it holds the mutex then.
#include <dlfcn.h>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"

extern "C" {
void __tsan_acquire(void* address);
void __tsan_release(void* address);
void AnnotateIgnoreReadsBegin(const char* file, int line);
void AnnotateIgnoreReadsEnd(const char* file, int line);
}

namespace {

#define ABSL_CLASS(name) "_ZN4absl7debian3" name  // As the compiler writes absl::debian3, Debian's inline namespace.
#define ABSL_CONST_CLASS(name) "_ZNK4absl7debian3" name

// What the library has under the name.
template <typename Function>
Function* InLibrary(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

void Acquire(const void* mutex) { __tsan_acquire(const_cast<void*>(mutex)); }
void Release(const void* mutex) { __tsan_release(const_cast<void*>(mutex)); }

// While it lives, this thread's reads are not looked at.
class UnseenReads {
 public:
  UnseenReads() { AnnotateIgnoreReadsBegin(__FILE__, __LINE__); }
  ~UnseenReads() { AnnotateIgnoreReadsEnd(__FILE__, __LINE__); }
  UnseenReads(const UnseenReads&) = delete;
  UnseenReads& operator=(const UnseenReads&) = delete;
};

// `call` lets go of the mutex, and has it again when it returns.
template <typename Call>
auto WaitOn(const void* mutex, Call call) {
  struct Taken {
    ~Taken() { Acquire(mutex); }
    const void* mutex;
  };
  Release(mutex);
  const Taken taken{mutex};
  const UnseenReads unseen;
  return call();
}

}  // namespace

namespace absl {
ABSL_NAMESPACE_BEGIN

void Mutex::Lock() {
  static auto* const lock = InLibrary<void(Mutex*)>(ABSL_CLASS("5Mutex4LockEv"));
  lock(this);
  Acquire(this);
}

void Mutex::ReaderLock() {
  static auto* const lock = InLibrary<void(Mutex*)>(ABSL_CLASS("5Mutex10ReaderLockEv"));
  lock(this);
  Acquire(this);
}

bool Mutex::TryLock() {
  static auto* const lock = InLibrary<bool(Mutex*)>(ABSL_CLASS("5Mutex7TryLockEv"));
  const bool locked = lock(this);
  if (locked) Acquire(this);
  return locked;
}

void Mutex::Unlock() {
  static auto* const unlock = InLibrary<void(Mutex*)>(ABSL_CLASS("5Mutex6UnlockEv"));
  Release(this);
  const UnseenReads unseen;
  unlock(this);
}

void Mutex::ReaderUnlock() {
  static auto* const unlock = InLibrary<void(Mutex*)>(ABSL_CLASS("5Mutex12ReaderUnlockEv"));
  Release(this);
  const UnseenReads unseen;
  unlock(this);
}

void Mutex::LockWhen(const Condition& condition) {
  static auto* const lock =
      InLibrary<void(Mutex*, const Condition&)>(ABSL_CLASS("5Mutex8LockWhenERKNS0_9ConditionE"));
  const UnseenReads unseen;
  lock(this, condition);
  Acquire(this);
}

void Mutex::Await(const Condition& condition) {
  static auto* const await = InLibrary<void(Mutex*, const Condition&)>(ABSL_CLASS("5Mutex5AwaitERKNS0_9ConditionE"));
  WaitOn(this, [&] { await(this, condition); });
}

bool Mutex::AwaitWithTimeout(const Condition& condition, Duration timeout) {
  static auto* const await = InLibrary<bool(Mutex*, const Condition&, Duration)>(
      ABSL_CLASS("5Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE"));
  return WaitOn(this, [&] { return await(this, condition, timeout); });
}

bool Mutex::AwaitWithDeadline(const Condition& condition, Time deadline) {
  static auto* const await = InLibrary<bool(Mutex*, const Condition&, Time)>(
      ABSL_CLASS("5Mutex17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE"));
  return WaitOn(this, [&] { return await(this, condition, deadline); });
}

void CondVar::Wait(Mutex* mutex) {
  static auto* const wait = InLibrary<void(CondVar*, Mutex*)>(ABSL_CLASS("7CondVar4WaitEPNS0_5MutexE"));
  WaitOn(mutex, [&] { wait(this, mutex); });
}

bool CondVar::WaitWithTimeout(Mutex* mutex, Duration timeout) {
  static auto* const wait = InLibrary<bool(CondVar*, Mutex*, Duration)>(
      ABSL_CLASS("7CondVar15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE"));
  return WaitOn(mutex, [&] { return wait(this, mutex, timeout); });
}

bool CondVar::WaitWithDeadline(Mutex* mutex, Time deadline) {
  static auto* const wait = InLibrary<bool(CondVar*, Mutex*, Time)>(
      ABSL_CLASS("7CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE"));
  return WaitOn(mutex, [&] { return wait(this, mutex, deadline); });
}

void Notification::Notify() {
  static auto* const notify = InLibrary<void(Notification*)>(ABSL_CLASS("12Notification6NotifyEv"));
  Release(this);
  notify(this);
}

void Notification::WaitForNotification() const {
  static auto* const wait =
      InLibrary<void(const Notification*)>(ABSL_CONST_CLASS("12Notification19WaitForNotificationEv"));
  wait(this);
  Acquire(this);
}

ABSL_NAMESPACE_END
}  // namespace absl
