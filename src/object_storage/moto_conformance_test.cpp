#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random_id.hpp"
#include "object_storage/conformance_for_tests.hpp"
#include "object_storage/emulator_for_tests.hpp"
#include "object_storage/open_container.hpp"
#include "settings/parse_settings.hpp"

namespace backtest {
namespace {

// moto, an emulator of S3. Its own server answers requests side by side and looks before it writes, so two conditional
// writes could both win, which S3 excludes: here it answers one after the other.
const EmulatorProcess& moto() {
  static const EmulatorProcess process({(EmulatorProcess::dependencies() / "moto/bin/python").string(), "-c",
                                        "from moto.server import DomainDispatcherApplication, create_backend_app\n"
                                        "from werkzeug.serving import run_simple\n"
                                        "run_simple('127.0.0.1', 0, DomainDispatcherApplication(create_backend_app))"},
                                       "Running on http://127.0.0.1:");
  return process;
}

std::shared_ptr<ObjectContainer> create_bucket(const std::string& region) {
  const StorageSettings settings =
      parse_settings({{"AWS_ACCESS_KEY_ID", "id"},
                      {"AWS_SECRET_ACCESS_KEY", "secret"},
                      {"AWS_REGION", region},
                      {"AWS_ENDPOINT_URL_S3", "http://127.0.0.1:" + std::to_string(moto().port())}},
                     Role::worker)
          .storage;
  const auto location = parse_object_location("s3://b" + random_hex(12) + "/x", settings);
  auto container = open_container(settings, *location, "a test");
  container->create_container();
  return container;
}

INSTANTIATE_TEST_SUITE_P(moto, ObjectContainerConformance,
                         testing::Values([] { return create_bucket("eu-central-1"); }));

TEST(S3Container, IsNamedWithoutCredentials) {
  const auto container = create_bucket("us-east-1");
  EXPECT_EQ(container->address(), "s3://" + container->name());
}

TEST(S3Container, ThatIsMissingIsNotAMissingObject) {
  const StorageSettings settings =
      parse_settings({{"AWS_ACCESS_KEY_ID", "id"},
                      {"AWS_SECRET_ACCESS_KEY", "secret"},
                      {"AWS_ENDPOINT_URL_S3", "http://127.0.0.1:" + std::to_string(moto().port())}},
                     Role::worker)
          .storage;
  const auto container = open_container(settings, *parse_object_location("s3://no-such/x", settings), "a test");
  EXPECT_THROW((void)container->get("x"), StorageUnavailable);
  EXPECT_THROW(container->list({}), StorageUnavailable);
}

}  // namespace
}  // namespace backtest
