#include "plan/cut.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <set>

#include <fmt/format.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/strings.h"
#include "sql/aggregates.h"
#include "sql/building.h"
#include "sql/emit.h"
#include "sql/exact.h"
#include "sql/functions.h"
#include "sql/total_order.h"
#include "sql/tree.h"

namespace tidemark::plan {

namespace {

using sql::Column;
using sql::Op;
using sql::Rel;
using sql::RelPtr;
using sql::share;

constexpr const char* kFileIndex = "file_index";

// ---- where the block is

// The topmost relations that aggregate rows of files, from the root down.
void collect_blocks(const sql::Query& query, const RelPtr& rel, std::vector<RelPtr>& out) {
  if (!sql::reads_files(query, rel)) return;
  if (rel->op == Op::kAggregate || rel->op == Op::kDistinct) {
    // The lowest one is the block: what is above it works on groups.
    std::vector<RelPtr> below;
    for (const RelPtr& input : rel->inputs) collect_blocks(query, input, below);
    if (below.empty()) below.push_back(rel);
    for (RelPtr& one : below) {
      if (std::find(out.begin(), out.end(), one) == out.end()) out.push_back(std::move(one));
    }
    return;
  }
  for (const RelPtr& input : rel->inputs) collect_blocks(query, input, out);
}

// Whether the relation reads files elsewhere than below the blocks.
bool reads_beside(const sql::Query& query, const RelPtr& rel, const std::vector<RelPtr>& blocks) {
  if (std::find(blocks.begin(), blocks.end(), rel) != blocks.end()) return false;
  if (rel->op == Op::kFiles) return true;
  for (const Json& expression : rel->exprs) {
    if (!expression.is_null() && sql::expression_reads_files(query, expression)) return true;
  }
  return std::any_of(rel->inputs.begin(), rel->inputs.end(), [&](const RelPtr& input) { return reads_beside(query, input, blocks); });
}

class RowWise {
 public:
  RowWise(const sql::Query& query, SqlParser& parser) : query_(query), parser_(parser) {}

  Reason fault(const RelPtr& rel) {
    for (const Json& expression : rel->exprs) {
      if (!expression.is_null() && sql::expression_reads_files(query_, expression)) return make_reason("subquery_reads_files");
    }
    switch (rel->op) {
      case Op::kFiles:
        return {};
      case Op::kProject:
      case Op::kFilter:
        return fault(rel->inputs[0]);
      case Op::kJoin:
        return join_fault(*rel);
      case Op::kSetOp:
        if (rel->set != sql::SetKind::kUnion || !rel->all) return make_reason("below_not_row_wise", "UNION, EXCEPT or INTERSECT of distinct rows");
        for (const RelPtr& input : rel->inputs) {
          if (!sql::reads_files(query_, input)) return make_reason("below_not_row_wise", "UNION ALL with rows that come from no file");
          if (Reason found = fault(input)) return found;
        }
        return {};
      case Op::kWindow:
        return make_reason("below_not_row_wise", sql::function_name(rel->exprs.at(0)) + "() over (…)");
      case Op::kOrder:
        return make_reason("below_not_row_wise", "LIMIT");
      default:
        return make_reason("below_not_row_wise");
    }
  }

 private:
  Reason join_fault(const Rel& rel) {
    const bool left = sql::reads_files(query_, rel.inputs[0]), right = sql::reads_files(query_, rel.inputs[1]);
    if (left && right) return make_reason("below_not_row_wise", "a join of files with files");
    using sql::JoinKind;
    const bool keeps = rel.join == JoinKind::kInner ||
                       (left ? rel.join == JoinKind::kLeft || rel.join == JoinKind::kSemi || rel.join == JoinKind::kAnti : rel.join == JoinKind::kRight);
    if (!keeps) return make_reason("join_may_lack_row");
    return fault(rel.inputs[left ? 0 : 1]);
  }

  const sql::Query& query_;
  SqlParser& parser_;
};

// ---- the same relation with the columns numbered from 1, inputs first

class Renumbering {
 public:
  explicit Renumbering(const sql::Query& query) : query_(query) {}

  sql::Query run(const RelPtr& root) {
    for (const RelPtr& rel : sql::relations_below(query_, root)) {
      for (const Column& column : rel->columns) ids_.emplace(column.id, static_cast<int>(ids_.size()) + 1);
    }
    sql::Query out = query_;
    for (RelPtr& subquery : out.subqueries) subquery = renumbered(subquery);
    out.root = renumbered(root);
    return out;
  }

 private:
  RelPtr renumbered(const RelPtr& rel) {
    Rel out = *rel;
    for (Column& column : out.columns) {
      if (const auto known = ids_.find(column.id); known != ids_.end()) column.id = known->second;
    }
    for (Json& expression : out.exprs) {
      if (!expression.is_null()) expression = renumbered(expression);
    }
    for (Json& order : out.orders) order["expression"] = renumbered(order["expression"]);
    for (RelPtr& input : out.inputs) input = renumbered(input);
    return share(std::move(out));
  }

  Json renumbered(const Json& expression) {
    Json made;
    return sql::substitute(expression, [&](int id) -> const Json* {
      const auto known = ids_.find(id);
      if (known == ids_.end()) return nullptr;
      made = sql::reference(known->second);
      return &made;
    });
  }

  const sql::Query& query_;
  std::map<int, int> ids_;
};

// ---- states

// What is kept exactly by a table of the warehouse, and compared as it is by GROUP BY.
bool can_be_stored(const std::string& type) {
  // Sets of values; of doubles there may be several that are equal.
  if (type.ends_with("[]")) {
    const std::string element = type.substr(0, type.size() - 2);
    static const std::set<std::string, std::less<>> kElements{"BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "VARCHAR", "DATE", "TIMESTAMP"};
    return kElements.contains(element) || element.starts_with("DECIMAL(");
  }
  static const std::set<std::string, std::less<>> kTypes{
      "BOOLEAN",   "TINYINT",  "SMALLINT", "INTEGER",   "BIGINT",      "HUGEINT",      "UTINYINT",
      "USMALLINT", "UINTEGER", "UBIGINT",  "FLOAT",     "DOUBLE",      "VARCHAR",      "BLOB",
      "DATE",      "TIME",     "UUID",     "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP WITH TIME ZONE"};
  return kTypes.contains(type) || type.starts_with("DECIMAL(") || type.starts_with("ENUM(");
}

struct States {
  std::vector<Json> calls;  // over the block's input; each once

  std::string add(Json call) {
    call["alias"] = "";
    const auto known = std::find(calls.begin(), calls.end(), call);
    const size_t at = static_cast<size_t>(known - calls.begin());
    if (known == calls.end()) calls.push_back(std::move(call));
    return fmt::format("s{}", at);
  }
};

Json renamed(const Json& call, const char* function) {
  Json out = call;
  out["function_name"] = function;
  return out;
}

// count(DISTINCT x), sum(DISTINCT x) over the sets of values.
std::string merge_of_set(const Json& call, const std::string& type, States& states) {
  const std::string name = sql::function_name(call);
  if (call.at("children").size() != 1 || !call.at("order_bys").at("orders").empty()) return {};
  if (name != "count" && !(name == "sum" && (sql::is_integer(type) || sql::is_decimal(type)))) return {};
  const std::string values = fmt::format("flatten(list({}))", states.add(renamed(call, "list")));
  return name == "count" ? fmt::format("CAST(coalesce(list_unique({}), 0) AS {})", values, type)
                         : fmt::format("CAST(list_aggregate(list_distinct({}), 'sum') AS {})", values, type);
}

// min() and max() of pairs, which no table holds as they are: kept part by part.
std::string merge_of_pair(const Json& call, const std::string& type, States& states) {
  const Json& pair = call.at("children").at(0);
  std::vector<std::string> parts, present;
  for (const Json& part : pair.at("children")) {
    const std::string field = part.value("alias", "");
    const std::string state = states.add(sql::function_call("struct_extract", {call, sql::constant_string(field)}));
    parts.push_back(fmt::format("{} := {}", field, state));
    present.push_back(state + " IS NOT NULL");
  }
  return fmt::format("CAST({}(struct_pack({})) FILTER (WHERE {}) AS {})", sql::function_name(call), join(parts, ", "), join(present, " AND "), type);
}

// The column's SQL over contributions; empty where the aggregate has no partial state.
std::string merge_of(const Json& call, const std::string& type, States& states) {
  const std::string name = sql::function_name(call);
  const sql::Aggregate* known = sql::find_aggregate(name);
  if (known == nullptr || known->partial == sql::Partial::kNone) return {};
  const size_t arguments = call.at("children").size();
  const bool repeats_matter = known->partial != sql::Partial::kSame || name == "bit_xor";
  if (call.value("distinct", false) && repeats_matter) return merge_of_set(call, type, states);
  if (known->partial == sql::Partial::kSame && arguments == 1 && sql::is_function(call.at("children")[0], "struct_pack") && type.starts_with("STRUCT("))
    return merge_of_pair(call, type, states);
  const auto cast = [&](const std::string& sql) { return fmt::format("CAST({} AS {})", sql, type); };
  switch (known->partial) {
    case sql::Partial::kCount:
      return cast(fmt::format("coalesce(sum({}), 0)", states.add(call)));
    case sql::Partial::kSum:
      return sql::is_integer(type) || sql::is_decimal(type) ? cast(fmt::format("sum({})", states.add(call))) : std::string();
    case sql::Partial::kSame:
      return arguments == 1 && can_be_stored(type) ? cast(fmt::format("{}(CAST({} AS {}))", name, states.add(call), type)) : std::string();
    case sql::Partial::kSums:
      return cast(fmt::format("{}_merge_final({})", name, states.add(renamed(call, "tm_sum_state"))));
    case sql::Partial::kMoments:
      return cast(fmt::format("{}_merge_final({})", name, states.add(renamed(call, "tm_moments_state"))));
    case sql::Partial::kComoments:
      return cast(fmt::format("{}_merge_final({})", name, states.add(renamed(call, "tm_comoments_state"))));
    case sql::Partial::kNone:
      break;
  }
  return {};
}

// ---- contributions of single files

// Passes the place of each row's file up to the block: `offsets` of a scan plus the file's index in it.
class FileNumbers {
 public:
  // `split`: not the file's place, but what this gives for the relation where the rows of files meet.
  using Split = std::function<std::pair<RelPtr, int>(const RelPtr& at, int next_id)>;

  FileNumbers(const std::map<std::string, int64_t>& offsets, int next_id, const Rel* at = nullptr, Split split = {})
      : offsets_(offsets), next_id_(next_id), at_(at), split_(std::move(split)) {}

  // The relation with one more column, the last one, and that column's id.
  std::pair<RelPtr, int> with_number(const RelPtr& rel) {
    if (rel.get() == at_) return split_(rel, next_id_++);
    switch (rel->op) {
      case Op::kFiles:
        return scan(*rel);
      case Op::kSetOp: {
        Rel out = *rel;
        for (RelPtr& input : out.inputs) {
          const std::vector<Column> columns = input->columns;
          auto [below, id] = with_number(input);
          input = ordered(below, columns, id);
        }
        return finished(std::move(out), next_id_++);
      }
      case Op::kJoin: {
        Rel out = *rel;
        const size_t side = rel->join == sql::JoinKind::kRight || !reads_files(rel->inputs[0]) ? 1 : 0;
        auto [below, id] = with_number(rel->inputs[side]);
        out.inputs[side] = below;
        return finished(std::move(out), id);
      }
      default: {
        Rel out = *rel;
        auto [below, id] = with_number(rel->inputs[0]);
        out.inputs[0] = below;
        if (rel->op == Op::kProject) {
          const int own = next_id_++;
          out.exprs.push_back(sql::reference(id));
          return finished(std::move(out), own);
        }
        return finished(std::move(out), id);
      }
    }
  }

 private:
  static bool reads_files(const RelPtr& rel) {
    return rel->op == Op::kFiles || std::any_of(rel->inputs.begin(), rel->inputs.end(), [](const RelPtr& input) { return reads_files(input); });
  }

  static std::pair<RelPtr, int> finished(Rel rel, int id) {
    rel.columns.push_back({id, "file_number", "", false});
    return {share(std::move(rel)), id};
  }

  std::pair<RelPtr, int> scan(Rel rel) {
    Column index{next_id_++, kFileIndex, "UBIGINT", true};
    Rel project;
    project.op = Op::kProject;
    for (const Column& column : rel.columns) {
      project.columns.push_back(column);
      project.exprs.push_back(sql::reference(column.id));
    }
    Json number = sql::function_call("+", {sql::reference(index.id), sql::constant_integer(offsets_.at(rel.scan.key()))});
    number["is_operator"] = true;
    project.exprs.push_back(sql::cast_expression(std::move(number), Json{{"id", "BIGINT"}, {"type_info", nullptr}}));
    rel.columns.push_back(std::move(index));
    project.inputs = {share(std::move(rel))};
    return finished(std::move(project), next_id_++);
  }

  static RelPtr ordered(const RelPtr& rel, std::vector<Column> columns, int last) {
    Rel project;
    project.op = Op::kProject;
    project.inputs = {rel};
    columns.push_back({last, "file_number", "", false});
    for (const Column& column : columns) project.exprs.push_back(sql::reference(column.id));
    project.columns = std::move(columns);
    return share(std::move(project));
  }

  const std::map<std::string, int64_t>& offsets_;
  int next_id_;
  const Rel* at_;
  Split split_;
};

std::vector<Json> key_references(const Rel& block) {
  std::vector<Json> out;
  if (block.op == Op::kDistinct) {
    for (const Column& column : block.columns) out.push_back(sql::reference(column.id));
  } else {
    out.assign(block.exprs.begin(), block.exprs.begin() + static_cast<std::ptrdiff_t>(block.keys));
  }
  return out;
}

struct BlockParts {
  RelPtr input;  // keys and states are over it
  std::vector<Json> keys;
  States states;
};

// The leaf's rows with the keys of their groups.
RelPtr with_group_keys(const Eager& eager) {
  Rel out;
  out.op = Op::kProject;
  out.inputs = {eager.leaf};
  out.columns = eager.leaf->columns;
  for (const Column& column : out.columns) out.exprs.push_back(sql::reference(column.id));
  for (size_t i = 0; i < eager.keys.size(); ++i) {
    out.columns.push_back(eager.groups->columns[i]);
    out.exprs.push_back(eager.keys[i]);
  }
  return share(std::move(out));
}

Reason find_parts(const sql::Query& exact, const RelPtr& block, SqlParser& parser, Cut& cut, BlockParts& parts) {
  const std::vector<ColumnType> types = sql::relation_types(exact, block, parser);
  const std::vector<Json> keys = key_references(*block);
  cut.keys = keys.size();
  parts.input = cut.eager ? with_group_keys(*cut.eager) : block->inputs[0];
  parts.keys = keys;
  if (cut.eager) {
    parts.keys.clear();
    for (const Column& column : cut.eager->groups->columns) parts.keys.push_back(sql::reference(column.id));
    for (const std::string& type : cut.group_types) {
      if (!can_be_stored(type)) return make_reason("aggregate_not_mergeable", "a group key of type " + type);
    }
  }
  for (size_t i = 0; i < block->columns.size(); ++i) {
    BlockColumn column{block->columns[i].id, types.at(i).type, {}};
    if (i < cut.keys) {
      if (!can_be_stored(column.type)) return make_reason("aggregate_not_mergeable", "a group key of type " + column.type);
      column.sql = fmt::format("CAST(k{} AS {})", i, column.type);
    } else {
      column.sql = merge_of(cut.eager ? cut.eager->aggregates[i - cut.keys] : block->exprs[i], column.type, parts.states);
      if (column.sql.empty()) {
        const bool distinct = block->exprs[i].value("distinct", false);
        return make_reason("aggregate_not_mergeable", sql::function_name(block->exprs[i]) + (distinct ? "(distinct …)" : "()"));
      }
    }
    cut.columns.push_back(std::move(column));
  }
  return {};
}

// file number, rows, keys and states, grouped by file number and keys. `names`: ids of its columns in this order.
RelPtr contribution_block(const RelPtr& input, int number, const BlockParts& parts, int next_id, std::vector<int>& ids) {
  Rel out;
  out.op = Op::kAggregate;
  out.inputs = {input};
  out.exprs = {sql::reference(number)};
  out.exprs.insert(out.exprs.end(), parts.keys.begin(), parts.keys.end());
  out.keys = out.exprs.size();
  out.exprs.push_back(sql::function_call("count_star", {}));
  out.exprs.insert(out.exprs.end(), parts.states.calls.begin(), parts.states.calls.end());
  for (size_t i = 0; i < out.exprs.size(); ++i) out.columns.push_back({next_id++, "", "", false});
  ids = {out.columns[0].id, out.columns[out.keys].id};
  for (size_t i = 1; i < out.keys; ++i) ids.push_back(out.columns[i].id);
  for (size_t i = out.keys + 1; i < out.columns.size(); ++i) ids.push_back(out.columns[i].id);
  return share(std::move(out));
}

std::vector<std::string> stored_names(size_t keys, size_t states) {
  std::vector<std::string> names{"file_id", "n"};
  for (size_t i = 0; i < keys; ++i) names.push_back(fmt::format("k{}", i));
  for (size_t i = 0; i < states; ++i) names.push_back(fmt::format("s{}", i));
  return names;
}

struct Contributions {
  sql::Query query;  // its root's columns: those of Cut::stored, file numbers in place of ids
  std::vector<std::string> names;
};

Json parsed_expression(const std::string& text, SqlParser& parser) {
  Json out = sql::statement_node(without_locations(parser.parse("SELECT " + text))).at("select_list").at(0);
  out["alias"] = "";
  return out;
}

// Ranges of a key of which contributions are computed.
struct RangeChoice {
  int64_t width = 1;
  const KeyRanges* ranges = nullptr;  // nullptr: all
};

FileNumbers::Split range_numbers(const KeySplit& split, const RangeChoice& choice, SqlParser& parser) {
  return [&split, choice, &parser](const RelPtr& at, int id) -> std::pair<RelPtr, int> {
    Rel project;
    project.op = Op::kProject;
    project.inputs = {split.rows};
    project.columns = at->columns;
    for (const Column& column : at->columns) project.exprs.push_back(sql::reference(column.id));
    const Json number =
        parsed_expression(fmt::format("coalesce({} // CAST({} AS BIGINT), CAST({} AS BIGINT))", sql::column_name(id), choice.width, kNullRange), parser);
    project.columns.push_back({id, "file_number", "", false});
    project.exprs.push_back(sql::substitute(number, [&](int other) { return other == id ? &split.position : nullptr; }));
    if (choice.ranges == nullptr) return {share(std::move(project)), id};
    Rel filter;
    filter.op = Op::kFilter;
    filter.columns = project.columns;
    filter.inputs = {share(std::move(project))};
    filter.exprs = {parsed_expression(range_predicate(*choice.ranges, sql::column_name(id)), parser)};
    return {share(std::move(filter)), id};
  };
}

Contributions contributions_query(const sql::Query& exact, const Cut& cut, const std::map<std::string, int64_t>& offsets, const BlockParts& parts,
                                  const RangeChoice& choice, SqlParser& parser) {
  const int next_id = sql::largest_id(exact) + 1;
  FileNumbers numbers(offsets, next_id, cut.keyed ? cut.keyed->at.get() : nullptr,
                      cut.keyed ? range_numbers(*cut.keyed, choice, parser) : FileNumbers::Split());
  auto [input, number] = numbers.with_number(parts.input);
  std::vector<int> ids;
  const RelPtr block = contribution_block(input, number, parts, next_id + 100'000, ids);
  Rel project;
  project.op = Op::kProject;
  project.inputs = {block};
  for (const int id : ids) {
    project.columns.push_back({id, "", "", false});
    project.exprs.push_back(sql::reference(id));
  }
  Contributions out{exact, stored_names(parts.keys.size(), parts.states.calls.size())};
  out.query.root = share(std::move(project));
  out.query.names = out.names;
  return out;
}

std::map<std::string, int64_t> offsets_of(const Cut& cut, const ContributingFiles& files) {
  std::map<std::string, int64_t> out;
  int64_t next = 0;
  for (const std::string& key : cut.scans) {
    out[key] = next;
    if (const auto found = files.find(key); found != files.end()) next += static_cast<int64_t>(found->second.size());
  }
  return out;
}

bool has_file_index(const Rel& scan) {
  const bool taken = std::any_of(scan.columns.begin(), scan.columns.end(),
                                 [](const Column& column) { return !column.is_virtual && equals_ignore_case(column.name, kFileIndex); });
  return !taken && scan.types && scan.types->contains("UBIGINT");
}

}  // namespace

namespace {

// What is below the block goes into `cut`, and what is computed of it; why it cannot be.
Reason complete(const sql::Query& exact, Cut& cut, SqlParser& parser) {
  const RelPtr& block = cut.block;
  if (block->op == Op::kDistinct && !block->exprs.empty()) return make_reason("aggregate_not_mergeable", "DISTINCT ON");
  BlockParts parts;
  if (Reason fault = find_parts(exact, block, parser, cut, parts)) return fault;
  for (const Json& expression : block->exprs) {
    if (sql::expression_reads_files(exact, expression)) return make_reason("subquery_reads_files");
  }
  for (const RelPtr& rel : sql::relations_below(exact, cut.eager ? parts.input : block)) {
    if (rel->op == Op::kFiles) {
      if (!has_file_index(*rel)) return make_reason("scan_option", "a column is named file_index");
      if (std::find(cut.scans.begin(), cut.scans.end(), rel->scan.key()) == cut.scans.end()) cut.scans.push_back(rel->scan.key());
    }
    if (rel->op == Op::kTable && std::find(cut.tables.begin(), cut.tables.end(), rel->table) == cut.tables.end()) cut.tables.push_back(rel->table);
  }
  const Contributions contributions = contributions_query(exact, cut, offsets_of(cut, {}), parts, {}, parser);
  const sql::Query renumbered = Renumbering(contributions.query).run(contributions.query.root);
  const std::string text = parser.print(sql::emit_query(renumbered, contributions.names, {}));
  cut.stored = parser.describe(text);
  cut.normalised = text + "\n" + join(cut.scans, "\n");
  for (const ColumnType& column : cut.stored) {
    cut.normalised += "\n" + column.name + " " + column.type;
    if (!can_be_stored(column.type)) return make_reason("aggregate_not_mergeable", "a partial state of type " + column.type);
  }
  return {};
}

// Contributions of single files to one block.
CutResult cut_block(const sql::Query& exact, const RelPtr& block, SqlParser& parser, bool join_later) {
  const Reason fault = RowWise(exact, parser).fault(block->inputs[0]);
  if (fault && fault.code != "join_may_lack_row") return {std::nullopt, fault};
  Cut cut;
  cut.block = block;
  if (join_later) cut.eager = split_eagerly(exact, block, sql::largest_id(exact) + 200'000, parser);
  if (cut.eager) {
    cut.group_types = sql::expression_types(exact, cut.eager->leaf, cut.eager->keys, parser);
    if (!complete(exact, cut, parser)) return {std::move(cut), {}};
  }
  if (fault) return {std::nullopt, fault};
  Cut with_tables;
  with_tables.block = block;
  if (Reason incomplete = complete(exact, with_tables, parser)) return {std::nullopt, incomplete};
  return {std::move(with_tables), {}};
}

CutResult cut_by_file(const sql::Query& exact, SqlParser& parser, bool join_later) {
  std::vector<RelPtr> blocks;
  collect_blocks(exact, exact.root, blocks);
  if (blocks.empty()) return {std::nullopt, make_reason("no_aggregate")};
  if (reads_beside(exact, exact.root, blocks)) return {std::nullopt, make_reason("several_aggregates", "files are read beside the aggregate too")};
  CutResult out = cut_block(exact, blocks[0], parser, join_later);
  if (!out.cut) return out;
  for (size_t i = 1; i < blocks.size(); ++i) {
    CutResult twin = cut_block(exact, blocks[i], parser, join_later);
    if (!twin.cut || twin.cut->normalised != out.cut->normalised) return {std::nullopt, make_reason("several_aggregates")};
    out.cut->twins.push_back(std::move(*twin.cut));
  }
  return out;
}

// Aggregates below which all files are read, the lowest first.
void collect_covering(const sql::Query& query, const RelPtr& rel, std::vector<RelPtr>& out) {
  if (std::any_of(rel->exprs.begin(), rel->exprs.end(), [&](const Json& e) { return !e.is_null() && sql::expression_reads_files(query, e); })) return;
  std::vector<RelPtr> reading;
  for (const RelPtr& input : rel->inputs) {
    if (sql::reads_files(query, input)) reading.push_back(input);
  }
  if (reading.size() == 1) collect_covering(query, reading[0], out);
  if (rel->op == Op::kAggregate || rel->op == Op::kDistinct) out.push_back(rel);
}

// nullopt: the rows of files meet without a key, or what is above cannot be merged.
std::optional<Cut> cut_by_key(const sql::Query& exact, SqlParser& parser) {
  std::vector<RelPtr> covering;
  collect_covering(exact, exact.root, covering);
  for (const RelPtr& block : covering) {
    KeySplitResult split = split_by_key(exact, block->inputs[0], parser);
    if (!split.split) continue;
    Cut cut;
    cut.block = block;
    cut.keyed = std::move(split.split);
    if (!complete(exact, cut, parser)) return cut;
  }
  return std::nullopt;
}

}  // namespace

CutResult find_cut(const sql::Query& exact, SqlParser& parser, bool join_later) {
  CutResult out = cut_by_file(exact, parser, join_later);
  if (out.cut || out.obstacle.code == "no_aggregate") return out;
  if (std::optional<Cut> keyed = cut_by_key(exact, parser)) return {std::move(keyed), {}};
  return out;
}

std::optional<size_t> key_of_column(const sql::Query& exact, const Cut& cut, size_t column) {
  RelPtr at = exact.root;
  int id = at->columns.at(column).id;
  while (at != cut.block) {
    if (at->op == Op::kSetOp || at->inputs.empty()) return std::nullopt;
    size_t place = 0;
    while (place < at->columns.size() && at->columns[place].id != id) ++place;
    if (at->op == Op::kProject || (at->op == Op::kAggregate && place < at->keys)) id = sql::column_id(at->exprs.at(place));
    if (at->op == Op::kAggregate && place >= at->keys) return std::nullopt;
    const auto from = std::find_if(at->inputs.begin(), at->inputs.end(), [&](const RelPtr& input) { return sql::find_column(*input, id) != nullptr; });
    if (from == at->inputs.end()) return std::nullopt;
    at = *from;
  }
  for (size_t i = 0; i < cut.keys; ++i) {
    if (cut.columns[i].id == id) return i;
  }
  return std::nullopt;
}

int64_t content_id(const std::string& scan_key, const std::string& path, const std::string& content_hash) {
  const std::string hex = xxh128_hex(scan_key + '\0' + path + '\0' + content_hash).substr(0, 16);
  uint64_t bits = 0;
  std::from_chars(hex.data(), hex.data() + hex.size(), bits, 16);
  return static_cast<int64_t>(bits >> 1);
}

namespace {

struct Prepared {
  Contributions contributions;
  std::string sql;
};

Prepared prepared(const sql::Query& exact, const Cut& cut, const ContributingFiles& files, const RangeChoice& choice, SqlParser& parser,
                  int64_t most_rows = -1) {
  Cut again;
  again.eager = cut.eager;
  again.group_types = cut.group_types;
  BlockParts parts;
  if (Reason fault = find_parts(exact, cut.block, parser, again, parts)) throw Error("TM9503", "a block lost its partial states: " + fault.text());
  Prepared out{contributions_query(exact, cut, offsets_of(cut, files), parts, choice, parser), {}};
  sql::EmitOptions options;
  options.files = [&](const Rel& rel) {
    std::vector<std::string> paths;
    if (const auto found = files.find(rel.scan.key()); found != files.end()) {
      for (const ContributingFile& file : found->second) paths.push_back(file.path);
    }
    return paths;
  };
  const sql::EmitOptions whole = options;
  if (most_rows >= 0) {
    const Json limit = sql::statement_node(without_locations(parser.parse(fmt::format("SELECT 1 LIMIT {}", most_rows)))).at("modifiers");
    options.instead = [&, limit, whole](const RelPtr& rel) -> std::optional<Json> {
      if (rel->op != Op::kFiles) return std::nullopt;
      Json node = sql::statement_node(sql::emit_relation(exact, rel, whole));
      node["modifiers"] = limit;
      return sql::subquery_ref(std::move(node), "sample");
    };
  }
  out.sql = parser.print(sql::emit_query(out.contributions.query, out.contributions.names, options));
  return out;
}

}  // namespace

std::string contributions_sql(const sql::Query& exact, const Cut& cut, const ContributingFiles& files, SqlParser& parser) {
  const auto [contributions, numbered] = prepared(exact, cut, files, {}, parser);
  std::vector<std::string> ids;
  for (const std::string& key : cut.scans) {
    if (const auto found = files.find(key); found != files.end()) {
      for (const ContributingFile& file : found->second) ids.push_back(std::to_string(file.id));
    }
  }
  std::vector<std::string> list;
  const std::string id = ids.empty() ? "CAST(NULL AS BIGINT)" : fmt::format("CAST(string_split('{}', ' ') AS BIGINT[])[file_id + 1]", join(ids, " "));
  for (const std::string& name : contributions.names) list.push_back(name == "file_id" ? id + " AS file_id" : name);
  return fmt::format("SELECT {} FROM ({}) AS by_number", join(list, ", "), numbered);
}

std::string keyed_contributions_sql(const sql::Query& exact, const Cut& cut, const ContributingFiles& files, int64_t width, const KeyRanges* ranges,
                                    SqlParser& parser) {
  return prepared(exact, cut, files, {width, ranges}, parser).sql;
}

std::string groups_sql(const sql::Query& exact, const Cut& cut, const ContributingFiles& files, int64_t rows, SqlParser& parser) {
  return fmt::format("SELECT count(*), CAST(coalesce(sum(n), 0) AS BIGINT) FROM ({}) AS groups", prepared(exact, cut, files, {}, parser, rows).sql);
}

std::string block_rows(const sql::Query& exact, const Cut& cut, const std::string& table, const IdFilter& filter, SqlParser& parser) {
  std::string where;
  std::vector<std::string> ids;
  for (const int64_t id : filter.ids) ids.push_back(std::to_string(id));
  if (!ids.empty()) where = fmt::format(" WHERE file_id {}IN ({})", filter.except ? "NOT " : "", join(ids, ", "));
  if (ids.empty() && !filter.except) where = " WHERE false";
  if (!cut.eager) return where.empty() ? table : fmt::format("(SELECT * FROM {}{}) AS counting", table, where);
  const Eager& eager = *cut.eager;
  const size_t states = cut.stored.size() - 2 - eager.keys.size();
  std::vector<std::string> stored, names;
  for (size_t i = 0; i < eager.keys.size(); ++i) stored.push_back(fmt::format("CAST(k{0} AS {1}) AS k{0}", i, cut.group_types[i]));
  for (size_t i = 0; i < states; ++i) stored.push_back(fmt::format("s{}", i));
  if (stored.empty()) stored.push_back("n");
  Rel groups = *eager.groups;
  int next_id = sql::largest_id(exact) + 300'000;
  std::vector<int> passed;
  for (size_t i = 0; i < states; ++i) {
    passed.push_back(next_id);
    groups.columns.push_back({next_id++, fmt::format("s{}", i), "", false});
  }
  Rel project;
  project.op = Op::kProject;
  project.inputs = {joined_over(eager, share(std::move(groups)))};
  for (size_t i = 0; i < eager.block_keys.size(); ++i) {
    names.push_back(fmt::format("k{}", i));
    project.columns.push_back({next_id++, names.back(), "", false});
    project.exprs.push_back(eager.block_keys[i]);
  }
  for (size_t i = 0; i < states; ++i) {
    names.push_back(fmt::format("s{}", i));
    project.columns.push_back({next_id++, names.back(), "", false});
    project.exprs.push_back(sql::reference(passed[i]));
  }
  sql::Query query = exact;
  query.root = share(std::move(project));
  return fmt::format("(WITH tm_groups AS (SELECT {} FROM {}{}) {}) AS joined", join(stored, ", "), table, where,
                     parser.print(sql::emit_query(query, names, {})));
}

namespace {

std::string grouping(const Rel& block, const std::vector<std::string>& keys) {
  if (block.grouping_sets.empty()) return join(keys, ", ");
  std::vector<std::string> sets;
  for (const std::vector<size_t>& set : block.grouping_sets) {
    std::vector<std::string> names;
    for (const size_t at : set) names.push_back(keys.at(at));
    sets.push_back("(" + join(names, ", ") + ")");
  }
  return "GROUPING SETS (" + join(sets, ", ") + ")";
}

std::string merged_block_sql(const sql::Query& exact, const Cut& cut, const std::string& table, const IdFilter& filter, SqlParser& parser) {
  std::vector<std::string> list, keys;
  for (size_t i = 0; i < cut.columns.size(); ++i) {
    list.push_back(fmt::format("{} AS {}", cut.columns[i].sql, sql::column_name(cut.columns[i].id)));
    if (i < cut.keys) keys.push_back(fmt::format("k{}", i));
  }
  if (list.empty()) list.push_back("count(*) AS c0");  // one row
  std::string text = fmt::format("SELECT {} FROM {}", join(list, ", "), block_rows(exact, cut, table, filter, parser));
  if (!keys.empty()) text += " GROUP BY " + grouping(*cut.block, keys);
  return text;
}

}  // namespace

std::string merged_sql(const sql::Query& exact, const Cut& cut, const std::string& table, const IdFilter& filter, const std::vector<std::string>& names,
                       SqlParser& parser) {
  std::vector<std::pair<RelPtr, Json>> merged;
  const auto add = [&](const Cut& one) {
    Json node = sql::statement_node(without_locations(parser.parse(merged_block_sql(exact, one, table, filter, parser))));
    merged.emplace_back(one.block, sql::subquery_ref(std::move(node), "merged"));
  };
  add(cut);
  for (const Cut& twin : cut.twins) add(twin);
  sql::EmitOptions options;
  options.instead = [&](const RelPtr& rel) -> std::optional<Json> {
    const auto found = std::find_if(merged.begin(), merged.end(), [&](const auto& one) { return one.first == rel; });
    return found == merged.end() ? std::nullopt : std::optional(found->second);
  };
  return parser.print(sql::emit_query(exact, names, options));
}

}  // namespace tidemark::plan
