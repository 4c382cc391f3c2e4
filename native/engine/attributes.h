// The attributes of one plan layer, by name. A missing or mistyped one is a defect of the compiler, so it throws.
#pragma once
#include <map>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

namespace siamese {

class Attributes {
 public:
  using Value = std::variant<double, bool, std::string, std::vector<double>>;

  void set(const std::string& name, Value value) { values_[name] = std::move(value); }
  bool has(const std::string& name) const { return values_.count(name) != 0; }

  double number(const std::string& name) const { return get<double>(name); }
  double number(const std::string& name, double otherwise) const { return has(name) ? number(name) : otherwise; }
  int64_t integer(const std::string& name) const { return static_cast<int64_t>(number(name)); }
  int64_t integer(const std::string& name, int64_t otherwise) const { return has(name) ? integer(name) : otherwise; }
  bool flag(const std::string& name) const { return has(name) && get<bool>(name); }
  const std::string& text(const std::string& name) const { return get<std::string>(name); }
  const std::vector<double>& list(const std::string& name) const { return get<std::vector<double>>(name); }

 private:
  template <class T>
  const T& get(const std::string& name) const {
    auto found = values_.find(name);
    if (found == values_.end()) throw std::invalid_argument("plan: attribute " + name + " is missing");
    if (const T* value = std::get_if<T>(&found->second)) return *value;
    throw std::invalid_argument("plan: attribute " + name + " has another type");
  }

  std::map<std::string, Value> values_;
};

}  // namespace siamese
