#include "report/leg_directory.hpp"

#include <algorithm>

namespace backtest {

namespace {

std::string safe_name(const std::string& name) {
  constexpr const char* space = " \t\r\n\f\v";
  const std::size_t begin = name.find_first_not_of(space);
  if (begin == std::string::npos) return "leg";
  std::string safe = name.substr(begin, name.find_last_not_of(space) - begin + 1);
  for (char& c : safe) {
    const bool kept =
        (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
    if (!kept) c = '_';
  }
  return safe;
}

}  // namespace

std::filesystem::path leg_directory(const ReportRequest& request, std::size_t leg) {
  std::vector<std::string> taken;
  for (std::size_t i = 0; i <= leg; ++i) {
    const std::string wanted = i < request.leg_names.size() ? safe_name(request.leg_names[i]) : "residual";
    std::string name = wanted;
    for (int number = 2; std::ranges::find(taken, name) != taken.end(); ++number) {
      name = wanted + "_" + std::to_string(number);
    }
    taken.push_back(name);
  }
  return request.directory / "legs" / taken.back();
}

}  // namespace backtest
