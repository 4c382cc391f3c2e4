// A loop over rows on all cores, for work that is long enough.
#pragma once
#include <algorithm>
#include <cstddef>
#include <exception>
#include <thread>
#include <vector>

#include "cpu/cores.h"

namespace siamese {

// Multiplications below which a thread costs more than it saves.
constexpr size_t kLongWork = size_t{1} << 24;

// body(from, to) for parts that cover [0, rows), each part on a thread of its own; throws what a body threw.
template <class Body>
void over_rows(size_t rows, size_t work, const Body& body) {
  const size_t threads = work < kLongWork ? 1 : std::min<size_t>(static_cast<size_t>(usable_cores()), rows);
  if (threads <= 1) {
    body(size_t{0}, rows);
    return;
  }
  std::vector<std::exception_ptr> errors(threads);
  std::vector<std::thread> team;
  const auto part = [&](size_t t) {
    try {
      body(rows * t / threads, rows * (t + 1) / threads);
    } catch (...) {
      errors[t] = std::current_exception();
    }
  };
  for (size_t t = 1; t < threads; ++t) team.emplace_back(part, t);
  part(0);
  for (std::thread& thread : team) thread.join();
  for (const std::exception_ptr& error : errors) {
    if (error) std::rethrow_exception(error);
  }
}

}  // namespace siamese
