// LMDB databases as Caffe writes and reads them, over liblmdb: the one place where a file name reaches C++.
#pragma once
#include <lmdb.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lmdb_check.h"

namespace siamese {

// A database that cannot be written: full disk, no permission.
struct LmdbWriteError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct LmdbEnvClose {
  void operator()(MDB_env* env) const { mdb_env_close(env); }
};
struct LmdbTxnAbort {
  void operator()(MDB_txn* txn) const { mdb_txn_abort(txn); }
};
struct LmdbCursorClose {
  void operator()(MDB_cursor* cursor) const { mdb_cursor_close(cursor); }
};
using LmdbEnv = std::unique_ptr<MDB_env, LmdbEnvClose>;
using LmdbTxn = std::unique_ptr<MDB_txn, LmdbTxnAbort>;
using LmdbCursor = std::unique_ptr<MDB_cursor, LmdbCursorClose>;

// One record in the map: valid as long as the reader lives.
struct LmdbRecord {
  const uint8_t* key;
  size_t key_size;
  const uint8_t* value;
  size_t value_size;
};

// Numbered records, in key order. Writes nothing: without a lock file none is made.
class LmdbReader {
 public:
  // A folder with data.mdb, or a single file (MDB_NOSUBDIR). Throws DataError.
  explicit LmdbReader(const std::string& path);

  int64_t count() const { return keys_.count(); }
  // Records [from, from + n), fewer at the end.
  std::vector<LmdbRecord> read(int64_t from, int64_t n);
  // The label of each record's Datum; of large values only the pages with their first and last bytes are touched.
  std::vector<float> labels();
  // Record `number`, by its key.
  LmdbRecord pick(int64_t number);

 private:
  void open(unsigned flags);
  std::string file() const;

  std::string path_;
  bool folder_;
  LmdbEnv env_;
  LmdbTxn txn_;
  MDB_dbi dbi_ = 0;
  LmdbCursor cursor_;
  int64_t at_ = 0;  // record that the cursor gives next
  LmdbKeys keys_;
};

// Writes a new database into a folder, which it makes (mode 0744, as Caffe does).
class LmdbWriter {
 public:
  explicit LmdbWriter(const std::string& folder);

  // Kept until the batch is committed. Throws DataError for a key that is there already.
  void put(std::string key, std::string value);
  void commit();
  // Commits, and syncs to the disk.
  void finish();

 private:
  void grow();
  int write_batch();

  std::string folder_;
  LmdbEnv env_;
  MDB_dbi dbi_ = 0;
  size_t map_size_ = 0;
  size_t batch_bytes_ = 0;
  std::vector<std::pair<std::string, std::string>> batch_;
};

}  // namespace siamese
