#include "sql/functions.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "base/strings.h"
#include "sql/tree.h"

namespace tidemark::sql {

namespace {

// Scalar functions and the engine's own scalar macros. Left out on purpose: whatever reads the session, the clock, chance or
// the catalogue, even where the engine marks it as consistent.
constexpr std::string_view kDeterministic =
    "!__postfix !~~ !~~* % & && * ** + - ->> -> / // <-> << <=> <@ >> @ @> ^ ^@ | || ~ ~~ ~~* ~~~ "
    "abs acos acosh add asin asinh atan atan2 atanh cbrt ceil ceiling cos cosh cot degrees divide even exp factorial floor fdiv fmod gamma gcd greatest "
    "greatest_common_divisor lcm least least_common_multiple lgamma ln log log10 log2 mod multiply nextafter pi pow power radians round round_even "
    "roundbankers "
    "sign signbit sin sinh sqrt subtract tan tanh trunc xor isfinite isinf isnan bit_count get_bit set_bit bit_position bit_length bitstring bin hex to_hex "
    "unhex "
    "from_hex to_binary from_binary unbin to_base "
    "ascii bar base64 to_base64 from_base64 char_length character_length chr combine concat concat_ws contains damerau_levenshtein editdist3 encode decode "
    "ends_with "
    "format format_bytes formatreadablesize formatreadabledecimalsize hamming hash ilike_escape instr jaccard jaro_similarity jaro_winkler_similarity lcase "
    "left "
    "left_grapheme len length length_grapheme levenshtein like_escape lower lpad ltrim md5 md5_number md5_number_lower md5_number_upper mismatches "
    "nfc_normalize "
    "not_ilike_escape not_like_escape octet_length ord parse_dirname parse_dirpath parse_filename parse_path position prefix printf regexp_escape "
    "regexp_extract "
    "regexp_extract_all regexp_full_match regexp_matches regexp_replace regexp_split_to_array repeat replace reverse right right_grapheme rpad rtrim sha1 "
    "sha256 "
    "split split_part starts_with str_split str_split_regex string_split string_split_regex string_to_array strip_accents strlen strpos substr substring "
    "substring_grapheme suffix translate trim ucase unicode upper url_decode url_encode "
    "century date_add date_diff date_part date_sub date_trunc datediff datepart datesub datetrunc day dayname dayofmonth dayofweek dayofyear days_in_month "
    "decade "
    "epoch epoch_ms epoch_ns epoch_us era hour isodow isoyear julian last_day make_date make_time make_timestamp make_timestamp_ms make_timestamp_ns "
    "make_timestamptz microsecond millennium millisecond minute month monthname nanosecond normalized_interval quarter second strftime strptime try_strptime "
    "time_bucket timezone timezone_hour timezone_minute to_centuries to_days to_decades to_hours to_microseconds to_millennia to_milliseconds to_minutes "
    "to_months to_quarters to_seconds to_timestamp to_weeks to_years week weekday weekofyear year yearweek "
    "coalesce constant_or_null if ifnull nullif switch typeof enum_code "
    "array_append array_aggr array_aggregate array_apply array_cat array_concat array_contains array_cosine_distance array_cosine_similarity "
    "array_cross_product "
    "array_distance array_distinct array_dot_product array_extract array_filter array_grade_up array_has array_has_all array_has_any array_indexof "
    "array_inner_product array_intersect array_length array_negative_dot_product array_negative_inner_product array_pop_back array_pop_front array_position "
    "array_prepend array_push_back array_push_front array_reduce array_resize array_reverse array_reverse_sort array_select array_slice array_sort "
    "array_to_string "
    "array_to_string_comma_default array_transform array_unique array_value array_where array_zip aggregate apply cardinality element_at filter flatten "
    "generate_series grade_up list_aggr list_aggregate list_append list_apply list_avg list_bit_and list_bit_or list_bit_xor list_bool_and list_bool_or "
    "list_cat "
    "list_concat list_contains list_cosine_distance list_cosine_similarity list_count list_distance list_distinct list_dot_product list_element list_extract "
    "list_filter list_first list_grade_up list_has list_has_all list_has_any list_histogram list_indexof list_inner_product list_intersect list_last list_max "
    "list_median list_min list_negative_dot_product list_negative_inner_product list_pack list_position list_prepend list_product list_reduce list_resize "
    "list_reverse list_reverse_sort list_select list_slice list_sort list_stddev_pop list_stddev_samp list_string_agg list_sum list_transform list_unique "
    "list_value list_var_pop list_var_samp list_where list_zip range reduce "
    "map map_concat map_contains map_contains_entry map_contains_value map_entries map_extract map_extract_value map_from_entries map_keys map_values "
    "row struct_concat struct_contains struct_extract struct_extract_at struct_has struct_indexof struct_insert struct_keys struct_pack struct_position "
    "struct_update struct_values union_extract union_tag union_value "
    "array_to_json from_json from_json_strict json json_array json_array_length json_contains json_exists json_extract json_extract_path "
    "json_extract_path_text "
    "json_extract_string json_keys json_merge_patch json_object json_pretty json_quote json_structure json_transform json_transform_strict json_type "
    "json_valid "
    "json_value row_to_json to_json uuid_extract_timestamp uuid_extract_version";

constexpr std::string_view kVolatile =
    "ago current_catalog current_connection_id current_database current_date current_localtime current_localtimestamp current_query current_query_id "
    "current_role "
    "current_schema current_schemas current_setting current_time current_timestamp current_transaction_id current_user currval gen_random_uuid "
    "get_current_time "
    "get_current_timestamp getvariable in_search_path localtime localtimestamp nextval now random session_user setseed sleep_ms stats today "
    "transaction_timestamp "
    "txid_current user uuid uuidv4 uuidv7 version";

std::set<std::string, std::less<>> words(std::string_view text) {
  std::set<std::string, std::less<>> out;
  for (std::string& word : split(text, ' ')) {
    if (!word.empty()) out.insert(std::move(word));
  }
  return out;
}

bool is_known_class(const Json& expression) {
  static constexpr std::string_view kClasses[] = {"CONSTANT", "COLUMN_REF", "CAST",    "COMPARISON", "CONJUNCTION", "OPERATOR",
                                                  "CASE",     "BETWEEN",    "COLLATE", "LAMBDA",     "SUBQUERY",    "FUNCTION"};
  return std::any_of(std::begin(kClasses), std::end(kClasses), [&](std::string_view name) { return is_class(expression, name); });
}

Reason function_fault(const Json& function, SqlParser& parser) {
  const std::string name = function_name(function);
  if (is_volatile_function(name)) return make_reason("volatile_function", name + "()");
  // age(x) is age(current_date, x).
  if (name == "age") return function.at("children").size() == 2 ? Reason() : make_reason("volatile_function", "age() of one argument");
  if (!is_deterministic_function(name)) return make_reason("unknown_function", name + "()");
  // A macro of the project may have taken the name.
  const auto info = parser.function(name);
  if (info && info->kind == FunctionKind::kScalar && info->stability == FunctionStability::kVolatile) return make_reason("volatile_function", name + "()");
  return {};
}

}  // namespace

bool is_deterministic_function(const std::string& lower_case) {
  static const auto known = words(kDeterministic);
  return known.contains(lower_case);
}

bool is_volatile_function(const std::string& lower_case) {
  static const auto known = words(kVolatile);
  return known.contains(lower_case);
}

namespace {

// `query`: nullptr where subqueries may read what they like.
Reason fault_of(const Query* query, const Json& expression, SqlParser& parser) {
  if (expression.is_null()) return {};
  if (is_class(expression, "WINDOW")) return make_reason("column_computed", function_name(expression) + "() over (…)");
  if (!is_known_class(expression)) return make_reason("unsupported_expression", to_lower(expression.value("class", "")));
  if (is_class(expression, "FUNCTION")) {
    if (Reason fault = function_fault(expression, parser)) return fault;
  }
  if (query != nullptr && expression.contains("tm_subquery") && expression_reads_files(*query, expression)) return make_reason("subquery_reads_files");
  Reason fault;
  for_each_child(expression, [&](const Json& child) {
    if (!fault) fault = fault_of(query, child, parser);
  });
  return fault;
}

}  // namespace

Reason row_fault(const Query& query, const Json& expression, SqlParser& parser) { return fault_of(&query, expression, parser); }
Reason value_fault(const Json& expression, SqlParser& parser) { return fault_of(nullptr, expression, parser); }

}  // namespace tidemark::sql
