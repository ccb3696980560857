#include "run/verify_nodes.h"

#include <algorithm>
#include <charconv>
#include <random>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/strings.h"
#include "run/batch_rows.h"
#include "run/error_place.h"
#include "run/host.h"
#include "run/maintained_truth.h"
#include "run/node_options.h"

namespace tidemark::run {

namespace {

using verify::Certificate;
using verify::Verdict;

constexpr double kTolerance = 1e-9;

// What of a table is looked at: everything, or some values of its first partition column.
struct Scope {
  bool is_all = true;
  std::string column;
  std::vector<std::string> values;  // SQL literals
};

struct Sampling {
  bool affected = false;
  int64_t sample = -1;  // partitions to draw
};

Sampling parse_partitions(const std::string& text) {
  if (text == "all") return {};
  if (text == "affected") return {.affected = true};
  Sampling out;
  const std::string number = text.starts_with("sample:") ? text.substr(7) : "";
  const auto [end, fault] = std::from_chars(number.data(), number.data() + number.size(), out.sample);
  if (number.empty() || fault != std::errc() || end != number.data() + number.size() || out.sample < 1)
    throw Error("TM6401", fmt::format("--partitions is '{}'", text)).hint("all, affected, or sample:N with the number of partitions to draw");
  return out;
}

// Drawn by the table's version: the same check of the same table looks at the same partitions.
std::vector<std::string> draw(std::vector<std::string> values, int64_t count, int64_t version) {
  std::mt19937_64 random(static_cast<uint64_t>(version));
  std::shuffle(values.begin(), values.end(), random);
  if (static_cast<int64_t>(values.size()) > count) values.resize(static_cast<size_t>(count));
  std::sort(values.begin(), values.end());
  return values;
}

// Values of the column in the files of the ledger; nullptr: not kept.
const std::vector<std::string>* kept_values(const ledger::LoadedLedger* previous, const std::string& column) {
  if (previous == nullptr || !previous->ledger) return nullptr;
  const int index = previous->ledger->find_column(column);
  return index < 0 ? nullptr : &previous->ledger->columns[static_cast<size_t>(index)].values;
}

std::string restricted(const std::string& sql, const Scope& scope) {
  if (scope.is_all) return sql;
  const ledger::AffectedPartitions predicate{.is_all = false, .reason = {}, .column = scope.column, .values = scope.values};
  return fmt::format("select * from (\n{}\n) as tm_checked where {}", sql, predicate.predicate());
}

class Check {
 public:
  Check(RunState& run, RunHost& host, const Node& node, const Sampling& sampling) : run_(run), host_(host), node_(node), sampling_(sampling) {
    certificate_.model = node.unique_id;
    certificate_.name = node.name;
    certificate_.relation = node.relation().render();
    certificate_.materialized = node.config.materialized();
    certificate_.engine = run.context.adapter.capabilities().engine;
    certificate_.started_at = wall_now();
  }

  Certificate check() {
    const Stopwatch watch;
    compile::Compiled compiled;
    try {
      host_.work_on(&node_);
      if (!is_left_out()) check_table(compiled);
    } catch (const Error& error) {
      certificate_.verdict = Verdict::kError;
      certificate_.note = render_error(compiled.node ? at_model(error, compiled) : error);
    }
    host_.work_on(nullptr);
    certificate_.seconds = watch.seconds();
    return std::move(certificate_);
  }

 private:
  bool leave_out(std::string why) {
    certificate_.verdict = Verdict::kLeftOut;
    certificate_.note = std::move(why);
    return true;
  }

  bool is_left_out() {
    if (node_.type == ResourceType::kSnapshot) return leave_out("a snapshot keeps rows that its query no longer gives");
    if (compile::is_microbatch(node_) && host_.inner().translates()) return leave_out("batches are not computed anew on this engine");
    if (certificate_.materialized == "view") return leave_out("a view holds no rows");
    if (run_.context.compiler.is_custom_materialization(certificate_.materialized)) return leave_out("a materialization of the project's own");
    const std::optional<Relation> found = host_.find_relation(node_.relation());
    if (!found) return leave_out("it has not been built yet");
    return false;
  }

  void check_table(compile::Compiled& compiled) {
    const bool maintained = certificate_.materialized == "materialized_view";
    Session& session = host_.session().translates() ? host_.inner() : host_.session();
    if (const auto state = session.state(node_.relation())) {
      certificate_.table_version = state->version;
      certificate_.committed_at_ms = state->committed_at_ms;
    }
    const bool batches = compile::is_microbatch(node_);
    if (!batches) {
      compile::CompileOptions options;
      options.incremental = false;
      compiled = run_.context.compiler.compile(node_, host_, options);
    }
    std::string truth = batches      ? microbatch_truth(run_, host_, node_)
                        : maintained ? maintained_truth(run_, session, node_, compiled)
                                     : compiled.node->compiled_code;
    certificate_.truth_hash = xxh128_hex(truth);
    std::unique_ptr<Staged> staged;
    if (session.translates()) {  // SQL of the engine's own cannot stand in SQL of plans: by name it can
      const bool is_own = truth == compiled.node->compiled_code;
      staged = (is_own ? host_.session() : session).stage({.sql = truth, .cluster_by = {}, .partition_folders = {}});
      truth = "select * from " + staged->scan();
    }
    const bool exact = maintained && run_.context.adapter.capabilities().exact_doubles;
    certificate_.relative_tolerance = exact ? 0 : kTolerance;
    look_at_files();
    compare(session, truth, choose_scope());
    certificate_.verdict = !certificate_.changes.empty()      ? Verdict::kStale
                           : !certificate_.comparison.equal() ? Verdict::kDrift
                           : exact                            ? Verdict::kExact
                                                              : Verdict::kEqual;
  }

  // All files are hashed: one whose times were set back is found too.
  void look_at_files() {
    const ledger::LoadedLedger* previous = host_.files().previous();
    for (const ledger::SourceChanges& source : host_.files().changes()) {
      for (const ledger::SourceFile& file : source.unchanged) add_input(file, previous, true);
      for (const ledger::SourceFile& file : source.to_read) add_input(file, previous, false);
      if (previous == nullptr || !previous->ledger) continue;
      for (const ledger::FileChange& change : source.changes) {
        if (change.kind != ledger::ChangeKind::kTouched) certificate_.changes.push_back(change);
      }
    }
    std::sort(certificate_.inputs.begin(), certificate_.inputs.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  }

  void add_input(const ledger::SourceFile& file, const ledger::LoadedLedger* previous, bool should_be_known) {
    const std::string hash = run_.context.observation.hash(file);
    certificate_.inputs.push_back({file.path, file.stat.size, hash});
    if (!should_be_known || previous == nullptr || !previous->ledger) return;
    for (const ledger::LedgerSource& source : previous->ledger->sources) {
      const auto known = source.files.find(file.path);
      if (known != source.files.end() && !known->second.hash.empty() && known->second.hash != hash) {
        certificate_.changes.push_back({ledger::ChangeKind::kReplaced, file.path, "", file.stat.size});
        return;
      }
    }
  }

  Scope choose_scope() {
    const std::vector<std::string> columns = partition_columns(node_);
    certificate_.partition_columns = columns;
    certificate_.checked = "all";
    if ((!sampling_.affected && sampling_.sample < 0) || columns.empty()) return {};
    Scope scope{.is_all = false, .column = columns.front(), .values = {}};
    if (sampling_.affected) {
      const ledger::AffectedPartitions affected = host_.files().affected(scope.column);
      if (affected.is_all) return {};
      scope.values = affected.values;
      certificate_.checked = "affected";
    } else {
      const std::vector<std::string>* values = kept_values(host_.files().previous(), scope.column);
      if (values == nullptr) return {};
      scope.values = draw(*values, sampling_.sample, certificate_.table_version);
      certificate_.checked = fmt::format("sample:{}", sampling_.sample);
    }
    certificate_.partitions = static_cast<int64_t>(scope.values.size());
    return scope;
  }

  void compare(Session& session, const std::string& truth, const Scope& scope) {
    verify::CompareRequest request;
    request.columns = session.columns(node_.relation());
    request.published = restricted("select * from " + node_.relation().render(), scope);
    std::vector<std::string> names;
    for (const ColumnType& column : request.columns) names.push_back(fmt::format("cast({0} as {1}) as {0}", quote_identifier(column.name), column.type));
    request.truth = restricted(fmt::format("select {} from (\n{}\n) as tm_truth", join(names, ", "), truth), scope);
    request.partition_columns = certificate_.partition_columns;
    request.relative_tolerance = certificate_.relative_tolerance;
    certificate_.comparison = verify::compare(session, request);
    certificate_.result_hash = verify::result_hash(session, request.published, request.columns);
  }

  RunState& run_;
  RunHost& host_;
  const Node& node_;
  const Sampling& sampling_;
  Certificate certificate_;
};

bool is_checked(const Node& node) { return (node.type == ResourceType::kModel && !node.is_ephemeral()) || node.type == ResourceType::kSnapshot; }

}  // namespace

std::vector<Certificate> verify_nodes(RunContext& context, const graph::SubgraphOrder& order, const VerifyRequest& request,
                                      const std::function<void(const Certificate&)>& done) {
  const Sampling sampling = parse_partitions(request.partitions);
  RunState state(context);
  state.watch.start();
  RunHost host(state, "MainThread");
  std::vector<Certificate> out;
  for (const std::string& id : order.order) {
    const NodePtr node = context.compiler.project().manifest.find(id);
    if (!node || !is_checked(*node)) continue;
    if (context.cancelled) break;
    out.push_back(Check(state, host, *node, sampling).check());
    done(out.back());
  }
  return out;
}

}  // namespace tidemark::run
