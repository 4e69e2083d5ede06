#include "settings/webhook_settings.hpp"

#include "settings/secret_setting.hpp"
#include "settings/setting_text.hpp"

namespace backtest {

namespace {

constexpr std::size_t shortest_secret = 16;

}  // namespace

WebhookSettings read_webhook_settings(SettingReader& reader) {
  WebhookSettings webhook{.url = Secret(reader.text("BACKTEST_WEBHOOK_URL")),
                          .secret = secret_setting(reader, "BACKTEST_WEBHOOK_SECRET")};
  if (webhook.url.empty()) {
    if (!webhook.secret.empty()) reader.error("BACKTEST_WEBHOOK_SECRET", "signs nothing without BACKTEST_WEBHOOK_URL");
    return webhook;
  }
  if (!valid_provider_url(webhook.url.reveal())) {
    reader.error("BACKTEST_WEBHOOK_URL", "must be an https URL, or an http URL of a loopback address");
  }
  if (webhook.secret.reveal().size() < shortest_secret) {
    reader.error("BACKTEST_WEBHOOK_SECRET",
                 "must have at least 16 characters (or BACKTEST_WEBHOOK_SECRET_FILE names it)");
  }
  return webhook;
}

}  // namespace backtest
