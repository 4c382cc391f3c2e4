// Distances of encodings to one target per class, learnt from labelled encodings. No gradient.
// bottom 0: encodings, split 1: rows = C, cols = N. bottom 1, TRAIN: labels, the first of each item counts.
// top 0: squared distances, split 1: rows = L, cols = N; the largest float where there is no target. top 1, optional:
// targets (L, C), zeros where status is not 1. params, Caffe's order: centroids (L, C), counts (L), status (L), KNN:
// encodings (L, cache, C). Attributes: target, learns, k, ignore_label, pregen_alpha, centroid_output_iteration.
// A class's new mean is that of its old items and the batch's, summed in double: their order does not matter.
#pragma once
#include <cfloat>
#include <cmath>
#include <stdexcept>

#include "../engine/counter.h"
#include "../engine/layer.h"
#include "labels.h"
#include "view.h"

namespace siamese {

template <class On>
class Decode final : public Layer<On> {
 public:
  explicit Decode(LayerArguments arguments)
      : Layer<On>(std::move(arguments)),
        target_(this->args.attributes.text("target")),
        learns_(this->args.attributes.flag("learns")),
        k_(this->args.attributes.integer("k")),
        output_from_(this->args.attributes.integer("centroid_output_iteration")),
        x_(this->bottom(0).data),
        centroids_(this->param(0).data),
        counts_(this->param(1).data),
        status_(this->param(2).data),
        labels_(counts_.count()),
        ignored_(static_cast<int64_t>(this->args.attributes.list("ignore_label").size())) {
    if (target_ == "KNN") cache_ = this->param(3).data;
    if (k_ < 1 || k_ > kMaxK) throw std::invalid_argument("plan: k of Decode is out of range");
  }

  // Per item: the first item of its class in the batch (-1: ignored), and there how many there are.
  int64_t scratch() const override { return 2 * x_.cols; }

  void forward(On& on) override {
    if (target_ == "PREGEN") place_targets(on);
    if (learns_) learn(on);
    update_status(on);
    distances(on);
    if (this->args.tops.size() > 1) output_targets(on);
  }

  // Passes of training so far.
  std::vector<uint8_t> state(On& on) const override { return passes_.bytes(on); }
  void set_state(On& on, const std::vector<uint8_t>& bytes) override {
    if (bytes.size() != sizeof(uint64_t)) throw std::runtime_error("the state of a Decode layer has 8 bytes");
    passes_.set(on, bytes.data());
  }

 private:
  static constexpr int64_t kMaxK = 64;

  void learn(On& on) {
    const View x = x_, labels = this->bottom(1).data, counts = counts_, centroids = centroids_, status = status_;
    const int64_t n = x.cols, dimension = x.rows, step = labels.count() / n;
    float *first = on.scratch(), *size = first + n;
    mark_ignored(on);
    copy_ignored(on);
    const float* const ignored = ignored_.data();
    const int64_t ignored_count = ignored_.size();
    require_labels(on, labels, n, step, labels_, [=] SIAMESE_HD(int label) {
      for (int64_t i = 0; i < ignored_count; ++i) {
        if (ignored[i] == static_cast<float>(label)) return true;
      }
      return false;
    });
    on.for_each(n, [=] SIAMESE_HD(int64_t i) {
      int64_t j = 0;
      while (labels.linear(j * step) != labels.linear(i * step) && j < i) ++j;
      const float label = labels.linear(i * step);
      const bool counts_here = label >= 0 && status.linear(static_cast<int64_t>(label)) >= 0;
      first[i] = counts_here ? static_cast<float>(j) : -1.0f;
    });
    on.for_each(n, [=] SIAMESE_HD(int64_t i) {
      size[i] = 0;
      for (int64_t j = i; j < n; ++j) size[i] += first[j] == static_cast<float>(i);
    });
    if (cache_) remember(on, labels, step);
    on.for_each(n, dimension, [=] SIAMESE_HD(int64_t i, int64_t c) {
      if (size[i] == 0) return;
      const int64_t label = static_cast<int64_t>(labels.linear(i * step));
      float& mean = centroids.linear(label * dimension + c);
      const double before = counts.linear(label);
      double sum = before * mean;
      for (int64_t j = i; j < n; ++j) sum += first[j] == static_cast<float>(i) ? x.at(c, j) : 0;
      mean = static_cast<float>(sum / (before + size[i]));
    });
    on.for_each(n, [=] SIAMESE_HD(int64_t i) {
      if (size[i] > 0) counts.linear(static_cast<int64_t>(labels.linear(i * step))) += size[i];
    });
    passes_.advance(on);
  }

  // KNN: an item takes the next place of its class's ring. Of more items than places the last ones stay.
  void remember(On& on, const View& labels, int64_t step) {
    const View x = x_, counts = counts_, cache = cache_;
    const int64_t n = x.cols, dimension = x.rows, places = cache.count() / labels_ / dimension;
    const float *first = on.scratch(), *size = first + n;
    on.for_each(n, dimension, [=] SIAMESE_HD(int64_t i, int64_t c) {
      if (first[i] < 0) return;
      int64_t earlier = 0;
      for (int64_t j = 0; j < i; ++j) earlier += first[j] == first[i];
      if (static_cast<int64_t>(size[static_cast<int64_t>(first[i])]) - earlier > places) return;
      const int64_t label = static_cast<int64_t>(labels.linear(i * step));
      const int64_t place = (static_cast<int64_t>(counts.linear(label)) + earlier) % places;
      cache.linear((label * places + place) * dimension + c) = x.at(c, i);
    });
  }

  // Corners of a grid of such width that neighbours are far enough apart.
  void place_targets(On& on) {
    const View centroids = centroids_, counts = counts_;
    const int64_t dimension = x_.rows;
    const float width = std::sqrt(2 * static_cast<float>(this->args.attributes.number("pregen_alpha"))) * 1.001f;
    int64_t base = 2;
    while (std::pow(static_cast<double>(base), static_cast<double>(dimension)) < static_cast<double>(labels_)) ++base;
    on.for_each(labels_, [=] SIAMESE_HD(int64_t label) {
      int64_t rest = label;
      for (int64_t c = 0; c < dimension; ++c, rest /= base) {
        centroids.linear(label * dimension + c) = static_cast<float>(rest % base) * width;
      }
      counts.linear(label) = 1;
    });
  }

  // The attribute, in memory of the backend; once.
  void copy_ignored(On& on) {
    if (copied_) return;
    const std::vector<double>& list = this->args.attributes.list("ignore_label");
    const std::vector<float> values(list.begin(), list.end());
    on.copy_from_host(ignored_.data(), values.data(), ignored_.size());
    copied_ = true;
  }

  void mark_ignored(On& on) {
    const View status = status_;
    on.for_each(labels_, [=] SIAMESE_HD(int64_t label) {
      if (status.linear(label) < 0) status.linear(label) = 0;
    });
    for (double ignored : this->args.attributes.list("ignore_label")) {
      const int64_t label = static_cast<int64_t>(ignored);
      if (label < 0 || label >= labels_) continue;
      on.for_each(1, [=] SIAMESE_HD(int64_t) { status.linear(label) = -1; });
    }
  }

  // A target goes out in top 1 once its class was seen and training is far enough; that stays so.
  void update_status(On& on) {
    const View status = status_, counts = counts_;
    mark_ignored(on);
    if (!this->args.train) return;
    const uint64_t from = learns_ ? static_cast<uint64_t>(output_from_) : 0, *const passes = passes_.value();
    on.for_each(labels_, [=] SIAMESE_HD(int64_t label) {
      if (*passes < from) return;
      if (status.linear(label) == 0 && counts.linear(label) > 0) status.linear(label) = 1;
    });
  }

  void distances(On& on) {
    const View x = x_, y = this->top(0).data;
    const View centroids = centroids_, counts = counts_, status = status_, cache = cache_;
    const int64_t k = k_, places = cache ? cache.count() / labels_ / x.rows : 0;
    on.for_each(labels_, x.cols, [=] SIAMESE_HD(int64_t label, int64_t i) {
      if (counts.linear(label) == 0 || status.linear(label) < 0) {
        y.at(label, i) = FLT_MAX;
      } else if (cache) {
        const int64_t count = static_cast<int64_t>(counts.linear(label));
        y.at(label, i) = nearest_mean(x, i, cache, label * places, count < places ? count : places, k);
      } else {
        y.at(label, i) = squared_distance(x, i, centroids, label);
      }
    });
  }

  SIAMESE_HD static float squared_distance(const View& x, int64_t i, const View& targets, int64_t target) {
    float sum = 0;
    for (int64_t c = 0; c < x.rows; ++c) {
      const float difference = x.at(c, i) - targets.linear(target * x.rows + c);
      sum += difference * difference;
    }
    return sum;
  }

  // Mean of the k smallest distances to `count` remembered encodings, kept sorted in registers.
  SIAMESE_HD static float nearest_mean(const View& x, int64_t i, const View& cache, int64_t start, int64_t count,
                                       int64_t k) {
    float best[kMaxK];
    int64_t have = 0;
    for (int64_t place = 0; place < count; ++place) {
      const float distance = squared_distance(x, i, cache, start + place);
      if (have == k && !(distance < best[k - 1])) continue;
      int64_t at = have < k ? have++ : k - 1;
      for (; at > 0 && distance < best[at - 1]; --at) best[at] = best[at - 1];
      best[at] = distance;
    }
    float sum = 0;
    for (int64_t j = 0; j < have; ++j) sum += best[j];
    return sum / static_cast<float>(have);
  }

  void output_targets(On& on) {
    const View y = this->top(1).data, centroids = centroids_, status = status_;
    const int64_t dimension = x_.rows;
    on.for_each(labels_ * dimension, [=] SIAMESE_HD(int64_t i) {
      y.linear(i) = status.linear(i / dimension) == 1 ? centroids.linear(i) : 0;
    });
  }

  std::string target_;
  bool learns_;
  int64_t k_, output_from_;
  View x_, centroids_, counts_, status_, cache_;
  int64_t labels_;
  typename On::Memory ignored_;
  bool copied_ = false;
  Counter<On> passes_;
};

}  // namespace siamese
