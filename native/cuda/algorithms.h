// Which algorithm each convolution takes: measured once per GPU, cuDNN and shape, and remembered, in a file if there is one,
// so that a run repeated another day takes the same algorithms and gives the same bits.
#pragma once
#include <functional>
#include <map>
#include <string>

#include "../engine/engine.h"

namespace siamese {

struct Algorithm {
  int number = 0;         // cuDNN's, of its kind
  int math = 0;           // cudnnMathType_t
  size_t workspace = 0;   // bytes
};

class Algorithms {
 public:
  explicit Algorithms(const EngineOptions& options);

  // The one for `shape` (any text without tabs that tells convolutions apart), by measure() if it is not known yet.
  Algorithm choose(const std::string& shape, const std::function<Algorithm()>& measure);

 private:
  void read();
  void write();

  std::string file_;
  std::string device_;  // what the measurements are valid for
  std::map<std::string, Algorithm> known_;
};

}  // namespace siamese
