#include "edge/http/resource/dataset_upload.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

#include "base/ascii_text.hpp"
#include "base/hex_text.hpp"
#include "base/log.hpp"
#include "base/utc_time.hpp"
#include "edge/http/message/problem.hpp"
#include "edge/http/resource/audit.hpp"
#include "edge/http/resource/dataset_access.hpp"
#include "edge/http/resource/dataset_json.hpp"
#include "edge/http/resource/resources.hpp"
#include "edge/http/resource/run_ownership.hpp"

namespace backtest {

namespace {

constexpr std::size_t sniffed_bytes = 4;
constexpr std::size_t most_versions = 1000;  // of one submitter: each is listed, and described
constexpr std::string_view hash_header = "X-Content-SHA256";

std::string named_dataset(const HttpRequest& request) {
  const std::string& name = request.parameter("dataset");
  if (valid_dataset_name(name)) return name;
  throw HttpError(400, "invalid_dataset_name",
                  "a data set is put under a name of 1 to 64 letters, digits and . _ -, the first a letter or a digit; "
                  "its version is made of its bytes");
}

// Empty where the caller says none.
std::string stated_sha256(const HttpRequest& request) {
  const auto stated = request.header(hash_header);
  if (!stated) return {};
  const std::string hash = lower_case(*stated);
  if (hash.size() != 64 || !is_hex_text(hash))
    throw HttpError(400, "invalid_sha256", "X-Content-SHA256 must be the 64 hex digits of a SHA-256");
  return hash;
}

// A name belongs to who put it: another's versions under it would be taken for theirs.
HttpError name_taken() {
  return HttpError(409, "dataset_name_taken", "somebody else has put a data set under this name: choose another one");
}

// Those of one name. HttpError 409 where the caller may not put another one there.
std::vector<SharedDataset> own_versions(const std::vector<SharedDataset>& all, const std::string& name,
                                        const DatasetFilter& is_changeable) {
  std::vector<SharedDataset> found;
  for (const SharedDataset& version : all) {
    if (version->name != name) continue;
    if (!is_changeable(*version)) throw name_taken();
    found.push_back(version);
  }
  return found;
}

void check_count(const std::vector<SharedDataset>& all, const std::string& submitter) {
  const auto count =
      std::ranges::count(all, submitter, [](const SharedDataset& version) { return version->submitter; });
  if (static_cast<std::size_t>(count) < most_versions) return;
  throw HttpError(
      409, "too_many_datasets",
      "you have " + std::to_string(count) + " versions of data sets already; remove some that no run needs");
}

std::uint64_t bytes_of(const std::vector<SharedDataset>& all, const std::string& submitter) {
  std::uint64_t bytes = 0;
  for (const SharedDataset& version : all) bytes += version->submitter == submitter ? version->size_bytes : 0;
  return bytes;
}

HttpError too_large(const std::string& limit) {
  return HttpError(413, "dataset_too_large", "the data set is larger than " + limit);
}

// What is left of an upload's limits, and the words for it.
struct Allowance {
  std::uint64_t bytes;
  std::string limit;
};

// For a version that is not there yet.
Allowance allowance_of(const ApiContext& context, const std::vector<SharedDataset>& all, const std::string& submitter) {
  const DatasetSettings& limits = context.settings.datasets;
  Allowance allowance{.bytes = limits.largest_bytes(),
                      .limit = "BACKTEST_DATASET_MB allows (" + std::to_string(limits.largest_mb) + " MB)"};
  if (limits.mb_per_submitter == 0) return allowance;
  const std::uint64_t kept = bytes_of(all, submitter);
  const std::uint64_t left = limits.bytes_per_submitter() - std::min(kept, limits.bytes_per_submitter());
  if (left < allowance.bytes) {
    allowance = {.bytes = left,
                 .limit = "what is left to you of BACKTEST_DATASETS_MB_PER_SUBMITTER (" +
                          std::to_string(limits.mb_per_submitter) + " MB); remove data sets that no run needs"};
  }
  return allowance;
}

// For a body whose content is not known yet: it may be that of a version which is there, and takes no room.
Allowance allowance_of_body(const ApiContext& context, Allowance of_new, const std::vector<SharedDataset>& own) {
  std::uint64_t largest_kept = 0;
  for (const SharedDataset& version : own) largest_kept = std::max(largest_kept, version->size_bytes);
  of_new.bytes = std::max(of_new.bytes, std::min(largest_kept, context.settings.datasets.largest_bytes()));
  return of_new;
}

void check_length(const HttpRequest& request, const Allowance& allowance) {
  const auto text = request.header("Content-Length");
  if (!text) return;
  std::uint64_t length = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), length);
  if (error != std::errc{} || end != text->data() + text->size()) return;  // the server has refused it
  if (length > allowance.bytes) throw too_large(allowance.limit);
}

json::object described(ApiContext& context, DatasetReceiver& received, const std::string& name) {
  const auto description =
      context.hooks.describe_dataset(received.upload().descriptor(), name + suffix_of(received.format()));
  if (description) return *description;
  throw HttpError(422, "dataset_refused", "the file cannot be read as a table: " + description.error());
}

// What the bytes are; who put them and what they hold is not known yet.
DatasetVersion received_version(const HttpRequest& request, DatasetReceiver& received) {
  if (received.size_bytes() == 0) throw HttpError(422, "dataset_refused", "the file is empty");
  DatasetVersion version;
  version.name = named_dataset(request);
  version.sha256 = received.sha256();
  if (const std::string stated = stated_sha256(request); !stated.empty() && stated != version.sha256) {
    throw HttpError(422, "sha256_mismatch",
                    "the body has another SHA-256 than X-Content-SHA256 says: " + version.sha256);
  }
  version.version = dataset_version(version.sha256);
  version.content = version.sha256 + suffix_of(received.format());
  version.size_bytes = received.size_bytes();
  return version;
}

// The limits once more, now that the version is known to be a new one.
void check_new(ApiContext& context, const DatasetVersion& version) {
  const std::vector<SharedDataset> all = require_datasets(context).list();
  check_count(all, version.submitter);
  const Allowance allowance = allowance_of(context, all, version.submitter);
  if (version.size_bytes > allowance.bytes) throw too_large(allowance.limit);
}

}  // namespace

void DatasetReceiver::receive(std::string_view bytes) {
  size_bytes_ += bytes.size();
  if (size_bytes_ > most_bytes_) throw too_large(limit_);
  if (first_bytes_.size() < sniffed_bytes) first_bytes_ += bytes.substr(0, sniffed_bytes - first_bytes_.size());
  hash_.update(bytes);
  upload_->append(bytes);
}

std::shared_ptr<BodyReceiver> receive_dataset(ApiContext& context, const HttpRequest& request) {
  DatasetCatalog& catalog = require_datasets(context);
  if (!context.hooks.describe_dataset) {
    throw HttpError(404, "datasets_off", "this process takes no data sets: it cannot describe them");
  }
  const std::string name = named_dataset(request);
  stated_sha256(request);
  const std::vector<SharedDataset> all = catalog.list();
  const std::string submitter = submitter_text(request.principal.identity);
  const std::vector<SharedDataset> own = own_versions(all, name, changeable_datasets(context, request.principal));
  if (own.empty()) check_count(all, submitter);
  const Allowance allowance = allowance_of_body(context, allowance_of(context, all, submitter), own);
  check_length(request, allowance);
  const Room room = context.artifacts.room();
  if (!room.is_enough) {
    throw HttpError(503, "disk_short", "there is no room for uploads now").with_header("Retry-After", "60");
  }
  return std::make_shared<DatasetReceiver>(catalog.store().begin(), allowance.bytes, allowance.limit);
}

HttpResponse put_dataset(ApiContext& context, const HttpRequest& request) {
  DatasetCatalog& catalog = require_datasets(context);
  auto& received = dynamic_cast<DatasetReceiver&>(*request.receiver);
  DatasetVersion version = received_version(request, received);
  version.submitter = submitter_text(request.principal.identity);
  if (const SharedDataset existing = catalog.find(version.reference())) {
    version.description = existing->description;
  } else {
    check_new(context, version);
    version.description = described(context, received, version.name);
  }
  const DatasetPut outcome = audited(
      context, request, "put_dataset", "",
      [&] {
        version.uploaded_at = utc_now();
        const DatasetPut put = catalog.put(received.upload(), version, changeable_datasets(context, request.principal));
        if (put == DatasetPut::name_taken) throw name_taken();
        return put;
      },
      version.reference().text());
  log_info("data set put", {{"dataset", version.reference().text()},
                            {"size_bytes", version.size_bytes},
                            {"request_id", request.request_id}});
  HttpResponse response = json_response(outcome == DatasetPut::was_there ? 200 : 201,
                                        json_text(dataset_json(version, DatasetDetail::with_description)));
  response.set("Location", request.target.prefix + "/datasets/" + version.name + "@" + version.version);
  return response;
}

}  // namespace backtest
