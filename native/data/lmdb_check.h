// Checks an LMDB file before liblmdb maps it: liblmdb trusts what it reads, so a damaged file would end the process.
#pragma once
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace siamese {

// A data set that is missing, truncated, corrupt or of another kind.
struct DataError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// All keys of a database in their order, packed: key i is bytes [ends[i-1], ends[i]).
struct LmdbKeys {
  std::string bytes;
  std::vector<uint64_t> ends;

  int64_t count() const { return static_cast<int64_t>(ends.size()); }
  uint64_t begin(int64_t i) const { return i == 0 ? 0 : ends[static_cast<size_t>(i) - 1]; }
  uint64_t size(int64_t i) const { return ends[static_cast<size_t>(i)] - begin(i); }
};

// Walks the whole tree of transaction `txnid` by reading (not mapping) `file`, and returns its keys.
// Throws DataError unless each page, node and value lies where liblmdb may safely follow it. Does not read the values.
LmdbKeys check_lmdb(const std::string& file, uint64_t txnid);

// Throws DataError unless the file holds the two meta pages that liblmdb maps at once.
void check_lmdb_header(const std::string& file);

}  // namespace siamese
