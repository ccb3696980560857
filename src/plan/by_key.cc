#include "plan/by_key.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "base/strings.h"
#include "ledger/trace.h"
#include "sql/building.h"
#include "sql/emit.h"
#include "sql/exact.h"
#include "sql/partition_local.h"
#include "sql/push_filters.h"
#include "sql/tree.h"

namespace tidemark::plan {

namespace {

using sql::Op;
using sql::Rel;
using sql::RelPtr;
using sql::share;

constexpr int kPosition = 1'500'000'001;
constexpr int kFileIndex = 1'500'000'002;

bool is_about(const Json& expression, const Rel& rel) {
  std::vector<int> ids;
  sql::collect_ids(expression, ids);
  return !ids.empty() && std::all_of(ids.begin(), ids.end(), [&](int id) { return sql::find_column(rel, id) != nullptr; });
}

// The lowest relation below which all files are read, where only projections, filters and joins with tables are above it.
RelPtr meeting_place(const sql::Query& query, RelPtr rel) {
  while (rel->op == Op::kProject || rel->op == Op::kFilter || rel->op == Op::kJoin) {
    if (rel->op != Op::kJoin) {
      rel = rel->inputs[0];
      continue;
    }
    const bool left = sql::reads_files(query, rel->inputs[0]), right = sql::reads_files(query, rel->inputs[1]);
    using sql::JoinKind;
    const bool keeps = rel->join == JoinKind::kInner || (left ? rel->join != JoinKind::kRight && rel->join != JoinKind::kFull : rel->join == JoinKind::kRight);
    if (left == right || !keeps) break;
    rel = rel->inputs[left ? 0 : 1];
  }
  return rel;
}

std::vector<Json> candidates(const Rel& rel) {
  std::vector<Json> out;
  if (rel.op == Op::kJoin) {
    const Rel& own = *rel.inputs[rel.join == sql::JoinKind::kRight ? 1 : 0];
    std::vector<Json> conjuncts;
    sql::collect_conjuncts(rel.exprs[0], conjuncts);
    for (const Json& conjunct : conjuncts) {
      if (!sql::is_class(conjunct, "COMPARISON") || conjunct.value("type", "") != "COMPARE_EQUAL") continue;
      for (const char* side : {"left", "right"}) {
        if (is_about(conjunct.at(side), own)) out.push_back(conjunct.at(side));
      }
    }
  } else if (rel.op == Op::kWindow) {
    for (const Json& partition : rel.exprs.at(0).at("partitions")) out.push_back(partition);
  } else if (rel.op == Op::kAggregate) {
    for (size_t i = 0; i < rel.keys; ++i) out.push_back(sql::reference(rel.columns[i].id));
  } else if (rel.op == Op::kDistinct || rel.op == Op::kSetOp) {
    for (const sql::Column& column : rel.columns) out.push_back(sql::reference(column.id));
  }
  return out;
}

RelPtr with_all_columns(const RelPtr& rel) {
  if (rel->op != Op::kJoin && rel->op != Op::kWindow) return rel;
  Rel out = *rel;
  out.columns = rel->inputs[0]->columns;
  if (rel->op == Op::kWindow) out.columns.insert(out.columns.end(), rel->columns.end() - static_cast<std::ptrdiff_t>(rel->exprs.size()), rel->columns.end());
  if (rel->op == Op::kJoin && rel->join != sql::JoinKind::kSemi && rel->join != sql::JoinKind::kAnti)
    out.columns.insert(out.columns.end(), rel->inputs[1]->columns.begin(), rel->inputs[1]->columns.end());
  return share(std::move(out));
}

// A BIGINT that grows with the value; empty where the type has none.
std::optional<Json> position_of(const Json& value, const std::string& type, SqlParser& parser) {
  static const std::vector<std::string> kIntegers{"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"};
  const bool integer = std::find(kIntegers.begin(), kIntegers.end(), type) != kIntegers.end();
  if (!integer && type != "DATE") return std::nullopt;
  const std::string text =
      integer ? "CAST({0} AS BIGINT)" : "CASE WHEN isfinite({0}) THEN CAST(date_diff('day', CAST('1970-01-01' AS DATE), {0}) AS BIGINT) END";
  const Json tree = without_locations(parser.parse("SELECT " + fmt::format(fmt::runtime(text), sql::column_name(kPosition))));
  Json out = sql::statement_node(tree).at("select_list").at(0);
  out = sql::substitute(out, [&](int id) { return id == kPosition ? &value : nullptr; });
  out["alias"] = "";
  return out;
}

RelPtr valued(const RelPtr& input, const Json& value) {
  Rel project;
  project.op = Op::kProject;
  project.inputs = {input};
  project.columns = {{kPosition, "p", "", false}};
  project.exprs = {value};
  return share(std::move(project));
}

// The scans below, with positions of `value`; why one has none.
Reason follow(const sql::Query& query, KeySplit& split, const Json& value, SqlParser& parser) {
  sql::Query below = query;
  below.root = valued(split.rows, value);
  for (const ledger::ScanTrace& trace : ledger::trace_column(below, kPosition, {}, parser)) {
    if (trace.untraced) return trace.untraced;
    const std::string type = sql::expression_types(query, trace.scan, {trace.value}, parser).at(0);
    const auto position = position_of(trace.value, type, parser);
    if (!position) return make_reason("below_not_row_wise", "rows of files meet by a key of type " + type);
    split.scans.push_back({trace.scan, *position});
  }
  return {};
}

}  // namespace

KeySplitResult split_by_key(const sql::Query& query, const RelPtr& input, SqlParser& parser) {
  const RelPtr at = meeting_place(query, input);
  if (at->op == Op::kFiles) return {std::nullopt, make_reason("below_not_row_wise")};
  // A table beside the files changes by itself: that goes by partitions.
  const bool beside =
      at->op == Op::kSetOp && std::any_of(at->inputs.begin(), at->inputs.end(), [&](const RelPtr& one) { return !sql::reads_files(query, one); });
  if (beside) return {std::nullopt, make_reason("below_not_row_wise", "UNION ALL with rows that come from no file")};
  Reason obstacle;
  for (const Json& value : candidates(*at)) {
    KeySplit split;
    split.at = at;
    split.rows = with_all_columns(at);
    Reason fault = sql::partition_fault(query, split.rows, value, {}, parser);
    if (!fault) {
      const std::string type = sql::expression_types(query, split.rows, {value}, parser).at(0);
      const auto position = position_of(value, type, parser);
      if (position) {
        split.position = *position;
        fault = follow(query, split, value, parser);
      } else {
        fault = make_reason("below_not_row_wise", "rows of files meet by a key of type " + type);
      }
    }
    if (!fault) return {std::move(split), {}};
    if (!obstacle) obstacle = fault;
  }
  return {std::nullopt, obstacle ? obstacle : make_reason("below_not_row_wise", "rows of files meet without a key")};
}

void KeySpan::add(const KeySpan& other) {
  nulls = nulls || other.nulls;
  if (other.low > other.high) return;
  const bool none = low > high;
  low = none ? other.low : std::min(low, other.low);
  high = none ? other.high : std::max(high, other.high);
}

void KeyRanges::add(const KeySpan& span, int64_t width) {
  nulls = nulls || span.nulls;
  if (span.low > span.high) return;
  numbers.emplace_back(span.low / width, span.high / width);
  std::sort(numbers.begin(), numbers.end());
  std::vector<std::pair<int64_t, int64_t>> merged;
  for (const auto& [low, high] : numbers) {
    if (!merged.empty() && low <= merged.back().second) {
      merged.back().second = std::max(merged.back().second, high);
    } else {
      merged.emplace_back(low, high);
    }
  }
  numbers = std::move(merged);
}

bool KeyRanges::has(int64_t number) const {
  if (number == kNullRange) return nulls;
  return std::any_of(numbers.begin(), numbers.end(), [&](const auto& range) { return range.first <= number && number <= range.second; });
}

bool KeyRanges::meets(const KeySpan& span, int64_t width) const {
  if (nulls && span.nulls) return true;
  if (span.low > span.high) return false;
  return std::any_of(numbers.begin(), numbers.end(), [&](const auto& range) { return span.low / width <= range.second && range.first <= span.high / width; });
}

std::string range_predicate(const KeyRanges& ranges, const std::string& column) {
  std::vector<std::string> parts;
  if (ranges.nulls) parts.push_back(fmt::format("{} = CAST({} AS BIGINT)", column, kNullRange));
  for (const auto& [low, high] : ranges.numbers) parts.push_back(fmt::format("{} BETWEEN CAST({} AS BIGINT) AND CAST({} AS BIGINT)", column, low, high));
  return parts.empty() ? "false" : "(" + join(parts, " OR ") + ")";
}

std::string spans_sql(const sql::Query& query, const KeyedScan& keyed, const std::vector<std::string>& paths, SqlParser& parser) {
  Rel scan = *keyed.scan;
  std::vector<int> used;
  sql::collect_ids(keyed.position, used);
  std::erase_if(scan.columns, [&](const sql::Column& column) { return std::find(used.begin(), used.end(), column.id) == used.end(); });
  scan.columns.push_back({kFileIndex, "file_index", "UBIGINT", true});
  Rel project;
  project.op = Op::kProject;
  project.columns = {{kPosition, "p", "", false}, {kFileIndex, "i", "", false}};
  project.exprs = {keyed.position, sql::reference(kFileIndex)};
  project.inputs = {share(std::move(scan))};
  sql::Query below = query;
  below.root = share(std::move(project));
  sql::EmitOptions options;
  options.files = [&](const Rel&) { return paths; };
  return fmt::format("SELECT i, min(p), max(p), count(*) > count(p) FROM ({}) AS positions GROUP BY i",
                     parser.print(sql::emit_query(below, {"p", "i"}, options)));
}

}  // namespace tidemark::plan
