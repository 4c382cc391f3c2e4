// Remembers items by label and gives each one partners: a positive of its label, negatives of others; see
// src/layers/DataSequence.ts. bottom 0: split 1, rows = values, cols = N. bottom 1: labels. tops: anchors, partners, labels.
// Attributes: label_start, label_count, cache_size, positive (the first partner has the anchor's label), balance.
// Partners are a hash of seed, pass and item.
#pragma once
#include <cstring>
#include <stdexcept>

#include "../engine/counter.h"
#include "../engine/layer.h"
#include "draws.h"
#include "labels.h"
#include "view.h"

namespace siamese {

template <class On>
class DataSequence final : public Layer<On> {
 public:
  explicit DataSequence(LayerArguments arguments)
      : Layer<On>(std::move(arguments)),
        start_(this->args.attributes.integer("label_start")),
        labels_(this->args.attributes.integer("label_count")),
        places_(this->args.attributes.integer("cache_size")),
        partners_(static_cast<int64_t>(this->args.attributes.integer("partners"))),
        positive_(this->args.attributes.flag("positive")),
        balance_(this->args.attributes.flag("balance")),
        seed_(this->args.seed),
        cache_(labels_ * places_ * this->bottom(0).data.rows),
        rings_(2 * labels_),
        chosen_((1 + partners_) * this->bottom(0).data.cols) {
    if (labels_ * places_ >= 1 << 24) throw std::invalid_argument("plan: a cache of more places than a float can count");
  }

  void forward(On& on) override {
    passes_.advance(on);
    remember(on);
    choose(on);
    const View x = this->bottom(0).data, anchors = this->top(0).data;
    map(on, x, anchors, [=] SIAMESE_HD(float v) { return v; });
    const float *cache = cache_.data(), *chosen = chosen_.data();
    const int64_t items = x.cols, size = x.rows;
    for (int64_t p = 0; p < partners_; ++p) {
      const View y = this->top(static_cast<size_t>(1 + p)).data;
      on.for_each(y.rows, y.cols, [=] SIAMESE_HD(int64_t r, int64_t n) {
        y.at(r, n) = cache[static_cast<int64_t>(chosen[(1 + p) * items + n]) * size + r];
      });
    }
    if (static_cast<int64_t>(this->args.tops.size()) > 1 + partners_) write_labels(on);
  }

  // Seed, passes, rings and cache: a resumed run has the same partners.
  std::vector<uint8_t> state(On& on) const override {
    std::vector<uint8_t> bytes(sizeof seed_);
    std::memcpy(bytes.data(), &seed_, sizeof seed_);
    for (uint8_t byte : passes_.bytes(on)) bytes.push_back(byte);
    for (Memory* memory : memories()) {
      std::vector<float> floats(static_cast<size_t>(memory->size()));
      on.copy_to_host(memory->data(), floats.data(), memory->size());
      const auto* begin = reinterpret_cast<const uint8_t*>(floats.data());
      bytes.insert(bytes.end(), begin, begin + floats.size() * sizeof(float));
    }
    return bytes;
  }
  void set_state(On& on, const std::vector<uint8_t>& bytes) override {
    size_t wanted = 2 * sizeof seed_;
    for (Memory* memory : memories()) wanted += static_cast<size_t>(memory->size()) * sizeof(float);
    if (bytes.size() != wanted) throw std::runtime_error("the state of this DataSequence layer has another size");
    std::memcpy(&seed_, bytes.data(), sizeof seed_);
    passes_.set(on, bytes.data() + sizeof seed_);
    const uint8_t* from = bytes.data() + 2 * sizeof seed_;
    for (Memory* memory : memories()) {
      std::vector<float> floats(static_cast<size_t>(memory->size()));
      std::memcpy(floats.data(), from, floats.size() * sizeof(float));
      on.copy_from_host(memory->data(), floats.data(), memory->size());
      from += floats.size() * sizeof(float);
    }
  }

 private:
  using Memory = typename On::Memory;
  std::vector<Memory*> memories() const {
    auto* self = const_cast<DataSequence*>(this);
    return {&self->rings_, &self->cache_};
  }

  // Each label has a ring of places: where the next item goes, and how many there are. chosen[n]: the item's own place.
  void remember(On& on) {
    const View x = this->bottom(0).data, labels = this->bottom(1).data;
    const int64_t items = x.cols, size = x.rows, places = places_, count = labels_, start = start_;
    on.refuse(
        items, [=] SIAMESE_HD(int64_t n) { return labels.linear(n); },
        [=] SIAMESE_HD(float label) {
          return !(label >= static_cast<float>(start) && label < static_cast<float>(start + count));
        },
        [=](int64_t n, float label) {
          return "label " + shown(label) + " of item " + std::to_string(n) + " is outside [" + std::to_string(start) +
                 ", " + std::to_string(start + count) + ")";
        });
    float *rings = rings_.data(), *own = chosen_.data(), *cache = cache_.data();
    on.for_each(count, [=] SIAMESE_HD(int64_t l) {
      int64_t next = static_cast<int64_t>(rings[l]), filled = static_cast<int64_t>(rings[count + l]);
      for (int64_t n = 0; n < items; ++n) {
        if (static_cast<int64_t>(labels.linear(n)) - start != l) continue;
        own[n] = static_cast<float>(l * places + next);
        next = (next + 1) % places;
        filled += filled < places;
      }
      rings[l] = static_cast<float>(next);
      rings[count + l] = static_cast<float>(filled);
    });
    on.for_each(items, size, [=] SIAMESE_HD(int64_t n, int64_t r) {
      cache[static_cast<int64_t>(own[n]) * size + r] = x.at(r, n);
    });
  }

  void choose(On& on) {
    const View labels = this->bottom(1).data;
    const int64_t items = labels.count(), places = places_, count = labels_, start = start_, partners = partners_;
    const float* rings = rings_.data();
    float* chosen = chosen_.data();
    const uint64_t seed = seed_, *const passes = passes_.value();
    const bool positive = positive_, balance = balance_;
    on.for_each(partners * items, [=] SIAMESE_HD(int64_t i) {
      const int64_t p = i / items, n = i % items, own = static_cast<int64_t>(chosen[n]);
      const int64_t label = static_cast<int64_t>(labels.linear(n)) - start;
      const uint64_t key = seed ^ *passes * 0xD1B54A32D192ED03u;
      const uint32_t first = hashed_bits(key, static_cast<uint64_t>(2 * i));
      const uint32_t second = hashed_bits(key, static_cast<uint64_t>(2 * i + 1));
      if (p == 0 && (positive || (balance && n % 2 == 0))) {
        const int64_t others = static_cast<int64_t>(rings[count + label]) - 1;
        int64_t place = others > 0 ? static_cast<int64_t>(second % static_cast<uint32_t>(others)) : own - label * places;
        if (others > 0 && place >= own - label * places) ++place;
        chosen[(1 + p) * items + n] = static_cast<float>(label * places + place);
        return;
      }
      int64_t there = 0;
      for (int64_t l = 0; l < count; ++l) there += l != label && rings[count + l] > 0;
      int64_t rank = there ? static_cast<int64_t>(first % static_cast<uint32_t>(there)) : 0, other = -1;
      for (int64_t l = 0; l < count && rank >= 0; ++l) {
        if (l == label || rings[count + l] == 0) continue;
        if (rank-- == 0) other = l;
      }
      const uint32_t filled = other < 0 ? 1 : static_cast<uint32_t>(rings[count + other]);
      chosen[(1 + p) * items + n] = other < 0 ? -1 : static_cast<float>(other * places + second % filled);
    });
    on.refuse(
        partners * items, [=] SIAMESE_HD(int64_t i) { return chosen[items + i]; },
        [=] SIAMESE_HD(float place) { return place < 0; },
        [=](int64_t i, float) {
          return "item " + std::to_string(i % items) + " has no partner: no item of another label has come yet";
        });
  }

  void write_labels(On& on) {
    const View given = this->bottom(1).data, to = this->top(static_cast<size_t>(1 + partners_)).data;
    const int64_t items = given.count(), each = 1 + partners_, places = places_, start = start_;
    const float* chosen = chosen_.data();
    on.for_each(each * items, [=] SIAMESE_HD(int64_t i) {
      const int64_t n = i / each, p = i % each;
      to.linear(i) = static_cast<float>(static_cast<int64_t>(chosen[p * items + n]) / places + start);
    });
  }

  int64_t start_, labels_, places_, partners_;
  bool positive_, balance_;
  uint64_t seed_;
  Counter<On> passes_;
  Memory cache_, rings_, chosen_;
};

}  // namespace siamese
