#include "data/panel_shape.hpp"

#include <algorithm>

#include "data/parallel_columns.hpp"

namespace backtest {

BarOfDay::BarOfDay(const std::vector<Date>& dates) : first_day_(dates.front().days), last_day_(dates.back().days) {
  bars_.assign(static_cast<std::size_t>(last_day_ - first_day_) + 1, not_read);
  for (std::size_t bar = 0; bar < dates.size(); ++bar) {
    bars_[static_cast<std::size_t>(dates[bar].days - first_day_)] = static_cast<std::uint32_t>(bar);
  }
}

std::shared_ptr<PanelStorage> allocate_fields(const PanelShape& shape, std::span<TableField> fields,
                                              std::span<std::uint8_t>& has_row) {
  const std::size_t cells = shape.cell_count();
  auto storage = std::make_shared<PanelStorage>(fields.size() * PanelStorage::bytes_for_doubles(cells) +
                                                PanelStorage::bytes_for_bytes(cells));
  for (TableField& field : fields) field.values = storage->doubles(cells);
  ParallelColumns threads;
  threads.run(fields.size(), [&](std::size_t i) { std::ranges::fill(fields[i].values, missing); });
  has_row = storage->bytes(cells);
  return storage;
}

}  // namespace backtest
