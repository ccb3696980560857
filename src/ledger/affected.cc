#include "ledger/affected.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/strings.h"
#include "ledger/hash_ahead.h"
#include "ledger/inputs.h"
#include "ledger/model_catalogue.h"
#include "ledger/partition_values.h"
#include "sql/emit.h"
#include "sql/prune.h"

namespace tidemark::ledger {

namespace {

// One file scan of the query in this run.
struct Source {
  std::string key;
  std::vector<std::string> patterns;
  bool is_parquet = true;
  const std::vector<SourceFile>* files = nullptr;
  const LedgerSource* before = nullptr;  // null: there is none to compare with
  SourceChanges changes;
};

// One column for which values are kept.
struct Wanted {
  std::string type;                                    // empty: it could not be bound
  std::vector<ScanTrace> traces;                       // one a scan in the query; empty where nothing could be bound
  std::vector<Reason> untraced;                        // by source
  std::vector<std::map<std::string, ValueRows>> read;  // by source, by path: what was read in this run
};

// The query, bound.
struct Analysis {
  std::optional<sql::Query> query;             // pruned
  Reason reason;                               // why there is none
  std::vector<ColumnType> types;               // of its columns
  std::vector<std::vector<ColumnType>> bound;  // by source
};

std::vector<ColumnType> result_types(const sql::Query& query, SqlParser& parser) {
  std::vector<std::string> names;
  for (size_t i = 0; i < query.root->columns.size(); ++i) names.push_back(fmt::format("r{}", i));
  return parser.describe(parser.print(sql::emit_query(query, names, {})));
}

const std::string* type_in(const std::vector<ColumnType>& columns, const std::string& name) {
  const auto found = std::find_if(columns.begin(), columns.end(), [&](const ColumnType& column) { return column.name == name; });
  return found == columns.end() ? nullptr : &found->type;
}

// Literals to indexes of a PartitionColumn.
class Interned {
 public:
  explicit Interned(PartitionColumn& column) : column_(column) {
    for (size_t i = 0; i < column.values.size(); ++i) index_[column.values[i]] = static_cast<uint32_t>(i);
  }
  uint32_t operator()(const std::string& literal) {
    const auto [found, is_new] = index_.emplace(literal, static_cast<uint32_t>(column_.values.size()));
    if (is_new) column_.values.push_back(literal);
    return found->second;
  }

 private:
  PartitionColumn& column_;
  std::map<std::string, uint32_t> index_;
};

}  // namespace

std::string AffectedPartitions::predicate() const {
  if (is_all) return "true";
  std::vector<std::string> literals = values;
  const bool with_null = std::erase(literals, "NULL") > 0;
  const std::string name = quote_identifier(column);
  if (literals.empty()) return with_null ? fmt::format("({} is null)", name) : "false";
  const std::string listed = fmt::format("{} in ({})", name, join(literals, ", "));
  return with_null ? fmt::format("({} or {} is null)", listed, name) : fmt::format("({})", listed);
}

struct ModelLedger::State {
  State(ModelQuery given, Relation relation, std::vector<std::string> kept, const std::optional<TableState>& state, Services with)
      : query(std::move(given)),
        target(std::move(relation)),
        columns(std::move(kept)),
        services(with),
        code_hash(xxh128_hex(query.sql)),
        hashes(with.observation) {
    previous = load_ledger(services.store, state);
    if (previous.ledger) remember_ledger(*previous.ledger, services.observation);
  }

  // ---- what the query reads

  // The ledger is of this very text over these very views.
  bool same_text() {
    if (!same_text_)
      same_text_ = previous.ledger && previous.ledger->code_hash == code_hash && same_views(query, previous.ledger->views, previous.ledger->tables);
    return *same_text_;
  }

  const QueryInputs& inputs() {
    if (!inputs_) inputs_ = read_inputs(query, services.parser);
    return *inputs_;
  }

  bool same_query() { return same_text() || (previous.ledger && previous.ledger->shape_hash == inputs().shape_hash); }

  std::vector<Source>& sources() {
    if (sources_) return *sources_;
    sources_.emplace();
    if (same_text()) {
      for (const LedgerSource& source : previous.ledger->sources) add_source(source.key, source.patterns, source.key.starts_with("read_parquet "));
    } else {
      for (const sql::FileScan& scan : inputs().scans) add_source(scan.key(), scan.patterns, scan.is_parquet());
    }
    return *sources_;
  }

  void add_source(const std::string& key, const std::vector<std::string>& patterns, bool is_parquet) {
    Source source;
    source.key = key;
    source.patterns = patterns;
    source.is_parquet = is_parquet;
    source.files = &services.observation.files(patterns);
    source.before = previous.ledger ? previous.ledger->find_source(key) : nullptr;
    source.changes = compare(source.before != nullptr ? *source.before : LedgerSource(), *source.files, services.observation);
    sources_->push_back(std::move(source));
  }

  // ---- whether the ledger says what the table holds

  const Reason& distrust() {
    if (!distrust_) distrust_ = distrust_but_tables() ? distrust_but_tables() : table_change(query, previous.ledger->tables);
    return *distrust_;
  }

  // The same, whatever became of the tables that the query reads.
  const Reason& distrust_but_tables() {
    if (!distrust_but_tables_) distrust_but_tables_ = find_distrust();
    return *distrust_but_tables_;
  }

  Reason find_distrust() {
    if (!previous.ledger) return previous.distrust;
    const Ledger& ledger = *previous.ledger;
    if (ledger.engine != services.engine) return make_reason("engine_changed", fmt::format("{}, now {}", ledger.engine, services.engine));
    if (!same_query()) return make_reason("query_changed");
    return ledger.unknown_inputs;
  }

  bool any_changes() {
    return std::any_of(sources().begin(), sources().end(), [](const Source& source) { return source.changes.any(); });
  }

  // ---- the query, bound to the files

  Analysis& analysis() {
    if (analysis_) return *analysis_;
    Analysis out;
    for (const Source& source : sources()) {
      const bool known = source.files->empty() && source.before != nullptr;
      if (known) {
        out.bound.push_back(source.before->bound);
      } else {
        out.bound.push_back(source.is_parquet ? services.observation.bound_schema(*source.files, services.session) : columns_of_form(source));
      }
    }
    bind(out);
    analysis_ = std::move(out);
    return *analysis_;
  }

  std::vector<ColumnType> columns_of_form(const Source& source) {
    const auto& scans = inputs().scans;
    const auto scan = std::find_if(scans.begin(), scans.end(), [&](const sql::FileScan& other) { return other.key() == source.key; });
    const sql::ScanFormPtr form = scan != scans.end() && scan->is_text() ? services.observation.form(*scan, services.session) : nullptr;
    return form ? form->columns : std::vector<ColumnType>();
  }

  void bind(Analysis& out) {
    if (same_text() ? bool(previous.ledger->unknown_inputs) : bool(inputs().unknown)) {
      out.reason = same_text() ? previous.ledger->unknown_inputs : inputs().unknown;
      if (out.reason.code == "unsupported_clause") return;  // there is no tree
    }
    ModelCatalogue catalogue(
        services.session, services.parser,
        [&](const sql::FileScan& scan) {
          const int at = find_source(scan.key());
          return at < 0 ? std::vector<ColumnType>() : out.bound[static_cast<size_t>(at)];
        },
        [&](const sql::FileScan& scan) { return services.observation.form(scan, services.session); },
        [&](const sql::FileScan& scan) { return services.observation.paths(scan.patterns); }, query.view_sql);
    try {
      sql::BindResult bound = sql::bind_query(services.parser.parse(query.sql), catalogue);
      out.reason = bound.reason;
      if (!bound.query) return;
      out.query = sql::prune(*bound.query);
      out.types = result_types(*out.query, services.parser);
    } catch (const Error& fault) {
      out.reason = other_sql(fault);
      out.query.reset();
    }
  }

  int find_source(const std::string& key) {
    for (size_t i = 0; i < sources().size(); ++i) {
      if (sources()[i].key == key) return static_cast<int>(i);
    }
    return -1;
  }

  // Whether a column that the query uses has another type than in the ledger.
  Reason bound_change() {
    if (!bound_change_) bound_change_ = find_bound_change();
    return *bound_change_;
  }

  Reason find_bound_change() {
    for (size_t i = 0; i < sources().size(); ++i) {
      const Source& source = sources()[i];
      if (source.before == nullptr) return make_reason("query_changed");
      if (!source.changes.any() || analysis().bound[i] == source.before->bound) continue;
      for (const std::string& name : used_columns(i)) {
        const std::string *was = type_in(source.before->bound, name), *now = type_in(analysis().bound[i], name);
        if ((was == nullptr) != (now == nullptr) || (was != nullptr && *was != *now))
          return make_reason("bound_schema_changed", fmt::format("{}: {}, was {}", name, now != nullptr ? *now : "none", was != nullptr ? *was : "none"));
      }
    }
    return {};
  }

  std::set<std::string> used_columns(size_t source) {
    std::set<std::string> out;
    if (!analysis().query) {
      for (const ColumnType& column : analysis().bound[source]) out.insert(column.name);
      for (const ColumnType& column : sources()[source].before->bound) out.insert(column.name);
      return out;
    }
    for (const sql::RelPtr& rel : sql::relations_below(*analysis().query, analysis().query->root)) {
      if (rel->op != sql::Op::kFiles || rel->scan.key() != sources()[source].key) continue;
      for (const sql::Column& column : rel->columns) {
        if (!column.is_virtual) out.insert(column.name);
      }
    }
    return out;
  }

  // ---- columns

  Wanted& wanted(const std::string& column) {
    Wanted& out = wanted_[to_lower(column)];
    if (out.untraced.empty() && out.read.empty()) trace(column, out);
    return out;
  }

  void trace(const std::string& column, Wanted& out) {
    out.read.resize(std::max<size_t>(1, sources().size()));
    out.untraced.resize(sources().size());
    const auto fail = [&](const Reason& reason) { std::fill(out.untraced.begin(), out.untraced.end(), reason); };
    const Analysis& bound = analysis();
    if (!bound.query) return fail(bound.reason);
    size_t at = 0;
    while (at < bound.query->names.size() && !equals_ignore_case(bound.query->names[at], column)) ++at;
    if (at == bound.query->names.size()) return fail(make_reason("column_unknown", column));
    out.type = bound.types.at(at).type;
    out.traces = trace_column(*bound.query, bound.query->root->columns[at].id, {}, services.parser);
    for (const ScanTrace& one : out.traces) {
      const auto source = static_cast<size_t>(find_source(one.scan->scan.key()));
      if (Reason fault = trace_fault(one, out.type, bound.bound.at(source)); fault && !out.untraced[source]) out.untraced[source] = std::move(fault);
    }
  }

  // What has no form in another engine's SQL is a reason, not a fault.
  Reason other_sql(const Error& fault) {
    if (!services.session.translates() || fault.code() != "TM4420") throw fault;
    return make_reason("other_sql", fault.message());
  }

  // Values of files that are not read yet.
  void read_values(Wanted& column, size_t source, const std::vector<SourceFile>& files) {
    std::vector<std::string> paths;
    for (const SourceFile& file : files) {
      if (!column.read[source].contains(file.path)) paths.push_back(file.path);
    }
    if (paths.empty()) return;
    std::vector<size_t> traces;
    for (size_t i = 0; i < column.traces.size(); ++i) {
      if (column.traces[i].scan->scan.key() == sources()[source].key) traces.push_back(i);
    }
    std::vector<ValueRows> values;
    try {
      values = values_of_files({*analysis().query, column.type, column.traces}, traces, paths, services.session, services.parser);
    } catch (const Error& fault) {
      column.untraced[source] = other_sql(fault);
      return;
    }
    for (size_t i = 0; i < paths.size(); ++i) column.read[source][paths[i]] = std::move(values[i]);
  }

  // ---- answers

  AffectedPartitions affected(const std::string& name, bool by_files_only) {
    AffectedPartitions out;
    out.column = name;
    out.reason = by_files_only ? distrust_but_tables() : distrust();
    if (out.reason) return out;
    const int kept = previous.ledger->find_column(name);
    if (kept < 0) out.reason = make_reason("column_not_kept", name);
    if (out.reason) return out;
    std::set<std::string> values;
    if (any_changes()) {
      out.reason = bound_change();
      if (!out.reason) out.reason = changed_values(name, static_cast<size_t>(kept), values);
      if (out.reason) return out;
    }
    out.is_all = false;
    out.values.assign(values.begin(), values.end());
    return out;
  }

  Reason changed_values(const std::string& name, size_t kept, std::set<std::string>& values) {
    const PartitionColumn& column = previous.ledger->columns[kept];
    Wanted& now = wanted(name);
    for (size_t i = 0; i < sources().size(); ++i) {
      const Source& source = sources()[i];
      if (!source.changes.any()) continue;
      for (const Reason& reason : {now.untraced[i], kept < source.before->untraced.size() ? source.before->untraced[kept] : Reason()}) {
        if (reason) return make_reason("source_not_traced", reason.text());
      }
      if (now.type != column.type) return make_reason("bound_schema_changed", fmt::format("{}: {}, was {}", name, now.type, column.type));
      for (const std::string& path : source.changes.gone) {
        for (const auto& [index, rows] : source.before->files.at(path).partitions.at(kept)) values.insert(column.values.at(index));
      }
      read_values(now, i, source.changes.to_read);
      if (now.untraced[i]) return make_reason("source_not_traced", now.untraced[i].text());
      for (const SourceFile& file : source.changes.to_read) {
        for (const auto& [literal, rows] : now.read[i].at(file.path)) values.insert(literal);
      }
    }
    return {};
  }

  // ---- commit

  void begin() {
    std::vector<SourceFile> files;
    for (const Source& source : sources()) {
      for (const SourceFile& file : *source.files) {
        const auto facts = services.observation.facts(file);
        if (!facts || facts->hash.empty()) files.push_back(file);
      }
    }
    hashes.start(std::move(files));
  }

  // The ledger that the table has says it all, of the same files with the same stats.
  bool nothing_to_write() {
    if (distrust() || !same_text() || previous.ledger->columns.size() != columns.size()) return false;
    if (std::any_of(columns.begin(), columns.end(), [&](const std::string& column) { return previous.ledger->find_column(column) < 0; })) return false;
    return std::all_of(sources().begin(), sources().end(), [](const Source& source) {
      return std::all_of(source.files->begin(), source.files->end(),
                         [&](const SourceFile& file) {
                           const auto known = source.before->files.find(file.path);
                           return known != source.before->files.end() && known->second.file == file;
                         }) &&
             source.files->size() == source.before->files.size();
    });
  }

  void check_unchanged() {
    for (const Source& source : sources()) services.observation.check_unchanged(*source.files);
  }

  Json commit() {
    check_unchanged();
    if (nothing_to_write()) return previous.reference->to_json();
    begin();
    const Ledger next = next_ledger();
    check_unchanged();
    return services.store.write(target.schema + "." + target.identifier, next, previous.ledger ? previous.reference : std::nullopt).to_json();
  }

  Ledger next_ledger() {
    Ledger out;
    out.model = query.unique_id;
    out.engine = services.engine;
    out.code_hash = code_hash;
    if (same_text()) {
      out.views = previous.ledger->views;
      out.shape_hash = previous.ledger->shape_hash;
      out.unknown_inputs = previous.ledger->unknown_inputs;
      out.tables = tables_now();
    } else {
      out.views = inputs().views;
      out.shape_hash = inputs().shape_hash;
      out.unknown_inputs = inputs().unknown;
      out.tables = inputs().tables;
    }
    if (previous.ledger) out.contribution = previous.ledger->contribution;
    for (const Source& source : sources()) out.sources.push_back(next_source(source));
    for (const std::string& column : columns) add_column(column, out);
    hashes.finish();
    for (size_t i = 0; i < out.sources.size(); ++i) {
      for (const SourceFile& file : *sources()[i].files) out.sources[i].files.at(file.path).hash = services.observation.hash(file);
    }
    return out;
  }

  std::vector<LedgerTable> tables_now() {
    std::vector<LedgerTable> out;
    for (const LedgerTable& table : previous.ledger->tables) {
      if (const auto now = query.table_state(table.name)) out.push_back({table.name, now->data_version, now->data_committed_at_ms});
    }
    return out;
  }

  LedgerSource next_source(const Source& source) {
    const size_t at = static_cast<size_t>(find_source(source.key));
    LedgerSource out;
    out.key = source.key;
    out.patterns = source.patterns;
    out.bound = analysis().bound[at];
    std::vector<FileColumns> each;
    std::map<FileColumns, int32_t> places;
    if (source.is_parquet) each = services.observation.schemas(*source.files, services.session);
    for (size_t i = 0; i < source.files->size(); ++i) {
      LedgerFile file;
      file.file = (*source.files)[i];
      if (source.is_parquet) {
        const auto [known, is_new] = places.emplace(each[i], 0);
        if (is_new) known->second = place_of(out.schemas, *each[i]);
        file.schema = known->second;
      }
      if (source.before != nullptr) {
        const auto before = source.before->files.find(file.file.path);
        if (before != source.before->files.end() && !is_read(source, file.file.path)) file.contribution = before->second.contribution;
      }
      out.files.emplace_hint(out.files.end(), file.file.path, std::move(file));
    }
    return out;
  }

  static int32_t place_of(std::vector<std::vector<ColumnType>>& schemas, const std::vector<ColumnType>& schema) {
    const auto known = std::find(schemas.begin(), schemas.end(), schema);
    const auto place = static_cast<int32_t>(known - schemas.begin());
    if (known == schemas.end()) schemas.push_back(schema);
    return place;
  }

  static bool is_read(const Source& source, const std::string& path) {
    const auto& list = source.changes.to_read;
    const auto found = std::lower_bound(list.begin(), list.end(), path, [](const SourceFile& file, const std::string& key) { return file.path < key; });
    return found != list.end() && found->path == path;
  }

  void add_column(const std::string& name, Ledger& out) {
    Wanted& now = wanted(name);
    const int kept = distrust_but_tables() || bound_change() ? -1 : previous.ledger->find_column(name);
    const bool keeps = kept >= 0 && previous.ledger->columns[static_cast<size_t>(kept)].type == now.type;
    PartitionColumn column{name, now.type, {}};
    if (keeps) column.values = previous.ledger->columns[static_cast<size_t>(kept)].values;
    Interned intern(column);
    for (size_t i = 0; i < out.sources.size(); ++i) {
      const Source& source = sources()[i];
      LedgerSource& entry = out.sources[i];
      const bool known = keeps && static_cast<size_t>(kept) < source.before->untraced.size() && !source.before->untraced[static_cast<size_t>(kept)];
      if (!now.untraced[i]) read_values(now, i, known ? source.changes.to_read : *source.files);
      entry.untraced.push_back(now.untraced[i]);
      for (auto& [path, file] : entry.files) {
        PartitionRows& rows = file.partitions.emplace_back();
        if (now.untraced[i]) continue;
        if (known && !is_read(source, path)) {
          rows = source.before->files.at(path).partitions.at(static_cast<size_t>(kept));
          continue;
        }
        for (const auto& [literal, count] : now.read[i].at(path)) rows.emplace_back(intern(literal), count);
        std::sort(rows.begin(), rows.end());
      }
    }
    out.columns.push_back(std::move(column));
  }

  ModelQuery query;
  Relation target;
  std::vector<std::string> columns;
  Services services;
  std::string code_hash;
  LoadedLedger previous;
  HashAhead hashes;

  std::optional<bool> same_text_;
  std::optional<QueryInputs> inputs_;
  std::optional<std::vector<Source>> sources_;
  std::optional<std::vector<SourceChanges>> changes_;
  std::optional<Reason> distrust_;
  std::optional<Reason> distrust_but_tables_;
  std::optional<Reason> bound_change_;
  std::optional<Analysis> analysis_;
  std::map<std::string, Wanted> wanted_;  // by lower-case name
};

ModelLedger::ModelLedger(ModelQuery query, Relation target, std::vector<std::string> columns, const std::optional<TableState>& state, Services services)
    : state_(std::make_unique<State>(std::move(query), std::move(target), std::move(columns), state, services)) {}
ModelLedger::~ModelLedger() = default;
ModelLedger::ModelLedger(ModelLedger&&) noexcept = default;

AffectedPartitions ModelLedger::affected(const std::string& column) { return state_->affected(column, false); }
AffectedPartitions ModelLedger::affected_by_files(const std::string& column) { return state_->affected(column, true); }

std::vector<LedgerTable> ModelLedger::changed_tables() {
  std::vector<LedgerTable> out;
  if (!state_->previous.ledger) return out;
  for (const LedgerTable& table : state_->previous.ledger->tables) {
    if (table_change(state_->query, {table})) out.push_back(table);
  }
  return out;
}

const Reason& ModelLedger::distrust_but_tables() { return state_->distrust_but_tables(); }

const std::vector<SourceChanges>& ModelLedger::changes() {
  if (!state_->changes_) {
    state_->changes_.emplace();
    for (const Source& source : state_->sources()) state_->changes_->push_back(source.changes);
  }
  return *state_->changes_;
}

const Reason& ModelLedger::distrust() { return state_->distrust(); }
const LoadedLedger& ModelLedger::previous() const { return state_->previous; }
void ModelLedger::begin() { state_->begin(); }
Json ModelLedger::commit() { return state_->commit(); }
void ModelLedger::check_unchanged() { state_->check_unchanged(); }

}  // namespace tidemark::ledger
