// Which Plan the engine was made for: src/plan/plan.ts counts the same.
#pragma once

namespace siamese {

// Raised whenever a field or an attribute of the plan is added, or comes to mean something else.
constexpr int kPlanVersion = 3;

}  // namespace siamese
