#include "adapter/duckdb/exact_aggregates.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <unistd.h>

#include "adapter/duckdb/api.h"
#include "base/error.h"
#include "base/exact_sum.h"
#include "base/strings.h"

namespace tidemark::duckdb {
namespace {

int64_t quarter_of_memory() {
  const int64_t pages = ::sysconf(_SC_PHYS_PAGES);
  const int64_t page = ::sysconf(_SC_PAGESIZE);
  return pages > 0 && page > 0 ? pages / 4 * page : int64_t{1} << 30;
}

std::atomic<int64_t>& heap_limit() {
  static std::atomic<int64_t> limit{quarter_of_memory()};
  return limit;
}

void check_heap() {
  const int64_t held = exact_sum_heap_bytes();
  if (held <= heap_limit().load(std::memory_order_relaxed)) return;
  throw Error("TM4124", fmt::format("exact sums hold {} MB beside the engine's memory: the values differ too much in size for so many groups", held >> 20));
}

// ---- vectors ----

bool is_valid(const uint64_t* validity, idx_t row) { return !validity || (validity[row / 64] >> (row % 64) & 1) != 0; }

bool all_valid(const uint64_t* validity, idx_t rows) {
  if (!validity) return true;
  for (idx_t word = 0; word < rows / 64; ++word) {
    if (~validity[word] != 0) return false;
  }
  const uint64_t rest = (uint64_t{1} << (rows % 64)) - 1;
  return rest == 0 || (validity[rows / 64] & rest) == rest;
}

std::string_view bytes_at(duckdb_vector vector, idx_t row) {
  const auto& text = static_cast<duckdb_string_t*>(api().duckdb_vector_get_data(vector))[row];
  const uint32_t length = text.value.inlined.length;
  return {length <= sizeof text.value.inlined.inlined ? text.value.inlined.inlined : text.value.pointer.ptr, length};
}

void set_null(duckdb_vector vector, idx_t row) {
  api().duckdb_vector_ensure_validity_writable(vector);
  api().duckdb_vector_get_validity(vector)[row / 64] &= ~(uint64_t{1} << (row % 64));
}

void write(duckdb_vector vector, idx_t row, const std::optional<double>& value) {
  if (!value) return set_null(vector, row);
  static_cast<double*>(api().duckdb_vector_get_data(vector))[row] = *value;
}

void write(duckdb_vector vector, idx_t row, const std::optional<int64_t>& value) {
  if (!value) return set_null(vector, row);
  static_cast<int64_t*>(api().duckdb_vector_get_data(vector))[row] = *value;
}

void write(duckdb_vector vector, idx_t row, const std::optional<std::string>& value) {
  if (!value) return set_null(vector, row);
  api().duckdb_vector_assign_string_element_len(vector, row, value->data(), value->size());
}

// ---- results of states ----

template <class State>
std::optional<std::string> bytes_of(const State& state) {
  if (state.count() == 0) return std::nullopt;
  return state.serialized();
}

template <class State>
std::optional<int64_t> count_of(const State& state) {
  return state.count();
}

std::optional<double> sum_of(const ExactSum& state) { return state.sum(); }
std::optional<double> average_of(const ExactSum& state) { return state.average(); }
std::optional<double> var_pop_of(const ExactMoments& state) { return state.variance(Divisor::kPopulation); }
std::optional<double> var_samp_of(const ExactMoments& state) { return state.variance(Divisor::kSample); }
std::optional<double> stddev_pop_of(const ExactMoments& state) { return state.deviation(Divisor::kPopulation); }
std::optional<double> stddev_samp_of(const ExactMoments& state) { return state.deviation(Divisor::kSample); }
std::optional<double> covar_pop_of(const ExactComoments& state) { return state.covariance(Divisor::kPopulation); }
std::optional<double> covar_samp_of(const ExactComoments& state) { return state.covariance(Divisor::kSample); }
std::optional<double> corr_of(const ExactComoments& state) { return state.correlation(); }

// ---- aggregates ----

template <class State>
State& state_at(duckdb_aggregate_state* states, idx_t row) {
  return *reinterpret_cast<State*>(states[row]);
}

// The engine is C at this boundary: faults travel as its own.
template <class Action>
void guarded(duckdb_function_info info, const Action& action) {
  try {
    action();
  } catch (const std::exception& fault) {
    api().duckdb_aggregate_function_set_error(info, fault.what());
  }
}

struct DoubleColumn {
  const double* values;
  const uint64_t* validity;

  DoubleColumn(duckdb_data_chunk input, idx_t index) {
    duckdb_vector vector = api().duckdb_data_chunk_get_vector(input, index);
    values = static_cast<const double*>(api().duckdb_vector_get_data(vector));
    validity = api().duckdb_vector_get_validity(vector);
  }
};

constexpr idx_t kPrefetchAhead = 16;  // rows

void prefetch(duckdb_aggregate_state* states, idx_t row, idx_t rows) {
  if (row + kPrefetchAhead < rows) __builtin_prefetch(states[row + kPrefetchAhead], 1);
}

template <class State>
void add_values(duckdb_function_info info, duckdb_data_chunk input, duckdb_aggregate_state* states) {
  guarded(info, [&] {
    const idx_t rows = api().duckdb_data_chunk_get_size(input);
    const DoubleColumn x(input, 0);
    for (idx_t row = 0; row < rows; ++row) {
      prefetch(states, row, rows);
      if (is_valid(x.validity, row)) state_at<State>(states, row).add(x.values[row]);
    }
    check_heap();
  });
}

// The first row from `row` on whose state is another one.
idx_t end_of_run(duckdb_aggregate_state* states, idx_t row, idx_t rows) {
  idx_t end = row + 1;
  while (end < rows && states[end] == states[row]) ++end;
  return end;
}

// Whether the states lie too far apart for the nearest caches, by a sample. Prefetching what is there already costs as much as
// the addition itself.
bool are_spread(duckdb_aggregate_state* states, idx_t rows) {
  constexpr idx_t kStep = 16;  // rows
  constexpr uintptr_t kNear = uintptr_t{256} << 10;
  auto least = reinterpret_cast<uintptr_t>(states[0]), most = least;
  for (idx_t row = kStep; row < rows; row += kStep) {
    least = std::min(least, reinterpret_cast<uintptr_t>(states[row]));
    most = std::max(most, reinterpret_cast<uintptr_t>(states[row]));
  }
  return most - least > kNear;
}

// Rows whose values were all taken apart, added by group; rows of one group often follow each other: days in files of months,
// and all rows where nothing is grouped.
void add_parts(const SplitDoubles& parts, const double* values, duckdb_aggregate_state* states, idx_t rows) {
  const bool spread = are_spread(states, rows);
  for (idx_t row = 0; row < rows;) {
    if (spread) prefetch(states, row, rows);
    const idx_t end = end_of_run(states, row, rows);
    int64_t high = parts.high[row], low = parts.low[row];
    for (idx_t more = row + 1; more < end; ++more) {
      high += parts.high[more];
      low += parts.low[more];
    }
    auto& state = state_at<ExactSum>(states, row);
    if (!state.add_parts(high, low, static_cast<int64_t>(end - row))) {
      for (idx_t one = row; one < end; ++one) state.add(values[one]);
    }
    row = end;
  }
}

void add_sums(duckdb_function_info info, duckdb_data_chunk input, duckdb_aggregate_state* states) {
  guarded(info, [&] {
    const idx_t rows = api().duckdb_data_chunk_get_size(input);
    const DoubleColumn x(input, 0);
    if (!all_valid(x.validity, rows)) return add_values<ExactSum>(info, input, states);
    SplitDoubles parts;
    for (idx_t row = 0; row < rows; row += SplitDoubles::kMost) {
      const idx_t block = std::min<idx_t>(rows - row, SplitDoubles::kMost);
      if (parts.split(x.values + row, block)) {
        add_parts(parts, x.values + row, states + row, block);
      } else {
        for (idx_t one = row; one < row + block; ++one) state_at<ExactSum>(states, one).add(x.values[one]);
      }
    }
    check_heap();
  });
}

void add_pairs(duckdb_function_info info, duckdb_data_chunk input, duckdb_aggregate_state* states) {
  guarded(info, [&] {
    const idx_t rows = api().duckdb_data_chunk_get_size(input);
    const DoubleColumn y(input, 0);
    const DoubleColumn x(input, 1);
    for (idx_t row = 0; row < rows; ++row) {
      prefetch(states, row, rows);
      if (is_valid(y.validity, row) && is_valid(x.validity, row)) state_at<ExactComoments>(states, row).add(y.values[row], x.values[row]);
    }
    check_heap();
  });
}

template <class State>
void merge_bytes(duckdb_function_info info, duckdb_data_chunk input, duckdb_aggregate_state* states) {
  guarded(info, [&] {
    const idx_t rows = api().duckdb_data_chunk_get_size(input);
    duckdb_vector vector = api().duckdb_data_chunk_get_vector(input, 0);
    const uint64_t* validity = api().duckdb_vector_get_validity(vector);
    for (idx_t row = 0; row < rows; ++row) {
      if (is_valid(validity, row)) state_at<State>(states, row).merge(bytes_at(vector, row));
    }
    check_heap();
  });
}

// Sources stay as they are: window frames combine the same ones again and again.
template <class State>
void combine(duckdb_function_info info, duckdb_aggregate_state* source, duckdb_aggregate_state* target, idx_t count) {
  guarded(info, [&] {
    for (idx_t row = 0; row < count; ++row) state_at<State>(target, row).merge(state_at<State>(source, row));
    check_heap();
  });
}

template <class State, auto Result>
void finalize(duckdb_function_info info, duckdb_aggregate_state* source, duckdb_vector result, idx_t count, idx_t offset) {
  guarded(info, [&] {
    for (idx_t row = 0; row < count; ++row) write(result, offset + row, Result(state_at<State>(source, row)));
  });
}

template <class State>
idx_t state_size(duckdb_function_info) {
  return sizeof(State);
}

template <class State>
void init(duckdb_function_info, duckdb_aggregate_state state) {
  new (static_cast<void*>(state)) State;
}

template <class State>
void destroy(duckdb_aggregate_state* states, idx_t count) {
  for (idx_t row = 0; row < count; ++row) state_at<State>(states, row).~State();
}

// ---- scalars over serialized states ----

template <class Action>
void each_row(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output, int arguments, const Action& action) {
  const Api& duck = api();
  try {
    duckdb_vector vectors[2] = {nullptr, nullptr};
    for (int i = 0; i < arguments; ++i) vectors[i] = duck.duckdb_data_chunk_get_vector(input, static_cast<idx_t>(i));
    for (idx_t row = 0; row < duck.duckdb_data_chunk_get_size(input); ++row) {
      bool has_null = false;
      for (int i = 0; i < arguments; ++i) has_null = has_null || !is_valid(duck.duckdb_vector_get_validity(vectors[i]), row);
      if (has_null) {
        set_null(output, row);
      } else {
        action(vectors, row);
      }
    }
  } catch (const std::exception& fault) {
    duck.duckdb_scalar_function_set_error(info, fault.what());
  }
}

template <class State, auto Result>
void final_scalar(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  each_row(info, input, output, 1, [&](duckdb_vector* vectors, idx_t row) {
    State state;
    state.merge(bytes_at(vectors[0], row));
    write(output, row, Result(state));
  });
}

template <class State, bool Negate>
void combine_scalar(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  each_row(info, input, output, 2, [&](duckdb_vector* vectors, idx_t row) {
    State state;
    state.merge(bytes_at(vectors[0], row));
    if constexpr (Negate) {
      state.subtract(bytes_at(vectors[1], row));
    } else {
      state.merge(bytes_at(vectors[1], row));
    }
    write(output, row, bytes_of(state));
  });
}

// ---- registering ----

class Registrar {
 public:
  explicit Registrar(duckdb_connection connection) : connection_(connection) {}

  template <class State, auto Result>
  void aggregate(const std::string& name, int arguments, duckdb_aggregate_update_t update) const {
    add_aggregate<State, Result>(name, DUCKDB_TYPE_DOUBLE, arguments, update);
  }

  template <class State, auto Result>
  void merging(const std::string& name) const {
    add_aggregate<State, Result>(name, DUCKDB_TYPE_BLOB, 1, merge_bytes<State>);
  }

  template <class State, auto Result>
  void final(const std::string& name) const {
    scalar(name, 1, result_type<State, Result>(), final_scalar<State, Result>);
  }

  template <class State>
  void family(const std::string& kind, int arguments, duckdb_aggregate_update_t update) const {
    aggregate<State, bytes_of<State>>("tm_" + kind + "_state", arguments, update);
    merging<State, bytes_of<State>>("tm_" + kind + "_merge");
    final<State, count_of<State>>("tm_" + kind + "_count");
    scalar("tm_" + kind + "_add", 2, DUCKDB_TYPE_BLOB, combine_scalar<State, false>);
    scalar("tm_" + kind + "_subtract", 2, DUCKDB_TYPE_BLOB, combine_scalar<State, true>);
  }

  // tm_<f>, tm_<f>_merge_final, tm_<f>_final
  template <class State, auto Result>
  void function(const std::string& name, int arguments, duckdb_aggregate_update_t update) const {
    aggregate<State, Result>("tm_" + name, arguments, update);
    merging<State, Result>("tm_" + name + "_merge_final");
    final<State, Result>("tm_" + name + "_final");
  }

 private:
  template <class State, auto Result>
  static duckdb_type result_type() {
    using Type = decltype(Result(std::declval<const State&>()));
    if constexpr (std::is_same_v<Type, std::optional<double>>) return DUCKDB_TYPE_DOUBLE;
    if constexpr (std::is_same_v<Type, std::optional<int64_t>>) return DUCKDB_TYPE_BIGINT;
    return DUCKDB_TYPE_BLOB;
  }

  template <class State, auto Result>
  void add_aggregate(const std::string& name, duckdb_type argument, int arguments, duckdb_aggregate_update_t update) const {
    const Api& duck = api();
    duckdb_aggregate_function function = duck.duckdb_create_aggregate_function();
    const auto destroy_function = [&duck](_duckdb_aggregate_function* f) { duck.duckdb_destroy_aggregate_function(&f); };
    const std::unique_ptr<_duckdb_aggregate_function, decltype(destroy_function)> owned(function, destroy_function);
    duck.duckdb_aggregate_function_set_name(function, name.c_str());
    const LogicalType type(duck.duckdb_create_logical_type(argument));
    for (int i = 0; i < arguments; ++i) duck.duckdb_aggregate_function_add_parameter(function, type.get());
    const LogicalType result(duck.duckdb_create_logical_type(result_type<State, Result>()));
    duck.duckdb_aggregate_function_set_return_type(function, result.get());
    duck.duckdb_aggregate_function_set_functions(function, state_size<State>, init<State>, update, combine<State>, finalize<State, Result>);
    duck.duckdb_aggregate_function_set_destructor(function, destroy<State>);
    require(duck.duckdb_register_aggregate_function(connection_, function), name);
  }

  void scalar(const std::string& name, int arguments, duckdb_type result, duckdb_scalar_function_t call) const {
    const Api& duck = api();
    duckdb_scalar_function function = duck.duckdb_create_scalar_function();
    const auto destroy_function = [&duck](_duckdb_scalar_function* f) { duck.duckdb_destroy_scalar_function(&f); };
    const std::unique_ptr<_duckdb_scalar_function, decltype(destroy_function)> owned(function, destroy_function);
    duck.duckdb_scalar_function_set_name(function, name.c_str());
    const LogicalType blob(duck.duckdb_create_logical_type(DUCKDB_TYPE_BLOB));
    for (int i = 0; i < arguments; ++i) duck.duckdb_scalar_function_add_parameter(function, blob.get());
    const LogicalType type(duck.duckdb_create_logical_type(result));
    duck.duckdb_scalar_function_set_return_type(function, type.get());
    duck.duckdb_scalar_function_set_function(function, call);
    require(duck.duckdb_register_scalar_function(connection_, function), name);
  }

  static void require(duckdb_state state, const std::string& name) {
    if (state != DuckDBSuccess) throw Error("TM4119", "the function " + name + " cannot be registered");
  }

  duckdb_connection connection_;
};

}  // namespace

void register_exact_aggregates(_duckdb_connection* connection) {
  const Registrar add(connection);
  add.family<ExactSum>("sum", 1, add_sums);
  add.function<ExactSum, sum_of>("sum", 1, add_sums);
  add.function<ExactSum, average_of>("avg", 1, add_sums);
  add.family<ExactMoments>("moments", 1, add_values<ExactMoments>);
  add.function<ExactMoments, var_pop_of>("var_pop", 1, add_values<ExactMoments>);
  add.function<ExactMoments, var_samp_of>("var_samp", 1, add_values<ExactMoments>);
  add.function<ExactMoments, stddev_pop_of>("stddev_pop", 1, add_values<ExactMoments>);
  add.function<ExactMoments, stddev_samp_of>("stddev_samp", 1, add_values<ExactMoments>);
  add.family<ExactComoments>("comoments", 2, add_pairs);
  add.function<ExactComoments, covar_pop_of>("covar_pop", 2, add_pairs);
  add.function<ExactComoments, covar_samp_of>("covar_samp", 2, add_pairs);
  add.function<ExactComoments, corr_of>("corr", 2, add_pairs);
}

std::string exact_aggregate_for(const std::string& name) {
  static const std::map<std::string, std::string> kExact{
      {"sum", "tm_sum"},
      {"fsum", "tm_sum"},
      {"kahan_sum", "tm_sum"},
      {"sumkahan", "tm_sum"},
      {"avg", "tm_avg"},
      {"mean", "tm_avg"},
      {"favg", "tm_avg"},
      {"var_pop", "tm_var_pop"},
      {"var_samp", "tm_var_samp"},
      {"variance", "tm_var_samp"},
      {"stddev_pop", "tm_stddev_pop"},
      {"stddev_samp", "tm_stddev_samp"},
      {"stddev", "tm_stddev_samp"},
      {"covar_pop", "tm_covar_pop"},
      {"covar_samp", "tm_covar_samp"},
      {"corr", "tm_corr"},
  };
  const auto found = kExact.find(to_lower(name));
  return found == kExact.end() ? std::string() : found->second;
}

void set_exact_aggregates_limit(int64_t bytes) { heap_limit().store(bytes, std::memory_order_relaxed); }

}  // namespace tidemark::duckdb
