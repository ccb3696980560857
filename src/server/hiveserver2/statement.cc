#include "server/hiveserver2/statement.h"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "base/error.h"
#include "base/strings.h"
#include "server/hiveserver2/columns.h"
#include "server/hiveserver2/metadata.h"

namespace tidemark::server {

namespace {

struct Word {
  std::string text;
  bool is_quoted = false;  // `name`
  bool is_string = false;  // 'text' or "text"
  size_t end = 0;          // behind it, in the statement
  bool is(const char* keyword) const { return !is_quoted && !is_string && equals_ignore_case(text, keyword); }
};

// Words, names, strings and single characters; comments are left out.
std::vector<Word> words_of(const std::string& sql) {
  std::vector<Word> out;
  const auto is_name = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || static_cast<unsigned char>(c) >= 0x80; };
  for (size_t i = 0; i < sql.size();) {
    const char c = sql[i];
    if (sql.compare(i, 2, "--") == 0) {
      i = std::min(sql.find('\n', i), sql.size());
    } else if (sql.compare(i, 2, "/*") == 0) {
      const size_t end = sql.find("*/", i + 2);
      i = end == std::string::npos ? sql.size() : end + 2;
    } else if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      ++i;
    } else if (c == '`' || c == '\'' || c == '"') {
      const size_t end = std::min(sql.find(c, i + 1), sql.size());
      out.push_back({sql.substr(i + 1, end - i - 1), c == '`', c != '`', std::min(end + 1, sql.size())});
      i = end + 1;
    } else if (is_name(c)) {
      size_t end = i;
      while (end < sql.size() && is_name(sql[end])) ++end;
      out.push_back({sql.substr(i, end - i), false, false, end});
      i = end;
    } else {
      out.push_back({std::string(1, c), false, false, i + 1});
      ++i;
    }
  }
  while (!out.empty() && out.back().is(";")) out.pop_back();
  return out;
}

class Answer {
 public:
  Answer(const std::string& sql, Surroundings& surroundings, const std::function<Session&()>& session)
      : sql_(sql), words_(words_of(sql)), surroundings_(surroundings), session_(session) {}

  std::optional<LocalRows> give() {
    if (take("use")) return use();
    if (take("set")) return set();
    if (take("show")) return show();
    if (take("describe") || take("desc")) return describe();
    return std::nullopt;
  }

 private:
  const Word* here() const { return at_ < words_.size() ? &words_[at_] : nullptr; }
  bool take(const char* keyword) {
    if (here() == nullptr || !here()->is(keyword)) return false;
    ++at_;
    return true;
  }
  Error unknown() const {
    return Error("TM7603", fmt::format("this endpoint does not know '{}'", trim(sql_)))
        .hint("SHOW DATABASES, TABLES, VIEWS, COLUMNS, TBLPROPERTIES, TABLE EXTENDED and DESCRIBE are known");
  }

  // "a.b.c", each part as it is written without its quotes.
  std::vector<std::string> name() {
    std::vector<std::string> parts;
    while (here() != nullptr && !here()->is_string) {
      parts.push_back(here()->text);
      ++at_;
      if (!take(".")) break;
    }
    if (parts.empty()) throw unknown();
    return parts;
  }

  std::string pattern() {
    take("like");
    if (here() == nullptr) return "";
    const std::string text = here()->text;
    if (!here()->is_string) throw unknown();
    ++at_;
    return text;
  }

  void end() const {
    if (here() != nullptr) throw unknown();
  }

  std::string known_schema(const std::string& name) {
    const std::vector<std::string> all = session_().list_schemas("");
    const auto found = std::find_if(all.begin(), all.end(), [&](const std::string& one) { return equals_ignore_case(one, name); });
    if (found != all.end()) return *found;
    // Clients begin with Spark's own first schema; here the project's is what they mean.
    if (equals_ignore_case(name, "default")) return surroundings_.schema;
    throw Error("TM7602", fmt::format("there is no schema '{}'", name)).hint("SHOW DATABASES lists them");
  }

  RelationInfo known_table(const std::vector<std::string>& parts) {
    const std::string schema = parts.size() > 1 ? known_schema(parts[parts.size() - 2]) : surroundings_.schema;
    for (RelationInfo& info : session_().list_relations("", schema)) {
      if (equals_ignore_case(info.relation.identifier, parts.back())) return info;
    }
    throw Error("TM7602", fmt::format("there is no table or view '{}.{}'", schema, parts.back())).hint("SHOW TABLES lists them");
  }

  LocalRows use() {
    take("database") || take("schema") || take("namespace");
    surroundings_.schema = known_schema(name().back());
    end();
    return LocalRows(texts({"Result"}));
  }

  LocalRows set() {
    LocalRows out(texts({"key", "value"}));
    const std::string rest(trim(sql_.substr(words_.front().end)));
    const size_t equals = rest.find('=');
    if (rest.empty() || rest == "-v") {
      for (const auto& [key, value] : surroundings_.settings) out.add({key, value});
    } else if (equals == std::string::npos) {
      const auto found = surroundings_.settings.find(rest);
      out.add({rest, found == surroundings_.settings.end() ? "<undefined>" : found->second});
    } else {
      const std::string key(trim(std::string_view(rest).substr(0, equals)));
      const std::string value(trim(std::string_view(rest).substr(equals + 1)));
      surroundings_.settings[key] = value;
      out.add({key, value});
    }
    return out;
  }

  LocalRows show() {
    if (take("databases") || take("schemas") || take("namespaces")) return show_schemas();
    if (take("tables")) return show_tables("");
    if (take("views")) return show_tables("VIEW");
    if (take("table")) {
      if (!take("extended")) throw unknown();
      return show_extended();
    }
    if (take("columns")) return show_columns();
    if (take("tblproperties")) return show_properties();
    if (take("catalogs")) {
      LocalRows out(texts({"catalog"}));
      out.add({"spark_catalog"});
      return out;
    }
    throw unknown();
  }

  LocalRows show_schemas() {
    if (take("in") || take("from")) name();
    const std::string wanted = pattern();
    end();
    LocalRows out(texts({"namespace"}));
    for (const std::string& schema : session_().list_schemas("")) {
      if (matches_glob(wanted, schema)) out.add({schema});
    }
    return out;
  }

  std::string in_schema() { return take("in") || take("from") ? known_schema(name().back()) : surroundings_.schema; }

  LocalRows show_tables(const std::string& kind) {
    const std::string schema = in_schema(), wanted = pattern();
    end();
    std::vector<ColumnType> columns = texts({"namespace", kind.empty() ? "tableName" : "viewName", "isTemporary"});
    columns[2].type = "BOOLEAN";
    LocalRows out(std::move(columns));
    for (const RelationInfo& info : session_().list_relations("", schema)) {
      const bool is_view = info.relation.type == RelationType::kView;
      if ((kind.empty() || is_view) && matches_glob(wanted, info.relation.identifier)) out.add({schema, info.relation.identifier, "false"});
    }
    return out;
  }

  // As Spark words it: dbt-spark reads type, provider and columns out of this text.
  std::string information(const RelationInfo& info) {
    const bool is_view = info.relation.type == RelationType::kView;
    std::string out = fmt::format("Catalog: spark_catalog\nDatabase: {}\nTable: {}\nOwner: tidemark\nType: {}\n", info.relation.schema,
                                  info.relation.identifier, is_view ? "VIEW" : "MANAGED");
    if (!is_view) out += "Provider: delta\n";
    out += "Schema: root\n";
    for (const ColumnType& column : session_().columns(info.relation))
      out += fmt::format(" |-- {}: {} (nullable = true)\n", column.name, hive_type(column.type).name);
    return out + "\n";
  }

  LocalRows show_extended() {
    const std::string schema = in_schema();
    const std::string wanted = pattern();
    end();
    std::vector<ColumnType> columns = texts({"namespace", "tableName", "isTemporary", "information"});
    columns[2].type = "BOOLEAN";
    LocalRows out(std::move(columns));
    for (const RelationInfo& info : session_().list_relations("", schema)) {
      if (matches_glob(wanted, info.relation.identifier)) out.add({schema, info.relation.identifier, "false", information(info)});
    }
    return out;
  }

  LocalRows show_columns() {
    if (!take("in") && !take("from")) throw unknown();
    std::vector<std::string> parts = name();
    if (take("in") || take("from")) parts.insert(parts.begin(), name().back());
    end();
    LocalRows out(texts({"col_name"}));
    for (const ColumnType& column : session_().columns(known_table(parts).relation)) out.add({column.name});
    return out;
  }

  LocalRows show_properties() {
    const RelationInfo info = known_table(name());
    LocalRows out(texts({"key", "value"}));
    if (info.relation.type != RelationType::kView) out.add({"provider", "delta"});
    return out;
  }

  std::optional<LocalRows> describe() {
    if (here() == nullptr) throw unknown();
    for (const char* query : {"select", "with", "query", "values", "from", "(", "function", "history", "detail"}) {
      if (here()->is(query)) return std::nullopt;
    }
    if (take("database") || take("schema") || take("namespace")) {
      take("extended");
      const std::string schema = known_schema(name().back());
      LocalRows out(texts({"info_name", "info_value"}));
      out.add({"Namespace Name", schema});
      return out;
    }
    take("table");
    const bool is_long = take("extended") || take("formatted");
    const RelationInfo info = known_table(name());
    LocalRows out(texts({"col_name", "data_type", "comment"}));
    for (const ColumnType& column : session_().columns(info.relation)) out.add({column.name, hive_type(column.type).name, std::nullopt});
    if (!is_long) return out;
    const bool is_view = info.relation.type == RelationType::kView;
    out.add({"", "", ""});
    out.add({"# Detailed Table Information", "", ""});
    out.add({"Catalog", "spark_catalog", ""});
    out.add({"Database", info.relation.schema, ""});
    out.add({"Table", info.relation.identifier, ""});
    out.add({"Type", is_view ? "VIEW" : "MANAGED", ""});
    if (!info.comment.empty()) out.add({"Comment", info.comment, ""});
    if (!is_view) out.add({"Provider", "delta", ""});
    return out;
  }

  const std::string& sql_;
  std::vector<Word> words_;
  Surroundings& surroundings_;
  const std::function<Session&()>& session_;
  size_t at_ = 0;
};

}  // namespace

std::optional<LocalRows> answer_statement(const std::string& sql, Surroundings& surroundings, const std::function<Session&()>& session) {
  return Answer(sql, surroundings, session).give();
}

}  // namespace tidemark::server
