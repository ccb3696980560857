select
    {{ dbt.listagg('s', "', '", 'order by s') }} as l1,
    {{ dbt.listagg('s', "', '", 'order by s', 2) }} as l2,
    {{ dbt.any_value('id') }} as a,
    {{ dbt.bool_or('id = 1') }} as b,
    {{ dbt.array_construct([1, 2]) }} as ac,
    {{ dbt.array_construct([], 'integer') }} as ac0,
    {{ dbt.array_append(dbt.array_construct([1]), 2) }} as aa
from {{ ref('base') }}
{{ dbt.except() }}
select 'a', 'b', 1, true, [1], [2], [3]
{{ dbt.intersect() }}
select 'a', 'b', 1, true, [1], [2], [3]
