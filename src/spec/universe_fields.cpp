#include "spec/universe_fields.hpp"

namespace backtest {

namespace {

constexpr Choice<UniverseSource> sources[] = {{"signals", UniverseSource::signals},
                                              {"prices", UniverseSource::prices},
                                              {"intersection", UniverseSource::intersection}};

void decode_filter(Fields& fields, UniverseFilter& filter) {
  const auto lookback = [](Fields& f, int& value) {
    f.integer("lookback", value, between(0, 100'000), "bars; 0: off");
  };
  fields.variant(
      "type", "", "what the filter asks",
      {{"whitelist", "only these symbols",
        [&](Fields& f) {
          WhitelistFilter made;
          f.text_list("symbols", made.symbols, "symbols that may be chosen", true);
          filter = made;
        }},
       {"blacklist", "all but these symbols",
        [&](Fields& f) {
          BlacklistFilter made;
          f.text_list("symbols", made.symbols, "symbols that may not be chosen", true);
          filter = made;
        }},
       {"min_price", "today's price is at least value",
        [&](Fields& f) {
          MinPriceFilter made;
          f.text("column", made.column, "price column");
          f.required_number("value", made.value, {}, "lowest price");
          filter = made;
        }},
       {"min_dollar_volume", "mean of price times volume as traded over the last lookback bars is at least value",
        [&](Fields& f) {
          MinDollarVolumeFilter made;
          lookback(f, made.lookback);
          f.required_number("value", made.value, {}, "lowest mean");
          f.text("price_col", made.price_column, "price column");
          f.text("volume_col", made.volume_column, "volume column");
          filter = made;
        }},
       {"min_adv", "mean volume over the last lookback bars is at least value",
        [&](Fields& f) {
          MinAdvFilter made;
          lookback(f, made.lookback);
          f.required_number("value", made.value, {}, "lowest mean");
          f.text("volume_col", made.volume_column, "volume column");
          filter = made;
        }},
       {"require_signal_columns", "today's signals have a value in each of these columns",
        [&](Fields& f) {
          RequireSignalColumnsFilter made;
          f.text_list("columns", made.columns, "signal columns", true);
          filter = made;
        }},
       {"no_missing_prices", "a row on each of the last window bars",
        [&](Fields& f) {
          NoMissingPricesFilter made;
          f.integer("window", made.window, between(0, 100'000), "bars");
          filter = made;
        }},
       {"max_volatility", "standard deviation of returns over the last lookback bars is at most value",
        [&](Fields& f) {
          MaxVolatilityFilter made;
          lookback(f, made.lookback);
          f.required_number("value", made.value, {}, "highest standard deviation of one bar's return");
          f.text("returns_col", made.returns_column, "a column of returns; without it closes are used");
          filter = made;
        }},
       {"exchange_in", "accepted without effect", [&](Fields& f) {
          f.without_effect("exchanges", "instruments carry no exchange");
          f.without_effect("values", "instruments carry no exchange");
          f.take_all();  // CS-5: any key
          if (!f.describing() && f.context().warn_without_effect) f.warn("type", "exchange_in has no effect");
          filter = ExchangeInFilter{};
        }}});
}

}  // namespace

void decode_universe_rule(Fields& fields, UniversePolicy& universe) {
  fields.choice("source", universe.source, sources,
                "where instruments come from; prices where the config has no signal_path");
  fields.text_list("require_columns", universe.require_columns, "columns that the price table must have");
  fields.section_list("filters", "conditions, in order", false, [&](Fields& f, std::size_t) {
    UniverseFilter filter;
    decode_filter(f, filter);
    if (!f.describing()) universe.filters.push_back(std::move(filter));
  });
}

}  // namespace backtest
