// Records on their way to the GPU.
#include "feeder.h"

#include <algorithm>
#include <cstring>

namespace siamese {

namespace {

constexpr size_t kRoomToLeave = size_t{512} << 20;  // for the libraries, and for whatever else uses the GPU
constexpr int64_t kSlotBytes = int64_t{8} << 20;    // large enough that a copy reaches the bus's full rate

template <class T>
void grow(PinnedArray<T>& array, int64_t size) {
  if (array.size() < size) array = PinnedArray<T>(size);
}

template <class T>
void grow(DeviceArray<T>& array, int64_t size) {
  if (array.size() < size) array = DeviceArray<T>(size, "the order of records");
}

template <class T>
void send(cudaStream_t stream, T* to, const T* from, int64_t n) {
  if (n == 0) return;
  check(cudaMemcpyAsync(to, from, static_cast<size_t>(n) * sizeof(T), cudaMemcpyHostToDevice, stream), "sending records");
}

}  // namespace

void Feeder::set_records(OnCuda& on, const Records& records) {
  resident_ = false;
  resident_store_ = Store();
  const int64_t values = records.count * records.size();
  const size_t bytes = static_cast<size_t>(values) * (records.bytes ? 1 : sizeof(float)) +
                       static_cast<size_t>(records.count) * sizeof(float);
  size_t free = 0, total = 0;
  check(cudaMemGetInfo(&free, &total), "asking for free memory");
  if (bytes + kRoomToLeave > free) return;
  Store store;
  if (records.bytes) {
    store.bytes = DeviceArray<uint8_t>(values, "records");
    send<uint8_t>(on.stream(), store.bytes.data(), records.bytes, values);
  } else {
    store.floats = DeviceArray<float>(values, "records");
    send<float>(on.stream(), store.floats.data(), records.floats, values);
  }
  store.labels = DeviceArray<float>(records.count, "labels");
  send<float>(on.stream(), store.labels.data(), records.labels, records.count);
  on.finish();
  resident_store_ = std::move(store);
  resident_records_ = records;
  resident_records_.bytes = resident_store_.bytes.data();
  resident_records_.floats = resident_store_.floats.data();
  resident_records_.labels = resident_store_.labels.data();
  resident_ = true;
}

void Feeder::set_mean(OnCuda& on, const std::vector<float>& mean) {
  mean_ = CudaMemory(static_cast<int64_t>(mean.size()));
  on.copy_from_host(mean_.data(), mean.data(), mean_.size());
}

void Feeder::begin(OnCuda& on, const FeedChunk& chunk, const Records& host, int64_t from, int64_t count, int64_t passes) {
  const int64_t images = count * per_pass_;
  Feed feed;
  grow(sent_order_, images);
  grow(order_, images);
  streams_ = chunk.own_records || !resident_;
  if (streams_) {
    // A stretch that was cut short may have left a copy under way.
    if (copies_) check(cudaStreamSynchronize(copies_.get()), "waiting for records");
    source_ = host;
    source_order_ = chunk.order + from * per_pass_;
    passes_left_ = count;
    prepare_ring(passes);
    const int64_t ring = kSlots * slot_passes_ * per_pass_;
    for (int64_t i = 0; i < images; ++i) sent_order_.data()[i] = static_cast<int32_t>(i % ring);
    feed.records = source_;
    feed.records.bytes = source_.bytes ? ring_.bytes.data() : nullptr;
    feed.records.floats = source_.bytes ? nullptr : ring_.floats.data();
    feed.records.labels = ring_.labels.data();
  } else {
    std::copy_n(chunk.order + from * per_pass_, images, sent_order_.data());
    feed.records = resident_records_;
  }
  send(on.stream(), order_.data(), sent_order_.data(), images);
  feed.order = order_.data();
  const auto bring = [&](const auto* all, int64_t per_image, auto& pinned, auto& device, const auto*& where) {
    if (all == nullptr) return;
    grow(pinned, per_image * images);
    grow(device, per_image * images);
    std::copy_n(all + per_image * from * per_pass_, per_image * images, pinned.data());
    send(on.stream(), device.data(), pinned.data(), per_image * images);
    where = device.data();
  };
  bring(chunk.crops, 3, sent_crops_, crops_, feed.crops);
  bring(chunk.warps, chunk.warp_size, sent_warps_, warps_, feed.warps);
  feed.warp_size = chunk.warp_size;
  bring(chunk.label_shifts, 1, sent_shifts_, shifts_, feed.label_shifts);
  feed.mean = mean_.size() > 0 ? mean_.data() : nullptr;
  layer_->set_feed(feed);
  layer_->send_feed(on);
}

size_t Feeder::record_bytes() const {
  return static_cast<size_t>(source_.size()) * (source_.bytes ? 1 : sizeof(float));
}

// A slot holds whole iterations. The ring is made anew when records of another kind come.
void Feeder::prepare_ring(int64_t passes) {
  const bool alike = slot_passes_ > 0 && slot_passes_ % passes == 0 && (ring_shape_.bytes != nullptr) == (source_.bytes != nullptr) &&
                     ring_shape_.size() == source_.size();
  if (alike) return;
  ring_shape_ = source_;
  const int64_t iteration_bytes = static_cast<int64_t>(record_bytes()) * per_pass_ * passes;
  slot_passes_ = passes * std::max<int64_t>(1, kSlotBytes / std::max<int64_t>(1, iteration_bytes));
  const int64_t records = slot_passes_ * per_pass_, values = records * source_.size();
  ring_ = Store();
  ring_.labels = DeviceArray<float>(kSlots * records, "labels");
  if (source_.bytes) {
    ring_.bytes = DeviceArray<uint8_t>(kSlots * values, "records");
  } else {
    ring_.floats = DeviceArray<float>(kSlots * values, "records");
  }
  for (Slot& slot : slots_) {
    slot.bytes = PinnedArray<uint8_t>(static_cast<int64_t>(record_bytes()) * records);
    slot.labels = PinnedArray<float>(records);
    slot.filled = make_event();
    slot.used = make_event();
    slot.in_use = false;
  }
  if (!copies_) copies_ = make_stream();
}

// Two slots are kept ahead: the copy of the one runs while the other is computed on.
void Feeder::before(OnCuda& on, int64_t pass) {
  if (!streams_ || pass % slot_passes_ != 0) return;
  if (pass == 0) {
    for (int64_t ahead = 0; ahead + 1 < kSlots; ++ahead) fill(on, ahead * slot_passes_);
  } else {
    fill(on, pass + (kSlots - 2) * slot_passes_);
  }
  const Slot& slot = slots_[pass / slot_passes_ % kSlots];
  check(cudaStreamWaitEvent(on.stream(), slot.filled.get(), 0), "waiting for records");
}

void Feeder::after(OnCuda& on, int64_t pass) {
  if (!streams_ || ((pass + 1) % slot_passes_ != 0 && pass + 1 != passes_left_)) return;
  Slot& slot = slots_[pass / slot_passes_ % kSlots];
  check(cudaEventRecord(slot.used.get(), on.stream()), "marking records as used");
  slot.in_use = true;
}

// Gathers the records of the slot that begins with that pass, and sends them.
void Feeder::fill(OnCuda&, int64_t slot_pass) {
  if (slot_pass >= passes_left_) return;
  const int64_t which = slot_pass / slot_passes_ % kSlots;
  Slot& slot = slots_[which];
  if (slot.in_use) check(cudaEventSynchronize(slot.used.get()), "waiting for a buffer");
  slot.in_use = false;
  const int64_t records = std::min(slot_passes_, passes_left_ - slot_pass) * per_pass_;
  const size_t bytes = record_bytes();
  const uint8_t* const from = source_.bytes ? source_.bytes : reinterpret_cast<const uint8_t*>(source_.floats);
  for (int64_t i = 0; i < records; ++i) {
    const int32_t record = source_order_[slot_pass * per_pass_ + i];
    std::memcpy(slot.bytes.data() + static_cast<size_t>(i) * bytes, from + static_cast<size_t>(record) * bytes, bytes);
    slot.labels.data()[i] = source_.labels[record];
  }
  const int64_t at = which * slot_passes_ * per_pass_;
  uint8_t* const to = source_.bytes ? ring_.bytes.data() : reinterpret_cast<uint8_t*>(ring_.floats.data());
  send(copies_.get(), to + static_cast<size_t>(at) * bytes, slot.bytes.data(), records * static_cast<int64_t>(bytes));
  send(copies_.get(), ring_.labels.data() + at, slot.labels.data(), records);
  check(cudaEventRecord(slot.filled.get(), copies_.get()), "marking records as there");
}

}  // namespace siamese
