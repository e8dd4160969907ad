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

// Here all operations begin; `tag` is told of the end.
int grpc_call_start_batch(grpc_call* call, const grpc_op* operations, size_t count, void* tag, void* reserved) {
  static auto* const start =
      reinterpret_cast<decltype(&grpc_call_start_batch)>(dlsym(RTLD_NEXT, "grpc_call_start_batch"));
  __tsan_release(tag);
  return start(call, operations, count, tag, reserved);
}
}

// As the compiler writes grpc::internal::CallbackWithSuccessTag::StaticRun, the end of every operation that a reactor
// is told of: there gRPC reads what has arrived, and calls the reactor.
#define END_OF_OPERATION "_ZN4grpc8internal22CallbackWithSuccessTag9StaticRunEP29grpc_completion_queue_functori"

void EndOfOperation(grpc_completion_queue_functor* tag, int ok) asm(END_OF_OPERATION);

void EndOfOperation(grpc_completion_queue_functor* tag, int ok) {
  static auto* const end = reinterpret_cast<decltype(&EndOfOperation)>(dlsym(RTLD_NEXT, END_OF_OPERATION));
  __tsan_acquire(tag);
  end(tag, ok);
}
