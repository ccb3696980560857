#include "run/unit_test.h"

#include <algorithm>
#include <map>
#include <regex>

#include <fmt/format.h>

#include "adapter/table.h"
#include "base/file_system.h"
#include "base/strings.h"
#include "run/error_place.h"

namespace tidemark::run {

namespace {

constexpr int64_t kRowsShown = 20;

Error unfit(const std::string& text) { return Error("TM6304", text); }

std::string quote(const std::string& text) { return "'" + replace_all(text, "'", "''") + "'"; }

const ColumnType* find(const std::vector<ColumnType>& columns, const std::string& name) {
  const auto found = std::find_if(columns.begin(), columns.end(), [&](const ColumnType& column) { return equals_ignore_case(column.name, name); });
  return found == columns.end() ? nullptr : &*found;
}

std::string names_of(const std::vector<ColumnType>& columns) {
  std::vector<std::string> names;
  for (const ColumnType& column : columns) names.push_back(column.name);
  return join(names, ", ");
}

std::string cell_sql(const Json& value, const std::string& type) {
  std::string text = "null";
  if (value.is_string()) {
    text = quote(value.get<std::string>());
  } else if (value.is_structured()) {
    text = quote(value.dump());
  } else if (!value.is_null()) {
    text = value.dump();
  }
  return fmt::format("cast({} as {})", text, type);
}

// One SELECT of the rows: all of `columns`, those that a row leaves out null.
std::string rows_sql(const Json& rows, const std::vector<ColumnType>& columns, const std::vector<ColumnType>& accepted, const std::string& what) {
  std::vector<std::string> selects;
  for (const Json& row : rows) {
    if (!row.is_object()) throw unfit(fmt::format("a row of {} is no mapping of columns to values: {}", what, row.dump()));
    for (const auto& [name, value] : row.items()) {
      if (find(accepted, name) == nullptr) throw unfit(fmt::format("{} has no column '{}'", what, name)).hint("its columns: " + names_of(accepted));
    }
    std::vector<std::string> items;
    for (const ColumnType& column : columns) {
      const auto given = std::find_if(row.items().begin(), row.items().end(), [&](const auto& item) { return equals_ignore_case(item.key(), column.name); });
      items.push_back(cell_sql(given == row.items().end() ? Json() : given.value(), column.type) + " as " + quote_identifier(column.name));
    }
    selects.push_back("select " + join(items, ", "));
  }
  if (!selects.empty()) return join(selects, "\nunion all\n");
  std::vector<std::string> items;
  for (const ColumnType& column : columns) items.push_back(cell_sql(Json(), column.type) + " as " + quote_identifier(column.name));
  return "select " + join(items, ", ") + " where false";
}

class UnitTest {
 public:
  explicit UnitTest(NodeWork& work) : work_(work), project_(work.run.context.compiler.project()) {}

  void run() {
    const NodePtr model = work_.node.depends_on_nodes.empty() ? nullptr : project_.manifest.find(work_.node.depends_on_nodes.front());
    if (!model || model->type != ResourceType::kModel) throw Error("TM6303", fmt::format("the unit test '{}' tests no model", work_.node.name));
    if (!work_.node.extra.contains("expect"))
      throw Error("TM6303", fmt::format("the unit test '{}' expects nothing", work_.node.name)).hint("expect: {rows: […]}");
    model_ = model;
    for (const Json& given : work_.node.extra.value("given", Json::array())) add_given(given);
    const compile::Compiled compiled = compile_model();
    try {
      compare(compiled.node->compiled_code);
    } catch (const Error& error) {
      throw at_model(error, compiled);
    }
  }

 private:
  // ---- what is given

  NodePtr input_node(const std::string& input) const {
    static const std::regex kCall(R"(^\s*(ref|source)\s*\((.*)\)\s*$)");
    static const std::regex kText(R"x((?:(\w+)\s*=\s*)?(?:'([^']*)'|"([^"]*)"|([0-9.]+)))x");
    if (trim(input) == "this") return model_;
    std::smatch call;
    if (!std::regex_match(input, call, kCall))
      throw Error("TM6303", fmt::format("the input '{}' of unit test '{}' is not understood", input, work_.node.name))
          .hint("ref('model'), source('source', 'table') or this");
    std::vector<std::string> texts;
    RefArgs ref;
    const std::string arguments = call[2];
    for (std::sregex_iterator it(arguments.begin(), arguments.end(), kText), end; it != end; ++it) {
      const std::string value = (*it)[2].matched ? (*it)[2] : (*it)[3].matched ? (*it)[3] : (*it)[4];
      if ((*it)[1].matched) {
        ref.version = value;
      } else {
        texts.push_back(value);
      }
    }
    const std::string& package = work_.node.package_name;
    if (call[1] == "source" && texts.size() == 2) return project_.lookup.source({texts[0], texts[1]}, project_.context->project_name, package);
    if (texts.empty() || texts.size() > 2) throw Error("TM6303", fmt::format("the input '{}' of unit test '{}' is not understood", input, work_.node.name));
    ref.name = texts.back();
    if (texts.size() == 2) ref.package = texts.front();
    return project_.lookup.ref(ref, project_.context->project_name, package);
  }

  void add_given(const Json& given) {
    const std::string input = given.is_object() ? given.value("input", "") : "";
    const NodePtr node = input_node(input);
    const std::string what = fmt::format("the input {} of unit test '{}'", input, work_.node.name);
    given_[node->unique_id] = "(\n" + fixture_sql(given, what, [&] { return columns_of(*node, what); }) + "\n)";
  }

  std::vector<ColumnType> columns_of(const Node& node, const std::string& what) {
    Session& session = work_.session();
    if (node.is_ephemeral()) {
      compile::CompileOptions plain;
      plain.incremental = false;
      return session.describe(work_.run.context.compiler.compile(node, work_.host, plain).node->compiled_code);
    }
    const bool is_files = node.type == ResourceType::kSource && node.relation().render() != work_.run.context.compiler.from_text(node);
    if (!is_files && !work_.host.find_relation(node.relation()))
      throw unfit(fmt::format("the columns of {} are not known: {} does not exist", what, node.relation().render()))
          .hint("build it first, with --empty if need be");
    return session.describe("select * from " + work_.run.context.compiler.from_text(node));
  }

  // ---- fixtures

  std::string fixture_text(const std::string& name, const char* suffix) const {
    for (const std::string& path : glob_files(work_.node.root_path + "/**/fixtures/**/" + name + suffix)) return read_file(path);
    for (const std::string& path : glob_files(work_.node.root_path + "/**/fixtures/" + name + suffix)) return read_file(path);
    throw unfit(fmt::format("there is no fixture '{}{}' for unit test '{}'", name, suffix, work_.node.name))
        .hint("put it into a folder 'fixtures' under the tests");
  }

  // The rows as mappings; a text for SQL.
  Json rows_of(const Json& fixture, const std::string& what) const {
    const std::string format = fixture.value("format", "dict");
    const bool named = fixture.contains("fixture") && fixture["fixture"].is_string();
    const Json rows = fixture.value("rows", Json());
    if (format == "sql")
      return named              ? Json(fixture_text(fixture["fixture"], ".sql"))
             : rows.is_string() ? rows
                                : throw unfit(fmt::format("the rows of {} are no SQL text", what));
    if (format == "csv") return csv_rows(named ? fixture_text(fixture["fixture"], ".csv") : rows.is_string() ? rows.get<std::string>() : "");
    if (format != "dict") throw Error("TM6303", fmt::format("the format of {} is '{}'", what, format)).hint("dict, csv or sql");
    if (!rows.is_null() && !rows.is_array()) throw unfit(fmt::format("the rows of {} are no list", what));
    return rows.is_null() ? Json::array() : rows;
  }

  std::string fixture_sql(const Json& fixture, const std::string& what, const std::function<std::vector<ColumnType>()>& columns) const {
    const Json rows = rows_of(fixture, what);
    if (rows.is_string()) return rows.get<std::string>();
    const std::vector<ColumnType> known = columns();
    return rows_sql(rows, known, known, what);
  }

  // ---- the model

  compile::Compiled compile_model() const {
    compile::CompileOptions options;
    options.incremental = false;
    options.overrides = std::make_shared<const Json>(work_.node.extra.value("overrides", Json::object()));
    options.scan = [this](const Node& node) -> std::optional<std::string> {
      if (const auto given = given_.find(node.unique_id); given != given_.end()) return given->second;
      if (node.unique_id == model_->unique_id) return std::nullopt;  // {{ this }}, which the SQL may not read
      throw unfit(fmt::format("the unit test '{}' gives no rows for {}", work_.node.name, node.unique_id)).hint("given: [{input: …, rows: []}]");
    };
    return work_.run.context.compiler.compile(*model_, work_.host, options);
  }

  // ---- the comparison

  void compare(const std::string& sql) {
    const std::vector<ColumnType> all = work_.session().describe(sql);
    const Json& expect = work_.node.extra["expect"];
    const std::string what = fmt::format("what unit test '{}' expects", work_.node.name);
    const Json rows = rows_of(expect, what);
    std::vector<ColumnType> columns = all;
    std::string expected;
    if (rows.is_string()) {
      expected = rows.get<std::string>();
      columns = work_.session().describe(expected);
    } else {
      if (!rows.empty()) columns = columns_in(rows.front(), all, what);
      expected = rows_sql(rows, columns, all, what);
    }
    std::vector<std::string> names;
    for (const ColumnType& column : columns) names.push_back(quote_identifier(column.name));
    const std::string list = join(names, ", ");
    const std::string query = fmt::format(
        "with tm_actual as materialized (select {0} from (\n{1}\n) as tm_model),\ntm_expected as materialized (select {0} from (\n{2}\n) as tm_fixture)\n"
        "select '---' as tm_side, * from (select * from tm_expected except all select * from tm_actual) as tm_missing\n"
        "union all select '+++', * from (select * from tm_actual except all select * from tm_expected) as tm_extra",
        list, sql, expected);
    work_.result.compiled = true;
    work_.result.compiled_code = query;
    judge(work_.session().query(query, kRowsShown + 1), columns);
  }

  static std::vector<ColumnType> columns_in(const Json& row, const std::vector<ColumnType>& all, const std::string& what) {
    std::vector<ColumnType> out;
    if (row.is_object()) {
      for (const auto& [name, value] : row.items()) {
        const ColumnType* column = find(all, name);
        if (column == nullptr) throw unfit(fmt::format("{} has no column '{}'", what, name)).hint("its columns: " + names_of(all));
        out.push_back(*column);
      }
    }
    return out.empty() ? all : out;
  }

  void judge(const Table& table, const std::vector<ColumnType>& columns) {
    work_.result.failures = 0;
    work_.result.status = RunStatus::kPass;
    if (table.rows.empty()) return;
    work_.result.failures = 1;
    work_.result.status = RunStatus::kFail;
    std::string text = "actual differs from expected (---: missing, +++: not expected):\n\n@@ ," + replace_all(names_of(columns), ", ", ",");
    for (size_t i = 0; i < table.rows.size() && i < static_cast<size_t>(kRowsShown); ++i) {
      std::vector<std::string> cells;
      for (const Value& value : table.rows[i]) cells.push_back(value.is_null() ? "NULL" : value.text());
      text += "\n" + join(cells, ",");
    }
    if (table.rows.size() > static_cast<size_t>(kRowsShown)) text += "\n…";
    work_.result.message = std::move(text);
  }

  NodeWork& work_;
  const resolve::Resolved& project_;
  NodePtr model_;
  std::map<std::string, std::string> given_;  // by unique id: a FROM clause
};

}  // namespace

Json csv_rows(const std::string& text) {
  std::vector<std::vector<std::string>> lines;
  std::vector<std::string> line;
  std::string cell;
  bool quoted = false, any = false;
  const auto end_cell = [&] {
    line.push_back(std::move(cell));
    cell.clear();
  };
  const auto end_line = [&] {
    if (any || !line.empty()) {
      end_cell();
      lines.push_back(std::move(line));
    }
    line.clear();
    any = false;
  };
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '"' && i + 1 < text.size() && text[i + 1] == '"') {
        cell += text[++i];
      } else if (c == '"') {
        quoted = false;
      } else {
        cell += c;
      }
    } else if (c == '"' && cell.empty()) {
      quoted = any = true;
    } else if (c == ',') {
      end_cell();
      any = true;
    } else if (c == '\n') {
      end_line();
    } else if (c != '\r') {
      cell += c;
      any = true;
    }
  }
  end_line();
  Json rows = Json::array();
  for (size_t i = 1; i < lines.size(); ++i) {
    if (lines[i].size() > lines[0].size())
      throw unfit(fmt::format("line {} of a CSV fixture has {} values for {} columns", i + 1, lines[i].size(), lines[0].size()));
    Json row = Json::object();
    for (size_t c = 0; c < lines[i].size(); ++c) row[std::string(trim(lines[0][c]))] = lines[i][c].empty() ? Json() : Json(lines[i][c]);
    rows.push_back(std::move(row));
  }
  return rows;
}

void run_unit_test(NodeWork& work) { UnitTest(work).run(); }

}  // namespace tidemark::run
