// Tells a thread of its own of signals. The thread sanitizer keeps a signal until the thread that it came to calls into
// something which the sanitizer knows, and a thread that waits in a library as Debian builds it never does. Linked into
// every program of the tsan preset; all other threads descend from the one that blocks the signals here.
#include <pthread.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <limits>

namespace {

[[noreturn]] void* TakeSignals(void* signals) {
  pthread_sigmask(SIG_UNBLOCK, static_cast<const sigset_t*>(signals), nullptr);
  while (true) sleep(std::numeric_limits<unsigned>::max());
}

[[maybe_unused]] const bool started = [] {
  static sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  pthread_t thread;
  if (pthread_create(&thread, nullptr, &TakeSignals, &signals) != 0) std::abort();
  pthread_detach(thread);
  return true;
}();

}  // namespace
