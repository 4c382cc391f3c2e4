// The remembered algorithms: a line each, "device \t shape \t number \t math \t workspace".
#include "algorithms.h"

#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <mutex>
#include <sstream>

#include "check.h"

namespace siamese {

Algorithms::Algorithms(const EngineOptions& options) : file_(options.algorithm_cache) {
  cudaDeviceProp properties{};
  check(cudaGetDeviceProperties(&properties, options.gpu), "asking what the GPU is");
  const char* const precisions[] = {"fp32", "tf32", "bf16"};
  device_ = std::string(properties.name) + ", cuDNN " + std::to_string(cudnnGetVersion()) + ", " +
            precisions[static_cast<int>(options.precision)] + (options.fast ? ", fast" : "");
  read();
}

Algorithm Algorithms::choose(const std::string& shape, const std::function<Algorithm()>& measure) {
  static std::mutex one;  // engines of one process would disturb each other's measurements, and write the file at once
  const std::lock_guard<std::mutex> lock(one);
  const std::string key = device_ + '\t' + shape;
  const auto found = known_.find(key);
  if (found != known_.end()) return found->second;
  const Algorithm best = measure();
  read();  // what others measured meanwhile stays
  const Algorithm chosen = known_.emplace(key, best).first->second;
  write();
  return chosen;
}

// A file that is not there, or a line that is damaged, is a measurement to be made again.
void Algorithms::read() {
  if (file_.empty()) return;
  std::ifstream in(file_);
  std::string line;
  while (std::getline(in, line)) {
    const size_t end_of_device = line.find('\t'), end_of_key = line.find('\t', end_of_device + 1);
    if (end_of_device == std::string::npos || end_of_key == std::string::npos) continue;
    std::istringstream numbers(line.substr(end_of_key + 1));
    Algorithm algorithm;
    if (numbers >> algorithm.number >> algorithm.math >> algorithm.workspace) {
      known_.emplace(line.substr(0, end_of_key), algorithm);
    }
  }
}

// Aside, then renamed: a reader sees the old file or the new one. A folder that cannot be written to costs a measurement
// the next time, so that nothing is said about it.
void Algorithms::write() {
  if (file_.empty()) return;
  const std::string aside = file_ + "." + std::to_string(::getpid()) + ".new";
  std::ofstream out(aside, std::ios::trunc);
  for (const auto& [key, algorithm] : known_) {
    out << key << '\t' << algorithm.number << '\t' << algorithm.math << '\t' << algorithm.workspace << '\n';
  }
  out.close();
  if (out) std::rename(aside.c_str(), file_.c_str());
}

}  // namespace siamese
