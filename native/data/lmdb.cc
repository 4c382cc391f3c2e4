// Opening as Caffe does (MDB_RDONLY | MDB_NOTLS), but only after the file has been checked page by page.
#include "lmdb.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "datum.h"

namespace siamese {
namespace {

constexpr size_t kFirstMapSize = size_t{16} << 20;
constexpr size_t kBatchRecords = 1000;              // records per transaction, as Caffe's convert tools
constexpr size_t kBatchBytes = size_t{16} << 20;    // but no more than this in memory
constexpr mdb_mode_t kFileMode = 0664, kFolderMode = 0744;

std::string reason(int rc) { return mdb_strerror(rc); }

bool exists(const std::string& name) { return ::access(name.c_str(), F_OK) == 0; }

LmdbEnv make_env() {
  MDB_env* env = nullptr;
  if (const int rc = mdb_env_create(&env)) throw DataError("LMDB: " + reason(rc));
  return LmdbEnv(env);
}

LmdbRecord record(const MDB_val& key, const MDB_val& value) {
  return {static_cast<const uint8_t*>(key.mv_data), key.mv_size, static_cast<const uint8_t*>(value.mv_data),
          value.mv_size};
}

LmdbTxn begin(MDB_env* env, unsigned flags, int* rc) {
  MDB_txn* txn = nullptr;
  *rc = mdb_txn_begin(env, nullptr, flags, &txn);
  return LmdbTxn(txn);
}

}  // namespace

LmdbReader::LmdbReader(const std::string& path) : path_(path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) throw DataError(path + ": " + std::strerror(errno));
  folder_ = S_ISDIR(facts.st_mode);
  check_lmdb_header(file());

  // Whoever writes an LMDB makes a lock file, so without one there is nobody to lock against, and none is left behind.
  const std::string lock = folder_ ? path_ + "/lock.mdb" : path_ + "-lock";
  if (exists(lock) && ::access(lock.c_str(), R_OK | W_OK) == 0) {
    try {
      open(0);
      return;
    } catch (const DataError&) {
      // Locks that the file system refuses, or a lock file of another version; if the data is at fault it shows below.
    }
  }
  open(MDB_NOLOCK);
}

std::string LmdbReader::file() const { return folder_ ? path_ + "/data.mdb" : path_; }

void LmdbReader::open(unsigned flags) {
  cursor_.reset();
  txn_.reset();
  env_ = make_env();
  struct stat facts {};
  if (::stat(file().c_str(), &facts) != 0) throw DataError(file() + ": " + std::strerror(errno));
  // Caffe leaves map sizes of up to 1 TB in its files; a reader needs no more than there is.
  mdb_env_set_mapsize(env_.get(), static_cast<size_t>(facts.st_size));
  flags |= MDB_RDONLY | MDB_NOTLS | (folder_ ? 0u : MDB_NOSUBDIR);
  int rc = mdb_env_open(env_.get(), path_.c_str(), flags, kFileMode);
  if (rc) throw DataError(path_ + ": LMDB: " + reason(rc));
  txn_ = begin(env_.get(), MDB_RDONLY, &rc);
  if (rc) throw DataError(path_ + ": LMDB: " + reason(rc));
  keys_ = check_lmdb(file(), mdb_txn_id(txn_.get()));

  MDB_cursor* cursor = nullptr;
  rc = mdb_dbi_open(txn_.get(), nullptr, 0, &dbi_);
  if (!rc) rc = mdb_cursor_open(txn_.get(), dbi_, &cursor);
  if (rc) throw DataError(path_ + ": LMDB: " + reason(rc));
  cursor_.reset(cursor);
  at_ = -1;
}

std::vector<LmdbRecord> LmdbReader::read(int64_t from, int64_t n) {
  std::vector<LmdbRecord> records;
  if (from < 0 || from >= count() || n <= 0) return records;
  n = std::min(n, count() - from);
  records.reserve(static_cast<size_t>(n));
  for (int64_t i = from; i < from + n; ++i) {
    if (i != at_) {
      records.push_back(pick(i));
      continue;
    }
    MDB_val key, value;
    if (const int rc = mdb_cursor_get(cursor_.get(), &key, &value, i == 0 ? MDB_FIRST : MDB_NEXT))
      throw DataError(path_ + ": LMDB: " + reason(rc));
    records.push_back(record(key, value));
    at_ = i + 1;
  }
  return records;
}

std::vector<float> LmdbReader::labels() {
  std::vector<float> labels;
  labels.reserve(static_cast<size_t>(count()));
  constexpr int64_t kChunk = 4096;
  for (int64_t from = 0; from < count(); from += kChunk) {
    for (const LmdbRecord& r : read(from, kChunk)) {
      const std::optional<int32_t> label = datum_label(r.value, r.value_size);
      if (!label) {
        const std::string key(reinterpret_cast<const char*>(r.key), r.key_size);
        throw DataError(path_ + ": record \"" + key + "\": it is no Datum, or a truncated one");
      }
      labels.push_back(static_cast<float>(*label));
    }
  }
  return labels;
}

LmdbRecord LmdbReader::pick(int64_t number) {
  if (number < 0 || number >= count()) {
    throw std::out_of_range("record " + std::to_string(number) + " of " + std::to_string(count()));
  }
  MDB_val key, value;
  key.mv_data = keys_.bytes.data() + keys_.begin(number);
  key.mv_size = keys_.size(number);
  if (const int rc = mdb_cursor_get(cursor_.get(), &key, &value, MDB_SET_KEY)) {
    throw DataError(path_ + ": LMDB: " + reason(rc));
  }
  at_ = number + 1;
  return record(key, value);
}

LmdbWriter::LmdbWriter(const std::string& folder) : folder_(folder), map_size_(kFirstMapSize) {
  if (::mkdir(folder.c_str(), kFolderMode) != 0) {
    throw LmdbWriteError("cannot make " + folder + ": " + std::strerror(errno));
  }
  env_ = make_env();
  mdb_env_set_mapsize(env_.get(), map_size_);
  // Synced once, at the end: until then the folder is not yet the user's database.
  int rc = mdb_env_open(env_.get(), folder.c_str(), MDB_NOSYNC, kFileMode);
  if (rc) throw LmdbWriteError(folder + ": LMDB: " + reason(rc));
  LmdbTxn txn = begin(env_.get(), 0, &rc);
  if (!rc) rc = mdb_dbi_open(txn.get(), nullptr, 0, &dbi_);
  if (!rc) rc = mdb_txn_commit(txn.release());
  if (rc) throw LmdbWriteError(folder + ": LMDB: " + reason(rc));
}

void LmdbWriter::put(std::string key, std::string value) {
  batch_bytes_ += key.size() + value.size();
  batch_.emplace_back(std::move(key), std::move(value));
  if (batch_.size() >= kBatchRecords || batch_bytes_ >= kBatchBytes) commit();
}

void LmdbWriter::commit() {
  int rc = write_batch();
  while (rc == MDB_MAP_FULL) {
    grow();
    rc = write_batch();
  }
  if (rc) throw LmdbWriteError(folder_ + ": LMDB: " + reason(rc));
  batch_.clear();
  batch_bytes_ = 0;
}

void LmdbWriter::finish() {
  commit();
  if (const int rc = mdb_env_sync(env_.get(), 1)) throw LmdbWriteError(folder_ + ": LMDB: " + reason(rc));
}

// One transaction; MDB_MAP_FULL leaves the database as it was.
int LmdbWriter::write_batch() {
  if (batch_.empty()) return 0;
  int rc = 0;
  LmdbTxn txn = begin(env_.get(), 0, &rc);
  if (rc) return rc;
  for (auto& [k, v] : batch_) {
    MDB_val key{k.size(), k.data()}, value{v.size(), v.data()};
    rc = mdb_put(txn.get(), dbi_, &key, &value, MDB_NOOVERWRITE);
    if (rc == MDB_KEYEXIST) throw DataError("key \"" + k + "\" occurs twice");
    if (rc == MDB_BAD_VALSIZE) {
      throw DataError("key \"" + k + "\" is of " + std::to_string(k.size()) + " bytes, LMDB takes 1 to " +
                      std::to_string(mdb_env_get_maxkeysize(env_.get())));
    }
    if (rc) return rc;
  }
  return mdb_txn_commit(txn.release());
}

void LmdbWriter::grow() {
  map_size_ *= 2;
  if (const int rc = mdb_env_set_mapsize(env_.get(), map_size_)) {
    throw LmdbWriteError(folder_ + ": LMDB: " + reason(rc));
  }
}

}  // namespace siamese
