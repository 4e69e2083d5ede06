#include "settings/dataset_settings.hpp"

#include "settings/setting_reader.hpp"

namespace backtest {

DatasetSettings read_dataset_settings(SettingReader& reader) {
  DatasetSettings settings;
  settings.are_allowed = reader.flag("BACKTEST_ALLOW_DATASETS", false);
  settings.largest_mb = reader.integer("BACKTEST_DATASET_MB", settings.largest_mb, 1, 1'048'576);
  settings.mb_per_submitter =
      reader.integer("BACKTEST_DATASETS_MB_PER_SUBMITTER", settings.mb_per_submitter, 0, 1'073'741'824);
  return settings;
}

}  // namespace backtest
