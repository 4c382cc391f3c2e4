#include "inflate.h"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace siamese {

namespace {

constexpr int kMaxBits = 15;
constexpr int kLiterals = 288, kDistances = 30, kEndOfBlock = 256;

[[noreturn]] void fail(const char* what) { throw std::runtime_error(what); }

// Bits of the stream, lowest first.
class Bits {
 public:
  Bits(const uint8_t* at, const uint8_t* end) : at_(at), end_(end) {}

  uint32_t take(int n) {
    while (count_ < n) {
      if (at_ == end_) fail("truncated");
      bits_ |= uint64_t{*at_++} << count_;
      count_ += 8;
    }
    const uint32_t value = static_cast<uint32_t>(bits_ & ((uint64_t{1} << n) - 1));
    bits_ >>= n;
    count_ -= n;
    return value;
  }

  void skip_to_byte() { take(count_ % 8); }

 private:
  const uint8_t* at_;
  const uint8_t* const end_;
  uint64_t bits_ = 0;
  int count_ = 0;
};

// A canonical Huffman code: how many symbols have each length, and all symbols in order of their codes.
class Huffman {
 public:
  // `lengths`: bits of each symbol's code, 0 for one that does not occur.
  void set(const uint8_t* lengths, int symbols) {
    counts_.fill(0);
    for (int s = 0; s < symbols; ++s) ++counts_[lengths[s]];
    counts_[0] = 0;
    // An incomplete code is allowed where it is a single symbol; decode() refuses what it has no symbol for.
    int left = 1;
    for (int bits = 1; bits <= kMaxBits; ++bits) {
      left = 2 * left - counts_[static_cast<size_t>(bits)];
      if (left < 0) fail("it has an impossible Huffman code");
    }
    std::array<int, kMaxBits + 2> first{};
    for (size_t bits = 1; bits <= kMaxBits; ++bits) first[bits + 1] = first[bits] + counts_[bits];
    if (left > 0 && first[kMaxBits + 1] > 1) fail("it has an incomplete Huffman code");
    for (int s = 0; s < symbols; ++s) {
      if (lengths[s] != 0) symbols_[static_cast<size_t>(first[lengths[s]]++)] = static_cast<uint16_t>(s);
    }
  }

  int decode(Bits& bits) const {
    int code = 0, first = 0, index = 0;
    for (size_t n = 1; n <= kMaxBits; ++n) {
      code |= static_cast<int>(bits.take(1));
      const int count = counts_[n];
      if (code - first < count) return symbols_[static_cast<size_t>(index + code - first)];
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    fail("it has a code that stands for nothing");
  }

 private:
  std::array<int, kMaxBits + 1> counts_{};
  std::array<uint16_t, kLiterals> symbols_{};
};

struct Codes {
  Huffman literals, distances;
};

// The code that a block of type 1 is in.
void set_fixed(Codes& codes) {
  std::array<uint8_t, kLiterals> lengths;
  for (size_t s = 0; s < kLiterals; ++s) lengths[s] = s < 144 ? 8 : s < 256 ? 9 : s < 280 ? 7 : 8;
  codes.literals.set(lengths.data(), kLiterals);
  // 32 codes, the last two of which may not occur: the copy refuses them.
  std::array<uint8_t, 32> five;
  five.fill(5);
  codes.distances.set(five.data(), 32);
}

// The code that a block of type 2 begins with, itself in a code.
void read_codes(Bits& bits, Codes& codes) {
  static constexpr std::array<uint8_t, 19> kOrder = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
  const int literals = static_cast<int>(bits.take(5)) + 257, distances = static_cast<int>(bits.take(5)) + 1;
  const int coded = static_cast<int>(bits.take(4)) + 4;
  if (literals > 286 || distances > kDistances) fail("it has too many codes");
  std::array<uint8_t, kLiterals + kDistances> lengths{};
  for (int i = 0; i < coded; ++i) lengths[kOrder[static_cast<size_t>(i)]] = static_cast<uint8_t>(bits.take(3));
  Huffman of_lengths;
  of_lengths.set(lengths.data(), 19);
  lengths.fill(0);
  for (int i = 0; i < literals + distances;) {
    const int symbol = of_lengths.decode(bits);
    if (symbol < 16) {
      lengths[static_cast<size_t>(i++)] = static_cast<uint8_t>(symbol);
      continue;
    }
    if (symbol == 16 && i == 0) fail("it repeats a length before the first");
    const uint8_t value = symbol == 16 ? lengths[static_cast<size_t>(i - 1)] : uint8_t{0};
    const int times = symbol == 16   ? 3 + static_cast<int>(bits.take(2))
                      : symbol == 17 ? 3 + static_cast<int>(bits.take(3))
                                     : 11 + static_cast<int>(bits.take(7));
    if (i + times > literals + distances) fail("it has too many code lengths");
    std::fill_n(lengths.begin() + i, times, value);
    i += times;
  }
  if (lengths[kEndOfBlock] == 0) fail("a block of it has no end");
  codes.literals.set(lengths.data(), literals);
  codes.distances.set(lengths.data() + literals, distances);
}

struct Output {
  uint8_t* const begin;
  uint8_t* at;
  uint8_t* const end;

  void need(size_t n) const {
    if (static_cast<size_t>(end - at) < n) fail("too long");
  }
};

void copy_stored(Bits& bits, Output& out) {
  bits.skip_to_byte();
  const uint32_t length = bits.take(16), complement = bits.take(16);
  if (length != (complement ^ 0xffffu)) fail("a stored block has the wrong length");
  out.need(length);
  for (uint32_t i = 0; i < length; ++i) *out.at++ = static_cast<uint8_t>(bits.take(8));
}

void decode_block(Bits& bits, const Codes& codes, Output& out) {
  // Extra bits of a length code from 257 on, and of a distance code; what each begins at follows from those before it.
  static constexpr std::array<uint8_t, 29> kLengthBits = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                                          2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
  for (;;) {
    const int symbol = codes.literals.decode(bits);
    if (symbol == kEndOfBlock) return;
    if (symbol < kEndOfBlock) {
      out.need(1);
      *out.at++ = static_cast<uint8_t>(symbol);
      continue;
    }
    const size_t code = static_cast<size_t>(symbol - 257);
    if (code >= kLengthBits.size()) fail("it has a length that may not occur");
    size_t length = 3;
    for (size_t c = 0; c < code; ++c) length += size_t{1} << kLengthBits[c];
    length = code == 28 ? 258 : length + bits.take(kLengthBits[code]);
    const int far = codes.distances.decode(bits);
    if (far >= kDistances) fail("it has a distance that may not occur");
    const int extra = far < 4 ? 0 : far / 2 - 1;
    const size_t base = far < 4 ? static_cast<size_t>(far) : (size_t{2} + static_cast<size_t>(far % 2)) << extra;
    const size_t distance = 1 + base + bits.take(extra);
    if (distance > static_cast<size_t>(out.at - out.begin)) fail("it reaches back before its beginning");
    out.need(length);
    for (size_t i = 0; i < length; ++i, ++out.at) *out.at = *(out.at - distance);
  }
}

uint32_t adler32(const uint8_t* bytes, size_t size) {
  constexpr uint32_t kPrime = 65521;
  constexpr size_t kUnreduced = 5552;  // so many bytes fit in 32 bits
  uint32_t a = 1, b = 0;
  for (size_t i = 0; i < size;) {
    for (const size_t end = std::min(size, i + kUnreduced); i < end; ++i) {
      a += bytes[i];
      b += a;
    }
    a %= kPrime;
    b %= kPrime;
  }
  return b << 16 | a;
}

}  // namespace

void inflate(const uint8_t* stream, size_t length, uint8_t* out, size_t size) {
  Bits bits(stream, stream + length);
  const uint32_t method = bits.take(8), flags = bits.take(8);
  if ((method & 15) != 8 || (method >> 4) > 7 || (method << 8 | flags) % 31 != 0) fail("incorrect header check");
  if ((flags & 32) != 0) fail("it needs a dictionary");
  Output output{out, out, out + size};
  Codes codes;
  for (bool last = false; !last;) {
    last = bits.take(1) != 0;
    switch (bits.take(2)) {
      case 0:
        copy_stored(bits, output);
        continue;
      case 1:
        set_fixed(codes);
        break;
      case 2:
        read_codes(bits, codes);
        break;
      default:
        fail("it has a block of no type");
    }
    decode_block(bits, codes, output);
  }
  if (output.at != output.end) fail("truncated");
  bits.skip_to_byte();
  uint32_t checksum = 0;
  for (int i = 0; i < 4; ++i) checksum = checksum << 8 | bits.take(8);
  if (checksum != adler32(out, size)) fail("incorrect data check");
}

}  // namespace siamese
