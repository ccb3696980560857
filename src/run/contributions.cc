#include "run/contributions.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "adapter/table.h"
#include "base/file_system.h"
#include "base/hash.h"
#include "run/publish.h"

namespace tidemark::run {

namespace {

using Ids = std::set<int64_t>;

// What reading a table says of data files that are gone, cannot be read, or are no Parquet files.
constexpr std::string_view kSpoiled[] = {"TM4214", "TM4113", "TM4112"};

constexpr int64_t kManyFiles = 16;  // every late file adds one, and each is opened by every later run

// Files of this run by id, with the scan that reads them.
struct Wanted {
  std::string scan;
  ledger::SourceFile file;
};

std::map<int64_t, Wanted> wanted_files(NodeWork& work, MaintainedModel& model) {
  std::map<int64_t, Wanted> out;
  const std::vector<std::string>& below = model.maintenance().cut->scans;
  for (const sql::FileScan& scan : model.scans()) {
    if (std::find(below.begin(), below.end(), scan.key()) == below.end()) continue;
    for (const ledger::SourceFile& file : model.observed(scan)) {
      const int64_t id = plan::content_id(scan.key(), file.path, work.run.context.observation.hash(file));
      out[id] = {scan.key(), file};
    }
  }
  return out;
}

// Of the files that the committed result holds.
Ids committed_ids(NodeWork& work) {
  Ids out;
  const ledger::LoadedLedger* before = work.host.files().previous();
  if (before == nullptr || !before->ledger) return out;
  for (const ledger::LedgerSource& source : before->ledger->sources) {
    for (const auto& [path, file] : source.files) out.insert(plan::content_id(source.key, path, file.hash));
  }
  return out;
}

// What the table must say of itself so that its rows count.
Reason distrust(MaintainedModel& model, const std::optional<TableState>& state, const std::string& key) {
  const Json committed = model.committed_contributions();
  if (!model.state()) return make_reason("first_build");
  if (committed.is_null()) return make_reason("contributions_missing", "the result's commit names none");
  if (!state || !state->own || !state->own->contains("contributions")) return make_reason("contributions_missing");
  if (state->foreign_since_own) return make_reason("contributions_missing", "somebody else has changed them");
  const Json& own = (*state->own)["contributions"];
  if (own.value("generation", "") != committed.value("generation", "") || state->version < committed.value("version", int64_t{-1}))
    return make_reason("contributions_missing", "they are not those that the result was derived from");
  if (own.value("key", "") != key) return model.other_key();
  return {};
}

// Ids in the table; nullopt, with the reason, where its data files are gone or spoiled.
std::optional<Ids> present_ids(Session& session, const std::string& table, Reason& fault) {
  Ids out;
  try {
    for (const Row& row : session.query("SELECT DISTINCT file_id FROM " + table).rows) out.insert(row.at(0).as_integer());
  } catch (const Error& error) {
    if (std::find(std::begin(kSpoiled), std::end(kSpoiled), error.code()) == std::end(kSpoiled)) throw;
    fault = make_reason("contributions_missing", "they cannot be read: " + error.message());
    return std::nullopt;
  }
  return out;
}

}  // namespace

Reason contributions_fault(Session& session, MaintainedModel& model) {
  return distrust(model, session.state(model.contribution_table()), model.contribution_key());
}

namespace {

// ---- by ranges of a key

// The values of the key that each file has, by its id.
using Spans = std::map<int64_t, plan::KeySpan>;

Json to_json(const Spans& spans) {
  Json out = Json::object();
  for (const auto& [id, span] : spans) out[std::to_string(id)] = Json::array({span.low, span.high, span.nulls});
  return out;
}

Spans spans_from(const Json& json) {
  Spans out;
  for (const auto& [id, span] : json.items()) out[std::stoll(id)] = {span.at(0).get<int64_t>(), span.at(1).get<int64_t>(), span.at(2).get<bool>()};
  return out;
}

// Reads the keys of these files.
Spans read_spans(NodeWork& work, MaintainedModel& model, const std::map<int64_t, Wanted>& files) {
  Spans out;
  Session& session = work.host.inner();
  for (const auto& [id, one] : files) out[id];
  for (const plan::KeyedScan& keyed : model.maintenance().cut->keyed->scans) {
    std::vector<int64_t> ids;
    std::vector<std::string> paths;
    for (const auto& [id, one] : files) {
      if (one.scan != keyed.scan->scan.key()) continue;
      ids.push_back(id);
      paths.push_back(one.file.path);
    }
    if (paths.empty()) continue;
    for (const Row& row : session.query(plan::spans_sql(*model.maintenance().query, keyed, paths, session.parser())).rows) {
      plan::KeySpan span;
      if (!row.at(1).is_null()) span = {row.at(1).as_integer(), row.at(2).as_integer(), false};
      span.nulls = row.at(3).as_bool();
      out[ids.at(static_cast<size_t>(row.at(0).as_integer()))].add(span);
    }
  }
  return out;
}

constexpr int64_t kRanges = 512;  // of a first build: a late file touches few, and there are few rows a group

int64_t width_for(const Spans& spans) {
  plan::KeySpan all;
  for (const auto& [id, span] : spans) all.add(span);
  if (all.low > all.high) return 1;
  return std::max<int64_t>(1, all.high / kRanges - all.low / kRanges);
}

// Ranges that the table has and that are to be made anew, as partitions.
PartitionSet stored_ranges(const Ids& present, const plan::KeyRanges& ranges) {
  PartitionSet out{.columns = {"file_id"}};
  for (const int64_t id : present) {
    if (ranges.has(id)) out.values.push_back({std::to_string(id)});
  }
  return out;
}

Contributed contribute_by_key(NodeWork& work, MaintainedModel& model, bool full_refresh) {
  Session& session = work.host.inner();
  const plan::Cut& cut = *model.maintenance().cut;
  const Relation table = model.contribution_table();
  const std::optional<TableState> state = session.state(table);
  const std::string key = model.contribution_key();
  Contributed out;
  out.table = table.render();
  out.changed.reset();
  out.reason = full_refresh ? make_reason("full_refresh") : distrust(model, state, key);
  const Json own = state && state->own ? state->own->value("contributions", Json::object()) : Json::object();
  if (!out.reason && !own.contains("spans")) out.reason = make_reason("contributions_missing");
  const std::optional<Ids> present = out.reason ? std::nullopt : present_ids(session, out.table, out.reason);

  const std::map<int64_t, Wanted> wanted = wanted_files(work, model);
  const Spans before = out.reason ? Spans() : spans_from(own["spans"]);
  std::map<int64_t, Wanted> unknown;
  for (const auto& [id, one] : wanted) {
    if (!before.contains(id)) unknown[id] = one;
  }
  Spans spans = read_spans(work, model, unknown);
  int64_t width = out.reason ? 1 : own.value("width", int64_t{1});
  plan::KeyRanges ranges;
  for (const auto& [id, span] : spans) ranges.add(span, width);
  for (const auto& [id, span] : before) {
    if (wanted.contains(id)) {
      spans[id] = span;
    } else {
      ranges.add(span, width);
    }
  }
  plan::ContributingFiles files;
  std::vector<ledger::SourceFile> read;
  const auto choose = [&](bool all) {
    files.clear();
    read.clear();
    for (const auto& [id, one] : wanted) {
      if (!all && !ranges.meets(spans.at(id), width)) continue;
      files[one.scan].push_back({one.file.path, id});
      read.push_back(one.file);
    }
  };
  choose(bool(out.reason));
  if (!out.reason && read.size() == wanted.size() && !wanted.empty() && !ranges.empty()) out.reason = make_reason("keys_everywhere");
  out.rebuilt = bool(out.reason);
  int64_t version = state ? state->version : -1;
  std::string generation = own.value("generation", "");
  if (out.rebuilt) {
    width = width_for(spans);
    generation = random_uuid();
  }
  if (out.rebuilt || !ranges.empty() || before.size() != spans.size() || !unknown.empty()) {
    const std::string sql = plan::keyed_contributions_sql(*model.maintenance().query, cut, files, width, out.rebuilt ? nullptr : &ranges, session.parser());
    std::unique_ptr<Staged> staged = session.stage({.sql = sql, .cluster_by = {"file_id"}});
    work.run.context.observation.check_unchanged(read);
    PublishRequest request;
    request.target = table;
    request.mode = out.rebuilt ? WriteMode::kReplace : WriteMode::kReplacePartitions;
    if (!out.rebuilt) request.partitions = stored_ranges(*present, ranges);
    request.cluster_by = {"file_id"};
    const Json stated{{"generation", generation}, {"key", key}, {"width", width}, {"spans", to_json(spans)}};
    request.commit = Json{{"node", work.node.unique_id}, {"invocation", work.run.context.invocation_id}, {"contributions", stated}};
    crash_point("run.contributions.staged");
    if (!state) session.create_schema(table.database, table.schema);
    version = session.publish(std::move(staged), request).version;
    crash_point("run.contributions.published");
  }
  out.files_read = static_cast<int64_t>(read.size());
  out.reference = Json{{"relation", out.table}, {"generation", generation}, {"version", version}, {"key", key}};
  return out;
}

}  // namespace

Contributed contribute(NodeWork& work, MaintainedModel& model, bool full_refresh) {
  Session& session = work.host.inner();
  const plan::Cut& cut = *model.maintenance().cut;
  if (cut.keyed) return contribute_by_key(work, model, full_refresh);
  const Relation table = model.contribution_table();
  const std::optional<TableState> state = session.state(table);
  const std::string key = model.contribution_key();
  Contributed out;
  out.table = table.render();
  out.reason = full_refresh ? make_reason("full_refresh") : distrust(model, state, key);
  std::optional<Ids> present = out.reason ? std::nullopt : present_ids(session, out.table, out.reason);
  out.rebuilt = !present;
  if (!present) present.emplace();

  const std::map<int64_t, Wanted> wanted = wanted_files(work, model);
  const Ids committed = out.rebuilt ? Ids() : committed_ids(work);
  plan::ContributingFiles missing;
  std::vector<ledger::SourceFile> read;
  PartitionSet replaced{.columns = {"file_id"}};
  for (const auto& [id, one] : wanted) {
    if (present->contains(id) || committed.contains(id)) continue;
    missing[one.scan].push_back({one.file.path, id});
    read.push_back(one.file);
    replaced.values.push_back({std::to_string(id)});
  }
  int64_t version = state ? state->version : -1;
  std::string generation = out.rebuilt ? random_uuid() : model.committed_contributions().value("generation", "");
  if (out.rebuilt || !missing.empty()) {
    std::unique_ptr<Staged> staged =
        session.stage({.sql = plan::contributions_sql(*model.maintenance().query, cut, missing, session.parser()), .cluster_by = {"file_id"}});
    work.run.context.observation.check_unchanged(read);
    // What neither this run's result nor the committed one can need goes along.
    for (auto it = present->begin(); it != present->end();) {
      const bool needed = wanted.contains(*it) || committed.contains(*it);
      if (!needed) replaced.values.push_back({std::to_string(*it)});
      it = needed ? std::next(it) : present->erase(it);
    }
    PublishRequest request;
    request.target = table;
    request.mode = out.rebuilt ? WriteMode::kReplace : WriteMode::kReplacePartitions;
    if (!out.rebuilt) request.partitions = replaced;
    request.cluster_by = {"file_id"};
    request.commit =
        Json{{"node", work.node.unique_id}, {"invocation", work.run.context.invocation_id}, {"contributions", Json{{"generation", generation}, {"key", key}}}};
    crash_point("run.contributions.staged");
    if (!state) session.create_schema(table.database, table.schema);
    version = session.publish(std::move(staged), request).version;
    crash_point("run.contributions.published");
  }
  out.files_read = static_cast<int64_t>(read.size());
  for (const auto& [id, one] : wanted) {
    if (!committed.contains(id)) out.changed->push_back(id);
  }
  for (const int64_t id : committed) {
    if (!wanted.contains(id)) out.changed->push_back(id);
  }
  for (const int64_t id : *present) {
    if (!wanted.contains(id)) out.filter.ids.push_back(id);
  }
  out.reference = Json{{"relation", out.table}, {"generation", generation}, {"version", version}, {"key", key}};
  return out;
}

void compact_contributions(NodeWork& work, const MaintainedModel& model) {
  try {
    work.host.inner().compact({.table = model.contribution_table(), .cluster_by = {"file_id"}, .least_files = kManyFiles});
    crash_point("run.contributions.compacted");
  } catch (const Error& error) {  // the result is published: the next run tries again
    work.run.context.events.warn("Warning", render_error(error, "warning"), Json{{"code", error.code()}});
  }
}

}  // namespace tidemark::run
