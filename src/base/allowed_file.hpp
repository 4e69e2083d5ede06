// Files that a config may read (SEC-4, W-84): below one of the allowed directories, decided on the opened descriptor.
//
// The path is resolved first (`~`, relative parts, symbolic links), then opened below its allowed directory with no
// symbolic link followed: a link that is swapped in between is refused, not followed.
#pragma once

#include <string>
#include <vector>

namespace backtest {

// A descriptor open for reading (a regular file or a directory), or -1 with errno: EACCES where the path lies outside
// every allowed directory or is neither file nor directory, else what open(2) says.
int open_allowed(const std::string& path, const std::vector<std::string>& allowed_dirs);

// Where a path may not exist yet or is a template: what stands before the first '{' must resolve below an allowed
// directory. A check to refuse early with; open_allowed() decides.
bool path_allowed(const std::string& path, const std::vector<std::string>& allowed_dirs);

// `~` and `~/...` expanded by HOME, then made absolute; symbolic links stay.
std::string absolute_path(const std::string& path);

}  // namespace backtest
