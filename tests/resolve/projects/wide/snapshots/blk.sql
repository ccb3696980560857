{% snapshot snap_blk %}
  {{ config(strategy='check', check_cols=['a', 'b'], unique_key='id', target_schema='snapped', target_database='memory', tags=['sn']) }}
  select * from {{ ref('s') }}
{% endsnapshot %}
