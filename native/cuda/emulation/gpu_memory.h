// The emulated GPU's memory, which nobody may touch but while a stream's work is done.
#pragma once
#include <sys/mman.h>

#include <cstdlib>
#include <map>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#endif

inline size_t from_environment(const char* name, size_t otherwise) {
  const char* const text = std::getenv(name);
  return text && *text ? std::strtoull(text, nullptr, 10) : otherwise;
}

inline size_t total_memory() {
  static const size_t total = from_environment("SIAMESE_EMULATED_MIB", 1024) << 20;
  return total;
}

// One piece of address space, which only open() lets anyone touch.
class GpuMemory {
 public:
  void* allocate(size_t size) {
    const size_t room = round(size) + kGap;
    if (used_ + size > total_memory()) return nullptr;
    if (!base_) reserve();
    auto found = free_.begin();
    while (found != free_.end() && found->second < room) ++found;
    if (found == free_.end()) return nullptr;
    const size_t at = found->first, left = found->second - room;
    free_.erase(found);
    if (left > 0) free_[at + room] = left;
    taken_[at] = size;
    used_ += size;
    if (at + room > high_) {
      high_ = at + room;
      if (open_ > 0) protect(PROT_READ | PROT_WRITE);
    }
    ASAN_UNPOISON_MEMORY_REGION(base_ + at, size);
    return base_ + at;
  }
  bool release(void* memory) {
    const size_t at = static_cast<size_t>(static_cast<char*>(memory) - base_);
    const auto found = taken_.find(at);
    if (!base_ || found == taken_.end()) return false;
    ASAN_POISON_MEMORY_REGION(base_ + at, round(found->second));
    used_ -= found->second;
    size_t start = at, room = round(found->second) + kGap;
    taken_.erase(found);
    const auto next = free_.find(start + room);
    if (next != free_.end()) room += next->second, free_.erase(next);
    for (auto before = free_.begin(); before != free_.end(); ++before) {
      if (before->first + before->second != start) continue;
      start = before->first, room += before->second;
      free_.erase(before);
      break;
    }
    free_[start] = room;
    return true;
  }
  size_t used() const { return used_; }
  void open() {
    if (open_++ == 0) protect(PROT_READ | PROT_WRITE);
  }
  void close() {
    if (--open_ == 0) protect(PROT_NONE);
  }

 private:
  static constexpr size_t kGap = 256;  // between two pieces: a step beyond the end is seen
  static size_t round(size_t size) { return (size + 255) / 256 * 256; }

  void reserve() {
    size_ = 2 * total_memory() + (size_t{64} << 20);
    base_ = static_cast<char*>(mmap(nullptr, size_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
    if (base_ == MAP_FAILED) std::abort();
    free_[0] = size_;
    ASAN_POISON_MEMORY_REGION(base_, size_);
  }
  void protect(int how) {
    if (high_ > 0) mprotect(base_, (high_ + 4095) / 4096 * 4096, how);
  }

  char* base_ = nullptr;
  size_t size_ = 0, used_ = 0, high_ = 0;
  int open_ = 0;
  std::map<size_t, size_t> free_, taken_;
};
