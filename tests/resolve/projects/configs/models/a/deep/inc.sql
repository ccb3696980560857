{{ config(post_hook={'sql': 'select 1', 'transaction': False}, on_schema_change='sync_all_columns') }}
select * from {{ ref('top') }} -- {{ ref('top') }}
