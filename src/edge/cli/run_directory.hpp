// The directory of a run on the command line: written under a hidden temporary name beside its final place and renamed
// when complete, so that what has the final name is whole.
#pragma once

#include <filesystem>
#include <string>

namespace backtest {

class RunDirectory {
 public:
  // Creates `base` and the temporary directory. Throws InvalidInput when <base>/<run_id> exists or cannot be made. With
  // `replaces` it may exist where it holds a run (a manifest is in it), and publish() puts the new one in its place.
  RunDirectory(const std::filesystem::path& base, const std::string& run_id, bool replaces = false);
  // Removes what was not published.
  ~RunDirectory();
  RunDirectory(const RunDirectory&) = delete;
  RunDirectory& operator=(const RunDirectory&) = delete;

  const std::filesystem::path& writing() const { return writing_; }
  const std::filesystem::path& final_path() const { return final_; }
  // Renames to the final place. What is replaced is exchanged by one rename and then removed, so that the name always
  // stands for a whole run.
  void publish();

 private:
  std::filesystem::path final_;
  std::filesystem::path writing_;
  bool replaces_;
  bool published_ = false;
};

}  // namespace backtest
