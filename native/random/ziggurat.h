// Marsaglia and Tsang's ziggurats, computed: layers of equal area under a falling curve.
#pragma once
#include <vector>

namespace siamese {

// Layer i lies between y[i] and y[i + 1] and reaches to x[i]; x[0] is the width that gives the bottom layer, tail
// included, the common area. x falls to 0, y rises to 1.
struct Ziggurat {
  std::vector<double> x, y;
};

const Ziggurat& normal_ziggurat();       // exp(-x^2/2), 128 layers
const Ziggurat& exponential_ziggurat();  // exp(-x), 256 layers

}  // namespace siamese
