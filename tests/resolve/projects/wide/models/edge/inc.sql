{{ config(materialized='incremental', incremental_strategy='append', unique_key=none, on_schema_change='fail', pre_hook="{{ note(this.name) }}", post_hook=["select '{{ this }}'"]) }}
{%- if is_incremental() %} select 2 from {{ this }} {% else %} select 1 as id from {{ ref('e') }} {% endif -%}
