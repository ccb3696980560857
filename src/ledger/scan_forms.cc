#include "ledger/scan_forms.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "adapter/adapter.h"
#include "adapter/table.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/strings.h"

namespace tidemark::ledger {

namespace {

using Columns = std::vector<ColumnType>;
using Options = std::vector<std::pair<std::string, std::string>>;

std::string quote(const std::string& text) { return "'" + replace_all(text, "'", "''") + "'"; }

bool is_integer(const std::string& type) {
  static const std::set<std::string> kTypes{"BIGINT", "INTEGER", "SMALLINT", "TINYINT", "HUGEINT", "UBIGINT", "UINTEGER", "USMALLINT", "UTINYINT", "UHUGEINT"};
  return kTypes.contains(type);
}

const ColumnType* find(const Columns& columns, const std::string& name) {
  const auto found = std::find_if(columns.begin(), columns.end(), [&](const ColumnType& column) { return equals_ignore_case(column.name, name); });
  return found == columns.end() ? nullptr : &*found;
}

bool says(const Options& options, std::initializer_list<const char*> names) {
  return std::any_of(options.begin(), options.end(), [&](const auto& option) { return std::find(names.begin(), names.end(), option.first) != names.end(); });
}

// A form under way, and what is kept of it.
struct Kept {
  sql::ScanForm form;
  std::map<std::string, FileStat> checked;  // by path: files that were found to fit
};

Json to_json(const FileStat& stat) { return Json::array({stat.device, stat.inode, stat.size, stat.mtime_ns, stat.ctime_ns}); }

FileStat stat_from(const Json& row) {
  FileStat out;
  out.device = row.at(0);
  out.inode = row.at(1);
  out.size = row.at(2);
  out.mtime_ns = row.at(3);
  out.ctime_ns = row.at(4);
  return out;
}

Json to_json(const Kept& kept, const std::string& key) {
  Json options = Json::array(), columns = Json::array(), checked = Json::object();
  for (const auto& [name, value] : kept.form.options) options.push_back({name, value});
  for (const ColumnType& column : kept.form.columns) columns.push_back({column.name, column.type});
  for (const auto& [path, stat] : kept.checked) checked[path] = to_json(stat);
  return Json{{"source", key},     {"function", kept.form.function}, {"has_header", kept.form.has_header}, {"options", options}, {"columns", columns},
              {"checked", checked}};
}

Kept kept_from(const Json& document) {
  Kept out;
  out.form.function = document.at("function").get<std::string>();
  out.form.has_header = document.at("has_header").get<bool>();
  for (const Json& option : document.at("options")) out.form.options.emplace_back(option.at(0), option.at(1));
  for (const Json& column : document.at("columns")) out.form.columns.push_back({column.at(0), column.at(1)});
  for (const auto& [path, row] : document.at("checked").items()) out.checked[path] = stat_from(row);
  return out;
}

// One source, brought up to date with its files.
class Form {
 public:
  Form(const sql::FileScan& scan, const std::vector<SourceFile>& files, Session& session, const std::filesystem::path& folder)
      : scan_(scan), files_(files), session_(session), is_csv_(scan.function == "read_csv"), place_(folder / xxh128_hex(scan.key())) {}

  sql::ScanFormPtr make() {
    if (!load() && with_bytes(files_).empty()) return nullptr;
    if (is_new_) {
      sniff();
    } else {
      check_files();
    }
    save();
    return std::make_shared<const sql::ScanForm>(kept_.form);
  }

 private:
  // ---- what is kept

  std::filesystem::path document() const { return place_.string() + ".json"; }
  std::filesystem::path header() const { return place_.string() + ".csv"; }

  bool load() {
    if (!stat_file(document())) return false;
    kept_ = kept_from(parse_json(read_file(document()), document().string(), "TM5203"));
    kept_.form.header_file = kept_.form.has_header ? header().string() : "";
    is_new_ = false;
    return true;
  }

  void save() {
    if (!changed_) return;
    make_directories(place_.parent_path());
    if (kept_.form.has_header) write_file_durable(header(), header_text());
    write_file_durable(document(), to_json(kept_, scan_.key()).dump(1));
  }

  std::string option(const char* name, const char* fallback) const {
    for (const auto& [key, value] : kept_.form.options) {
      if (key == name) return value;
    }
    return fallback;
  }

  std::string header_text() const {
    const std::string mark = option("quote", "\""), escape = option("escape", "\"");
    std::vector<std::string> names;
    for (const ColumnType& column : kept_.form.columns)
      names.push_back(mark.empty() ? column.name : mark + replace_all(column.name, mark, (escape.empty() ? mark : escape) + mark) + mark);
    return std::string(static_cast<size_t>(std::max(0, std::atoi(option("skip", "0").c_str()))), '\n') + join(names, option("delim", ",")) + "\n";
  }

  // ---- the first look

  void sniff() {
    changed_ = true;
    kept_.form.function = scan_.function;
    for (const auto& [name, value] : scan_.options) {
      static const std::set<std::string> kOwn{"union_by_name", "hive_partitioning", "filename", "sample_size", "auto_detect"};
      if (!kOwn.contains(name)) kept_.form.options.emplace_back(name == "sep" || name == "delimiter" ? "delim" : name, value);
    }
    if (is_csv_) sniff_dialect();
    kept_.form.columns = describe(files_);
    if (kept_.form.has_header) kept_.form.header_file = header().string();
    for (const SourceFile& file : files_) kept_.checked[file.path] = file.stat;
  }

  // Of the first file that has rows; the others are read the same way.
  void sniff_dialect() {
    const auto first = std::find_if(files_.begin(), files_.end(), [](const SourceFile& file) { return file.stat.size > 0; });
    if (first == files_.end()) return;
    std::string sql = "SELECT Delimiter, Quote, Escape, SkipRows, HasHeader, DateFormat, TimestampFormat FROM sniff_csv(" + sql::file_literal(first->path);
    for (const auto& [name, value] : kept_.form.options) sql += fmt::format(", {} = {}", name, quote(value));
    const Table found = ask(sql + ")", *first);
    const Row& row = found.rows.at(0);
    const auto add = [&](const char* name, const std::string& value) {
      if (!says(kept_.form.options, {name})) kept_.form.options.emplace_back(name, value);
    };
    const auto text = [&](size_t at) { return row[at].is_null() || row[at].text() == "(empty)" ? std::string() : row[at].text(); };
    add("delim", text(0));
    // Where no value of the first file is quoted, one of a later file may be.
    add("quote", text(1).empty() ? "\"" : text(1));
    add("escape", text(2).empty() ? option("quote", "\"") : text(2));
    add("skip", row[3].text());
    add("header", to_lower(row[4].text()));
    if (!text(5).empty()) add("dateformat", text(5));
    if (!text(6).empty()) add("timestampformat", text(6));
    const std::string has = to_lower(option("header", "true"));
    kept_.form.has_header = has == "true" || has == "t" || has == "1";
  }

  // Empty files say nothing.
  static std::vector<SourceFile> with_bytes(std::vector<SourceFile> files) {
    std::erase_if(files, [](const SourceFile& file) { return file.stat.size == 0; });
    return files;
  }

  // Columns and types by all rows of the files.
  Columns describe(const std::vector<SourceFile>& given) {
    const std::vector<SourceFile> files = with_bytes(given);
    std::vector<std::string> list;
    for (const SourceFile& file : files) list.push_back(sql::file_literal(file.path));
    std::string sql = fmt::format("SELECT * FROM {}([{}], union_by_name = true, hive_partitioning = false, sample_size = -1", scan_.function, join(list, ", "));
    if (!is_csv_) sql += ", maximum_sample_files = 1000000";
    for (const auto& [name, value] : kept_.form.options) sql += fmt::format(", {} = {}", name, quote(value));
    try {
      return session_.describe(sql + ")");
    } catch (const Error& fault) {
      if (files.size() == 1) throw unreadable(files.front(), fault);
      for (const SourceFile& file : files) describe({file});  // the one that is to blame is named
      throw Error("TM5105", fmt::format("the files '{}' cannot be read as one source", join(scan_.patterns, "', '"))).because(fault);
    }
  }

  Table ask(const std::string& sql, const SourceFile& file) {
    try {
      return session_.query(sql);
    } catch (const Error& fault) {
      throw unreadable(file, fault);
    }
  }

  Error unreadable(const SourceFile& file, const Error& cause) const {
    return Error("TM5105", fmt::format("'{}' cannot be understood as {}", file.path, is_csv_ ? "CSV" : "JSON"))
        .because(cause)
        .hint("a download that was cut short, or another format: replace the file or take it away");
  }

  // ---- later files

  void check_files() {
    for (const SourceFile& file : files_) {
      const auto known = kept_.checked.find(file.path);
      if (known != kept_.checked.end() && known->second == file.stat) continue;
      check(file);
      kept_.checked[file.path] = file.stat;
      changed_ = true;
    }
  }

  void check(const SourceFile& file) {
    if (file.stat.size == 0) return;
    const Columns own = describe({file});
    const Columns known = kept_.form.columns;
    if (is_csv_ && !kept_.form.has_header && own.size() != known.size())
      throw misfit(file, fmt::format("it has {} columns, and the source has {}", own.size(), known.size()));
    if (std::none_of(own.begin(), own.end(), [&](const ColumnType& column) { return find(known, column.name) != nullptr; }))
      throw misfit(file, fmt::format("it has none of the source's columns, but {}", names_of(own)));
    std::vector<std::pair<ColumnType, ColumnType>> shared;  // own, known
    for (const ColumnType& column : own) {
      if (const ColumnType* other = find(known, column.name)) {
        if (other->type != column.type) shared.emplace_back(column, *other);
      } else {
        kept_.form.columns.push_back(column);
      }
    }
    if (!shared.empty()) check_types(file, shared);
  }

  void check_types(const SourceFile& file, const std::vector<std::pair<ColumnType, ColumnType>>& shared) {
    std::vector<std::string> mine, theirs;
    for (const auto& [own, known] : shared) {
      mine.push_back(fmt::format("CAST(NULL AS {})", own.type));
      theirs.push_back(fmt::format("CAST(NULL AS {})", known.type));
    }
    const Columns together = session_.describe(fmt::format("SELECT {} UNION ALL SELECT {}", join(theirs, ", "), join(mine, ", ")));
    for (size_t i = 0; i < shared.size(); ++i) {
      const auto& [own, known] = shared[i];
      if (together[i].type == known.type) continue;
      // Widened it would be another type for all files; only values tell whether it must be.
      check_values(file, own, known);
    }
  }

  void check_values(const SourceFile& file, const ColumnType& own, const ColumnType& known) {
    const std::string name = "\"" + replace_all(own.name, "\"", "\"\"") + "\"";
    std::string options = "hive_partitioning = false";
    for (const auto& [key, value] : kept_.form.options) options += fmt::format(", {} = {}", key, quote(value));
    const std::string rows = fmt::format("SELECT row_number() OVER () AS n, CAST({} AS VARCHAR) AS v FROM {}([{}], {}, {} = {{{}: 'VARCHAR'}})", name,
                                         scan_.function, sql::file_literal(file.path), options, is_csv_ ? "types" : "columns", quote(own.name));
    const std::string whole = is_integer(known.type) ? " OR NOT regexp_full_match(trim(v), '[+-]?[0-9]+')" : "";
    const std::string date = known.type == "DATE" ? " OR regexp_matches(v, '[0-9]:[0-9]')" : "";
    const std::string format = known.type == "DATE" ? option("dateformat", "") : known.type.starts_with("TIMESTAMP") ? option("timestampformat", "") : "";
    const std::string value = format.empty()
                                  ? fmt::format("TRY_CAST({} AS {})", option("decimal_separator", ".") == "," ? "replace(v, ',', '.')" : "v", known.type)
                                  : fmt::format("try_strptime(v, {})", quote(format));
    const Table bad = ask(fmt::format("SELECT n, v FROM ({}) WHERE v IS NOT NULL AND ({} IS NULL{}{}) ORDER BY n LIMIT 1", rows, value, whole, date), file);
    if (bad.rows.empty()) return;
    const int64_t line = bad.rows[0][0].as_integer() + (kept_.form.has_header ? 1 : 0) + std::atoi(option("skip", "0").c_str());
    throw misfit(file, fmt::format("{} {}: '{}' in column '{}' is no {}", is_csv_ ? "line" : "row", line, bad.rows[0][1].text(), own.name, known.type));
  }

  static std::string names_of(const Columns& columns) {
    std::vector<std::string> names;
    for (const ColumnType& column : columns) names.push_back("'" + column.name + "'");
    return join(names, ", ");
  }

  Error misfit(const SourceFile& file, const std::string& why) const {
    return Error("TM5104", fmt::format("'{}' does not fit its source: {}", file.path, why))
        .hint(fmt::format("mend or remove the file; to have the source's types found anew, remove {}", document().string()));
  }

  const sql::FileScan& scan_;
  const std::vector<SourceFile>& files_;
  Session& session_;
  const bool is_csv_;
  const std::filesystem::path place_;
  Kept kept_;
  bool is_new_ = true;
  bool changed_ = false;
};

// For forms that need not outlive the process.
std::filesystem::path scratch_folder() {
  static const std::filesystem::path kFolder = std::filesystem::temp_directory_path() / ("tidemark-forms-" + random_uuid());
  return kFolder;
}

}  // namespace

void ScanForms::keep_in(std::filesystem::path folder) {
  const std::lock_guard lock(mutex_);
  folder_ = std::filesystem::absolute(folder);
}

sql::ScanFormPtr ScanForms::of(const sql::FileScan& scan, const std::vector<SourceFile>& files, Session& session) {
  if (std::any_of(scan.options.begin(), scan.options.end(), [](const auto& option) { return option.second == "?"; })) return nullptr;
  const std::lock_guard lock(mutex_);
  const std::string key = scan.key();
  if (const auto known = known_.find(key); known != known_.end()) return known->second;
  return known_[key] = Form(scan, files, session, folder_.empty() ? scratch_folder() : folder_).make();
}

void ScanForms::forget() {
  const std::lock_guard lock(mutex_);
  known_.clear();
}

}  // namespace tidemark::ledger
