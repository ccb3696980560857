#include <algorithm>
#include <cerrno>
#include <set>

#include <dirent.h>
#include <fnmatch.h>

#include "base/file_system.h"

namespace tidemark {

namespace {

// "a{b,c}d" -> "abd", "acd"; nested braces too.
std::vector<std::string> expand_braces(const std::string& pattern) {
  const size_t open = pattern.find('{');
  if (open == std::string::npos) return {pattern};
  int depth = 0;
  std::vector<size_t> cuts{open};
  size_t close = std::string::npos;
  for (size_t i = open; i < pattern.size(); ++i) {
    if (pattern[i] == '{') ++depth;
    if (pattern[i] == ',' && depth == 1) cuts.push_back(i);
    if (pattern[i] == '}' && --depth == 0) {
      close = i;
      break;
    }
  }
  if (close == std::string::npos || cuts.size() == 1) return {pattern};
  cuts.push_back(close);
  std::vector<std::string> out;
  for (size_t i = 0; i + 1 < cuts.size(); ++i) {
    const std::string choice = pattern.substr(cuts[i] + 1, cuts[i + 1] - cuts[i] - 1);
    for (std::string& one : expand_braces(pattern.substr(0, open) + choice + pattern.substr(close + 1))) out.push_back(std::move(one));
  }
  return out;
}

bool matches(const std::string& name, const std::string& pattern) { return ::fnmatch(pattern.c_str(), name.c_str(), FNM_PERIOD) == 0; }

using Inode = std::pair<uint64_t, uint64_t>;

struct Entry {
  std::string name;
  bool is_file = false;  // a regular one; links are none
};

// Sorted; empty where there is no such folder. Throws as list_directory() does.
std::vector<Entry> entries(const std::string& folder) {
  std::vector<Entry> out;
  DIR* stream = ::opendir(folder.c_str());
  if (stream == nullptr) {
    if (errno != ENOENT && errno != ENOTDIR) list_directory(folder);  // throws
    return out;
  }
  while (const dirent* entry = ::readdir(stream)) {
    std::string name = entry->d_name;
    if (name != "." && name != "..") out.push_back({std::move(name), entry->d_type == DT_REG});
  }
  ::closedir(stream);
  std::sort(out.begin(), out.end(), [](const Entry& a, const Entry& b) { return a.name < b.name; });
  return out;
}

class Walk {
 public:
  explicit Walk(std::set<std::string>& found) : found_(found) {}

  void visit(const std::string& base, const std::vector<std::string>& parts, size_t index) {
    if (index == parts.size()) {
      if (const auto info = stat_file(base); info && !info->is_directory) found_.insert(base);
      return;
    }
    const std::string& part = parts[index];
    if (part == "**") {
      visit_any_depth(base, parts, index);
    } else if (!has_glob_syntax(part)) {
      visit(join(base, part), parts, index + 1);
    } else {
      const bool last = index + 1 == parts.size();
      for (const Entry& entry : entries(base.empty() ? "." : base)) {
        if (!matches(entry.name, part)) continue;
        // The folder tells what most entries are: no need to look at each.
        if (last && entry.is_file) {
          found_.insert(found_.end(), join(base, entry.name));
        } else {
          visit(join(base, entry.name), parts, index + 1);
        }
      }
    }
  }

 private:
  static std::string join(const std::string& base, const std::string& name) {
    if (base.empty()) return name;
    return base.back() == '/' ? base + name : base + "/" + name;
  }

  void visit_any_depth(const std::string& base, const std::vector<std::string>& parts, size_t index) {
    const auto info = stat_file(base.empty() ? "." : base);
    if (!info || !info->is_directory) return;
    if (!open_folders_.insert(Inode{info->device, info->inode}).second) return;  // a link back to an ancestor
    visit(base, parts, index + 1);
    for (const std::string& name : list_directory(base.empty() ? "." : base)) {
      if (name.front() == '.') continue;
      visit_any_depth(join(base, name), parts, index);
    }
    open_folders_.erase(Inode{info->device, info->inode});
  }

  std::set<std::string>& found_;
  std::set<Inode> open_folders_;
};

std::vector<std::string> split_path(const std::string& pattern) {
  std::vector<std::string> parts;
  size_t begin = 0;
  while (begin <= pattern.size()) {
    const size_t end = std::min(pattern.find('/', begin), pattern.size());
    if (end > begin) parts.push_back(pattern.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

}  // namespace

bool has_glob_syntax(std::string_view text) { return text.find_first_of("*?[{") != std::string_view::npos; }

std::vector<std::string> glob_files(const std::string& pattern) {
  std::set<std::string> found;
  for (const std::string& one : expand_braces(pattern)) {
    if (one.empty()) continue;
    Walk(found).visit(one.front() == '/' ? "/" : "", split_path(one), 0);
  }
  return {found.begin(), found.end()};
}

}  // namespace tidemark
