// Marsaglia and Tsang's ziggurats.
#include "ziggurat.h"

#include <cmath>

namespace siamese {

namespace {

// The base x[1] is the one for which the last layer ends at 1 ("The Ziggurat Method for Generating Random Variables",
// Journal of Statistical Software 5 (8), 2000, gives both).
constexpr double kNormalBase = 3.4426198558966521214;
constexpr double kExponentialBase = 7.6971174701310497140;

template <class Curve, class Inverse>
Ziggurat make(int layers, double base, double tail, Curve curve, Inverse inverse) {
  Ziggurat z;
  const double area = base * curve(base) + tail;
  z.x = {area / curve(base), base};
  z.y = {0, curve(base)};
  for (int i = 2; i < layers; ++i) {
    const double y = z.y.back() + area / z.x.back();
    z.y.push_back(y);
    z.x.push_back(inverse(y));
  }
  z.x.push_back(0);
  z.y.push_back(1);
  return z;
}

}  // namespace

const Ziggurat& normal_ziggurat() {
  static const Ziggurat z = make(
      128, kNormalBase, std::sqrt(std::acos(-1.0) / 2) * std::erfc(kNormalBase / std::sqrt(2.0)),
      [](double x) { return std::exp(-x * x / 2); }, [](double y) { return std::sqrt(-2 * std::log(y)); });
  return z;
}

const Ziggurat& exponential_ziggurat() {
  static const Ziggurat z = make(
      256, kExponentialBase, std::exp(-kExponentialBase), [](double x) { return std::exp(-x); },
      [](double y) { return -std::log(y); });
  return z;
}

}  // namespace siamese
