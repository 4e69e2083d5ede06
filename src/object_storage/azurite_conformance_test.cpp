#include <gtest/gtest.h>

#include "object_storage/azurite_for_tests.hpp"
#include "object_storage/conformance_for_tests.hpp"
#include "object_storage/open_container.hpp"

namespace backtest {
namespace {

INSTANTIATE_TEST_SUITE_P(azurite, ObjectContainerConformance,
                         testing::Values([] { return Azurite::shared().create_container(); }));

TEST(AzuriteContainer, IsNamedWithoutCredentials) {
  const auto container = Azurite::shared().create_container();
  EXPECT_EQ(container->address(), "az://devstoreaccount1/" + container->name());
}

TEST(AzuriteContainer, ThatIsMissingIsNotAMissingObject) {
  const StorageSettings settings = Azurite::shared().settings();
  const auto container = open_container(settings, *parse_object_location("no-such/x", settings), "a test");
  EXPECT_THROW(container->get("x"), StorageUnavailable);
  EXPECT_THROW(container->create("x", "one"), StorageUnavailable);
  EXPECT_THROW(container->list({}), StorageUnavailable);
}

}  // namespace
}  // namespace backtest
