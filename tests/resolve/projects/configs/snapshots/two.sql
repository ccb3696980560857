{% snapshot snap_a %}{{ config(check_cols='all') }}
  select * from {{ ref('top') }}
{% endsnapshot %}

{% snapshot snap_b %}
{{ config(strategy='timestamp', updated_at='at', target_schema='other', tags=['snap']) }}
  select * from {{ source('raw', 'events') }}
{% endsnapshot %}
