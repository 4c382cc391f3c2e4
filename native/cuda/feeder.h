// Brings one Data layer its records: all of them into GPU memory once where they fit, otherwise those of the iterations to
// come through a ring of pinned buffers, copied while earlier iterations compute.
#pragma once
#include <vector>

#include "../engine/engine.h"
#include "../layers/Data.cuda.h"

namespace siamese {

class Feeder {
 public:
  Feeder(Data<OnCuda>* layer, int64_t records_per_pass) : layer_(layer), per_pass_(records_per_pass) {}

  // Keeps a copy in GPU memory if there is room for it.
  void set_records(OnCuda& on, const Records& records);
  void set_mean(OnCuda& on, const std::vector<float>& mean);

  // Before a stretch: `chunk`'s passes [from, from + count), `passes` of them in each iteration.
  void begin(OnCuda& on, const FeedChunk& chunk, const Records& host, int64_t from, int64_t count, int64_t passes);
  // Before and after pass `pass` of the stretch is asked of the GPU.
  void before(OnCuda& on, int64_t pass);
  void after(OnCuda& on, int64_t pass);

 private:
  // A set of records somewhere, of one size.
  struct Store {
    DeviceArray<uint8_t> bytes;
    DeviceArray<float> floats, labels;
  };
  struct Slot {
    PinnedArray<uint8_t> bytes;
    PinnedArray<float> labels;
    Event filled, used;
    bool in_use = false;
  };
  static constexpr int kSlots = 3;  // one computed on, one copied, one filled

  void prepare_ring(int64_t passes);
  void fill(OnCuda& on, int64_t slot_pass);
  size_t record_bytes() const;

  Data<OnCuda>* layer_;
  int64_t per_pass_;
  bool resident_ = false;
  Records resident_records_;  // pointers into GPU memory
  Store resident_store_;
  CudaMemory mean_;

  // Of a stretch, for each image: its record, crop, warp and label shift.
  PinnedArray<int32_t> sent_order_, sent_crops_;
  DeviceArray<int32_t> order_, crops_;
  PinnedArray<float> sent_warps_, sent_shifts_;
  DeviceArray<float> warps_, shifts_;

  // The ring.
  bool streams_ = false;
  Records source_;                 // in memory of the host
  const int32_t* source_order_ = nullptr;
  int64_t passes_left_ = 0;        // of the stretch, from its beginning
  int64_t slot_passes_ = 0;
  Records ring_shape_;
  Store ring_;
  Slot slots_[kSlots];
  Stream copies_;
};

}  // namespace siamese
