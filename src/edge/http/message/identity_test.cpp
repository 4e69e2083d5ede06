#include "edge/http/message/identity.hpp"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace backtest {
namespace {

TEST(Identity, EachHasATextOfItsOwn_AUTH8) {
  const std::string long_subject(1'000, 's');
  const std::vector<Identity> identities = {
      {},
      {IdentityKind::api_key, "", ""},
      {IdentityKind::key, "", "api_key"},
      {IdentityKind::key, "", "anonymous"},
      {IdentityKind::oidc, "https://a.example", "api_key"},
      {IdentityKind::oidc, "https://a.example", "anonymous"},
      {IdentityKind::oidc, "https://a.example", "key:x"},
      {IdentityKind::oidc, "https://a.example", "x#y"},
      {IdentityKind::oidc, "https://b.example", "x#y"},
      {IdentityKind::oidc, "https://a.example", long_subject},
      {IdentityKind::oidc, "https://a.example", long_subject + "t"},
  };
  std::set<std::string> texts;
  for (const Identity& identity : identities) {
    const std::string text = submitter_text(identity);
    EXPECT_TRUE(texts.insert(text).second) << text;
    EXPECT_EQ(parse_submitter(text), identity) << text;
  }
}

TEST(Identity, WhatEarlierVersionsWroteProvesNothing) {
  EXPECT_EQ(parse_submitter("alice"), std::nullopt);
  EXPECT_EQ(parse_submitter("oidc:alice"), std::nullopt);
  EXPECT_EQ(shown_submitter("alice"), "alice");
  EXPECT_TRUE(is_of_nobody(""));
  EXPECT_TRUE(is_of_nobody("anonymous"));
  EXPECT_FALSE(is_of_nobody("api_key"));
  EXPECT_EQ(shown_submitter(""), "anonymous");
  EXPECT_EQ(shown_submitter("api_key"), "api_key");
  EXPECT_EQ(shown_submitter("oidc:https://a.example#alice"), "alice");
}

}  // namespace
}  // namespace backtest
