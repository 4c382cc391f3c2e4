// Blocks of zeroed memory on 64-byte boundaries; large ones on huge pages where the system has them.
#pragma once
#include <cstddef>
#include <memory>

namespace siamese {

// Memory of `bytes` zero bytes, which cost nothing until they are touched, to be freed by free_zeroed. Throws bad_alloc.
//
// From half a megabyte on it asks for pages of two megabytes: touching a block of that size the first time is one page fault
// then, not 512, which on a virtual machine take longer than filling it; and a kernel whose rows lie far apart, each on a page
// of its own, does not run out of entries for pages.
void* allocate_zeroed(size_t bytes);
void free_zeroed(void* block);

struct FreeZeroed {
  void operator()(void* block) const { free_zeroed(block); }
};

}  // namespace siamese
