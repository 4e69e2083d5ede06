#include "edge/http/auth/stored_key.hpp"

#include <gtest/gtest.h>

#include "base/sha256.hpp"

namespace backtest {
namespace {

TEST(StoredKey, IsMadeAndFoundByItsParts_AUTH9) {
  const NewKey made = make_key();
  const auto parts = parse_key_text(made.text.reveal());
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->key_id, made.key_id);
  EXPECT_EQ(sha256_hex(parts->secret), made.secret_sha256);
  EXPECT_NE(make_key().key_id, made.key_id);
  std::string text(made.text.reveal());
  for (const std::string& wrong :
       {std::string(), std::string("bt_"), text + "0", text.substr(1), "xx" + text.substr(2),
        text.substr(0, 19) + "-" + text.substr(20), text.substr(0, 30) + "G" + text.substr(31)}) {
    EXPECT_FALSE(parse_key_text(wrong)) << wrong;
  }
}

TEST(StoredKey, ScopesAreRights) {
  EXPECT_EQ(parse_scopes("read"), (Rights{.read = true}));
  EXPECT_EQ(parse_scopes("write, read"), (Rights{.read = true, .write = true}));
  EXPECT_EQ(parse_scopes("write"), (Rights{.write = true}));
  EXPECT_EQ(parse_scopes("admin"), all_rights);
  for (const char* wrong : {"", ",", "reads", "read;write", "READ"})
    EXPECT_EQ(parse_scopes(wrong), std::nullopt) << wrong;
}

}  // namespace
}  // namespace backtest
