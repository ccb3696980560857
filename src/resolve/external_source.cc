#include "resolve/external_source.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/file_system.h"
#include "base/strings.h"

namespace tidemark::resolve {

namespace {

std::string format_of_path(const std::string& path) {
  const std::string lower = to_lower(path);
  const auto ends = [&](std::string_view suffix) { return lower.ends_with(suffix); };
  if (ends(".parquet") || ends(".pq")) return "parquet";
  for (const char* compression : {"", ".gz", ".zst"}) {
    if (ends(std::string(".csv") + compression) || ends(std::string(".tsv") + compression)) return "csv";
    for (const char* json : {".json", ".ndjson", ".jsonl"}) {
      if (ends(std::string(json) + compression)) return "json";
    }
  }
  return "";
}

std::string reader(const std::string& format) {
  if (format == "parquet") return "read_parquet";
  if (format == "csv") return "read_csv";
  if (format == "json") return "read_json";
  throw Error("TM1213", fmt::format("file_format '{}' is not known", format)).hint("parquet, csv or json");
}

std::string sql_quoted(const std::string& text) { return "'" + replace_all(text, "'", "''") + "'"; }

// The options of the declaration as named arguments, union_by_name among them.
std::string arguments(const Json& external) {
  std::string out;
  Json options = Json::object();
  if (external.is_object() && external.contains("options") && external["options"].is_object()) options = external["options"];
  if (!options.contains("union_by_name")) out += ", union_by_name = true";
  for (const auto& [name, value] : options.items()) out += ", " + name + " = " + sql_literal(value);
  return out;
}

std::string declared_format(const Json& external) {
  return external.is_object() && external.contains("file_format") && external["file_format"].is_string() ? to_lower(external["file_format"].get<std::string>())
                                                                                                         : "";
}

std::optional<std::string> text_in(const Json& object, const char* key) {
  if (!object.is_object()) return std::nullopt;
  const auto it = object.find(key);
  return it != object.end() && it->is_string() ? std::optional<std::string>(it->get<std::string>()) : std::nullopt;
}

ExternalFiles from_declaration(const Node& source) {
  const Json& external = source.external;
  const std::optional<std::string> location = text_in(external, "location");
  if (!location || location->empty()) throw Error("TM1213", fmt::format("source '{}.{}' is external and has no location", source.source_name, source.name));
  ExternalFiles files;
  const std::optional<std::string> pattern = text_in(external, "pattern");
  files.format = declared_format(external);
  if (pattern) {
    files.glob = *location + (location->ends_with('/') ? "" : "/") + *pattern;
  } else {
    files.glob = *location;
    const bool is_folder = format_of_path(*location).empty() && !has_glob_syntax(*location);
    if (is_folder) files.glob += std::string(location->ends_with('/') ? "" : "/") + "*." + (files.format.empty() ? "parquet" : files.format);
  }
  if (files.format.empty()) files.format = format_of_path(files.glob);
  if (files.format.empty()) files.format = "parquet";
  files.sql = reader(files.format) + "(" + sql_quoted(files.glob) + arguments(external) + ")";
  return files;
}

// dbt-duckdb's template: {name}, {identifier}, {schema}, …, members of meta. Doubled braces stand for themselves.
std::string fill(const std::string& text, const Node& source) {
  const auto value_of = [&](const std::string& name) -> std::string {
    if (name == "name") return source.name;
    if (name == "identifier") return source.identifier;
    if (name == "schema") return source.schema;
    if (name == "database") return source.database;
    if (name == "source_name") return source.source_name;
    if (source.meta.is_object() && source.meta.contains(name))
      return source.meta[name].is_string() ? source.meta[name].get<std::string>() : source.meta[name].dump();
    throw Error("TM1213", fmt::format("external_location of source '{}.{}' uses '{{{}}}', which is not known", source.source_name, source.name, name))
        .hint("{name}, {identifier}, {schema}, {database}, {source_name} or a member of meta");
  };
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool doubled = i + 1 < text.size() && text[i + 1] == text[i] && (text[i] == '{' || text[i] == '}');
    if (doubled) {
      out += text[i++];
    } else if (text[i] == '{') {
      const size_t end = text.find('}', i);
      if (end == std::string::npos) throw Error("TM1213", "external_location has a '{' without '}'");
      out += value_of(text.substr(i + 1, end - i - 1));
      i = end;
    } else {
      out += text[i];
    }
  }
  return out;
}

ExternalFiles from_meta(const Node& source, const std::string& location_template) {
  ExternalFiles files;
  const std::string location = fill(location_template, source);
  const bool is_sql = location.find('(') != std::string::npos || location.starts_with("'");
  if (is_sql) {
    files.sql = location;
    return files;
  }
  files.format = format_of_path(location);
  if (files.format.empty()) {
    files.sql = sql_quoted(location);
    return files;
  }
  files.glob = location;
  files.sql = reader(files.format) + "(" + sql_quoted(location) + arguments(source.meta.contains("options") ? source.meta : Json::object()) + ")";
  return files;
}

}  // namespace

std::string sql_literal(const Json& value) {
  if (value.is_string()) return sql_quoted(value.get<std::string>());
  if (value.is_null()) return "NULL";
  std::vector<std::string> items;
  if (value.is_array()) {
    for (const Json& item : value) items.push_back(sql_literal(item));
    return "[" + join(items, ", ") + "]";
  }
  if (value.is_object()) {
    for (const auto& [name, item] : value.items()) items.push_back(sql_quoted(name) + ": " + sql_literal(item));
    return "{" + join(items, ", ") + "}";
  }
  return value.dump();
}

namespace {

std::optional<ExternalFiles> files_of(const Node& source) {
  if (source.external.is_object()) return from_declaration(source);
  if (source.external.is_string()) {
    Node plain = source;
    plain.external = Json{{"location", source.external}};
    return from_declaration(plain);
  }
  for (const Json* place : {&source.meta, &source.config.values(), &source.source_meta}) {
    if (const std::optional<std::string> location = text_in(*place, "external_location")) return from_meta(source, *location);
  }
  return std::nullopt;
}

// The server's working folder is not the project's: paths are absolute. Spark's own globs are near enough to these.
std::string spark_scan(const Node& source, const ExternalFiles& files) {
  const std::string name = source.source_name + "." + source.name;
  if (files.glob.empty())
    throw Error("TM1213", fmt::format("source '{}' is given as a text of DuckDB's SQL, which Spark does not read", name))
        .hint("external: {location, pattern, file_format}");
  if (files.format == "csv")
    throw Error("TM1213", fmt::format("source '{}' is CSV, which Spark's SQL cannot read by path with its header", name))
        .hint("make it a table or view of the cluster, or Parquet");
  const bool is_remote = files.glob.find("://") != std::string::npos;
  return fmt::format("{}.`{}`", files.format, replace_all(is_remote ? files.glob : fs::absolute(files.glob).lexically_normal().string(), "`", "``"));
}

}  // namespace

FilesDialect files_dialect(const std::string& target_type) { return target_type == "spark" ? FilesDialect::kSpark : FilesDialect::kFunctions; }

std::optional<ExternalFiles> external_files(const Node& source, FilesDialect dialect) {
  std::optional<ExternalFiles> files = files_of(source);
  if (files && dialect == FilesDialect::kSpark) files->sql = spark_scan(source, *files);
  return files;
}

std::string read_files_sql(const Node& source, const std::vector<std::string>& files) {
  const std::optional<ExternalFiles> external = external_files(source);
  if (!external || external->format.empty()) throw Error("TM1213", fmt::format("the files of source '{}.{}' are not known", source.source_name, source.name));
  std::vector<std::string> names;
  for (const std::string& file : files) names.push_back(sql_quoted(file));
  return reader(external->format) + "([" + join(names, ", ") + "]" + arguments(source.external.is_object() ? source.external : source.meta) + ")";
}

}  // namespace tidemark::resolve
