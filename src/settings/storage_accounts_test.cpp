#include "settings/storage_accounts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/random_id.hpp"
#include "settings/parse_settings.hpp"

namespace backtest {
namespace {

using testing::HasSubstr;
using testing::Not;

StorageSettings parsed(const Environment& environment) {
  return parse_settings(environment, Role::worker).storage;
}

std::string errors_of(const Environment& environment) {
  try {
    parsed(environment);
  } catch (const InvalidInput& error) {
    std::string text;
    for (const Diagnostic& diagnostic : error.diagnostics()) text += diagnostic.path + ": " + diagnostic.message + "\n";
    return text;
  }
  return "none";
}

TEST(StorageAccounts, AreNoneWithoutSettings) {
  const StorageSettings settings = parsed({{"PATH", "/usr/bin"}});
  EXPECT_TRUE(settings.azure.empty());
  EXPECT_FALSE(settings.s3);
}

TEST(StorageAccounts, ComeFromConnectionStrings) {
  struct Case {
    std::string text;
    std::string name;
    std::string endpoint;
    std::string key;
  };
  const Case cases[] = {
      {"DefaultEndpointsProtocol=https;AccountName=lake;AccountKey=a2V5==;EndpointSuffix=core.windows.net", "lake",
       "https://lake.blob.core.windows.net", "a2V5=="},
      {"AccountName=lake;AccountKey=a2V5;EndpointSuffix=core.chinacloudapi.cn", "lake",
       "https://lake.blob.core.chinacloudapi.cn", "a2V5"},
      {"AccountName=lake;AccountKey=a2V5;BlobEndpoint=https://blobs.example/", "lake", "https://blobs.example", "a2V5"},
      {"accountname=lake ; accountkey=a2V5;", "lake", "https://lake.blob.core.windows.net", "a2V5"},
      {"UseDevelopmentStorage=true", "devstoreaccount1", "http://127.0.0.1:10000/devstoreaccount1",
       "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="},
  };
  for (const Case& c : cases) {
    const StorageSettings settings = parsed({{"AZURE_STORAGE_CONNECTION_STRING", c.text}});
    ASSERT_EQ(settings.azure.size(), 1u) << c.text;
    EXPECT_EQ(settings.azure[0].name, c.name);
    EXPECT_EQ(settings.azure[0].blob_endpoint, c.endpoint);
    EXPECT_EQ(settings.azure[0].account_key.reveal(), c.key);
    EXPECT_EQ(settings.azure[0].credential, AzureCredential::account_key);
  }
  const StorageSettings sas =
      parsed({{"AZURE_STORAGE_CONNECTION_STRING",
               "BlobEndpoint=https://lake.blob.core.windows.net/;SharedAccessSignature=sv=1&sig=x%3D"}});
  EXPECT_EQ(sas.azure.at(0).name, "lake");
  EXPECT_EQ(sas.azure.at(0).sas.reveal(), "sv=1&sig=x%3D");
  EXPECT_EQ(sas.azure.at(0).credential, AzureCredential::sas);
}

TEST(StorageAccounts, AreOpenedByTheFirstCredentialThatApplies) {
  struct Case {
    Environment environment;
    AzureCredential expected;
  };
  const Environment principal = {{"AZURE_TENANT_ID", "t"},
                                 {"AZURE_CLIENT_ID", "c"},
                                 {"AZURE_CLIENT_SECRET", "s"},
                                 {"AZURE_FEDERATED_TOKEN_FILE", "/f"}};
  const auto with = [](Environment environment, const Environment& more) {
    environment.insert(more.begin(), more.end());
    environment.emplace("AZURE_STORAGE_ACCOUNT_NAME", "lake");
    environment.emplace("PATH", "/nowhere");
    return environment;
  };
  const Case cases[] = {
      {with(principal, {{"AZURE_STORAGE_ACCOUNT_KEY", "k"}, {"AZURE_STORAGE_SAS_TOKEN", "sig=1"}}),
       AzureCredential::account_key},
      {with(principal, {{"AZURE_STORAGE_ACCESS_KEY", "k"}}), AzureCredential::account_key},
      {with(principal, {{"AZURE_STORAGE_SAS_TOKEN", "sig=1"}}), AzureCredential::sas},
      {with(principal, {}), AzureCredential::client_secret},
      {with({{"AZURE_TENANT_ID", "t"}, {"AZURE_CLIENT_ID", "c"}, {"AZURE_FEDERATED_TOKEN_FILE", "/f"}}, {}),
       AzureCredential::workload_identity},
      {with({{"AZURE_CLIENT_ID", "c"}}, {}), AzureCredential::managed_identity},
      {with({{"IDENTITY_ENDPOINT", "http://169.254.255.2:8081/msi/token"}}, {}), AzureCredential::managed_identity},
      {with({}, {}), AzureCredential::managed_identity},
      {with(principal, {{"BACKTEST_AZURE_CREDENTIAL", "cli"}}), AzureCredential::azure_cli},
      {with(principal, {{"BACKTEST_AZURE_CREDENTIAL", "workload_identity"}}), AzureCredential::workload_identity},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(to_text(parsed(c.environment).azure.at(0).credential), to_text(c.expected));
  }
}

TEST(StorageAccounts, OfTheAllowedListHaveCredentialsOfTheirOwn) {
  const StorageSettings settings = parsed({{"AZURE_STORAGE_ACCOUNT_NAME", "lake"},
                                           {"AZURE_STORAGE_ACCOUNT_KEY", "a2V5"},
                                           {"AZURE_CLIENT_ID", "c"},
                                           {"BACKTEST_ADLS_ALLOWED_ACCOUNTS", "other, third,lake"},
                                           {"BACKTEST_ADLS_ACCOUNT_OTHER_SAS_TOKEN", "sig=1"}});
  ASSERT_EQ(settings.azure.size(), 3u);
  EXPECT_EQ(settings.azure[1].name, "other");
  EXPECT_EQ(settings.azure[1].credential, AzureCredential::sas);
  EXPECT_TRUE(settings.azure[1].account_key.empty());
  EXPECT_EQ(settings.azure[2].name, "third");
  EXPECT_EQ(settings.azure[2].credential, AzureCredential::managed_identity);
  EXPECT_TRUE(settings.azure[2].account_key.empty());
}

TEST(StorageAccounts, ThatAreWrongAreRefusedByNameAndWithoutTheirValue) {
  struct Case {
    Environment environment;
    std::string expected;
  };
  const Case cases[] = {
      {{{"AZURE_STORAGE_CONNECTION_STRING", "AccountName=lake;hunter2"}},
       "AZURE_STORAGE_CONNECTION_STRING: must be parts"},
      {{{"AZURE_STORAGE_CONNECTION_STRING", "AccountKey=hunter2"}},
       "AZURE_STORAGE_CONNECTION_STRING: must name an account"},
      {{{"AZURE_STORAGE_CONNECTION_STRING", "AccountName=lake"}}, "must have one of AccountKey"},
      {{{"AZURE_STORAGE_CONNECTION_STRING", "AccountName=lake;AccountKey=hunter2;BlobEndpoint=http://lake.example"}},
       "must have an https BlobEndpoint"},
      {{{"AZURE_STORAGE_ACCOUNT_NAME", "Lake"}}, "AZURE_STORAGE_ACCOUNT_NAME: must be 3 to 24"},
      {{{"AZURE_STORAGE_ACCOUNT_NAME", "one1"},
        {"AZURE_STORAGE_CONNECTION_STRING", "AccountName=two2;AccountKey=hunter2"}},
       "is another account"},
      {{{"AZURE_STORAGE_ACCOUNT_NAME", "lake"}, {"BACKTEST_AZURE_CREDENTIAL", "hunter2"}},
       "BACKTEST_AZURE_CREDENTIAL: must be auto"},
      {{{"AZURE_STORAGE_ACCOUNT_NAME", "lake"}, {"BACKTEST_AZURE_CREDENTIAL", "client_secret"}},
       "AZURE_CLIENT_SECRET: is required"},
      {{{"BACKTEST_ADLS_ALLOWED_ACCOUNTS", "no.dots"}}, "BACKTEST_ADLS_ALLOWED_ACCOUNTS: must be a list"},
      {{{"AWS_ACCESS_KEY_ID", "hunter2"}}, "AWS_SECRET_ACCESS_KEY: is required"},
      {{{"AZURE_STORAGE_ACCOUNT_KEY_FILE", "/nowhere/key"}}, "AZURE_STORAGE_ACCOUNT_KEY_FILE: the file cannot be read"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(errors_of(c.environment), testing::AllOf(HasSubstr(c.expected), Not(HasSubstr("hunter2"))));
  }
}

TEST(StorageAccounts, ReadSecretsFromFiles) {
  const std::filesystem::path file = std::filesystem::temp_directory_path() / ("backtest-key-" + random_hex(12));
  std::ofstream(file) << "AccountName=lake;AccountKey=a2V5\n";
  const StorageSettings settings = parsed({{"AZURE_STORAGE_CONNECTION_STRING_FILE", file.string()}});
  EXPECT_EQ(settings.azure.at(0).account_key.reveal(), "a2V5");
  EXPECT_THAT(
      errors_of({{"AZURE_STORAGE_CONNECTION_STRING_FILE", file.string()}, {"AZURE_STORAGE_CONNECTION_STRING", "x"}}),
      HasSubstr("cannot be given beside"));
  std::filesystem::remove(file);
}

TEST(StorageAccounts, OfS3ComeFromTheUsualVariables) {
  const StorageSettings settings = parsed({{"AWS_ACCESS_KEY_ID", "id"},
                                           {"AWS_SECRET_ACCESS_KEY", "secret"},
                                           {"AWS_SESSION_TOKEN", "token"},
                                           {"AWS_DEFAULT_REGION", "eu-central-1"},
                                           {"AWS_ENDPOINT_URL", "http://127.0.0.1:9000/"}});
  ASSERT_TRUE(settings.s3);
  EXPECT_EQ(settings.s3->region, "eu-central-1");
  EXPECT_EQ(settings.s3->endpoint, "http://127.0.0.1:9000");
  EXPECT_TRUE(settings.s3->path_style);
  EXPECT_EQ(settings.s3->session_token.reveal(), "token");
  EXPECT_FALSE(parsed({{"AWS_WEB_IDENTITY_TOKEN_FILE", "/f"}}).s3->path_style);
}

}  // namespace
}  // namespace backtest
