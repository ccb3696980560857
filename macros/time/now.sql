{# The present moment, in SQL. #}

{%- macro current_timestamp() -%}{{ return(adapter.dispatch('current_timestamp', 'dbt')()) }}{%- endmacro -%}
{%- macro default__current_timestamp() -%}current_timestamp{%- endmacro -%}
{%- macro duckdb__current_timestamp() -%}now(){%- endmacro -%}

{%- macro current_timestamp_backcompat() -%}{{ return(adapter.dispatch('current_timestamp_backcompat', 'dbt')()) }}{%- endmacro -%}
{%- macro default__current_timestamp_backcompat() -%}current_timestamp::timestamp{%- endmacro -%}

{%- macro current_timestamp_in_utc_backcompat() -%}{{ return(adapter.dispatch('current_timestamp_in_utc_backcompat', 'dbt')()) }}{%- endmacro -%}
{%- macro default__current_timestamp_in_utc_backcompat() -%}{{ return(adapter.dispatch('current_timestamp_backcompat', 'dbt')()) }}{%- endmacro -%}

{%- macro snapshot_get_time() -%}{{ return(adapter.dispatch('snapshot_get_time', 'dbt')()) }}{%- endmacro -%}
{%- macro default__snapshot_get_time() -%}{{ current_timestamp() }}{%- endmacro -%}
{%- macro duckdb__snapshot_get_time() -%}{{ current_timestamp() }}::timestamp{%- endmacro -%}

{%- macro snapshot_string_as_time(timestamp) -%}{{ return(adapter.dispatch('snapshot_string_as_time', 'dbt')(timestamp)) }}{%- endmacro -%}
{%- macro default__snapshot_string_as_time(timestamp) -%}{{ return("cast('" ~ timestamp ~ "' as timestamp)") }}{%- endmacro -%}
{%- macro duckdb__snapshot_string_as_time(timestamp) -%}{{ return("'" ~ timestamp ~ "'::timestamp") }}{%- endmacro -%}
