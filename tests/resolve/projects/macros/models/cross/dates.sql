select
    {{ dbt.dateadd('day', 1, 'd') }} as a, {{ dbt.dateadd('quarter', 'id', 'd') }} as b, {{ dbt.dateadd(datepart='week', interval=-1, from_date_or_timestamp='d') }} as b2,
    {{ dbt.datediff('d', 'd', 'day') }} as c, {{ dbt.datediff("d", "'2025-01-01'", 'week') }} as c2,
    {{ dbt.date_trunc('month', 'd') }} as e, {{ dbt.last_day('d', 'month') }} as f, {{ dbt.last_day('d', 'quarter') }} as g,
    {{ dateadd('hour', 2, 'd') }} as h
from {{ ref('base') }}
cross join ({{ dbt.generate_series(var('n')) }}) as numbers
