// What the allocator keeps for later, and nobody will want again.
#pragma once

namespace clientele {

// Gives freed memory back to the system: at the end of a stage whose memory the next one does not want in the same
// pieces, so that the two do not add up. Nothing where the program allocates with something else than jemalloc. Cost:
// a system call for each piece that goes back, and page faults where it is wanted after all.
void ReleaseFreeMemory();

}  // namespace clientele
