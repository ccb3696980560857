// incremental_strategy='microbatch': batch after batch, each an atomic replacement of its event times.
#include <atomic>
#include <mutex>
#include <regex>
#include <thread>

#include <fmt/format.h>

#include "base/strings.h"
#include "run/batch_rows.h"
#include "run/contract.h"
#include "run/error_place.h"
#include "run/node_options.h"
#include "run/publish.h"
#include "run/schema_change.h"

namespace tidemark::run {

namespace {

enum class BatchStatus { kWaiting, kDone, kFailed };

class Microbatch {
 public:
  explicit Microbatch(NodeWork& work)
      : work_(work), options_(microbatch_options(work.node)), plan_(plan_batches(work.run, work.host, work.node, options_)), status_(plan_.batches.size()) {}

  void run() {
    work_.result.strategy = "microbatch";
    work_.result.reason = plan_.reason;
    work_.result.counts.rows_written = 0;
    if (plan_.batches.empty()) return finish();
    work_.host.files().begin();
    run_batch(0, work_.host);
    if (status_[0] == BatchStatus::kDone) {
      run_middle();
      if (plan_.batches.size() > 1) run_batch(plan_.batches.size() - 1, work_.host);
    } else {
      for (size_t i = 1; i < plan_.batches.size() && !fault_; ++i) tell_end(i, "SKIPPED", 0);
    }
    if (fault_) throw Error(*fault_);
    work_.note_reads();
    finish();
  }

 private:
  // ---- in what order

  // All but the first and the last.
  void run_middle() {
    const size_t last = plan_.batches.size() - 1;
    const size_t workers = at_once() ? std::min<size_t>(static_cast<size_t>(std::max(1, work_.run.context.options.threads)), last > 1 ? last - 1 : 0) : 0;
    if (workers < 2) {
      for (size_t i = 1; i < last; ++i) run_batch(i, work_.host);
      return;
    }
    std::atomic<size_t> next{1};
    std::vector<std::thread> threads;
    for (size_t worker = 0; worker < workers; ++worker) {
      threads.emplace_back([this, worker, last, &next] {
        RunHost host(work_.run, fmt::format("{}.{}", work_.host.thread_name(), worker + 1));
        host.work_on(&work_.node);
        for (size_t i = next++; i < last; i = next++) run_batch(i, host);
        host.work_on(nullptr);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }

  // A model that reads its own table needs one batch after the other.
  bool at_once() const {
    static const std::regex kThis(R"(\bthis\b)");
    if (!work_.run.context.adapter.capabilities().concurrent_sessions) return false;
    return options_.concurrent.value_or(!std::regex_search(work_.node.raw_code, kThis));
  }

  // ---- one batch

  std::string name_of(size_t index) const { return batch_name(options_.size, plan_.batches[index].begin); }

  void run_batch(size_t index, RunHost& host) {
    if (work_.run.context.cancelled || fault_) return;
    work_.run.context.events.emit(batch_start_line(work_.node, name_of(index), index + 1, plan_.batches.size()));
    const Stopwatch watch;
    compile::Compiled compiled;
    try {
      compiled = compile_batch(index, host);
      write_batch(index, host, compiled);
      tell_end(index, "OK", watch.seconds());
    } catch (const Error& error) {
      fail(index, compiled.node ? at_model(error, compiled) : error, watch.seconds());
    }
  }

  void fail(size_t index, const Error& error, double seconds) {
    const std::lock_guard lock(mutex_);
    if (error.code() == "TM5102") {
      // The files must be looked at again, so the whole node is.
      if (!fault_) fault_ = error;
      return;
    }
    status_[index] = BatchStatus::kFailed;
    if (first_error_.empty()) first_error_ = fmt::format("batch {}: {}", name_of(index), render_error(error));
    work_.run.context.events.error("BatchError", fmt::format("batch {} of {}\n{}", name_of(index), work_.node.unique_id, render_error(error)),
                                   Json{{"code", error.code()}, {"unique_id", work_.node.unique_id}, {"batch", name_of(index)}});
    tell_end(index, "ERROR", seconds);
  }

  void tell_end(size_t index, const std::string& status, double seconds) {
    work_.run.context.events.emit(batch_end_line(work_.node, name_of(index), index + 1, plan_.batches.size(), status, seconds));
  }

  compile::Compiled compile_batch(size_t index, RunHost& host) {
    compile::CompileOptions options;
    options.empty = work_.run.context.options.empty;
    options.sample = work_.run.context.options.sample;
    options.batch = compile::BatchContext{batch_id(options_.size, plan_.batches[index].begin), plan_.batches[index]};
    compile::Compiled compiled = work_.run.context.compiler.compile(work_.node, host, options);
    const std::lock_guard lock(mutex_);
    work_.result.batch_code.emplace_back(name_of(index), compiled.node->compiled_code);
    return compiled;
  }

  void write_batch(size_t index, RunHost& host, const compile::Compiled& compiled) {
    NodeResult own;
    own.strategy = work_.result.strategy;
    own.reason = work_.result.reason;
    NodeWork batch{work_.run, host, work_.node, compiled, own};
    const EventWindow& window = plan_.batches[index];
    Session& session = host.session();
    const std::string sql = with_contract(batch, compiled.node->compiled_code);
    const std::vector<ColumnType> columns = session.stored_columns(session.describe(sql));
    const bool makes_table = index == 0 && !plan_.is_incremental;
    SchemaChange change;
    if (!makes_table) {
      change = reconcile_columns(on_schema_change_from(work_.node.config.text("on_schema_change", "ignore")), session.columns(work_.node.relation()), columns,
                                 work_.node.name, session.quote_character());
    }
    PublishRequest request;
    request.mode = makes_table ? WriteMode::kReplace : WriteMode::kReplaceRange;
    const std::string rows = batch_rows_sql(session, sql, columns, options_.event_time, window, request.range);
    request.new_columns = change.new_columns;
    Layout layout = layout_of(work_.node);
    if (layout.cluster_by.empty() && layout.partition_folders.empty()) layout.cluster_by = {request.range.column};
    request.cluster_by = layout.cluster_by;
    request.partition_folders = layout.partition_folders;
    std::unique_ptr<Staged> staged =
        session.stage({.sql = select_columns(change.select_list, rows), .cluster_by = layout.cluster_by, .partition_folders = layout.partition_folders});
    batch.note_reads();
    check_constraints(batch, *staged);
    const std::lock_guard lock(mutex_);
    if (fault_) return;
    request.commit = Json{{"microbatch", to_json(state_without(index))}};
    publish(batch, std::move(staged), std::move(request), [this] { return work_.host.files().commit(); });
    status_[index] = BatchStatus::kDone;
    add_counts(own.counts);
  }

  // What is left to do once this batch is published too.
  BatchState state_without(size_t index) const {
    BatchState out = plan_.after;
    for (size_t i = 0; i < status_.size(); ++i) {
      if (i != index && status_[i] != BatchStatus::kDone) out.pending.push_back(plan_.batches[i]);
    }
    std::sort(out.pending.begin(), out.pending.end());
    std::vector<EventWindow> joined;
    for (const EventWindow& window : out.pending) {
      if (!joined.empty() && window.begin <= joined.back().end) {
        joined.back().end = std::max(joined.back().end, window.end);
      } else {
        joined.push_back(window);
      }
    }
    out.pending = std::move(joined);
    return out;
  }

  void add_counts(const NodeCounts& counts) {
    NodeCounts& all = work_.result.counts;
    all.rows_written += std::max<int64_t>(0, counts.rows_written);
    all.files_read = std::max(all.files_read, counts.files_read);
    all.rows_read = std::max<int64_t>(0, all.rows_read) + std::max<int64_t>(0, counts.rows_read);
    all.bytes_read = std::max<int64_t>(0, all.bytes_read) + std::max<int64_t>(0, counts.bytes_read);
  }

  // ---- the node's result

  void finish() {
    BatchResults batches;
    for (size_t i = 0; i < status_.size(); ++i) (status_[i] == BatchStatus::kDone ? batches.successful : batches.failed).push_back(plan_.batches[i]);
    const size_t done = batches.successful.size();
    const auto retried = work_.run.context.options.retried.find(work_.node.unique_id);
    if (batches.failed.empty()) {
      work_.result.message = "SUCCESS";
    } else if (done == 0) {
      work_.result.status = RunStatus::kError;
      work_.result.message = work_.run.context.cancelled ? "cancelled" : first_error_;
    } else {
      work_.result.status = RunStatus::kPartialSuccess;
      work_.result.message = fmt::format("PARTIAL SUCCESS ({}/{})", done, status_.size());
    }
    if (retried != work_.run.context.options.retried.end())
      batches.successful.insert(batches.successful.end(), retried->second.successful.begin(), retried->second.successful.end());
    work_.result.counts.partitions_written = static_cast<int64_t>(done);
    work_.result.failures = 0;
    work_.result.batches = std::move(batches);
  }

  NodeWork& work_;
  const MicrobatchOptions options_;
  const BatchPlan plan_;
  std::mutex mutex_;
  std::vector<BatchStatus> status_;
  std::string first_error_;
  std::optional<Error> fault_;
};

}  // namespace

void materialize_microbatch(NodeWork& work) { Microbatch(work).run(); }

}  // namespace tidemark::run
