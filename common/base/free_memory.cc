#include "common/base/free_memory.h"

#include <cstddef>

// jemalloc's, where it is linked.
extern "C" [[gnu::weak]] int mallctl(const char* name, void* old_value, size_t* old_size, void* new_value,
                                     size_t new_size);

namespace clientele {

void ReleaseFreeMemory() {
  if (mallctl == nullptr) return;
  constexpr char kPurgeAllArenas[] = "arena.4096.purge";  // 4096 is MALLCTL_ARENAS_ALL.
  (void)mallctl(kPurgeAllArenas, nullptr, nullptr, nullptr, 0);
}

}  // namespace clientele
