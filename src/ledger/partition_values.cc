#include "ledger/partition_values.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "adapter/table.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/strings.h"
#include "ledger/sql_literal.h"
#include "sql/emit.h"
#include "sql/tree.h"

namespace tidemark::ledger {

namespace {

using sql::Op;
using sql::Rel;
using sql::RelPtr;

constexpr size_t kFilesAQuery = 1000;

// Ids beyond those of any query.
constexpr int kValue = 1'000'000'001;
constexpr int kFile = 1'000'000'002;
constexpr int kCount = 1'000'000'003;

std::string quote(const std::string& text) { return "'" + replace_all(text, "'", "''") + "'"; }

std::set<int> ids_used(const ScanTrace& trace) {
  std::vector<int> ids;
  sql::collect_ids(trace.value, ids);
  for (const Json& condition : trace.conditions) sql::collect_ids(condition, ids);
  return {ids.begin(), ids.end()};
}

const sql::Column* file_name_column(const Rel& scan) {
  const auto found =
      std::find_if(scan.columns.begin(), scan.columns.end(), [](const sql::Column& column) { return column.is_virtual && column.name == "filename"; });
  return found == scan.columns.end() ? nullptr : &*found;
}

// Whether all rows of a file have one value: that of its name.
bool depends_on_name_only(const ScanTrace& trace) {
  std::vector<int> ids;
  sql::collect_ids(trace.value, ids);
  const sql::Column* name = file_name_column(*trace.scan);
  return std::all_of(ids.begin(), ids.end(), [&](int id) { return name != nullptr && id == name->id; });
}

RelPtr project(RelPtr input, std::vector<sql::Column> columns, std::vector<Json> exprs) {
  Rel out;
  out.op = Op::kProject;
  out.inputs = {std::move(input)};
  out.columns = std::move(columns);
  out.exprs = std::move(exprs);
  return std::make_shared<const Rel>(std::move(out));
}

Json type_tree(const std::string& type, SqlParser& parser) {
  const Json tree = without_locations(parser.parse("SELECT CAST(NULL AS " + type + ")"));
  return sql::statement_node(tree).at("select_list").at(0).at("cast_type");
}

// (value, index of the file) below, grouped and counted: (value, file, rows).
RelPtr counted(RelPtr rows) {
  Rel out;
  out.op = Op::kAggregate;
  out.columns = {{kValue, "", "", false}, {kFile, "", "", false}, {kCount, "", "", false}};
  out.exprs = {sql::reference(kValue), sql::reference(kFile), sql::function_call("count_star", {})};
  out.keys = 2;
  out.inputs = {std::move(rows)};
  return std::make_shared<const Rel>(std::move(out));
}

class Follow {
 public:
  Follow(const TracedColumn& column, const ScanTrace& trace, SqlParser& parser)
      : column_(column), trace_(trace), cast_(type_tree(column.type, parser)), parser_(parser) {}

  // A statement with `marker_` for the list of the files.
  std::string rows_sql() {
    RelPtr rel = scan_with_index();
    for (const Json& condition : trace_.conditions) {
      Rel filter;
      filter.op = Op::kFilter;
      filter.columns = rel->columns;
      filter.exprs = {condition};
      filter.inputs = {rel};
      rel = std::make_shared<const Rel>(std::move(filter));
    }
    sql::EmitOptions options;
    options.files = [this](const Rel&) { return std::vector<std::string>{marker_}; };
    return print(counted(valued(rel)), options);
  }

  // The same for values of names: the list is one of (index, name).
  std::string names_sql() {
    Rel names;
    names.op = Op::kOpaque;
    const sql::Column* name = file_name_column(*trace_.scan);
    names.columns = {{kFile, "", "", false}, {name != nullptr ? name->id : kCount, "", "", false}};
    names.tree = sql::subquery_ref(sql::statement_node(without_locations(parser_.parse(fmt::format("SELECT * FROM (VALUES (0, '{}'))", marker_)))), "o");
    return print(valued(std::make_shared<const Rel>(std::move(names))), {});
  }

  std::string with_files(const std::string& sql, const std::vector<std::string>& files) const {
    std::vector<std::string> list;
    for (const std::string& file : files) list.push_back(sql::file_literal(file));
    return replace_all(sql, "'" + marker_ + "'", join(list, ", "));
  }

  std::string with_names(const std::string& sql, const std::vector<std::string>& files) const {
    std::string rows;
    for (size_t i = 0; i < files.size(); ++i) rows += fmt::format("{}({}, {})", i == 0 ? "" : ", ", i, quote(files[i]));
    return replace_all(sql, fmt::format("(0, '{}')", marker_), rows);
  }

 private:
  RelPtr scan_with_index() {
    const std::set<int> used = ids_used(trace_);
    Rel scan = *trace_.scan;
    std::erase_if(scan.columns, [&](const sql::Column& column) { return !used.contains(column.id); });
    scan.columns.push_back({kFile, "file_index", "UBIGINT", true});
    return std::make_shared<const Rel>(std::move(scan));
  }

  RelPtr valued(RelPtr rows) {
    return project(std::move(rows), {{kValue, "", "", false}, {kFile, "", "", false}}, {sql::cast_expression(trace_.value, cast_), sql::reference(kFile)});
  }

  std::string print(const RelPtr& rel, const sql::EmitOptions& options) { return parser_.print(sql::emit_relation(column_.query, rel, options)); }

  const TracedColumn& column_;
  const ScanTrace& trace_;
  Json cast_;
  SqlParser& parser_;
  std::string marker_ = "tm:" + random_uuid();
};

void add(ValueRows& to, const std::string& literal, int64_t rows) {
  int64_t& count = to.emplace(literal, 0).first->second;
  count = count < 0 || rows < 0 ? -1 : count + rows;
}

}  // namespace

Reason trace_fault(const ScanTrace& trace, const std::string& type, const std::vector<ColumnType>& bound) {
  if (trace.untraced) return trace.untraced;
  if (!has_literals(type)) return make_reason("unsupported_expression", "values of type " + type);
  const bool hidden = std::any_of(bound.begin(), bound.end(), [](const ColumnType& column) { return equals_ignore_case(column.name, "file_index"); });
  if (hidden && !depends_on_name_only(trace)) return make_reason("scan_option", "a column named file_index");
  return {};
}

std::vector<ValueRows> values_of_files(const TracedColumn& column, const std::vector<size_t>& traces, const std::vector<std::string>& paths, Session& session,
                                       SqlParser& parser) {
  std::vector<ValueRows> out(paths.size());
  for (const size_t at : traces) {
    const ScanTrace& trace = column.traces.at(at);
    const bool names = depends_on_name_only(trace) && !session.translates();  // another engine has other names for files
    Follow follow(column, trace, parser);
    const std::string sql = names ? follow.names_sql() : follow.rows_sql();
    for (size_t first = 0; first < paths.size(); first += kFilesAQuery) {
      const auto begin = paths.begin() + static_cast<std::ptrdiff_t>(first);
      const std::vector<std::string> batch(begin, begin + static_cast<std::ptrdiff_t>(std::min(kFilesAQuery, paths.size() - first)));
      for (const Row& row : session.query(names ? follow.with_names(sql, batch) : follow.with_files(sql, batch)).rows) {
        if (row.at(1).is_null()) throw Error("TM5106", "the engine gives rows of a file that was not asked for: its names of files are not understood");
        add(out.at(first + static_cast<size_t>(row.at(1).as_integer())), sql_literal(row.at(0), column.type), names ? -1 : row.at(2).as_integer());
      }
    }
  }
  return out;
}

}  // namespace tidemark::ledger
