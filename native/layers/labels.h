// Labels as layers read them: floats that must be whole numbers in range, some of which do not count.
#pragma once
#include <cmath>
#include <string>

#include "../engine/attributes.h"
#include "view.h"

namespace siamese {

// `ignore_label`, if the plan gives one.
struct Ignored {
  bool any = false;
  int label = 0;

  explicit Ignored(const Attributes& attributes)
      : any(attributes.has("ignore_label")), label(static_cast<int>(attributes.integer("ignore_label", 0))) {}
  SIAMESE_HD bool operator()(int other) const { return any && other == label; }
};

// As a user wrote it: 7, not 7.000000.
inline std::string shown(float label) {
  const bool whole = std::nearbyint(label) == label && std::fabs(label) < 1e9f;
  return whole ? std::to_string(static_cast<int64_t>(label)) : std::to_string(label);
}

// `skip(label)` is computed where the labels are. Throws for the first of `n` labels, in Caffe's order, that is neither ignored nor in [0, classes).
template <class On, class Skip>
void require_labels(On& on, const View& labels, int64_t n, int64_t step, int64_t classes, Skip skip) {
  on.refuse(
      n, [=] SIAMESE_HD(int64_t i) { return labels.linear(i * step); },
      [=] SIAMESE_HD(float label) {
        return !(label >= 0 && label < static_cast<float>(classes)) && !skip(static_cast<int>(label));
      },
      [=](int64_t i, float label) {
        return "label " + shown(label) + " of item " + std::to_string(i) + " is outside [0, " + std::to_string(classes) +
               ")";
      });
}

}  // namespace siamese
