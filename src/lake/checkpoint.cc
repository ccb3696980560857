#include "lake/checkpoint.h"

#include <fmt/format.h>

#include "base/clock.h"
#include "base/file_system.h"
#include "base/hash.h"

namespace tidemark::lake {

void write_saved_snapshot(const Snapshot& snapshot) {
  write_file_durable(snapshot.folder / "_delta_log" / fmt::format("{:020}.tidemark", snapshot.version), save_snapshot(snapshot));
}

void write_checkpoint(const Snapshot& snapshot, ParquetIo& parquet, int64_t retain_ms) {
  std::vector<Json> actions{Json{{"protocol", to_json(snapshot.protocol)}}, Json{{"metaData", to_json(snapshot.metadata)}}};
  for (const auto& [app, version] : snapshot.transactions) actions.push_back(Json{{"txn", {{"appId", app}, {"version", version}}}});
  for (const auto& [domain, value] : snapshot.domains) actions.push_back(Json{{"domainMetadata", value}});
  for (const auto& [path, file] : snapshot.files) {
    AddFile add = file;
    add.data_change = false;
    actions.push_back(Json{{"add", to_json(add)}});
  }
  const int64_t horizon = to_epoch_ms(wall_now()) - retain_ms;
  for (const auto& [path, file] : snapshot.tombstones) {
    if (file.deleted_ms < horizon) continue;
    RemoveFile remove = file;
    remove.data_change = false;
    actions.push_back(Json{{"remove", to_json(remove)}});
  }
  const fs::path log = snapshot.folder / "_delta_log";
  const fs::path temporary = log / fmt::format(".{}.checkpoint.tmp", random_uuid());
  crash_point("lake.checkpoint.write");
  const int64_t bytes = parquet.write_checkpoint(temporary, actions);
  fs::rename(temporary, log / fmt::format("{:020}.checkpoint.parquet", snapshot.version));
  crash_point("lake.checkpoint.renamed");
  write_file_durable(
      log / "_last_checkpoint",
      dump_json(Json{{"version", snapshot.version}, {"size", actions.size()}, {"sizeInBytes", bytes}, {"numOfAddFiles", snapshot.files.size()}}));
  write_saved_snapshot(snapshot);
}

}  // namespace tidemark::lake
