// What every ObjectContainer keeps, as a suite over factories of new, empty containers. A backend's test registers
// itself with INSTANTIATE_TEST_SUITE_P(Name, ObjectContainerConformance, testing::Values(factory)).
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "object_storage/object_storage.hpp"

namespace backtest {

using ObjectContainerFactory = std::function<std::shared_ptr<ObjectContainer>()>;

class ObjectContainerConformance : public testing::TestWithParam<ObjectContainerFactory> {
 protected:
  const std::shared_ptr<ObjectContainer> container_ = GetParam()();
};

}  // namespace backtest
