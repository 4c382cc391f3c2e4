// LMDB's file format as liblmdb 0.9 writes it on 64-bit little-endian machines (Caffe's databases all are).
#include "lmdb_check.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace siamese {
namespace {

// Page header: u64 number, u16 pad, u16 flags, u16 lower, u16 upper; then u16 node offsets up to `lower`.
constexpr uint64_t kPageHeader = 16;
constexpr uint64_t kNodeHeader = 8;  // u16 low, u16 high, u16 flags, u16 key size
constexpr uint16_t kBranch = 0x01, kLeaf = 0x02, kMeta = 0x08;
constexpr uint16_t kBigData = 0x01, kSubDatabase = 0x02, kDuplicates = 0x04;
constexpr uint32_t kMagic = 0xBEEFC0DE;
constexpr uint32_t kVersion = 1;
constexpr int kMaxDepth = 32;  // liblmdb's CURSOR_STACK
constexpr uint64_t kNoPage = ~uint64_t{0};
constexpr uint64_t kMetaBytes = 152;  // header and meta together

template <class T>
T load(const uint8_t* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

class File {
 public:
  explicit File(const std::string& name) : name_(name), fd_(::open(name.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (fd_ < 0) throw DataError(name + ": " + std::strerror(errno));
    struct stat facts {};
    if (::fstat(fd_, &facts) != 0 || !S_ISREG(facts.st_mode)) {
      ::close(fd_);
      throw DataError(name + " is not a file");
    }
    size_ = static_cast<uint64_t>(facts.st_size);
  }
  ~File() { ::close(fd_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  uint64_t size() const { return size_; }

  void read(uint64_t offset, uint8_t* out, uint64_t bytes) const {
    while (bytes > 0) {
      const ssize_t got = ::pread(fd_, out, bytes, static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) throw DataError(name_ + ": " + std::strerror(errno));
      if (got == 0) throw DataError(name_ + " is truncated at byte " + std::to_string(offset));
      out += got;
      offset += static_cast<uint64_t>(got);
      bytes -= static_cast<uint64_t>(got);
    }
  }

 private:
  std::string name_;
  int fd_;
  uint64_t size_ = 0;
};

struct Meta {
  uint64_t page_size, root, entries, last_page, txnid;
  uint16_t flags, depth;
};

Meta read_meta(const File& file, const std::string& name, uint64_t offset) {
  uint8_t page[kMetaBytes];
  if (file.size() < offset + kMetaBytes) throw DataError(name + " is truncated: no meta page");
  file.read(offset, page, kMetaBytes);
  if (!(load<uint16_t>(page + 10) & kMeta) || load<uint32_t>(page + 16) != kMagic)
    throw DataError(name + " is not an LMDB file");
  if (load<uint32_t>(page + 20) != kVersion) throw DataError(name + " is of another LMDB version");
  const uint8_t* main = page + 88;  // after magic, version, address, map size and the free list's record
  return {load<uint32_t>(page + 40), load<uint64_t>(main + 40), load<uint64_t>(main + 32), load<uint64_t>(page + 136),
          load<uint64_t>(page + 144), load<uint16_t>(main + 4), load<uint16_t>(main + 6)};
}

class Walk {
 public:
  Walk(const File& file, const std::string& name, const Meta& meta) : file_(file), name_(name), meta_(meta) {
    if (file.size() / meta.page_size <= meta.last_page) {
      throw DataError(name + " is truncated: " + std::to_string(file.size()) + " bytes, its pages take " +
                      std::to_string((meta.last_page + 1) * meta.page_size));
    }
    if (meta.flags != 0) fail("it holds duplicate or integer keys, which no Caffe database does", 0);
  }

  LmdbKeys keys() {
    if (meta_.root == kNoPage) {
      if (meta_.entries != 0) fail("it has entries but no root", 0);
      return {};
    }
    if (meta_.depth == 0 || meta_.depth > kMaxDepth) fail("impossible depth", meta_.root);
    // Not reserved from meta_.entries: that number may be damaged too.
    page(meta_.root, 1);
    if (static_cast<uint64_t>(keys_.count()) != meta_.entries) fail("the number of entries does not agree", 0);
    return std::move(keys_);
  }

 private:
  [[noreturn]] void fail(const std::string& what, uint64_t page) const {
    throw DataError(name_ + " is corrupt: " + what + (page ? " (page " + std::to_string(page) + ")" : ""));
  }

  void page(uint64_t number, int level) {
    if (number < 2 || number > meta_.last_page) fail("a page number is out of range", number);
    // A page reached twice would be a loop or a shared subtree; the count bounds the work either way.
    if (++visited_ > meta_.last_page) fail("its tree has loops", number);
    std::vector<uint8_t> bytes(meta_.page_size);
    file_.read(number * meta_.page_size, bytes.data(), meta_.page_size);
    const uint8_t* p = bytes.data();
    const bool leaf = level == meta_.depth;
    const uint64_t lower = load<uint16_t>(p + 12), upper = load<uint16_t>(p + 14);
    if (load<uint64_t>(p) != number || load<uint16_t>(p + 10) != (leaf ? kLeaf : kBranch)) fail("wrong page", number);
    if (lower < kPageHeader || lower > upper || upper > meta_.page_size || lower % 2) fail("bad page header", number);
    const uint64_t nodes = (lower - kPageHeader) / 2;
    if (nodes < (leaf ? 1u : 2u)) fail("page without nodes", number);
    for (uint64_t i = 0; i < nodes; ++i) {
      const uint64_t at = load<uint16_t>(p + kPageHeader + 2 * i);
      if (at < upper || at % 2 || at + kNodeHeader > meta_.page_size) fail("bad node offset", number);
      const uint64_t key_size = load<uint16_t>(p + at + 6);
      if (at + kNodeHeader + key_size > meta_.page_size) fail("a key runs out of its page", number);
      if (leaf) {
        value(p, at, key_size, number);
      } else {
        const uint64_t low = load<uint32_t>(p + at), high = load<uint16_t>(p + at + 4);
        page(low | high << 32, level + 1);
      }
    }
  }

  void value(const uint8_t* p, uint64_t at, uint64_t key_size, uint64_t number) {
    const uint64_t size = load<uint32_t>(p + at);
    const uint16_t flags = load<uint16_t>(p + at + 4);
    const uint64_t data = at + kNodeHeader + key_size;
    if (flags & (kSubDatabase | kDuplicates)) {
      fail("it holds sub-databases or duplicates, which no Caffe database does", number);
    }
    if (flags & kBigData) {
      if (data + 8 > meta_.page_size) fail("a value runs out of its page", number);
      const uint64_t first = load<uint64_t>(p + data);
      const uint64_t pages = (kPageHeader + size + meta_.page_size - 1) / meta_.page_size;
      if (first < 2 || first > meta_.last_page || pages > meta_.last_page + 1 - first) {
        fail("a value runs out of the file", number);
      }
    } else if (data + size > meta_.page_size) {
      fail("a value runs out of its page", number);
    }
    add_key(p + at + kNodeHeader, key_size, number);
  }

  // Keys ascend strictly, bytewise: look-ups by key depend on it.
  void add_key(const uint8_t* key, uint64_t size, uint64_t number) {
    if (size == 0) fail("empty key", number);
    if (keys_.count() > 0) {
      const int64_t last = keys_.count() - 1;
      const uint64_t last_size = keys_.size(last);
      const int order = std::memcmp(keys_.bytes.data() + keys_.begin(last), key, std::min(last_size, size));
      if (order > 0 || (order == 0 && last_size >= size)) fail("its keys are out of order", number);
    }
    keys_.bytes.append(reinterpret_cast<const char*>(key), size);
    keys_.ends.push_back(keys_.bytes.size());
  }

  const File& file_;
  const std::string& name_;
  const Meta meta_;
  uint64_t visited_ = 0;
  LmdbKeys keys_;
};

bool usable_page_size(uint64_t size) { return size >= 256 && size <= 32768 && (size & (size - 1)) == 0; }

// Both metas, the second of which lies one page on.
std::pair<Meta, Meta> read_metas(const File& file, const std::string& name) {
  const Meta first = read_meta(file, name, 0);
  const std::string size = std::to_string(first.page_size);
  if (!usable_page_size(first.page_size)) throw DataError(name + " is corrupt: page size " + size);
  if (file.size() < 2 * first.page_size) {
    throw DataError(name + " is truncated: " + std::to_string(file.size()) + " bytes");
  }
  const Meta second = read_meta(file, name, first.page_size);
  if (second.page_size != first.page_size) throw DataError(name + " is corrupt: its two meta pages disagree");
  return {first, second};
}

}  // namespace

void check_lmdb_header(const std::string& name) {
  const File file(name);
  read_metas(file, name);
}

LmdbKeys check_lmdb(const std::string& name, uint64_t txnid) {
  const File file(name);
  const auto [first, second] = read_metas(file, name);
  // liblmdb uses the page that the transaction's parity names, which must be that transaction's.
  const Meta& meta = txnid % 2 == 0 ? first : second;
  if (meta.txnid != txnid) throw DataError(name + " is corrupt: no meta page of transaction " + std::to_string(txnid));
  return Walk(file, name, meta).keys();
}

}  // namespace siamese
