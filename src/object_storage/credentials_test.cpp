#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "base/random_id.hpp"
#include "object_storage/azurite_for_tests.hpp"
#include "object_storage/open_container.hpp"
#include "object_storage/scripted_server_for_tests.hpp"
#include "settings/parse_settings.hpp"

namespace backtest {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::string hmac_sha256(std::string_view key, std::string_view text) {
  unsigned char digest[32];
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), digest, nullptr);
  return {reinterpret_cast<const char*>(digest), sizeof digest};
}

std::string header_of(const ScriptedRequest& request, const std::string& name) {
  const std::size_t at = ("\r\n" + request.headers).find("\r\n" + name + ": ");
  if (at == std::string::npos) return {};
  const std::size_t begin = at + name.size() + 2;
  return request.headers.substr(begin, request.headers.find("\r\n", begin) - begin);
}

const std::string blob_answer =
    "200 OK\r\nDate: Mon, 30 Nov 2026 05:00:00 GMT\r\nETag: \"0x1\"\r\n"
    "Last-Modified: Mon, 30 Nov 2026 04:00:00 GMT\r\n\r\none";

// What a token endpoint says, for tokens that end in so many seconds.
std::string token_answer(int seconds) {
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  return "200 OK\r\nContent-Type: "
         "application/json\r\n\r\n{\"access_token\":\"tok123\",\"token_type\":\"Bearer\",\"expires_in\":" +
         std::to_string(seconds) + ",\"expires_on\":\"" + std::to_string(now + seconds) + "\"}";
}

std::shared_ptr<ObjectContainer> container_of(Environment environment, const std::string& endpoint) {
  environment.emplace("AZURE_STORAGE_ACCOUNT_NAME", "lake");
  environment.emplace("AZURE_STORAGE_BLOB_ENDPOINT", endpoint);
  environment.emplace("PATH", "/nowhere");
  const StorageSettings settings = parse_settings(environment, Role::worker).storage;
  return open_container(settings, *parse_object_location("market/x", settings), "a test",
                        {.attempt = std::chrono::seconds(5), .total = std::chrono::seconds(5), .attempts = 2});
}

TEST(Credentials, SignBySharedKeyAsDocumented) {
  ScriptedServer storage([](const ScriptedRequest&) { return blob_answer; });
  const std::string key = "0123456789abcdef";
  const auto container = container_of({{"AZURE_STORAGE_ACCOUNT_KEY", base64(key)}}, storage.url());
  const auto got = container->get("prices/a b.json");
  ASSERT_TRUE(got);
  EXPECT_EQ(got->bytes, "one");
  EXPECT_EQ(got->answered_at, 1'796'014'800'000'000);
  const ScriptedRequest request = storage.requests().at(0);
  // Verb, five headers that are not sent, the date, five that are not sent, x-ms- headers, and the resource.
  const std::string to_sign = "GET\n\n\n\n\n\n" + header_of(request, "date") +
                              "\n\n\n\n\n\nx-ms-version:" + header_of(request, "x-ms-version") +
                              "\n/lake/market/prices/a%20b.json";
  EXPECT_THAT(request.headers,
              HasSubstr("authorization: SharedKey lake:" + base64(hmac_sha256(key, to_sign)) + "\r\n"));
}

TEST(Credentials, OpenByASignatureWhatItAllows) {
  const auto straight = Azurite::shared().create_container();
  straight->put("x", "one");
  // A service SAS of the container, for reading alone, signed here.
  const std::string key_text = std::string(Azurite::shared().settings().azure.at(0).account_key.reveal());
  std::string key(key_text.size(), '\0');
  EVP_DecodeBlock(reinterpret_cast<unsigned char*>(key.data()), reinterpret_cast<const unsigned char*>(key_text.data()),
                  static_cast<int>(key_text.size()));
  key.resize(64);
  const std::string to_sign =
      "r\n\n2099-01-01T00:00:00Z\n/blob/devstoreaccount1/" + straight->name() + "\n\n\n\n2020-12-06\nc\n\n\n\n\n\n\n";
  std::string signature = base64(hmac_sha256(key, to_sign));
  std::string encoded;
  for (const char c : signature) encoded += c == '+' ? "%2B" : c == '/' ? "%2F" : c == '=' ? "%3D" : std::string(1, c);
  const StorageSettings settings =
      parse_settings(
          {{"AZURE_STORAGE_CONNECTION_STRING",
            "AccountName=devstoreaccount1;BlobEndpoint=" + Azurite::shared().endpoint() +
                ";SharedAccessSignature=sv=2020-12-06&sr=c&sp=r&se=2099-01-01T00%3A00%3A00Z&sig=" + encoded}},
          Role::worker)
          .storage;
  const auto container = open_container(settings, *parse_object_location(straight->name() + "/x", settings), "a test");
  const auto got = container->get("x");
  ASSERT_TRUE(got);
  EXPECT_EQ(got->bytes, "one");
  for (const auto& refused : std::vector<std::function<void()>>{
           [&] { container->put("x", "two"); }, [&] { (void)container->create("y", "two"); },
           [&] { container->list({}); }, [&] { container->remove("x"); }}) {
    try {
      refused();
      FAIL() << "was allowed";
    } catch (const StorageUnavailable& error) {
      EXPECT_THAT(error.what(), testing::AllOf(HasSubstr("403"), Not(HasSubstr(encoded)), Not(HasSubstr(signature))));
    }
  }
  EXPECT_EQ(straight->get("x")->bytes, "one");
}

TEST(Credentials, AskForATokenAsEachIdentityDoes) {
  const std::filesystem::path assertion = std::filesystem::temp_directory_path() / ("backtest-token-" + random_hex(12));
  std::ofstream(assertion) << "proof456";
  ScriptedServer storage([](const ScriptedRequest&) { return blob_answer; });
  ScriptedServer tokens([](const ScriptedRequest&) { return token_answer(3600); });
  struct Case {
    Environment environment;
    std::vector<std::string> asked;
  };
  const Case cases[] = {
      {{{"AZURE_TENANT_ID", "ten"},
        {"AZURE_CLIENT_ID", "cli"},
        {"AZURE_CLIENT_SECRET", "hunter2"},
        {"AZURE_AUTHORITY_HOST", tokens.url()}},
       {"POST /ten/oauth2/v2.0/token", "client_id=cli", "client_secret=hunter2", "grant_type=client_credentials",
        "storage.azure.com"}},
      {{{"AZURE_TENANT_ID", "ten"},
        {"AZURE_CLIENT_ID", "cli"},
        {"AZURE_FEDERATED_TOKEN_FILE", assertion.string()},
        {"AZURE_AUTHORITY_HOST", tokens.url()}},
       {"POST /ten/oauth2/v2.0/token", "client_id=cli", "client_assertion=proof456", "jwt-bearer"}},
      {{{"IDENTITY_ENDPOINT", tokens.url() + "/msi/token"},
        {"IDENTITY_HEADER", "header789"},
        {"AZURE_CLIENT_ID", "cli"}},
       {"GET /msi/token?", "resource=https%3A%2F%2Fstorage.azure.com%2F", "client_id=cli",
        "x-identity-header: header789", "metadata: true"}},
      {{{"IDENTITY_ENDPOINT", tokens.url() + "/msi/token"}}, {"GET /msi/token?", "metadata: true"}},
  };
  for (const Case& c : cases) {
    const std::size_t before = tokens.requests().size();
    const auto container = container_of(c.environment, storage.url());
    EXPECT_TRUE(container->get("x"));
    EXPECT_TRUE(container->get("x"));
    const auto asked = tokens.requests();
    ASSERT_EQ(asked.size(), before + 1) << "a token is kept";
    for (const std::string& text : c.asked)
      EXPECT_TRUE(asked.back().has(text)) << text << " is not in " << asked.back().line;
    EXPECT_THAT(storage.requests().back().headers, HasSubstr("authorization: Bearer tok123\r\n"));
  }
  std::filesystem::remove(assertion);
}

TEST(Credentials, FetchATokenAheadOfItsEndAndKeepTheOldOneWhileThatFails) {
  ScriptedServer storage([](const ScriptedRequest&) { return blob_answer; });
  std::atomic<bool> is_broken = false;
  ScriptedServer tokens(
      [&](const ScriptedRequest&) { return is_broken ? "400 Bad Request\r\n\r\n" : token_answer(200); });
  const auto container = container_of({{"IDENTITY_ENDPOINT", tokens.url() + "/msi"}}, storage.url());
  EXPECT_TRUE(container->get("x"));
  EXPECT_TRUE(container->get("x"));
  EXPECT_EQ(tokens.requests().size(), 2u);
  is_broken = true;
  EXPECT_TRUE(container->get("x"));
  EXPECT_EQ(tokens.requests().size(), 3u);
}

TEST(Credentials, ThatAreRefusedAreNotRepeatedInTheMessage) {
  ScriptedServer storage([](const ScriptedRequest&) { return blob_answer; });
  ScriptedServer tokens([](const ScriptedRequest& request) { return "401 Unauthorized\r\n\r\nno: " + request.body; });
  const auto container = container_of({{"AZURE_TENANT_ID", "ten"},
                                       {"AZURE_CLIENT_ID", "cli"},
                                       {"AZURE_CLIENT_SECRET", "hunter2"},
                                       {"AZURE_AUTHORITY_HOST", tokens.url()}},
                                      storage.url());
  try {
    (void)container->get("x");
    FAIL() << "nothing was thrown";
  } catch (const StorageUnavailable& error) {
    EXPECT_THAT(error.what(), testing::AllOf(HasSubstr("401"), Not(HasSubstr("hunter2"))));
  }
  EXPECT_TRUE(storage.requests().empty());
}

}  // namespace
}  // namespace backtest
