// Tells the thread sanitizer of gRPC's hand-overs, which Debian builds without it: what was done before an operation of
// a call began has been done when its reaction runs. Linked into every program of the tsan preset, and goes before the
// library.
#include <dlfcn.h>

#include <cstddef>

struct grpc_call;
struct grpc_completion_queue_functor;
struct grpc_op;

extern "C" {
void __tsan_acquire(void* address);
void __tsan_release(void* address);
}

// Where all operations begin, and whom the end is told to.
#define BEGINNING "grpc_call_start_batch"
// As the compiler writes grpc::internal::CallbackWithSuccessTag::StaticRun, the end of every operation that a reactor
// is told of: there gRPC reads what has arrived, and calls the reactor.
#define END "_ZN4grpc8internal22CallbackWithSuccessTag9StaticRunEP29grpc_completion_queue_functori"
// The same of CallbackWithStatusTag, which tells who made a single call, and is in the programs alone; and what it runs.
#define CALL_END "_ZN4grpc8internal21CallbackWithStatusTag9StaticRunEP29grpc_completion_queue_functori"
#define CALL_RUN "_ZN4grpc8internal21CallbackWithStatusTag3RunEb"

int Begin(grpc_call* call, const grpc_op* operations, size_t count, void* tag, void* reserved) asm(BEGINNING);
void End(grpc_completion_queue_functor* tag, int ok) asm(END);
void EndCall(grpc_completion_queue_functor* tag, int ok) asm(CALL_END);
[[gnu::weak]] void RunCall(grpc_completion_queue_functor* tag, bool ok) asm(CALL_RUN);

int Begin(grpc_call* call, const grpc_op* operations, size_t count, void* tag, void* reserved) {
  static auto* const begin = reinterpret_cast<decltype(&Begin)>(dlsym(RTLD_NEXT, BEGINNING));
  __tsan_release(tag);
  return begin(call, operations, count, tag, reserved);
}

void End(grpc_completion_queue_functor* tag, int ok) {
  static auto* const end = reinterpret_cast<decltype(&End)>(dlsym(RTLD_NEXT, END));
  __tsan_acquire(tag);
  end(tag, ok);
}

void EndCall(grpc_completion_queue_functor* tag, int ok) {
  __tsan_acquire(tag);
  RunCall(tag, ok != 0);
}
