#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/random_id.hpp"
#include "object_storage/azurite_for_tests.hpp"
#include "object_storage/faulting_proxy_for_tests.hpp"
#include "object_storage/open_container.hpp"
#include "settings/parse_settings.hpp"

namespace backtest {
namespace {

using Kind = HttpFault::Kind;
using namespace std::chrono_literals;

constexpr std::chrono::milliseconds attempt_time = 1500ms;

// A container behind a proxy, and the same one without.
class FaultyContainer : public testing::Test {
 protected:
  FaultyContainer()
      : proxy_(Azurite::shared().port()),
        straight_(Azurite::shared().create_container()),
        container_(open(attempt_time)) {}

  std::shared_ptr<ObjectContainer> open(std::chrono::milliseconds attempt) const {
    const std::string endpoint = "http://127.0.0.1:" + std::to_string(proxy_.port()) + "/devstoreaccount1";
    const StorageSettings settings =
        parse_settings({{"AZURE_STORAGE_CONNECTION_STRING", Azurite::connection_string(endpoint)}}, Role::worker)
            .storage;
    return open_container(settings, *parse_object_location(straight_->name() + "/x", settings), "a test",
                          {.attempt = attempt, .total = std::chrono::minutes(2), .attempts = 5});
  }

  FaultingProxy proxy_;
  std::shared_ptr<ObjectContainer> straight_;
  std::shared_ptr<ObjectContainer> container_;
};

const std::vector<std::pair<std::string, std::vector<HttpFault>>> survivable = {
    {"429", {{Kind::status, "429 Too Many Requests"}}},
    {"408", {{Kind::status, "408 Request Timeout"}}},
    {"500", {{Kind::status, "500 Internal Server Error"}}},
    {"503 twice", {{Kind::status, "503 Service Unavailable"}, {Kind::status, "503 Service Unavailable"}}},
    {"reset", {{Kind::reset_before}}},
    {"reset after the commit", {{Kind::reset_after}}},
    {"500 after the commit", {{Kind::status_after, "500 Internal Server Error"}}},
    {"truncated", {{Kind::truncated}}},
    {"stall", {{Kind::stall, "", attempt_time + 500ms}}},
    {"lost twice", {{Kind::reset_after}, {Kind::reset_after}}},
};

TEST_F(FaultyContainer, AnswersAsWithoutFaults) {
  for (const auto& [name, faults] : survivable) {
    SCOPED_TRACE(name);
    straight_->remove("x");
    proxy_.inject(faults);
    const auto created = container_->create("x", "one");
    ASSERT_TRUE(created);
    EXPECT_EQ(straight_->get("x")->info.etag, created->etag);

    proxy_.inject(faults);
    const auto replaced = container_->replace("x", "two", created->etag);
    ASSERT_TRUE(replaced);
    EXPECT_EQ(straight_->get("x")->bytes, "two");
    EXPECT_EQ(straight_->get("x")->info.etag, replaced->etag);

    proxy_.inject(faults);
    EXPECT_EQ(container_->get("x")->bytes, "two");
    proxy_.inject(faults);
    EXPECT_EQ(container_->list({}).objects.size(), 1u);
    proxy_.inject(faults);
    std::string buffer(3, '-');
    EXPECT_EQ(container_->read("x", replaced->etag, 0, buffer), 3u);
    proxy_.inject(faults);
    container_->put("x", "three");
    EXPECT_EQ(straight_->get("x")->bytes, "three");
    proxy_.inject(faults);
    container_->remove("x");
    EXPECT_FALSE(straight_->head("x"));
  }
}

TEST_F(FaultyContainer, SaysThatAnotherStandsThereAlsoAfterALostAnswer) {
  const std::string etag = straight_->put("x", "theirs").etag;
  straight_->put("x", "theirs too");
  for (const HttpFault& fault :
       {HttpFault{Kind::reset_after}, HttpFault{Kind::status_after, "503 Service Unavailable"}}) {
    proxy_.inject({fault});
    EXPECT_EQ(container_->create("x", "ours").error(), ObjectFault::exists);
    proxy_.inject({fault});
    EXPECT_EQ(container_->replace("x", "ours", etag).error(), ObjectFault::changed);
    EXPECT_EQ(straight_->get("x")->bytes, "theirs too");
  }
}

TEST_F(FaultyContainer, UploadsWholeFilesWhicheverRequestFails) {
  const std::filesystem::path file = std::filesystem::temp_directory_path() / ("backtest-upload-" + random_hex(12));
  std::string bytes(static_cast<std::size_t>(9) << 20, 'x');
  bytes[8'500'000] = 'y';
  std::ofstream(file, std::ios::binary) << bytes;
  // No fault here is one of time, and a busy machine may take long for a block.
  const auto patient = open(30s);
  // Two blocks and their list.
  for (std::size_t request = 0; request < 3; ++request) {
    for (const HttpFault& fault :
         {HttpFault{Kind::status, "503 Service Unavailable"}, HttpFault{Kind::reset_before},
          HttpFault{Kind::reset_after}, HttpFault{Kind::status_after, "500 Internal Server Error"}}) {
      std::vector<HttpFault> faults(request);
      faults.push_back(fault);
      straight_->remove("f");
      proxy_.inject(faults);
      const ObjectVersion version = patient->upload("f", file);
      EXPECT_EQ(straight_->head("f")->etag, version.etag);
      EXPECT_TRUE(straight_->get("f")->bytes == bytes);
    }
  }
  std::filesystem::remove(file);
}

TEST_F(FaultyContainer, WaitsAsLongAsTheServiceAsks) {
  straight_->put("x", "one");
  proxy_.inject({{Kind::status, "503 Service Unavailable\r\nRetry-After: 2"}});
  EXPECT_EQ(container_->get("x")->bytes, "one");
  const auto times = proxy_.times();
  ASSERT_EQ(times.size(), 2u);
  EXPECT_GE(times[1] - times[0], 2s);
}

TEST_F(FaultyContainer, GivesUpWithinItsBoundsAndSaysNoSecret) {
  proxy_.inject(std::vector<HttpFault>(50, {Kind::status, "503 Service Unavailable"}));
  try {
    container_->get("x");
    FAIL() << "nothing was thrown";
  } catch (const StorageUnavailable& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("503"));
    EXPECT_THAT(error.what(), testing::Not(testing::HasSubstr("Eby8vdM02")));
  }
  EXPECT_EQ(proxy_.requests(), 5);
  // A wait that would not fit is not begun.
  proxy_.inject({{Kind::status, "503 Service Unavailable\r\nRetry-After: 3600"}});
  EXPECT_THROW(container_->get("x"), StorageUnavailable);
  EXPECT_EQ(proxy_.requests(), 1);
}

TEST_F(FaultyContainer, IsNotAskedAgainWhatItRefuses) {
  for (const char* status :
       {"400 Bad Request", "401 Unauthorized", "403 Forbidden", "307 Temporary Redirect\r\nLocation: http://x/"}) {
    proxy_.inject(std::vector<HttpFault>(5, {Kind::status, status}));
    EXPECT_THROW(container_->get("x"), StorageUnavailable) << status;
    EXPECT_EQ(proxy_.requests(), 1) << status;
  }
}

}  // namespace
}  // namespace backtest
