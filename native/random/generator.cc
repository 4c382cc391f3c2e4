// boost's distributions over the Mersenne twister.
#include "generator.h"

#include <cmath>
#include <sstream>
#include <stdexcept>
#include <string>

#include "ziggurat.h"

namespace siamese {

namespace {

constexpr float kTwoToMinus32 = 0x1p-32f;
constexpr float kTwoToMinus24 = 0x1p-24f;

// One draw gives a layer of the ziggurat (low 8 bits) and a fraction (high 24 bits: as many as a float holds).
struct Draw {
  int layer;
  float fraction;
};

Draw split(uint32_t u) { return {static_cast<int>(u & 255), static_cast<float>(u >> 8) * kTwoToMinus24}; }

// Where x in layer i lies in the box between the curve's value at its ends: under the curve? `upper` and `lower` are
// proportional to y less an upper and a lower bound of the curve; only between them is the curve itself evaluated.
template <class Curve>
bool under(float upper, float lower, float y, float x, Curve curve) {
  return upper < 0 && (lower < 0 || y < curve(x));
}

float above_diagonal(const Ziggurat& z, int i, float x, float y01) {
  return std::fma(static_cast<float>(z.x[i] - z.x[i + 1]), y01, -(static_cast<float>(z.x[i]) - x));
}

}  // namespace

Generator::Generator(const std::vector<uint8_t>& state) {
  std::istringstream in(std::string(state.begin(), state.end()));
  if (!(in >> engine_)) throw std::runtime_error("this is no state of a random generator");
}

std::vector<uint8_t> Generator::state() const {
  std::ostringstream out;
  out << engine_;
  const std::string text = out.str();
  return {text.begin(), text.end()};
}

float Generator::uniform(float low, float high) {
  for (;;) {
    const float value = std::fma(static_cast<float>(next()) * kTwoToMinus32, high - low, low);
    if (value < high) return value;
  }
}

float Generator::uniform01() {
  for (;;) {
    const float value = static_cast<float>(next()) * kTwoToMinus32;
    if (value < 1) return value;
  }
}

bool Generator::bernoulli(float p) {
  if (p == 0) return false;
  return static_cast<float>(next()) <= p * static_cast<float>(0xFFFFFFFFu);
}

float Generator::normal(float mean, float sigma) { return std::fma(unit_normal(), sigma, mean); }

float Generator::unit_normal() {
  const Ziggurat& z = normal_ziggurat();
  for (;;) {
    const Draw draw = split(next());
    const float sign = static_cast<float>((draw.layer & 1) * 2 - 1);
    const int i = draw.layer >> 1;
    const float x = draw.fraction * static_cast<float>(z.x[i]);
    if (x < z.x[i + 1]) return x * sign;
    if (i == 0) return normal_tail() * sign;
    const float y01 = uniform01(), left = static_cast<float>(z.x[i]), bottom = static_cast<float>(z.y[i]);
    const float y = std::fma(y01, static_cast<float>(z.y[i + 1] - z.y[i]), bottom);
    const float diagonal = above_diagonal(z, i, x, y01);
    const float tangent = y - std::fma((left - x) * bottom, left, bottom);
    const bool convex = z.x[i] >= 1;  // beyond the point of inflection
    const auto curve = [](float at) { return std::exp(-(at * at / 2)); };
    if (under(convex ? diagonal : tangent, convex ? tangent : diagonal, y, x, curve)) return x * sign;
  }
}

// By rejection from an exponential distribution that starts where the ziggurat ends.
float Generator::normal_tail() {
  const float start = static_cast<float>(normal_ziggurat().x[1]);
  for (;;) {
    const float x = unit_exponential() / start;
    const float y = unit_exponential();
    if (2 * y > x * x) return x + start;
  }
}

float Generator::unit_exponential() {
  const Ziggurat& z = exponential_ziggurat();
  float shift = 0;
  for (;;) {
    const Draw draw = split(next());
    const int i = draw.layer;
    const float x = draw.fraction * static_cast<float>(z.x[i]);
    if (x < static_cast<float>(z.x[i + 1])) return shift + x;
    if (i == 0) {  // the tail looks like the whole
      shift += static_cast<float>(z.x[1]);
      continue;
    }
    const float y01 = uniform01();
    const float y = std::fma(y01, static_cast<float>(z.y[i + 1] - z.y[i]), static_cast<float>(z.y[i]));
    const float right = static_cast<float>(z.x[i + 1]), top = static_cast<float>(z.y[i + 1]);
    const float tangent = y - std::fma(right - x, top, top);
    if (under(above_diagonal(z, i, x, y01), tangent, y, x, [](float at) { return std::exp(-at); })) return x + shift;
  }
}

}  // namespace siamese
