{{
  config(
    materialized='incremental',
    incremental_strategy='insert_overwrite',
    partition_by=['source_file'],
    on_schema_change='append_new_columns'
  )
}}

-- The trips stored, one partition a source file: only files that came, changed or went since the last run are touched.

select *
from ({{ trips(source('raw', 'yellow_trips'), with_source_file=true) }}) as trips
{% if is_incremental() -%}
where {{ affected_partitions('source_file') }}
{%- endif %}
