#include "app/vacuum.h"

#include <fmt/format.h>

#include "adapter/lake/lake_adapter.h"
#include "app/workplace.h"
#include "base/strings.h"

namespace tidemark::app {

namespace {

// A rendered name, "database"."schema"."identifier", taken apart.
Relation relation_of(const std::string& rendered) {
  std::vector<std::string> parts(1);
  bool quoted = false;
  for (size_t i = 0; i < rendered.size(); ++i) {
    const char c = rendered[i];
    if (c == '"' && quoted && i + 1 < rendered.size() && rendered[i + 1] == '"') {
      parts.back() += '"';
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == '.' && !quoted) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  Relation out;
  out.identifier = parts.back();
  if (parts.size() > 1) out.schema = parts[parts.size() - 2];
  if (parts.size() > 2) out.database = parts[parts.size() - 3];
  return out;
}

// The ledger of a commit, the versions of tables that it was made from, and its contributions' version.
VacuumKeep kept_by(const ledger::LedgerStore& ledgers, const std::string& database, const Json& commit) {
  VacuumKeep keep;
  const auto reference = ledger::LedgerReference::from_json(commit);
  if (!reference) return keep;
  const auto pin = [&](const std::string& name, int64_t version) {
    const Relation relation = relation_of(name);
    const bool is_here = relation.database.empty() || equals_ignore_case(relation.database, database);
    if (is_here && version >= 0) keep.versions.emplace_back(relation, version);
  };
  try {
    keep.ledgers = ledgers.chain(*reference);
    const ledger::Ledger ledger = ledgers.load(*reference);
    for (const ledger::LedgerTable& table : ledger.tables) pin(table.name, table.version);
    if (!ledger.contribution.relation.empty()) pin(ledger.contribution.relation, ledger.contribution.version);
  } catch (const Error& error) {
    // a ledger that is gone or damaged is never trusted again: nothing needs what it referred to
    if (!error.code().starts_with("TM52")) throw;
  }
  return keep;
}

std::string files_text(int64_t files, int64_t bytes) {
  return fmt::format("{} {}, {}", files, files == 1 ? "file" : "files", format_bytes(static_cast<uint64_t>(bytes)));
}

void report(const Invocation& invocation, const Terminal& terminal, const std::string& place, const VacuumReport& removed) {
  int64_t files = 0;
  for (const VacuumReport::Part& part : removed.parts) {
    files += part.files;
    terminal.events.info("VacuumPart", fmt::format("{}: {}", part.name, files_text(part.files, part.bytes)),
                         Json{{"name", part.name}, {"files", part.files}, {"bytes", part.bytes}});
  }
  for (const std::string& path : removed.paths) terminal.events.debug("VacuumFile", path);
  const std::string what = files == 0 ? "nothing" : files_text(files, removed.bytes());
  terminal.events.info("VacuumFinished", fmt::format("{} {} of {}", invocation.dry_run ? "Would remove" : "Removed", what, place),
                       Json{{"files", files}, {"bytes", removed.bytes()}, {"dry_run", invocation.dry_run}});
}

}  // namespace

int vacuum(const Invocation& invocation, const Terminal& terminal) {
  const OpenProject open = open_project(invocation, terminal);
  Workplace work(invocation, terminal, open, {});
  auto* lake = dynamic_cast<LakeAdapter*>(&work.adapter());
  if (lake == nullptr) throw Error("TM6020", fmt::format("there is nothing to vacuum in {}: it keeps no old versions of tables", work.place()));
  const ledger::LedgerStore& ledgers = work.context().ledgers;
  VacuumRequest request;
  request.retain_hours = invocation.retain_hours;
  request.dry_run = invocation.dry_run;
  request.ledgers = ledgers.folder();
  request.keep_of = [&](const Json& commit) { return kept_by(ledgers, lake->database(), commit); };
  // a dry run writes nothing, so it needs no turn
  const std::unique_ptr<WarehouseLock> lock = invocation.dry_run ? nullptr : work.lock();
  report(invocation, terminal, work.place(), lake->vacuum(request));
  return kExitOk;
}

}  // namespace tidemark::app
