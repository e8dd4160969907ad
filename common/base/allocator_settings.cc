// What jemalloc, which the programs allocate with, reads when they start; MALLOC_CONF in the environment goes before.
//
// A processor has an arena, instead of four; and a thread keeps small pieces alone for itself. gRPC's threads take
// turns, and what each of them and each arena had kept added up to a tenth of a server that had loaded and freed a
// thousand models. What is free goes back to the system within a second, instead of ten.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "percpu_arena:percpu,tcache_max:4096,dirty_decay_ms:1000";
}
