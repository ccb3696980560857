#include "run/file_bindings.h"

#include <algorithm>

#include "base/strings.h"
#include "sql/hive.h"
#include "sql/sql_parser.h"

namespace tidemark::run {

namespace {

bool is_remote(const std::string& pattern) { return pattern.find("://") != std::string::npos; }

bool no_tree(const Error& error) { return error.code() == "TM4110" || error.code() == "TM4130" || error.code() == "TM4131" || error.code() == "TM4001"; }

}  // namespace

std::vector<std::string> name_parts(const std::string& name) {
  std::vector<std::string> parts(1);
  bool quoted = false;
  for (size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (c == '"') {
      if (quoted && i + 1 < name.size() && name[i + 1] == '"') {
        parts.back() += name[++i];
      } else {
        quoted = !quoted;
      }
    } else if (c == '.' && !quoted) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

Relation relation_named(const std::vector<std::string>& parts) {
  Relation relation;
  const size_t n = parts.size();
  if (n > 0) relation.identifier = parts[n - 1];
  if (n > 1) relation.schema = parts[n - 2];
  if (n > 2) relation.database = parts[n - 3];
  return relation;
}

const FileBindings::Text& FileBindings::read(const std::string& sql, SqlParser& parser) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = texts_.find(sql); known != texts_.end()) return known->second;
  }
  Text text;
  try {
    const Json tree = parser.parse(sql);
    text.scans = sql::find_file_scans(tree);
    for (const std::string& name : table_names_of(tree)) text.relations.push_back(name_parts(name));
  } catch (const Error& error) {
    if (!no_tree(error)) throw;
  }
  const std::lock_guard lock(mutex_);
  return texts_.emplace(sql, std::move(text)).first->second;
}

bool FileBindings::bind(const std::string& sql, Session& session) {
  std::set<std::string> views;
  return bind_text(sql, session, views);
}

bool FileBindings::bind_text(const std::string& sql, Session& session, std::set<std::string>& views) {
  SqlParser* parser = nullptr;
  try {
    parser = &session.parser();
  } catch (const Error& error) {
    if (!no_tree(error)) throw;
    return false;
  }
  const Text& text = read(sql, *parser);
  bool reads_files = !text.scans.empty();
  for (const sql::FileScan& scan : text.scans) bind_scan(scan, session);
  for (const std::vector<std::string>& parts : text.relations) {
    if (!views.insert(to_lower(join(parts, "\x01"))).second) continue;
    const std::optional<ViewDefinition> view = session.view(relation_named(parts));
    if (view && bind_text(view->sql, session, views)) reads_files = true;
  }
  return reads_files;
}

void FileBindings::bind_scan(const sql::FileScan& scan, Session& session) {
  if (!context_.bind_patterns || scan.patterns.empty() || std::any_of(scan.patterns.begin(), scan.patterns.end(), is_remote)) return;
  const std::string key = join(scan.patterns, "\n");
  {
    const std::lock_guard lock(mutex_);
    if (bound_.contains(key)) return;
  }
  // Two threads may do this at once: both get the same answer from the observation.
  BoundPatterns bound;
  bound.patterns = scan.patterns;
  const std::vector<ledger::SourceFile>& files = context_.observation.files(scan.patterns);
  for (const ledger::SourceFile& file : files) bound.files.push_back(file.path);
  if (scan.is_parquet() && !files.empty()) bound.columns = context_.observation.bound_schema(files, session);
  bound.has_folder_columns = !sql::hive_columns(bound.files).empty();
  if (scan.is_text() && !bound.has_folder_columns) bound.form = context_.observation.form(scan, session);
  if (bound.form) bound.columns = bound.form->columns;
  context_.bind_patterns(bound);
  const std::lock_guard lock(mutex_);
  bound_.insert(key);
}

void FileBindings::forget() {
  const std::lock_guard lock(mutex_);
  bound_.clear();
}

}  // namespace tidemark::run
