// One handler for each endpoint, in the file named after its resource. Each throws HttpError, InvalidInput or
// StoreUnavailable; the caller turns them into problem details.
#pragma once

#include "edge/http/message/http_message.hpp"
#include "edge/http/resource/api_context.hpp"

namespace backtest {

HttpResponse get_healthz(ApiContext& context, const HttpRequest& request);
HttpResponse get_readyz(ApiContext& context, const HttpRequest& request);
HttpResponse get_metrics(ApiContext& context, const HttpRequest& request);
HttpResponse get_openapi(ApiContext& context, const HttpRequest& request);
HttpResponse get_client_config(ApiContext& context, const HttpRequest& request);
HttpResponse get_whoami(ApiContext& context, const HttpRequest& request);
HttpResponse list_audit(ApiContext& context, const HttpRequest& request);

HttpResponse submit_run(ApiContext& context, const HttpRequest& request);
HttpResponse validate_config(ApiContext& context, const HttpRequest& request);
// The receiver of an upload's body; refuses what need not be read.
std::shared_ptr<BodyReceiver> receive_dataset(ApiContext& context, const HttpRequest& request);
HttpResponse put_dataset(ApiContext& context, const HttpRequest& request);
HttpResponse list_datasets(ApiContext& context, const HttpRequest& request);
HttpResponse get_dataset(ApiContext& context, const HttpRequest& request);
HttpResponse preview_dataset(ApiContext& context, const HttpRequest& request);
HttpResponse remove_dataset(ApiContext& context, const HttpRequest& request);

HttpResponse list_runs(ApiContext& context, const HttpRequest& request);
HttpResponse compare_runs(ApiContext& context, const HttpRequest& request);
HttpResponse get_run(ApiContext& context, const HttpRequest& request);
HttpResponse get_status(ApiContext& context, const HttpRequest& request);
HttpResponse get_config(ApiContext& context, const HttpRequest& request);
HttpResponse edit_run(ApiContext& context, const HttpRequest& request);
HttpResponse remove_run(ApiContext& context, const HttpRequest& request);
HttpResponse cancel_run(ApiContext& context, const HttpRequest& request);
HttpResponse get_events(ApiContext& context, const HttpRequest& request);

HttpResponse get_summary(ApiContext& context, const HttpRequest& request);
HttpResponse get_timeseries(ApiContext& context, const HttpRequest& request);
HttpResponse get_rolling(ApiContext& context, const HttpRequest& request);
HttpResponse get_weights(ApiContext& context, const HttpRequest& request);
HttpResponse get_trades(ApiContext& context, const HttpRequest& request);
HttpResponse list_artifacts(ApiContext& context, const HttpRequest& request);
HttpResponse get_artifact(ApiContext& context, const HttpRequest& request);
HttpResponse make_tearsheet_link(ApiContext& context, const HttpRequest& request);
HttpResponse get_tearsheet(ApiContext& context, const HttpRequest& request);

}  // namespace backtest
