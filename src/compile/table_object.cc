#include "compile/table_object.h"

#include <algorithm>

#include "adapter/table.h"
#include "base/error.h"
#include "base/strings.h"
#include "jinja/environment.h"
#include "resolve/datetime_values.h"
#include "resolve/members.h"

namespace tidemark::compile {

namespace {

using jinja::Args;
using jinja::Bound;
using jinja::CallContext;
using jinja::Value;

Value number_value(const std::string& digits) {
  const std::optional<Value> literal = jinja::literal_eval(digits);
  if (literal && literal->is_number()) return *literal;
  return Value(std::stod(digits));
}

size_t column_index(const std::vector<std::string>& names, const Value& key) {
  if (key.is_int()) {
    const int64_t size = static_cast<int64_t>(names.size());
    const int64_t i = key.as_int() < 0 ? key.as_int() + size : key.as_int();
    return i >= 0 && i < size ? static_cast<size_t>(i) : names.size();
  }
  if (!key.is_string()) return names.size();
  return static_cast<size_t>(std::find(names.begin(), names.end(), key.as_string()) - names.begin());
}

// A sequence whose items answer to a position and, where it has names, to a name.
class Sequence : public jinja::Object {
 public:
  explicit Sequence(std::vector<Value> items, std::vector<std::string> names) : items_(std::move(items)), names_(std::move(names)) {}
  std::string_view type_name() const override { return "MappedSequence"; }
  bool is_sequence() const override { return true; }
  std::optional<int64_t> length() const override { return static_cast<int64_t>(items_.size()); }
  std::string repr() const override { return jinja::to_repr(Value::list(items_)); }

  std::optional<Value> get_item(CallContext& context, const Value& key) override {
    if (key.is_string() && names_.empty()) return std::nullopt;
    if (key.is_string() || key.is_int()) {
      if (key.is_int()) return item_at(key.as_int());
      const size_t i = column_index(names_, key);
      return i < items_.size() ? std::optional<Value>(items_[i]) : std::nullopt;
    }
    return jinja::get_item(context, Value::list(items_), key);  // slices
  }

  std::optional<Value> get_attribute(CallContext&, std::string_view name) override {
    const jinja::Ref<Sequence> self(this);
    const auto method = [&](std::function<Value(const Sequence&)> function) {
      return jinja::make_function(std::string(name), [self, function = std::move(function)](CallContext&, const Args&) { return function(*self); });
    };
    if (name == "values") return method([](const Sequence& s) { return Value::tuple(s.items_); });
    if (name == "keys") return method([](const Sequence& s) { return Value::strings(s.names_); });
    if (name == "items" || name == "dict") {
      return method([as_dict = name == "dict"](const Sequence& s) {
        Value dict = Value::dict();
        std::vector<Value> pairs;
        for (size_t i = 0; i < s.names_.size() && i < s.items_.size(); ++i) {
          resolve::put(dict.as_dict(), s.names_[i], s.items_[i]);
          pairs.push_back(Value::tuple({Value(s.names_[i]), s.items_[i]}));
        }
        return as_dict ? dict : Value::list(std::move(pairs));
      });
    }
    if (name == "get") {
      return jinja::make_function("get", "key, default=none", [self](CallContext&, const Bound& bound) {
        const size_t i = column_index(self->names_, bound[0]);
        return i < self->items_.size() ? self->items_[i] : bound[1];
      });
    }
    return std::nullopt;
  }

  jinja::Ref<jinja::Iterator> iterate(CallContext&) override { return jinja::make_ref<Walk>(jinja::Ref<Sequence>(this)); }

 private:
  struct Walk : jinja::Iterator {
    explicit Walk(jinja::Ref<Sequence> sequence_) : sequence(std::move(sequence_)) {}
    bool next(CallContext&, Value& out) override {
      if (at >= sequence->items_.size()) return false;
      out = sequence->items_[at++];
      return true;
    }
    jinja::Ref<Sequence> sequence;
    size_t at = 0;
  };

  std::optional<Value> item_at(int64_t i) const {
    const auto size = static_cast<int64_t>(items_.size());
    if (i < 0) i += size;
    return i >= 0 && i < size ? std::optional<Value>(items_[static_cast<size_t>(i)]) : std::nullopt;
  }
  std::vector<Value> items_;
  std::vector<std::string> names_;
};

Value make_row(const TableData& data, size_t row) { return jinja::make_ref<Sequence>(data.rows[row], data.names); }

Value make_rows(const TableData& data) {
  std::vector<Value> rows;
  rows.reserve(data.rows.size());
  for (size_t i = 0; i < data.rows.size(); ++i) rows.push_back(make_row(data, i));
  return jinja::make_ref<Sequence>(std::move(rows), std::vector<std::string>{});
}

std::vector<Value> column_values(const TableData& data, size_t column) {
  std::vector<Value> values;
  values.reserve(data.rows.size());
  for (const std::vector<Value>& row : data.rows) values.push_back(row[column]);
  return values;
}

class TableColumn : public Sequence {
 public:
  TableColumn(const TableData& data, size_t column) : Sequence(column_values(data, column), {}), name_(data.names[column]), type_(data.types[column]) {}
  std::string_view type_name() const override { return "Column"; }
  std::optional<Value> get_attribute(CallContext& context, std::string_view name) override {
    if (name == "name") return Value(name_);
    if (name == "data_type") return Value(type_);
    if (name == "values_distinct" || name == "values_without_nulls") {
      const jinja::Ref<TableColumn> self(this);
      return jinja::make_function(std::string(name), [self, distinct = name == "values_distinct"](CallContext& inner, const Args&) {
        std::vector<Value> kept;
        for (const Value& value : jinja::to_vector(inner, Value(self))) {
          const bool seen = distinct && std::any_of(kept.begin(), kept.end(), [&](const Value& other) { return jinja::equal(other, value); });
          if (distinct ? !seen : !value.is_none()) kept.push_back(value);
        }
        return Value::tuple(std::move(kept));
      });
    }
    return Sequence::get_attribute(context, name);
  }

 private:
  std::string name_;
  std::string type_;
};

Value make_columns(const TableData& data) {
  std::vector<Value> columns;
  for (size_t i = 0; i < data.names.size(); ++i) columns.emplace_back(jinja::make_ref<TableColumn>(data, i));
  return jinja::make_ref<Sequence>(std::move(columns), data.names);
}

Value with_columns(CallContext& context, const TableData& data, const Value& wanted, bool excluded) {
  const std::vector<Value> keys = wanted.is_string() ? std::vector<Value>{wanted} : jinja::to_vector(context, wanted);
  std::vector<size_t> chosen;
  for (size_t i = 0; i < data.names.size(); ++i) {
    const bool named = std::any_of(keys.begin(), keys.end(), [&](const Value& key) { return column_index(data.names, key) == i; });
    if (named != excluded) chosen.push_back(i);
  }
  auto out = std::make_shared<TableData>();
  for (const size_t i : chosen) {
    out->names.push_back(data.names[i]);
    out->types.push_back(data.types[i]);
  }
  for (const std::vector<Value>& row : data.rows) {
    std::vector<Value>& kept = out->rows.emplace_back();
    for (const size_t i : chosen) kept.push_back(row[i]);
  }
  return make_table(std::move(out));
}

Value renamed(CallContext& context, const TableData& data, const Bound& bound) {
  auto out = std::make_shared<TableData>(data);
  if (bound[0].is_dict()) {
    for (std::string& name : out->names) {
      if (const Value* other = resolve::item(bound[0].as_dict(), name)) name = jinja::to_text(*other);
    }
  } else if (!bound[0].is_none()) {
    const std::vector<Value> names = jinja::to_vector(context, bound[0]);
    for (size_t i = 0; i < out->names.size() && i < names.size(); ++i) out->names[i] = jinja::to_text(names[i]);
  }
  return make_table(std::move(out));
}

Value limited(const TableData& data, const Bound& bound) {
  const auto size = static_cast<int64_t>(data.rows.size());
  int64_t start = 0;
  int64_t stop = bound[0].is_none() ? size : bound[0].expect_int("limit");
  if (!bound[1].is_none()) {
    start = stop;
    stop = bound[1].expect_int("stop");
  }
  start = std::clamp<int64_t>(start, 0, size);
  stop = std::clamp<int64_t>(stop, start, size);
  auto out = std::make_shared<TableData>(TableData{data.names, data.types, {}});
  out->rows.assign(data.rows.begin() + start, data.rows.begin() + stop);
  return make_table(std::move(out));
}

Value filtered(CallContext& context, const TableData& data, const Value& test) {
  auto out = std::make_shared<TableData>(TableData{data.names, data.types, {}});
  for (size_t i = 0; i < data.rows.size(); ++i) {
    const Value row = make_row(data, i);
    if (jinja::truthy(jinja::call(context, test, {&row, 1}))) out->rows.push_back(data.rows[i]);
  }
  return make_table(std::move(out));
}

class TableObject : public jinja::Object {
 public:
  explicit TableObject(TablePtr data) : data_(std::move(data)) {}
  const TablePtr& data() const { return data_; }
  std::string_view type_name() const override { return "Table"; }
  std::string repr() const override { return "<agate.Table: " + join(data_->names, ", ") + ">"; }
  std::optional<int64_t> length() const override { return static_cast<int64_t>(data_->rows.size()); }
  bool truthy() const override { return !data_->rows.empty(); }
  jinja::Ref<jinja::Iterator> iterate(CallContext& context) override { return make_rows(*data_).as_object().iterate(context); }
  std::optional<Value> get_item(CallContext& context, const Value& key) override {
    return key.is_string() ? std::nullopt : std::optional<Value>(jinja::get_item(context, make_rows(*data_), key));
  }
  std::vector<std::string> attribute_names() const override {
    return {"columns", "rows", "column_names", "column_types", "row_names", "print_table", "select", "exclude", "rename", "limit", "where", "to_json"};
  }

  std::optional<Value> get_attribute(CallContext&, std::string_view name) override {
    if (name == "columns") return make_columns(*data_);
    if (name == "rows") return make_rows(*data_);
    if (name == "column_names") return Value::tuple(texts(data_->names));
    if (name == "column_types") return Value::tuple(texts(data_->types));
    if (name == "row_names") return Value::none();
    if (name == "data_matrix") return matrix();
    const TablePtr data = data_;
    if (name == "print_table") {
      return jinja::make_function(
          "print_table", "max_rows=20, max_columns=6, output=none, max_column_width=none", [data](CallContext& context, const Bound& bound) {
            const Value print = *context.render().globals().find("print", nullptr);
            const Value text(
                print_table(*data, bound[0].is_none() ? -1 : bound[0].expect_int("max_rows"), bound[1].is_none() ? -1 : bound[1].expect_int("max_columns")));
            return jinja::call(context, print, {&text, 1});
          });
    }
    if (name == "select")
      return jinja::make_function("select", "key", [data](CallContext& context, const Bound& bound) { return with_columns(context, *data, bound[0], false); });
    if (name == "exclude")
      return jinja::make_function("exclude", "key", [data](CallContext& context, const Bound& bound) { return with_columns(context, *data, bound[0], true); });
    if (name == "rename")
      return jinja::make_function("rename", "column_names=none, **kwargs",
                                  [data](CallContext& context, const Bound& bound) { return renamed(context, *data, bound); });
    if (name == "limit")
      return jinja::make_function("limit", "start_or_stop=none, stop=none", [data](CallContext&, const Bound& bound) { return limited(*data, bound); });
    if (name == "where")
      return jinja::make_function("where", "test", [data](CallContext& context, const Bound& bound) { return filtered(context, *data, bound[0]); });
    return std::nullopt;
  }

 private:
  static std::vector<Value> texts(const std::vector<std::string>& items) {
    std::vector<Value> out;
    for (const std::string& item : items) out.emplace_back(item);
    return out;
  }
  Value matrix() const {
    std::vector<Value> rows;
    for (const std::vector<Value>& row : data_->rows) rows.push_back(Value::list(row));
    return Value::list(std::move(rows));
  }
  TablePtr data_;
};

Value moment_value(const tidemark::Value& value) {
  const Moment moment = value.as_moment();
  switch (value.kind()) {
    case ValueKind::kTimestamp:
      return resolve::make_datetime(moment.micros, nullptr);
    case ValueKind::kTimestampTz: {
      const int64_t offset = moment.offset_seconds * resolve::kMicrosPerSecond;
      return resolve::make_datetime(moment.micros + offset, resolve::fixed_zone(offset));
    }
    default:
      return Value(value.text());
  }
}

}  // namespace

Value from_engine(const tidemark::Value& value) {
  switch (value.kind()) {
    case ValueKind::kNull:
      return Value::none();
    case ValueKind::kBool:
      return Value(value.as_bool());
    case ValueKind::kInteger:
      return Value(value.as_integer());
    case ValueKind::kNumber:
      return number_value(value.as_string());
    case ValueKind::kDouble:
    case ValueKind::kFloat:
      return Value(value.as_double());
    case ValueKind::kList: {
      std::vector<Value> items;
      for (const tidemark::Value& item : value.elements()) items.push_back(from_engine(item));
      return Value::list(std::move(items));
    }
    case ValueKind::kStruct: {
      Value out = Value::dict();
      for (const auto& [name, field] : value.fields()) resolve::put(out.as_dict(), name, from_engine(field));
      return out;
    }
    default:
      break;
  }
  try {
    if (value.kind() == ValueKind::kDate) return resolve::make_date(value.as_integer() * resolve::kMicrosPerDay);
    if (value.kind() == ValueKind::kTimestamp || value.kind() == ValueKind::kTimestampTz) return moment_value(value);
  } catch (const Error&) {
    // Before year 1 or after 9999: as the engine writes it.
  }
  return value.kind() == ValueKind::kString || value.kind() == ValueKind::kBlob ? Value(value.as_string()) : Value(value.text());
}

TablePtr from_engine(const Table& table) {
  auto data = std::make_shared<TableData>();
  for (const ColumnType& column : table.columns) {
    data->names.push_back(column.name);
    data->types.push_back(column.type);
  }
  for (const Row& row : table.rows) {
    std::vector<Value>& values = data->rows.emplace_back();
    values.reserve(row.size());
    for (const tidemark::Value& value : row) values.push_back(from_engine(value));
  }
  return data;
}

Value make_table(TablePtr data) { return jinja::make_ref<TableObject>(std::move(data)); }
Value make_empty_table() { return make_table(std::make_shared<TableData>()); }

TablePtr table_of(const Value& value) {
  const auto* table = value.object_as<TableObject>();
  return table == nullptr ? nullptr : table->data();
}

std::string print_table(const TableData& data, int64_t max_rows, int64_t max_columns) {
  const size_t columns = max_columns < 0 ? data.names.size() : std::min(data.names.size(), static_cast<size_t>(max_columns));
  const size_t rows = max_rows < 0 ? data.rows.size() : std::min(data.rows.size(), static_cast<size_t>(max_rows));
  std::vector<std::vector<std::string>> cells(rows);
  std::vector<size_t> widths;
  for (size_t c = 0; c < columns; ++c) {
    size_t width = data.names[c].size();
    for (size_t r = 0; r < rows; ++r) {
      cells[r].push_back(data.rows[r][c].is_none() ? "" : jinja::to_text(data.rows[r][c]));
      width = std::max(width, cells[r][c].size());
    }
    widths.push_back(width);
  }
  const auto line = [&](const auto& cell) {
    std::string out = "|";
    for (size_t c = 0; c < columns; ++c) out += " " + cell(c) + " |";
    return out + (columns < data.names.size() ? " ... |" : "") + "\n";
  };
  std::string out = line([&](size_t c) { return fmt::format("{:<{}}", data.names[c], widths[c]); });
  out += line([&](size_t c) { return std::string(widths[c], '-'); });
  for (size_t r = 0; r < rows; ++r) {
    out += line(
        [&](size_t c) { return data.rows[r][c].is_number() ? fmt::format("{:>{}}", cells[r][c], widths[c]) : fmt::format("{:<{}}", cells[r][c], widths[c]); });
  }
  if (rows < data.rows.size()) out += line([&](size_t) { return std::string("..."); });
  out.pop_back();
  return out;
}

}  // namespace tidemark::compile
