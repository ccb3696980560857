#include "plan/maintain.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/strings.h"
#include "ledger/sql_literal.h"
#include "ledger/trace.h"
#include "manifest/relation.h"
#include "sql/building.h"
#include "sql/emit.h"
#include "sql/exact.h"
#include "sql/functions.h"
#include "sql/partition_local.h"
#include "sql/prune.h"
#include "sql/push_filters.h"
#include "sql/total_order.h"
#include "sql/tree.h"

namespace tidemark::plan {

namespace {

// Where `name` is called, or named without parentheses, in the tree of a text.
std::optional<size_t> find_call(const Json& node, const std::string& name) {
  if (node.is_array()) {
    for (const Json& item : node) {
      if (const auto found = find_call(item, name)) return found;
    }
    return std::nullopt;
  }
  if (!node.is_object()) return std::nullopt;
  const bool calls = sql::is_class(node, "FUNCTION") && sql::function_name(node) == name;
  const bool names =
      sql::is_class(node, "COLUMN_REF") && node.at("column_names").size() == 1 && equals_ignore_case(node["column_names"][0].get<std::string>(), name);
  if (calls || names) return sql::location_of(node);
  for (const auto& [key, value] : node.items()) {
    if (const auto found = find_call(value, name)) return found;
  }
  return std::nullopt;
}

[[noreturn]] void refuse_volatile(const std::string& sql, const Json& tree, const std::string& name, const std::string& shown) {
  Error error("TM5301", fmt::format("{} gives another result each time, so that a materialized_view of it cannot be kept equal to a rebuild", shown));
  if (const auto at = find_call(tree, name)) error.at({make_source("<sql>", sql), *at, name.size()});
  throw error.hint("pass the value in as a var, take it from the data, or use materialized='table'");
}

void refuse_volatile_name(const std::string& sql, const Json& tree, const Reason& reason) {
  if (reason.code == "unknown_name" && sql::is_volatile_function(to_lower(reason.detail))) refuse_volatile(sql, tree, to_lower(reason.detail), reason.detail);
  if (reason.code != "volatile_function") return;
  std::string name = reason.detail.substr(0, reason.detail.find_first_of("( "));
  refuse_volatile(sql, tree, name, reason.detail);
}

int find_name(const std::vector<std::string>& names, const std::string& name) {
  for (size_t i = 0; i < names.size(); ++i) {
    if (equals_ignore_case(names[i], name)) return static_cast<int>(i);
  }
  return -1;
}

std::vector<std::vector<std::string>> tables_of(const sql::Query& query) {
  std::vector<std::vector<std::string>> out;
  for (const sql::RelPtr& rel : sql::relations_below(query, query.root)) {
    if (rel->op == sql::Op::kTable && std::find(out.begin(), out.end(), rel->table) == out.end()) out.push_back(rel->table);
  }
  return out;
}

// Whether the result's partitions by a column follow from the rows of the files, and of as many tables as can be, in these.
Reason judge_column(Maintenance& out, size_t column, SqlParser& parser) {
  const sql::Query& query = *out.query;
  const Json value = sql::reference(query.root->columns[column].id);
  Reason fault = sql::partition_fault(query, query.root, value, {}, parser);
  const bool files = sql::reads_files(query, query.root);
  if (fault && files) return fault;
  sql::TableNames local;
  for (const std::vector<std::string>& table : tables_of(query)) {
    sql::TableNames more = local;
    more.insert(table);
    const Reason other = sql::partition_fault(query, query.root, value, more, parser);
    if (!other) local = std::move(more);
    if (other && !files) fault = other;
  }
  if (!files && local.empty()) return fault;
  if (!ledger::has_literals(out.columns[column].type)) return make_reason("unsupported_expression", "partitions of type " + out.columns[column].type);
  out.local_tables = std::move(local);
  return {};
}

// Columns that may be partitions where the model names none: dates first, as there are few of them.
std::vector<std::string> likely_partitions(const Maintenance& out) {
  std::vector<std::string> dates, others;
  const std::vector<sql::RelPtr> all = sql::relations_below(*out.query, out.query->root);
  const bool aggregates =
      std::any_of(all.begin(), all.end(), [](const sql::RelPtr& rel) { return rel->op == sql::Op::kAggregate || rel->op == sql::Op::kDistinct; });
  for (size_t i = 0; i < out.columns.size(); ++i) {
    const std::string& type = out.columns[i].type;
    if (type == "DATE") dates.push_back(out.query->names[i]);
    const bool few = type == "VARCHAR" || type == "BOOLEAN" || sql::is_integer(type);
    if (few && aggregates) others.push_back(out.query->names[i]);
  }
  dates.insert(dates.end(), others.begin(), others.end());
  return dates;
}

void judge_partitions(Maintenance& out, const std::vector<std::string>& partition_by, SqlParser& parser) {
  const std::vector<std::string> columns = partition_by.empty() ? likely_partitions(out) : partition_by;
  if (columns.empty()) out.no_partitions = make_reason("no_partition_column");
  // Of several columns, the first one of which it is true is enough.
  for (const std::string& column : columns) {
    const int at = find_name(out.query->names, column);
    const Reason fault = at < 0 ? make_reason("column_unknown", column) : judge_column(out, static_cast<size_t>(at), parser);
    if (fault && !out.no_partitions) out.no_partitions = fault;
    if (fault) continue;
    out.no_partitions = {};
    out.partition_column = out.query->names[static_cast<size_t>(at)];
    return;
  }
}

// Those that the query does not name are named as the engine does.
std::vector<std::string> result_names(const sql::Query& query, const std::string& sql, sql::Catalogue& catalogue) {
  std::vector<std::string> names = query.names;
  if (std::find(names.begin(), names.end(), "") == names.end()) return names;
  const std::vector<ColumnType> described = catalogue.describe(sql);
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty()) names[i] = described.at(i).name;
  }
  return names;
}

}  // namespace

Maintain maintain_from(const std::string& text) {
  const std::string word = to_lower(text);
  if (word.empty() || word == "auto") return Maintain::kAuto;
  if (word == "merge") return Maintain::kMerge;
  if (word == "partitions") return Maintain::kPartitions;
  if (word == "rebuild") return Maintain::kRebuild;
  if (word == "strict") return Maintain::kStrict;
  throw Error("TM5304", fmt::format("maintain is '{}'", text)).hint("auto, merge, partitions, rebuild or strict");
}

Maintenance analyse(const std::string& sql, const std::vector<std::string>& partition_by, sql::Catalogue& catalogue, bool exact) {
  SqlParser& parser = catalogue.parser();
  const Json tree = parser.parse(sql);
  Maintenance out;
  sql::BindResult bound = sql::bind_query(tree, catalogue);
  if (!bound.query) {
    refuse_volatile_name(sql, tree, bound.reason);
    out.not_analysed = out.inexact = out.no_merge = out.no_partitions = bound.reason;
    return out;
  }
  const std::vector<std::string> names = result_names(*bound.query, sql, catalogue);
  const sql::Query written = sql::prune(*bound.query);
  out.query = sql::prune(sql::push_filters(written));
  if (exact) out.query = sql::exact_query(*out.query, parser);
  out.query->names = names;
  out.columns = parser.describe(parser.print(sql::emit_query(*out.query, names, {})));
  out.inexact = sql::result_fault(written, written.root, parser);
  refuse_volatile_name(sql, tree, out.inexact);
  if (!partition_by.empty() && find_name(names, partition_by[0]) >= 0) out.partition_column = names[static_cast<size_t>(find_name(names, partition_by[0]))];
  if (!sql::reads_files(*out.query, out.query->root) && tables_of(*out.query).empty()) {
    out.no_merge = out.no_partitions = make_reason("no_files_read");
    return out;
  }
  if (out.inexact) {
    out.no_merge = out.no_partitions = out.inexact;
    return out;
  }
  if (!exact) {
    out.no_merge = make_reason("no_partial_states");
  } else if (sql::reads_files(*out.query, out.query->root)) {
    CutResult cut = find_cut(*out.query, parser);
    out.cut = std::move(cut.cut);
    out.no_merge = cut.obstacle;
    if (out.cut && out.cut->eager) out.cut_with_tables = find_cut(*out.query, parser, false).cut;
  } else {
    out.no_merge = make_reason("no_files_read");
  }
  judge_partitions(out, partition_by, parser);
  return out;
}

Maintenance Maintenance::without_merge(const Reason& why) const {
  Maintenance out = *this;
  out.no_merge = why;
  out.cut.reset();
  out.cut_with_tables.reset();
  return out;
}

Strategy Maintenance::strategy(Maintain maintain) const {
  const bool merges = !no_merge && maintain != Maintain::kPartitions;
  const bool partitions = !no_partitions && maintain != Maintain::kMerge;
  if (maintain == Maintain::kRebuild) return Strategy::kRebuild;
  return merges ? Strategy::kMerge : partitions ? Strategy::kPartitions : Strategy::kRebuild;
}

Reason Maintenance::reason(Maintain maintain) const {
  if (maintain == Maintain::kRebuild) return make_reason("config_rebuild");
  switch (strategy(maintain)) {
    case Strategy::kMerge:
      return {};
    case Strategy::kPartitions:
      return maintain == Maintain::kPartitions ? Reason() : no_merge;
    default:
      // What is nearer to being possible is told: a partition column that is there, or the aggregate.
      if (not_analysed) return not_analysed;
      if (inexact) return inexact;
      return no_partitions && (maintain == Maintain::kPartitions ||
                               ((no_merge.code == "no_aggregate" || no_merge.code == "no_files_read") && no_partitions.code != "no_partition_column"))
                 ? no_partitions
                 : no_merge;
  }
}

void check_allowed(const Maintenance& maintenance, Maintain maintain) {
  if (maintain == Maintain::kAuto || maintain == Maintain::kRebuild) return;
  if (maintenance.strategy(maintain) != Strategy::kRebuild) return;
  const Reason reason = maintenance.reason(maintain);
  std::string message = "the model would be rebuilt at every change, which its 'maintain' forbids: " + reason.text();
  if (maintain == Maintain::kStrict && maintenance.no_partitions && reason.code != maintenance.no_partitions.code)
    message += "; and not by partitions: " + maintenance.no_partitions.text();
  Error error("TM5302", message);
  const std::string advice = reason.advice();
  throw error.hint(advice.empty() ? "maintain: auto allows a rebuild" : advice + ", or allow a rebuild with maintain: auto");
}

std::string truth_sql(const Maintenance& maintenance, const sql::FilesOf& files, SqlParser& parser) {
  sql::EmitOptions options;
  options.files = files;
  return parser.print(sql::emit_query(*maintenance.query, maintenance.query->names, options));
}

std::string contribution_key(const Cut& cut, const std::string& engine, const std::string& settings,
                             const std::function<int64_t(const std::vector<std::string>&)>& version_of) {
  std::string text = "contributions 1\n" + engine + "\n" + settings + "\n" + cut.normalised;
  for (const std::vector<std::string>& table : cut.tables) text += fmt::format("\n{} {}", Json(table).dump(), version_of(table));
  return xxh128_hex(text);
}

std::string partition_predicate(const std::string& column, const std::vector<std::string>& values) {
  std::vector<std::string> literals = values;
  const bool with_null = std::erase(literals, "NULL") > 0;
  const std::string name = quote_identifier(column);
  if (literals.empty()) return with_null ? fmt::format("{} IS NULL", name) : "false";
  const std::string listed = fmt::format("{} IN ({})", name, join(literals, ", "));
  return with_null ? fmt::format("({} OR {} IS NULL)", listed, name) : listed;
}

namespace {

constexpr const char* kChangedRows = "tm_changed_rows";

// Rows that one has and the other has not, bit for bit, in the columns of `table`.
std::string changed_rows_sql(const sql::Rel& table, const std::string& gone, const std::string& came) {
  std::vector<std::string> compared, names;
  for (const sql::Column& column : table.columns) {
    const std::string name = sql::column_name(column.id), from = quote_identifier(column.name);
    compared.push_back(from + " AS " + name);
    names.push_back(name);
    // Comparison takes -0.0 for 0.0.
    if (sql::is_double(column.type)) compared.push_back(fmt::format("signbit({}) AS sign_{}", from, name));
  }
  if (compared.empty()) compared.push_back("1 AS c0");
  if (names.empty()) names.push_back("c0");
  const std::string list = join(compared, ", ");
  const std::string before = fmt::format("SELECT {} FROM {} AS gone", list, gone), after = fmt::format("SELECT {} FROM {} AS came", list, came);
  return fmt::format("SELECT {0} FROM (({1}) EXCEPT ALL ({2})) AS a UNION ALL SELECT {0} FROM (({2}) EXCEPT ALL ({1})) AS b", join(names, ", "), before, after);
}

// The values of a trace over changed rows of its table, which `changed` reads.
std::string traced_values_sql(const sql::Query& query, const ledger::ScanTrace& trace, const Json& type, SqlParser& parser) {
  sql::RelPtr rel = trace.scan;
  for (const Json& condition : trace.conditions) rel = sql::filtered(rel, {condition});
  sql::Rel values;
  values.op = sql::Op::kProject;
  values.columns = {{sql::largest_id(query) + 1, "p", "", false}};
  values.exprs = {sql::cast_expression(trace.value, type)};
  values.inputs = {std::move(rel)};
  sql::EmitOptions options;
  options.instead = [&](const sql::RelPtr& other) -> std::optional<Json> {
    if (other != trace.scan) return std::nullopt;
    Json ref = Json{{"type", "BASE_TABLE"},       {"alias", "t"},       {"sample", nullptr},   {"schema_name", ""},
                    {"table_name", kChangedRows}, {"catalog_name", ""}, {"at_clause", nullptr}};
    ref["column_name_alias"] = Json::array();
    return ref;
  };
  sql::Query out = query;
  out.root = std::make_shared<const sql::Rel>(std::move(values));
  return parser.print(sql::emit_query(out, {"p"}, options));
}

}  // namespace

std::string changed_values_sql(const Maintenance& maintenance, const std::vector<std::string>& table, const std::string& gone, const std::string& came,
                               SqlParser& parser) {
  const sql::Query& query = *maintenance.query;
  const auto column = static_cast<size_t>(find_name(query.names, maintenance.partition_column));
  const Json type = sql::type_tree(maintenance.columns.at(column).type, parser);
  std::vector<std::string> parts;
  for (const ledger::ScanTrace& trace : ledger::trace_column(query, query.root->columns.at(column).id, maintenance.local_tables, parser)) {
    if (trace.scan->op != sql::Op::kTable || trace.scan->table != table) continue;
    if (trace.untraced) return {};
    parts.push_back(fmt::format("SELECT p FROM (WITH {} AS ({}) {}) AS one", kChangedRows, changed_rows_sql(*trace.scan, gone, came),
                                traced_values_sql(query, trace, type, parser)));
  }
  return parts.empty() ? std::string() : "SELECT DISTINCT p FROM (" + join(parts, " UNION ALL ") + ") AS changed";
}

std::string partitions_sql(const Maintenance& maintenance, const std::vector<std::string>& values, const sql::FilesOf& files, SqlParser& parser) {
  return fmt::format("SELECT * FROM ({}) AS truth WHERE {}", truth_sql(maintenance, files, parser), partition_predicate(maintenance.partition_column, values));
}

std::set<std::string> files_holding(const ledger::LedgerSource& source, const ledger::Ledger& ledger, size_t column, const std::vector<std::string>& values) {
  const std::vector<std::string>& known = ledger.columns.at(column).values;
  const std::set<std::string> wanted(values.begin(), values.end());
  std::vector<bool> is_wanted(known.size());
  for (size_t i = 0; i < known.size(); ++i) is_wanted[i] = wanted.contains(known[i]);
  std::set<std::string> out;
  for (const auto& [path, file] : source.files) {
    if (column >= file.partitions.size()) {
      out.insert(path);  // not known: it may
      continue;
    }
    const ledger::PartitionRows& rows = file.partitions[column];
    if (std::any_of(rows.begin(), rows.end(), [&](const auto& entry) { return is_wanted.at(entry.first); })) out.insert(path);
  }
  return out;
}

std::string difference_sql(const std::string& computed, const std::string& published, const std::vector<ColumnType>& columns, const std::string& partition) {
  std::vector<std::string> ours, theirs;
  for (const ColumnType& column : columns) {
    const std::string name = quote_identifier(column.name);
    const std::string cast = fmt::format("CAST({} AS {})", name, column.type);
    ours.push_back(cast + " AS " + name);
    theirs.push_back(name);
    if (!sql::is_double(column.type)) continue;
    // Comparison takes -0.0 for 0.0.
    const std::string sign = quote_identifier("sign of " + column.name);
    ours.push_back(fmt::format("signbit({}) AS {}", cast, sign));
    theirs.push_back(fmt::format("signbit({}) AS {}", name, sign));
  }
  const std::string new_rows = fmt::format("SELECT {} FROM {}", join(ours, ", "), computed);
  const std::string old_rows = fmt::format("SELECT {} FROM {}", join(theirs, ", "), published);
  const std::string p = partition.empty() ? "NULL" : quote_identifier(partition);
  return fmt::format(
      "SELECT DISTINCT {2} AS p FROM (SELECT * FROM (({0}) EXCEPT ALL ({1})) AS came UNION ALL SELECT * FROM (({1}) EXCEPT ALL ({0})) AS went) AS differing",
      new_rows, old_rows, p);
}

}  // namespace tidemark::plan
