#include "zeroed_memory.h"

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <new>

namespace siamese {

namespace {

constexpr size_t kAlignment = 64;  // bytes: a cache line, and the widest vector
constexpr size_t kHugePage = size_t{2} << 20;
constexpr size_t kWorthOne = kHugePage / 4;

// In front of each block.
struct Head {
  void* start;
  size_t mapped;  // 0: by calloc
};
static_assert(sizeof(Head) <= kAlignment);

void* after_head(uintptr_t start, const Head& head) {
  void* const block = reinterpret_cast<void*>(start + kAlignment);
  static_cast<Head*>(block)[-1] = head;
  return block;
}

uintptr_t round_up(uintptr_t value, size_t unit) { return (value + unit - 1) / unit * unit; }

#ifdef MADV_HUGEPAGE
void* map_huge(size_t bytes) {
  // Whole huge pages, and a last one where at least a quarter of it is used.
  const size_t used = bytes + kAlignment, rest = used % kHugePage;
  const size_t huge = used - rest + (rest >= kWorthOne ? kHugePage : 0);
  const size_t size = (huge > used ? huge : used) + kHugePage;
  void* const start = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) throw std::bad_alloc();
  const uintptr_t aligned = round_up(reinterpret_cast<uintptr_t>(start), kHugePage);
  // Where the system refuses, it is memory all the same.
  (void)::madvise(reinterpret_cast<void*>(aligned), huge, MADV_HUGEPAGE);
  return after_head(aligned, {start, size});
}
#endif

}  // namespace

void* allocate_zeroed(size_t bytes) {
  if (bytes > SIZE_MAX - 2 * kHugePage) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
  if (bytes >= kWorthOne) return map_huge(bytes);
#endif
  void* const start = std::calloc(bytes + 2 * kAlignment, 1);
  if (start == nullptr) throw std::bad_alloc();
  return after_head(round_up(reinterpret_cast<uintptr_t>(start), kAlignment), {start, 0});
}

void free_zeroed(void* block) {
  if (block == nullptr) return;
  const Head head = static_cast<Head*>(block)[-1];
  if (head.mapped == 0) {
    std::free(head.start);
  } else {
    ::munmap(head.start, head.mapped);
  }
}

}  // namespace siamese
