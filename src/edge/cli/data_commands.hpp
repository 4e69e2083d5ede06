// `backtest data`: the data sets of the service at BACKTEST_URL.
#pragma once

#include <string>

namespace backtest {

struct DataOptions {
  std::string file;     // of put
  std::string dataset;  // name or name@version; of put a name, or empty
  bool json = false;
};

int data_put_command(const DataOptions& options);
int data_list_command(const DataOptions& options);
int data_show_command(const DataOptions& options);
int data_remove_command(const DataOptions& options);

}  // namespace backtest
