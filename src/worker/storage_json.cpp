#include "worker/storage_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_field.hpp"

namespace backtest {

namespace {

// The members are listed once; one visitor writes what another reads.
template <typename Identity, typename Visit>
void for_each_member_of_identity(Identity& identity, Visit&& visit) {
  visit("tenant_id", identity.tenant_id);
  visit("client_id", identity.client_id);
  visit("client_secret", identity.client_secret);
  visit("federated_token_file", identity.federated_token_file);
  visit("authority_host", identity.authority_host);
  visit("identity_endpoint", identity.identity_endpoint);
  visit("identity_header", identity.identity_header);
  visit("cli_environment", identity.cli_environment);
}

template <typename Account, typename Visit>
void for_each_member_of_azure(Account& account, Visit&& visit) {
  visit("name", account.name);
  visit("blob_endpoint", account.blob_endpoint);
  visit("account_key", account.account_key);
  visit("sas", account.sas);
  for_each_member_of_identity(account.identity, visit);
}

template <typename Account, typename Visit>
void for_each_member_of_s3(Account& account, Visit&& visit) {
  visit("region", account.region);
  visit("endpoint", account.endpoint);
  visit("access_key_id", account.access_key_id);
  visit("secret_access_key", account.secret_access_key);
  visit("session_token", account.session_token);
  visit("web_identity_token_file", account.web_identity_token_file);
  visit("role_arn", account.role_arn);
  visit("role_session_name", account.role_session_name);
  visit("sts_endpoint", account.sts_endpoint);
}

class Writer {
 public:
  explicit Writer(json::object& object) : object_(object) {}
  void operator()(std::string_view name, const std::string& text) const {
    if (!text.empty()) object_[name] = text;
  }
  void operator()(std::string_view name, const Secret& secret) const {
    if (!secret.empty()) object_[name] = secret.reveal();
  }
  void operator()(std::string_view name, const std::vector<std::string>& texts) const {
    if (!texts.empty()) object_[name] = json::array(texts.begin(), texts.end());
  }

 private:
  json::object& object_;
};

std::vector<std::string> texts_of(const json::value* value) {
  std::vector<std::string> texts;
  if (value == nullptr || !value->is_array()) return texts;
  for (const json::value& text : value->get_array()) {
    if (text.is_string()) texts.emplace_back(text.get_string());
  }
  return texts;
}

class Reader {
 public:
  explicit Reader(const json::object& object) : object_(object) {}
  void operator()(std::string_view name, std::string& text) const { text = text_field(object_, name); }
  void operator()(std::string_view name, Secret& secret) const { secret = Secret(text_field(object_, name)); }
  void operator()(std::string_view name, std::vector<std::string>& texts) const {
    texts = texts_of(object_.if_contains(name));
  }

 private:
  const json::object& object_;
};

json::array places_array(const std::vector<AllowedPlace>& places) {
  json::array array;
  for (const AllowedPlace& place : places) array.push_back({{"container", place.container}, {"prefix", place.prefix}});
  return array;
}

std::vector<AllowedPlace> places_of(const json::object& object, std::string_view name) {
  std::vector<AllowedPlace> places;
  const json::value* array = object.if_contains(name);
  if (array == nullptr || !array->is_array()) return places;
  for (const json::value& place : array->get_array()) {
    if (!place.is_object()) continue;
    places.push_back(
        {.container = text_field(place.get_object(), "container"), .prefix = text_field(place.get_object(), "prefix")});
  }
  return places;
}

json::object object_of(const AzureAccount& account) {
  json::object object{{"credential", to_text(account.credential)}};
  for_each_member_of_azure(account, Writer{object});
  return object;
}

AzureAccount azure_of(const json::object& object) {
  AzureAccount account;
  for_each_member_of_azure(account, Reader(object));
  account.credential = azure_credential(text_field(object, "credential")).value_or(account.credential);
  return account;
}

json::object object_of(const S3Account& account) {
  json::object object{{"path_style", account.path_style}};
  for_each_member_of_s3(account, Writer(object));
  return object;
}

S3Account s3_of(const json::object& object) {
  S3Account account;
  for_each_member_of_s3(account, Reader(object));
  const json::value* path_style = object.if_contains("path_style");
  account.path_style = path_style != nullptr && path_style->is_bool() && path_style->get_bool();
  return account;
}

}  // namespace

json::object storage_object(const StorageSettings& settings) {
  json::object object;
  json::array& azure = object["azure"].emplace_array();
  for (const AzureAccount& account : settings.azure) azure.push_back(object_of(account));
  if (settings.s3) object["s3"] = object_of(*settings.s3);
  object["azure_read"] = places_array(settings.azure_read);
  object["s3_read"] = places_array(settings.s3_read);
  Writer{object}("proxy_environment", settings.proxy_environment);
  return object;
}

StorageSettings storage_of(const json::object& object) {
  StorageSettings settings;
  if (const json::value* azure = object.if_contains("azure"); azure != nullptr && azure->is_array()) {
    for (const json::value& account : azure->get_array()) {
      if (account.is_object()) settings.azure.push_back(azure_of(account.get_object()));
    }
  }
  if (const json::value* s3 = object.if_contains("s3"); s3 != nullptr && s3->is_object()) {
    settings.s3 = s3_of(s3->get_object());
  }
  settings.azure_read = places_of(object, "azure_read");
  settings.s3_read = places_of(object, "s3_read");
  Reader{object}("proxy_environment", settings.proxy_environment);
  return settings;
}

}  // namespace backtest
