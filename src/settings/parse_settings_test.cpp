#include "settings/parse_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "base/diagnostic.hpp"
#include "settings/setting_text.hpp"
#include "settings/store_choices.hpp"

namespace backtest {
namespace {

namespace fs = std::filesystem;

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class ScratchDirectory {
 public:
  ScratchDirectory() {
    char name[] = "/tmp/backtest-settings-XXXXXX";
    path_ = mkdtemp(name);
  }
  ~ScratchDirectory() { fs::remove_all(path_); }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// As main.cpp registers them, without their adapters.
StoreChoices stores_of_this_test(bool are_dsns_valid = true) {
  StoreChoice postgres{.name = "postgres", .other_names = {"pg"}};
  postgres.check = [=](const Settings& settings, Role role, bool is_chosen, SettingReader& reader) {
    if (is_chosen && role != Role::maintenance && settings.postgres_dsn.empty()) {
      reader.error("BACKTEST_POSTGRES_DSN", "is required");
    }
    if (!are_dsns_valid) reader.error("BACKTEST_POSTGRES_DSN", "is not a connection string");
  };
  return {.run_stores = {{.name = "sqlite", .other_names = {"local"}}, postgres},
          .artifact_stores = {{.name = "local"}}};
}

std::vector<std::string> wrong_variables(const Environment& environment, Role role = Role::serve) {
  std::vector<std::string> names;
  try {
    parse_settings(environment, role, stores_of_this_test());
  } catch (const InvalidInput& invalid) {
    for (const Diagnostic& diagnostic : invalid.diagnostics()) names.push_back(diagnostic.path);
  }
  return names;
}

TEST(ParseSettings, NothingSetGivesTheDefaults) {
  const Settings settings = parse_settings({}, Role::serve);
  EXPECT_TRUE(settings.output_dir.is_absolute());
  EXPECT_EQ(settings.output_dir.filename(), "backtest_results");
  EXPECT_EQ(settings.db_path, settings.output_dir / "runs.sqlite3");
  EXPECT_EQ(settings.max_concurrent, 1);
  EXPECT_EQ(settings.auth.mode, AuthMode::none);
  EXPECT_EQ(settings.listen->text(), "127.0.0.1:8000");
  EXPECT_FALSE(settings.metrics_listen);
  EXPECT_EQ(settings.run_store, "sqlite");
  EXPECT_EQ(settings.artifact_store, "local");
  EXPECT_THAT(settings.adls_container_allowlist,
              ElementsAre("bronze", "silver", "gold", "platinum", "ranking-data", "common"));
}

TEST(ParseSettings, RulesByVariable) {
  struct Case {
    Environment environment;
    std::vector<std::string> wrong;
  };
  const Environment exposed = {{"BACKTEST_LISTEN", "0.0.0.0:80"}};
  const auto with = [](Environment base, Environment more) {
    base.merge(more);
    return base;
  };
  for (const Case& c : std::vector<Case>{
           {{{"BACKTEST_MAX_CONCURRENT", "0"}}, {}},
           {{{"BACKTEST_MAX_CONCURRENT", "64"}}, {}},
           {{{"BACKTEST_MAX_CONCURRENT", " "}}, {}},
           {{{"BACKTEST_MAX_CONCURRENT", "65"}}, {"BACKTEST_MAX_CONCURRENT"}},
           {{{"BACKTEST_MAX_CONCURRENT", "1.0"}}, {"BACKTEST_MAX_CONCURRENT"}},
           {{{"BACKTEST_LEASE_SECONDS", "0"}}, {"BACKTEST_LEASE_SECONDS"}},
           {{{"BACKTEST_LEASE_SECONDS", "3600"}}, {}},
           {{{"BACKTEST_ALLOW_LOCAL_DATA", "maybe"}}, {"BACKTEST_ALLOW_LOCAL_DATA"}},
           {{{"BACKTEST_ALLOW_LOCAL_DATA", "Yes"}}, {"BACKTEST_ALLOWED_DATA_DIRS"}},
           {{{"BACKTEST_ALLOWED_SQL_TABLES", "market.prices,prices"}}, {"BACKTEST_ALLOWED_SQL_TABLES"}},
           {{{"BACKTEST_ALLOWED_SQL_TABLES", "market.prices, gold.signals"}}, {}},
           {{{"BACKTEST_DATA_POSTGRES_TIMEOUT_SECONDS", "0"}}, {"BACKTEST_DATA_POSTGRES_TIMEOUT_SECONDS"}},
           {{{"BACKTEST_DATA_POSTGRES_TIMEOUT_SECONDS", "86400"}}, {}},
           {{{"BACKTEST_ALLOW_LOCAL_DATA", "Yes"}, {"BACKTEST_ALLOWED_DATA_DIRS", "/data"}}, {}},
           {{{"BACKTEST_ADLS_CONTAINER_ALLOWLIST", ","}}, {"BACKTEST_ADLS_CONTAINER_ALLOWLIST"}},  // W-85
           {{{"BACKTEST_RUN_STORE_MODE", ""}}, {}},                                                // W-91
           {{{"BACKTEST_RUN_STORE_MODE", "mysql"}}, {"BACKTEST_RUN_STORE_MODE"}},
           {{{"BACKTEST_RUN_STORE_MODE", "PG"}}, {"BACKTEST_POSTGRES_DSN"}},
           {{{"BACKTEST_RUN_STORE_MODE", "adls"}}, {"BACKTEST_RUN_STORE_MODE"}},
           {{{"BACKTEST_ARTIFACT_STORE", "local"}}, {}},
           {{{"BACKTEST_ARTIFACT_STORE", ""}}, {}},
           {{{"BACKTEST_ARTIFACT_STORE", "tape"}}, {"BACKTEST_ARTIFACT_STORE"}},
           {{{"BACKTEST_ADLS_RUNS_DIR", "gold/runs"}}, {"BACKTEST_ADLS_RUNS_DIR"}},  // read by no store
           {{{"BACKTEST_ADLS_RUNS_DIR", " "}}, {}},
           {{{"BACKTEST_ADLS_RUNS_DIR", "gold"}}, {"BACKTEST_ADLS_RUNS_DIR"}},
           {{{"BACKTEST_LISTEN", "8000"}}, {"BACKTEST_LISTEN"}},
           {{{"BACKTEST_LISTEN", "[::1]:70000"}}, {"BACKTEST_LISTEN"}},
           {{{"BACKTEST_LISTEN", "[::1]:7000"}}, {}},
           {{{"BACKTEST_LISTEN", "localhost:0"}}, {}},
           {{{"BACKTEST_LOG_LEVEL", "loud"}}, {"BACKTEST_LOG_LEVEL"}},
           {{{"BACKTEST_API_KEY_HEADER", "X Key"}}, {"BACKTEST_API_KEY_HEADER"}},
           {{{"BACKTEST_CSP", "default-src\r\nX: y"}}, {"BACKTEST_CSP"}},
           {{{"BACKTEST_AUTH_MODE", "kerberos"}}, {"BACKTEST_AUTH_MODE"}},
           {{{"BACKTEST_AUTH_MODE", "API_KEY"}}, {"BACKTEST_API_KEY"}},  // SET-19
           {{{"BACKTEST_AUTH_MODE", "jwt"}}, {"BACKTEST_OIDC_ISSUER", "BACKTEST_OIDC_AUDIENCE"}},
           {{{"BACKTEST_OIDC_ISSUER", "http://issuer.example"}}, {"BACKTEST_OIDC_ISSUER"}},
           {{{"BACKTEST_OIDC_ISSUER", "https://issuer.example"}}, {"BACKTEST_OIDC_AUDIENCE"}},
           {{{"BACKTEST_OIDC_AUDIENCE", "api://backtest"}}, {"BACKTEST_OIDC_ISSUER"}},
           {{{"BACKTEST_OIDC_AUDIENCE", "api://backtest"}, {"BACKTEST_API_KEY", "k"}}, {}},
           {{{"BACKTEST_OIDC_AUDIENCE", "api://backtest"}, {"BACKTEST_AUTH_MODE", "none"}}, {}},
           {{{"BACKTEST_API_KEY", "one\x01two"}}, {"BACKTEST_API_KEY"}},
           {{{"BACKTEST_UI_AUTH_MODE", "foo"}}, {"BACKTEST_UI_AUTH_MODE"}},
           {{{"BACKTEST_UI_AUTH_MODE", "OIDC"}}, {}},
           {exposed, {"BACKTEST_AUTH_MODE"}},
           {with(exposed, {{"BACKTEST_AUTH_MODE", "none"}}), {"BACKTEST_ALLOW_ANONYMOUS"}},
           {with(exposed, {{"BACKTEST_AUTH_MODE", "none"}, {"BACKTEST_ALLOW_ANONYMOUS", "true"}}), {}},
           {with(exposed, {{"BACKTEST_API_KEY", "k"}}), {}},
       }) {
    EXPECT_EQ(wrong_variables(c.environment), c.wrong)
        << c.environment.begin()->first << "=" << c.environment.begin()->second;
  }
}

TEST(ParseSettings, ModeFollowsFromWhatIsConfigured_SET6) {
  Environment environment = {{"BACKTEST_API_KEY", "key"}};
  EXPECT_EQ(parse_settings(environment, Role::serve).auth.mode, AuthMode::api_key);
  environment["BACKTEST_OIDC_ISSUER"] = "https://issuer.example";
  EXPECT_EQ(parse_settings(environment, Role::serve).auth.mode, AuthMode::api_key);
  environment["BACKTEST_OIDC_AUDIENCE"] = "api://backtest, other";
  EXPECT_EQ(parse_settings(environment, Role::serve).auth.mode, AuthMode::api_key_or_oidc);
  environment.erase("BACKTEST_API_KEY");
  EXPECT_EQ(parse_settings(environment, Role::serve).auth.mode, AuthMode::oidc);
}

TEST(ParseSettings, WorkersWorkAndListenNowhere) {
  EXPECT_THAT(wrong_variables({{"BACKTEST_MAX_CONCURRENT", "0"}}, Role::worker),
              ElementsAre("BACKTEST_MAX_CONCURRENT"));
  EXPECT_FALSE(parse_settings({{"BACKTEST_LISTEN", "0.0.0.0:80"}}, Role::worker).listen);
}

TEST(ParseSettings, AllErrorsTogetherAndNeverAValue) {
  const Environment environment = {
      {"BACKTEST_MAX_CONCURRENT", "canary-1"},  {"BACKTEST_AUTH_MODE", "canary-2"},
      {"BACKTEST_LISTEN", "canary-3"},          {"BACKTEST_OIDC_ISSUER", "canary-4"},
      {"BACKTEST_POSTGRES_DSN", "canary-5"},    {"BACKTEST_ADLS_RUNS_DIR", "canary-6"},
      {"BACKTEST_LOG_LEVEL", "canary-7"},       {"BACKTEST_ALLOW_LOCAL_DATA", "canary-8"},
      {"BACKTEST_API_KEY_HEADER", "canary 9"},  {"BACKTEST_METRICS_LISTEN", "canary-10"},
      {"BACKTEST_RUN_STORE_MODE", "canary-11"}, {"BACKTEST_ARTIFACT_STORE", "canary-12"},
  };
  try {
    parse_settings(environment, Role::serve, stores_of_this_test(false));
    FAIL() << "accepted";
  } catch (const InvalidInput& invalid) {
    EXPECT_EQ(invalid.diagnostics().size(), environment.size());
    EXPECT_THAT(invalid.what(), Not(HasSubstr("canary")));
  }
}

TEST(ParseSettings, EffectiveSettingsMaskSecrets) {
  const Settings settings = parse_settings({{"BACKTEST_API_KEY", "canary-key"},
                                            {"BACKTEST_RUN_STORE_MODE", "postgres"},
                                            {"BACKTEST_POSTGRES_DSN", "host=x password=canary-dsn"},
                                            {"BACKTEST_POSTGRES_DIRECT_DSN", "canary-direct"},
                                            {"BACKTEST_MIGRATE_DSN", "canary-migrate"},
                                            {"BACKTEST_OIDC_JWKS_URL", "https://x.example/keys?sig=canary-query"}},
                                           Role::serve);
  const std::string text = effective_settings_text(settings);
  EXPECT_THAT(text, Not(HasSubstr("canary")));
  EXPECT_THAT(text, HasSubstr("BACKTEST_POSTGRES_DSN=********\n"));
  EXPECT_THAT(text, HasSubstr("BACKTEST_MAX_CONCURRENT=1\n"));
}

TEST(ParseSettings, EffectiveSettingsShowObjectStorageAsItIsUsed) {
  const Settings settings = parse_settings(
      {{"AZURE_STORAGE_CONNECTION_STRING", "AccountName=lake;AccountKey=canary;BlobEndpoint=https://blobs.example/"},
       {"BACKTEST_ADLS_ALLOWED_ACCOUNTS", "other"},
       {"BACKTEST_ADLS_ACCOUNT_OTHER_SAS_TOKEN", "sig=canary"},
       {"BACKTEST_ADLS_CONTAINER_ALLOWLIST", "gold,silver/prices"},
       {"IDENTITY_HEADER", "canary"},
       {"AZURE_CLIENT_SECRET", "canary"},
       {"AWS_ACCESS_KEY_ID", "canary"},
       {"AWS_SECRET_ACCESS_KEY", "canary"},
       {"BACKTEST_S3_BUCKET_ALLOWLIST", "bucket"},
       {"BACKTEST_DATA_POSTGRES_DSN", "password=canary"}},
      Role::serve);
  const std::string text = effective_settings_text(settings);
  EXPECT_THAT(text, Not(HasSubstr("canary")));
  for (const char* line :
       {"AZURE_STORAGE_ACCOUNT_NAME=lake", "AZURE_STORAGE_BLOB_ENDPOINT=https://blobs.example",
        "AZURE_STORAGE_ACCOUNT_KEY=********", "AZURE_STORAGE_SAS_TOKEN=", "BACKTEST_AZURE_CREDENTIAL=account_key",
        "BACKTEST_ADLS_ALLOWED_ACCOUNTS=other", "BACKTEST_ADLS_ACCOUNT_OTHER_SAS_TOKEN=********",
        "BACKTEST_ADLS_WRITE_ALLOWLIST=gold,silver/prices", "AWS_ACCESS_KEY_ID=********", "AWS_REGION=us-east-1",
        "BACKTEST_S3_WRITE_ALLOWLIST=bucket", "BACKTEST_DATA_POSTGRES_DSN=********",
        "BACKTEST_DATA_POSTGRES_TIMEOUT_SECONDS=600"}) {
    EXPECT_THAT("\n" + text, HasSubstr("\n" + std::string(line) + "\n"));
  }
}

TEST(ParseSettings, UnknownVariablesAreWarnings) {
  const Settings settings = parse_settings({{"BACKTEST_MAX_CONCURENT", "2"}, {"BACKTEST_URL", "x"}}, Role::serve);
  EXPECT_THAT(settings.warnings,
              ElementsAre("BACKTEST_MAX_CONCURENT is not a setting; did you mean BACKTEST_MAX_CONCURRENT?"));
}

TEST(ParseSettings, ADirectoryOfDataMayComeLaterButIsNoFile_SET12) {
  const ScratchDirectory scratch;
  std::ofstream(scratch.path() / "file") << "x";
  const std::string missing = scratch.path() / "later", file = scratch.path() / "file";
  Environment environment = {{"BACKTEST_ALLOW_LOCAL_DATA", "true"}, {"BACKTEST_ALLOWED_DATA_DIRS", missing}};
  EXPECT_THAT(parse_settings(environment, Role::serve).warnings,
              ElementsAre("BACKTEST_ALLOWED_DATA_DIRS: " + missing + " is not there"));
  environment["BACKTEST_ALLOWED_DATA_DIRS"] = scratch.path().string() + "," + file;
  EXPECT_THAT(wrong_variables(environment), ElementsAre("BACKTEST_ALLOWED_DATA_DIRS"));
  environment["BACKTEST_ALLOW_LOCAL_DATA"] = "false";
  EXPECT_TRUE(parse_settings(environment, Role::serve).warnings.empty());
}

TEST(ParseSettings, ContainersOfTheEnvironmentJoinTheDefaultList_SET13) {
  const Settings settings =
      parse_settings({{"AZURE_CONTAINER_MARKET", "market"}, {"AZURE_CONTAINER_GOLD", "gold"}}, Role::serve);
  EXPECT_EQ(settings.adls_container_allowlist.size(), 7u);
  EXPECT_EQ(settings.adls_container_allowlist.back(), "market");
}

TEST(ParseSettings, APlaceInObjectStorageChoosesTheStoreThere_SET15) {
  StoreChoices stores = stores_of_this_test();
  stores.artifact_stores.push_back({.name = "adls", .other_names = {"blob"}, .reads_adls_runs_dir = true});
  const auto settings_of = [&](Environment environment) {
    environment["AZURE_STORAGE_ACCOUNT_NAME"] = "ours";
    return parse_settings(environment, Role::serve, stores);
  };
  EXPECT_EQ(settings_of({}).artifact_store, "local");
  const Settings settings = settings_of({{"BACKTEST_ADLS_RUNS_DIR", "platinum/backtests/"}});
  EXPECT_EQ(settings.artifact_store, "adls");
  EXPECT_TRUE(settings.artifacts_in_object_storage);
  EXPECT_EQ(settings.adls_runs_dir->text(), "az://ours/platinum/backtests");
  for (const Environment& environment :
       {Environment{{"BACKTEST_ADLS_RUNS_DIR", "platinum/x"}, {"BACKTEST_ARTIFACT_STORE", "local"}},
        Environment{{"BACKTEST_ADLS_RUNS_DIR", "elsewhere/x"}},
        Environment{{"BACKTEST_ADLS_RUNS_DIR", "abfss://platinum@theirs.dfs.core.windows.net/x"}},
        Environment{{"BACKTEST_ADLS_RUNS_DIR", "ftp://platinum/x"}}}) {
    EXPECT_THROW(settings_of(environment), InvalidInput) << environment.at("BACKTEST_ADLS_RUNS_DIR");
  }
}

TEST(ParseSettings, TheWebClientsDirectoryHoldsAClient_UI1) {
  const ScratchDirectory scratch;
  const fs::path client = scratch.path() / "ui";
  const auto error = [&](Role role = Role::serve) -> std::string {
    try {
      parse_settings({{"BACKTEST_UI_DIST_DIR", client.string()}}, role);
      return "";
    } catch (const InvalidInput& invalid) {
      return invalid.what();
    }
  };
  EXPECT_THAT(error(), AllOf(HasSubstr("BACKTEST_UI_DIST_DIR"), HasSubstr(client.string() + " is not a directory")));
  EXPECT_EQ(error(Role::worker), "");  // sends no files
  fs::create_directories(client / "index.html");
  EXPECT_THAT(error(), HasSubstr("has no index.html"));
  fs::remove(client / "index.html");
  std::ofstream(client / "index.html") << "<!doctype html>";
  EXPECT_THAT(error(), HasSubstr("has no directory assets"));
  fs::create_directory(client / "assets");
  EXPECT_EQ(error(), "");
}

TEST(ParseSettings, AClientBesideTheProcessIsFound_UI1) {
  const ScratchDirectory scratch;
  const fs::path before = fs::current_path();
  fs::current_path(scratch.path());
  EXPECT_EQ(parse_settings({}, Role::serve).ui.dist_dir, "");
  fs::create_directories("ui-dist/assets");
  EXPECT_EQ(parse_settings({}, Role::serve).ui.dist_dir, "");
  std::ofstream("ui-dist/index.html") << "<!doctype html>";
  EXPECT_EQ(parse_settings({}, Role::serve).ui.dist_dir, (fs::current_path() / "ui-dist").string());
  EXPECT_EQ(parse_settings({}, Role::worker).ui.dist_dir, "");
  fs::current_path(before);
}

TEST(ParseSettings, TlsTakesACertificateAndItsKey) {
  EXPECT_FALSE(parse_settings({}, Role::serve).tls.is_on());
  const Environment both{{"BACKTEST_TLS_CERTIFICATE_FILE", "/tls/tls.crt"}, {"BACKTEST_TLS_KEY_FILE", "/tls/tls.key"}};
  EXPECT_TRUE(parse_settings(both, Role::serve).tls.is_on());
  for (const auto& [missing, path] : both) {
    Environment one = both;
    one.erase(missing);
    try {
      parse_settings(one, Role::serve);
      ADD_FAILURE() << missing;
    } catch (const InvalidInput& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr(missing + ": is required"));
    }
  }
}

TEST(ParseSettings, WhatTheHttpServiceTakesFromWhom) {
  const Settings none = parse_settings({}, Role::serve);
  EXPECT_EQ(none.api_prefix, "");
  EXPECT_TRUE(none.cors_origins.empty() && none.trusted_proxies.empty());
  EXPECT_EQ(none.http.memory_mb, 512);
  struct Case {
    const char* name;
    const char* value;
    bool is_right;
  };
  const Case cases[] = {
      {"BACKTEST_API_PREFIX", "/api", true},
      {"BACKTEST_API_PREFIX", "/team/api-2", true},
      {"BACKTEST_API_PREFIX", "api", false},
      {"BACKTEST_API_PREFIX", "/", false},
      {"BACKTEST_API_PREFIX", "/api/", false},
      {"BACKTEST_API_PREFIX", "/a//b", false},
      {"BACKTEST_API_PREFIX", "/a%20b", false},
      {"BACKTEST_API_PREFIX", "/backtests", false},
      {"BACKTEST_API_PREFIX", "/metrics/x", false},
      {"BACKTEST_CORS_ORIGINS", "https://a.example,http://localhost:3000,http://[::1]:80", true},
      {"BACKTEST_CORS_ORIGINS", "*", false},
      {"BACKTEST_CORS_ORIGINS", "https://*.example", false},
      {"BACKTEST_CORS_ORIGINS", "https://a.example/", false},
      {"BACKTEST_CORS_ORIGINS", "https://A.example", false},
      {"BACKTEST_CORS_ORIGINS", "a.example", false},
      {"BACKTEST_CORS_ORIGINS", "null", false},
      {"BACKTEST_TRUSTED_PROXIES", "10.0.0.0/8, ::1", true},
      {"BACKTEST_TRUSTED_PROXIES", "proxy.example", false},
      {"BACKTEST_TRUSTED_PROXIES", "10.0.0.0/64", false},
      {"BACKTEST_MEMORY_MB", "256", true},
      {"BACKTEST_MEMORY_MB", "100", false},
      {"BACKTEST_MAX_CONNECTIONS_PER_ADDRESS", "-1", false},
  };
  for (const Case& each : cases) {
    const Environment environment = {{"BACKTEST_API_KEY", "key"}, {each.name, each.value}};
    std::string complaints;
    try {
      parse_settings(environment, Role::serve);
    } catch (const InvalidInput& error) {
      complaints = error.what();
    }
    EXPECT_EQ(complaints.empty(), each.is_right) << each.name << "=" << each.value << ": " << complaints;
    if (!each.is_right) EXPECT_EQ(complaints.substr(0, std::string(each.name).size()), each.name);
  }
}

TEST(ParseSettings, CrossOriginPagesNeedAuthentication) {
  EXPECT_THROW(parse_settings({{"BACKTEST_CORS_ORIGINS", "https://a.example"}}, Role::serve), InvalidInput);
  EXPECT_NO_THROW(
      parse_settings({{"BACKTEST_CORS_ORIGINS", "https://a.example"}, {"BACKTEST_API_KEY", "key"}}, Role::serve));
}

}  // namespace
}  // namespace backtest
