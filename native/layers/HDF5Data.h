// Rows of datasets: a record holds one row of each top, one after another, as floats. No attributes.
// top i: (N, ...) in any split. The engine sets a Feed before each pass.
#pragma once
#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "../engine/feed.h"
#include "../engine/layer.h"

namespace siamese {

template <class On>
class HDF5Data final : public Layer<On>, public FedLayer {
 public:
  explicit HDF5Data(LayerArguments arguments) : Layer<On>(std::move(arguments)) {
    for (size_t i = 0; i < this->args.tops.size(); ++i) {
      const Tensor& y = this->top(i).data;
      if (y.shape.empty() || y.dim(0) < 1 || y.dim(0) != this->top(0).data.dim(0)) {
        throw std::invalid_argument("plan: tops of HDF5Data differ in their first axis");
      }
      size_ += y.count() / y.dim(0);
    }
  }

  int64_t records_per_pass() const override { return this->top(0).data.dim(0); }

  void check_records(const Records& records) const override {
    if (records.floats == nullptr || records.size() != size_) {
      throw std::runtime_error("the records are of " + std::to_string(records.size()) + " values, the layer takes " +
                               std::to_string(size_) + " floats");
    }
  }

  void check_crop(const Records&, const int32_t*) const override {
    throw std::invalid_argument("run: HDF5Data takes no crops");
  }

  void set_feed(const Feed& feed) override { feed_ = feed; }

  void forward(On& on) override {
    if (feed_.order == nullptr) throw std::invalid_argument("run: no records were set");
    int64_t offset = 0;
    for (size_t i = 0; i < this->args.tops.size(); ++i) {
      const Tensor& y = this->top(i).data;
      const int64_t rows = y.dim(0), size = y.count() / rows;
      values_.resize(static_cast<size_t>(y.count()));
      for (int64_t n = 0; n < rows; ++n) {
        const float* const from = feed_.records.floats + feed_.order[n] * size_ + offset;
        std::copy(from, from + size, values_.begin() + n * size);
      }
      on.write(y, values_.data());
      offset += size;
    }
    feed_.order = nullptr;  // a feed serves one pass
  }

 private:
  int64_t size_ = 0;  // floats of one record
  std::vector<float> values_;
  Feed feed_;
};

}  // namespace siamese
