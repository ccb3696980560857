#include "run/batch_plan.h"

#include <algorithm>
#include <charconv>
#include <set>

#include <fmt/format.h>

#include "run/batch_inputs.h"
#include "run/node_options.h"

namespace tidemark::run {

namespace {

using Windows = std::set<EventWindow>;

// Neighbours become one.
std::vector<EventWindow> joined(const Windows& windows) {
  std::vector<EventWindow> out;
  for (const EventWindow& window : windows) {
    if (!out.empty() && window.begin <= out.back().end) {
      out.back().end = std::max(out.back().end, window.end);
    } else {
      out.push_back(window);
    }
  }
  return out;
}

void add_all(Windows& to, const std::vector<EventWindow>& windows) { to.insert(windows.begin(), windows.end()); }

std::optional<int64_t> literal_number(const std::string& literal) {
  int64_t out = 0;
  const auto [end, fault] = std::from_chars(literal.data(), literal.data() + literal.size(), out);
  return fault == std::errc() && end == literal.data() + literal.size() ? std::optional(out) : std::nullopt;
}

std::string counted(size_t batches, const char* what) { return fmt::format("{} {}{}", batches, what, batches == 1 ? "" : "es"); }

class Planner {
 public:
  Planner(RunState& run, RunHost& host, const Node& node, const MicrobatchOptions& options) : run_(run), host_(host), node_(node), options_(options) {
    const RunOptions& given = run.context.options;
    range_ = given.sample ? given.sample : given.event_range;
    begin_ = batch_start(options.size, options.begin);
    end_ = batch_ceiling(options.size, given.now);
  }

  BatchPlan plan() {
    const std::optional<Relation> table = host_.find_relation(node_.relation());
    out_.is_incremental = table && table->type == RelationType::kTable && !wants_full_refresh(node_, run_.context.options.full_refresh);
    if (!out_.is_incremental) {
      plan_first(table.has_value());
    } else {
      plan_next();
    }
    // What is made of a part of the rows is made again.
    if (run_.context.options.sample || run_.context.options.empty) keep(Windows(out_.batches.begin(), out_.batches.end()));
    return std::move(out_);
  }

 private:
  std::vector<EventWindow> range() const {
    return batches_between(options_.size, batch_start(options_.size, range_->begin), batch_ceiling(options_.size, range_->end));
  }

  void keep(Windows more) {
    for (const EventWindow& window : out_.after.pending) add_all(more, batches_between(options_.size, window.begin, window.end));
    out_.after.pending = joined(more);
  }

  void plan_first(bool is_there) {
    out_.batches = range_ ? range() : batches_between(options_.size, begin_, end_);
    out_.after.through = out_.batches.empty() ? end_ : out_.batches.back().end;
    out_.reason = is_there ? "full refresh" : "first build";
    if (run_.context.options.sample) keep(in_project());
  }

  Windows in_project() const {
    const std::vector<EventWindow> all = batches_between(options_.size, begin_, end_);
    return {all.begin(), all.end()};
  }

  void plan_next() {
    const std::optional<BatchState> before = batch_state(host_.inner().state(node_.relation()), options_.size);
    out_.after.through = before ? before->through : end_;
    Windows open;
    if (before) add_all(open, before->pending);
    const size_t pending = open.size();
    const bool files_tell = add_changed(open, before ? before->through : end_);
    const size_t changed = open.size() - pending;
    const auto retried = run_.context.options.retried.find(node_.unique_id);
    if (retried != run_.context.options.retried.end()) {
      out_.batches = retried->second.failed;
      out_.reason = "retry";
    } else if (range_) {
      out_.batches = range();
      out_.reason = run_.context.options.sample ? "--sample" : "--event-time-start, --event-time-end";
    } else {
      plan_regular(open, files_tell);
      if (why_all_.empty()) tell(changed, pending);
    }
    for (const EventWindow& batch : out_.batches) open.erase(batch);
    out_.after.pending = joined(open);
  }

  void plan_regular(const Windows& open, bool files_tell) {
    out_.after.through = end_;
    Windows chosen;
    for (const EventWindow& window : open) {
      if (window.begin < end_) chosen.insert(window);
    }
    if (options_.lookback_is_set || !files_tell)
      add_all(chosen, batches_between(options_.size, batch_offset(options_.size, end_, -options_.lookback - 1), end_));
    out_.batches.assign(chosen.begin(), chosen.end());
  }

  void tell(size_t changed, size_t pending) {
    if (changed > 0) out_.reason = counted(changed, "batch") + " of changed files";
    if (pending > 0) out_.reason += fmt::format("{}{} left over", out_.reason.empty() ? "" : ", ", counted(pending, "batch"));
    if (out_.reason.empty()) out_.reason = out_.batches.empty() ? "no source file has changed" : "lookback";
  }

  void add_value(Windows& to, const std::string& literal, int64_t from) {
    const std::optional<int64_t> start = literal_number(literal);
    if (start && *start >= std::max(begin_, from)) to.insert({*start, batch_offset(options_.size, *start, 1)});
  }

  // Batches whose rows changed since the ledger was written, and those of rows that were ahead of their time when they came.
  // True where files are all that decides.
  bool add_changed(Windows& to, int64_t through) {
    const ledger::LoadedLedger* previous = host_.files().previous();
    if (previous == nullptr) return false;
    const ledger::AffectedPartitions affected = host_.files().affected(kBatchColumn);
    if (affected.is_all) {
      // A table that tidemark did not make counts as it is.
      if (affected.reason.code == "no_ledger") return false;
      why_all_ = out_.reason = affected.reason.text();
      to.merge(in_project());
      return true;
    }
    for (const std::string& value : affected.values) add_value(to, value, begin_);
    if (const int column = previous->ledger->find_column(kBatchColumn); column >= 0) {
      for (const std::string& value : previous->ledger->columns[static_cast<size_t>(column)].values) {
        const std::optional<int64_t> start = literal_number(value);
        if (start && *start < end_) add_value(to, value, through);
      }
    }
    return previous->ledger->tables.empty() && !reads_tables(run_, node_);
  }

  RunState& run_;
  RunHost& host_;
  const Node& node_;
  const MicrobatchOptions& options_;
  std::optional<EventWindow> range_;
  int64_t begin_ = 0;
  int64_t end_ = 0;
  std::string why_all_;
  BatchPlan out_;
};

}  // namespace

MicrobatchOptions microbatch_options(const Node& node) {
  MicrobatchOptions out;
  out.event_time = node.config.text("event_time");
  out.size = batch_size_from(node.config.text("batch_size")).value();
  out.begin = parse_event_time(node.config.text("begin")).value();
  out.lookback = node.config.integer("lookback").value_or(1);
  out.lookback_is_set = node.unrendered_config.contains("lookback");
  if (node.config.has("concurrent_batches")) out.concurrent = node.config.flag("concurrent_batches", false);
  return out;
}

Json to_json(const BatchState& state) {
  Json pending = Json::array();
  for (const EventWindow& window : state.pending) pending.push_back({window.begin, window.end});
  return Json{{"pending", std::move(pending)}, {"through", state.through}};
}

std::optional<BatchState> batch_state(const std::optional<TableState>& table, BatchSize size) {
  if (!table || !table->own || !table->own->contains("microbatch")) return std::nullopt;
  const Json& given = (*table->own)["microbatch"];
  BatchState out;
  out.through = given.value("through", int64_t{0});
  for (const Json& window : given.value("pending", Json::array())) {
    const std::vector<EventWindow> batches =
        batches_between(size, batch_start(size, window.at(0).get<int64_t>()), batch_ceiling(size, window.at(1).get<int64_t>()));
    out.pending.insert(out.pending.end(), batches.begin(), batches.end());
  }
  return out;
}

BatchPlan plan_batches(RunState& run, RunHost& host, const Node& node, const MicrobatchOptions& options) { return Planner(run, host, node, options).plan(); }

}  // namespace tidemark::run
