{{ config(
    materialized = 'incremental',
    unique_key = ['day', 'country'],
    schema = 'marts',
    pre_hook = "select 1",
    post_hook = ["select 2", {"sql": "select 3", "transaction": false}],
    grants = {'select': ['reader']}
) }}
select 1 as day, 'x' as country, '{{ this }}' as me, '{{ this.schema }}' as s
from {{ ref('numbers') }}
{% if is_incremental() %}
where day > (select max(day) from {{ this }})
{% endif %}
